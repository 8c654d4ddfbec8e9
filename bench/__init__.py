"""`make bench`: how fast we are, always beside a bare baseline in the same run. Not part of the wheel."""
