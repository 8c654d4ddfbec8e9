"""The Slack surface: the only place that knows slack_bolt."""
