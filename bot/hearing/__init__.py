"""From a platform to our rows: listening, receiving, looking again."""
