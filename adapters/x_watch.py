"""Which events X calls us about: our mentions, answers and quotes, our own posts, and deletions by those who wrote.

Asked for with the account's own access, once for each. There is a webhook already: making it takes the app's bearer
token, which we never hold. Where from: docs.x.com/x-api/activity and openapi.json 2.167, 2026-08.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from adapters.errors import AuthFailed, Lost, Malformed, Refused, Throttled, Unreachable
from adapters.http import READ_LIMIT, good_body
from adapters.payload import JSON
from adapters.x_calls import Calls, Kind
from adapters.x_content import listed, mapping, string
from adapters.x_read import Us

log = logging.getLogger(__name__)

OWN = ("post.mention.create", "post.reply.create", "post.quote.create", "post.create")
DELETED = "post.delete"
PATH = "/2/activity/subscriptions"
AT_ONCE = 10  # so many are asked for after one poll
LIMIT: timedelta = READ_LIMIT


def read_subscriptions(value: object) -> frozenset[tuple[str, str]]:
    """What is asked for already: kinds of events and whose they are. What cannot be read is left out."""
    found = set()
    for one in listed(mapping(value).get("data")):
        entry = mapping(one)
        kind, who = string(entry.get("event_type")), string(mapping(entry.get("filter")).get("user_id"))
        if kind and who:
            found.add((kind, who))
    return frozenset(found)


class Watch:
    """One account's subscriptions. Without a webhook it does nothing."""

    def __init__(self, calls: Calls, *, webhook: str, most: int) -> None:
        self._calls = calls
        self._webhook = webhook
        self._most = most
        self._has: set[tuple[str, str]] | None = None
        self._wanted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def note(self, authors: Iterable[str]) -> None:
        """These people wrote to us: their deletions are to be told."""
        if self._webhook:
            self._wanted |= dict.fromkeys((DELETED, one) for one in authors)
        while len(self._wanted) > self._most:  # a process that only takes calls never asks
            self._wanted.popitem(last=False)

    async def ask(self, us: Us) -> None:
        """Ask for what is wanted and not there yet, a few at once. What fails is tried again after the next poll;
        what X refuses is not: then deletions are seen by asking again, as without a webhook."""
        if not self._webhook:
            return
        try:
            if self._has is None:
                answer = await self._calls.ask(Kind.WATCH, PATH, [("max_results", "1000")])
                self._has = set(read_subscriptions(good_body(answer, "subscriptions")))
                self._wanted = OrderedDict.fromkeys([*((kind, us.id) for kind in OWN), *self._wanted])
            for one in [one for one in self._wanted if one not in self._has][:AT_ONCE]:
                await self._subscribe(*one)
            self._wanted = OrderedDict.fromkeys(one for one in self._wanted if one not in self._has)
        except AuthFailed as error:  # if our access is at an end, the next poll says so
            log.warning("X does not let us ask for events: %s", error.sentence)
            self._webhook = ""
        except (Unreachable, Throttled, Malformed, Lost) as error:
            log.info("not subscribed yet: %s", type(error).__name__)

    async def _subscribe(self, kind: str, who: str) -> None:
        assert self._has is not None
        if len(self._has) >= self._most:
            log.warning("no more events are asked for: there are %d", len(self._has))
            self._wanted.clear()
            return
        mine = self._webhook
        body: dict[str, JSON] = {"event_type": kind, "filter": {"user_id": who}, "tag": "twoway", "webhook_id": mine}
        try:
            await self._calls.write(Kind.WATCH, "POST", PATH, price=Decimal(0), limit=LIMIT, body=body)
        except Refused as refused:
            log.warning("X does not tell us of %s: %s", kind, refused.sentence)
        self._has.add((kind, who))
