"""What the team does with a conversation: one verb a function, each one transaction."""
