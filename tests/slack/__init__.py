"""The Slack surface, against the stand-in workspace."""
