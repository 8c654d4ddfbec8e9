"""What reps see and do, the same on every chat surface."""
