"""Where the team works: hears, shows, decides, publishes, reports."""

__version__ = "0.1.0"
