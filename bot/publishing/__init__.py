"""From an approval to a public reply, once."""
