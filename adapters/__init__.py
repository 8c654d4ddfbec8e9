"""Where customers speak: one file a platform, one contract. Knows neither models nor bot."""
