"""What the day was: timing against the channel's target, warnings, the daily summary. All of it from the journal."""
