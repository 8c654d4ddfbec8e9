"""Stand-ins for the outside world, with a web page. Imports nothing of the bot."""
