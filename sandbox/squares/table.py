"""Which squares the sandbox has: one row each. The first is where the newcomer's story plays."""

from collections.abc import Callable, Sequence

from sandbox.bluesky import SkyStandIn
from sandbox.square import SquareStandIn
from sandbox.squares.bluesky import Bluesky
from sandbox.squares.contract import Square
from sandbox.squares.mastodon import Mastodon

# The real servers' limits would stop a storm's intake, and people who play; these are generous.
_MANY = 30_000

ROWS: Sequence[Callable[[], Square]] = (
    lambda: Mastodon(SquareStandIn(rate_limit=_MANY)),
    lambda: Bluesky(SkyStandIn(rate_limit=_MANY)),
)


def all_squares() -> list[Square]:
    """Each of them, new and empty."""
    return [make() for make in ROWS]
