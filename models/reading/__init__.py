"""Read-only questions, one file each."""
