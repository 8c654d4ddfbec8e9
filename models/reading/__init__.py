"""Read-only questions to the database, one file each. They return frozen values of ours, never rows."""
