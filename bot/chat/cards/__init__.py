"""Every word that reps read, and nothing else: facts in, cards out. Pure; no surface, no database."""
