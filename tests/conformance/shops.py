"""The worlds of reviews: each shop's stand-in, where customers leave stars and words, and one answer stands to each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from adapters.reviews_values import answer_to
from sandbox.app_store import AppStoreStandIn
from sandbox.google_business import MapsStandIn
from sandbox.google_play import PlayStandIn
from sandbox.reviews import ShopStandIn
from sandbox.trustpilot import TrustpilotStandIn
from tests.conformance.played import Played

_FAULTS: dict[Trick, str] = {
    Trick.REFUSE: "refuse",
    Trick.THROTTLE: "throttle",
    Trick.ACCEPT_AND_DROP: "accept_and_drop",
    Trick.ACCEPT_AND_HANG: "accept_and_hang",
    Trick.ACCEPT_LATE: "accept_late",
    Trick.FAIL_BEFORE: "fail_before",
    Trick.FAIL_AFTER: "fail_after",
    Trick.CUT_OFF: "cut_off",
}


class Shop(Played):
    faults = _FAULTS
    tricks = frozenset(
        {
            Trick.EDIT,
            Trick.DELETE,
            Trick.COUNTS_CALLS,
            Trick.LENGTH,
            Trick.TAKES_ANSWERS,
            Trick.ANSWER_ELSEWHERE,
            *_FAULTS,
        }
    )

    def __init__(self, name: str, shop: ShopStandIn, *, table: dict[str, object], secrets: dict[str, str]) -> None:
        super().__init__(shop)
        self.platform_name = name
        self.shop = shop
        self._table = table
        self._secrets = secrets

    def table(self) -> dict[str, object]:
        return {
            "server": self.shop.base_url,
            "poll": "100ms",
            "sweep_every": "1s",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
            **self._table,
        }

    def secrets(self) -> dict[str, str]:
        return self._secrets

    async def post(
        self,
        words: str,
        *,
        author: str = "lea",
        to: PostRef | None = None,
        audience: Audience = Audience.PUBLIC,
        warning: str | None = None,
        picture: str | None = None,
    ) -> PostRef:
        return PostRef((await self.shop.post(author, words)).id)

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [Shown(answer_to(ref.id), one.words, Audience.PUBLIC, "") for one in self.shop.replies_to(ref.id)]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.shop.edit(ref.id, words)

    async def delete(self, ref: PostRef) -> None:
        await self.shop.delete(ref.id)

    async def answer_elsewhere(self, ref: PostRef, words: str) -> None:
        await self.shop.answer_by_hand(ref.id, words)


@asynccontextmanager
async def _open(world: Shop) -> AsyncIterator[World]:
    try:
        yield world
    finally:
        await world.close()


@asynccontextmanager
async def play_world() -> AsyncIterator[World]:
    async with PlayStandIn.serve(most_reads=1_000_000) as play:
        table: dict[str, object] = {"package": play.package, "token_server": play.base_url}
        async with _open(Shop("google_play", play, table=table, secrets={"key": play.key})) as world:
            yield world


@asynccontextmanager
async def app_store_world() -> AsyncIterator[World]:
    async with AppStoreStandIn.serve() as shop:
        table: dict[str, object] = {"app": shop.app_id, "key_id": shop.key_id, "issuer": shop.issuer}
        async with _open(Shop("app_store", shop, table=table, secrets={"key": shop.key})) as world:
            yield world


@asynccontextmanager
async def business_world() -> AsyncIterator[World]:
    async with MapsStandIn.serve() as shop:
        table: dict[str, object] = {"account": shop.account, "location": shop.location}
        async with _open(Shop("google_business", shop, table=table, secrets={"token": shop.token})) as world:
            yield world


@asynccontextmanager
async def trustpilot_world() -> AsyncIterator[World]:
    async with TrustpilotStandIn.serve() as shop:
        table: dict[str, object] = {"business_unit": shop.unit, "business_user": shop.user, "api_key": shop.api_key}
        made = Shop("trustpilot", shop, table=table, secrets={"api_secret": shop.api_secret})
        made.tricks -= {Trick.LENGTH}  # how long an answer may be is not documented
        async with _open(made) as world:
            yield world
