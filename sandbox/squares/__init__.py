"""The public squares of the sandbox: one contract, one table, and what the page's server offers of them."""

from sandbox.squares.contract import Length, No, Rules, Said, Shown, Square
from sandbox.squares.table import all_squares

__all__ = ["Length", "No", "Rules", "Said", "Shown", "Square", "all_squares"]
