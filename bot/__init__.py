"""Where the team works: hears, shows, decides, publishes, reports."""
