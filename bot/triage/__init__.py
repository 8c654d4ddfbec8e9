"""What a post is, how urgent, whose, and whether we have seen it before: hints for people, never a gate."""
