"""Reading the settings, and the log that keeps their secrets out."""
