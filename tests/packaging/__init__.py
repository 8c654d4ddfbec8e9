"""The wheel, the locks, the licences, and what a run says at its end."""
