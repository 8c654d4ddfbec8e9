"""Somebody's blog in memory: its feed in each of the forms there are, its posts' pages, and pages that mention us."""

from sandbox.feeds.forms import Form
from sandbox.feeds.standin import Blog, Entry, Fault

__all__ = ["Blog", "Entry", "Fault", "Form"]
