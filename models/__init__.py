"""What we remember: tables, and the pure rules over them. Knows neither adapters nor bot."""
