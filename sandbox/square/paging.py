"""Pages of a list, as Mastodon cuts them, and the Link header that leads to the next."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from sandbox.square.calls import Params


class HasId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=HasId)


def page(items: Sequence[T], params: Params, *, limit: int) -> list[T]:
    """Newest first. `items` come oldest first.

    `min_id` gives the page just after it, so that nobody skips the middle; `since_id` gives the newest page
    (docs.joinmastodon.org/api/guidelines).
    """
    below, above, just_after = (_order(params.get(name)) for name in ("max_id", "since_id", "min_id"))
    kept = [
        item
        for item in items
        if (below is None or _order_of(item) < below)
        and (above is None or _order_of(item) > above)
        and (just_after is None or _order_of(item) > just_after)
    ]
    return (kept[:limit] if just_after is not None else kept[-limit:])[::-1]


def link_header(shown: Sequence[HasId], params: Params, *, address: str, limit: int) -> dict[str, str]:
    """`next` is older and there only when the page is full; `prev` is newer."""
    if not shown:
        return {}
    kept = [
        (name, value)
        for name, value in params.pairs()
        if name not in ("max_id", "since_id", "min_id") and not name.startswith("access_token")
    ]
    older = urlencode([*kept, ("max_id", shown[-1].id)])
    newer = urlencode([*kept, ("min_id", shown[0].id)])
    links = [f'<{address}?{older}>; rel="next"'] if len(shown) == limit else []
    return {"Link": ", ".join([*links, f'<{address}?{newer}>; rel="prev"'])}


def _order(id: str | None) -> int | None:
    """A cursor as the server reads it: what is no number is 0."""
    return None if id is None else int(id) if id.isdecimal() else 0


def _order_of(item: HasId) -> int:
    return int(item.id)
