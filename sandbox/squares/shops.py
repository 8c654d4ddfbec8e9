"""Squares where customers leave reviews: `sandbox.reviews` and its shops as the page uses squares."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sandbox.app_store import AppStoreStandIn
from sandbox.google_business import MapsStandIn
from sandbox.google_play import PlayStandIn
from sandbox.reviews import Fault, Review, ShopStandIn
from sandbox.reviews.world import PENDING, REJECTED
from sandbox.squares.contract import Length, No, Rules, Said, Shown, Square, in_one_sentence, username
from sandbox.trustpilot import TrustpilotStandIn

_MOST = 4_000
_STARS = tuple((str(number), "★" * number + "☆" * (5 - number)) for number in (2, 1, 3, 4, 5))
_SAYS = dict(_STARS)
_ANSWER = "-answer"
_STATES = {PENDING: "waits for the shop's yes", REJECTED: "rejected"}

_RULES = Rules(
    us="Acme",
    brief="",
    counted="4,000 characters, a choice of this shop's.",
    edits="Whenever the author likes, also the stars.",
    seen="Everybody. There is one place for an answer, and it is the company's.",
    heard="Every review, and that it changed. A second answer takes the place of the first.",
    may_edit=True,
    people=(("Kim", "Kim"), ("Lea", "Lea"), ("Jonas", "Jonas")),
    audience_is="Stars",
    audiences=_STARS,
    pictures=False,
    may_answer=False,
)


class Shop(Square):
    """The bot asks every other second here, so that a card stands soon."""

    def __init__(self, stand_in: ShopStandIn) -> None:
        self._shop = stand_in

    @property
    def stand_in(self) -> ShopStandIn:
        return self._shop

    @property
    def is_cut(self) -> bool:
        return self._shop.faults.on(Fault.CUT_OFF)

    def mounted(self, address: str) -> None:
        self._shop.world.base = address

    async def post(self, said: Said) -> str:
        with in_one_sentence():
            stars = int(said.audience or _STARS[0][0])
            if str(stars) not in _SAYS:
                raise No("A review has one to five stars.")
            return (await self._shop.post(said.name or username(said.author), said.words, stars=stars)).id

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence():
            await self._shop.edit(id, words)

    async def delete(self, id: str) -> None:
        with in_one_sentence():
            await self._shop.delete(id)

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence():
            await self._shop.answer_by_hand(self._shop.world.reviews[id], words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(words), _MOST)

    def posts(self) -> list[Shown]:
        standing = [shown for one in self._shop.world.reviews.values() for shown in _shown(one)]
        return sorted(standing, key=lambda one: one.at)


def _shown(one: Review) -> Iterator[Shown]:
    yield Shown(
        id=one.id,
        ours=False,
        handle=one.author,
        name=one.author,
        words=one.words,
        at=one.at,
        edited=one.changed > one.at,
        audience=_SAYS[str(one.stars)],
    )
    if (reply := one.reply) is not None:
        yield Shown(
            id=one.id + _ANSWER,
            ours=True,
            handle="Acme",
            name="Acme",
            words=reply.words,
            at=reply.at,
            answers=one.id,
            edited=reply.changed > reply.at,
            audience=_STATES.get(reply.state, ""),
        )


class GooglePlay(Shop):
    name = "google_play"
    title = "Google Play"
    rules = replace(_RULES, brief="reviews of our app · an answer has 350 characters")

    def __init__(self, stand_in: PlayStandIn) -> None:
        super().__init__(stand_in)
        self._play = stand_in

    def settings(self) -> Mapping[str, str | bool | int]:
        here = self._play.base_url
        return {"server": here, "token_server": here, "package": self._play.package, "poll": "2s"}

    def secrets(self) -> Mapping[str, str]:
        return {"KEY": self._play.key}


class AppStore(Shop):
    name = "app_store"
    title = "App Store"
    rules = replace(_RULES, brief="reviews of our app · in the real one an answer is looked at before it shows")

    def __init__(self, stand_in: AppStoreStandIn) -> None:
        super().__init__(stand_in)
        self._apple = stand_in

    def settings(self) -> Mapping[str, str | bool | int]:
        one = self._apple
        named: dict[str, str | bool | int] = {"app": one.app_id, "key_id": one.key_id, "issuer": one.issuer}
        return {"server": one.base_url, "poll": "2s", **named}

    def secrets(self) -> Mapping[str, str]:
        return {"KEY": self._apple.key}


class GoogleBusiness(Shop):
    name = "google_business"
    title = "Google Business"
    rules = replace(_RULES, brief="reviews of our workshop · an answer has 4,096 bytes")

    def __init__(self, stand_in: MapsStandIn) -> None:
        super().__init__(stand_in)
        self._maps = stand_in

    def settings(self) -> Mapping[str, str | bool | int]:
        one = self._maps
        return {"server": one.base_url, "account": one.account, "location": one.location, "poll": "2s"}

    def secrets(self) -> Mapping[str, str]:
        return {"TOKEN": self._maps.token}


class Trustpilot(Shop):
    name = "trustpilot"
    title = "Trustpilot"
    rules = replace(_RULES, brief="reviews of our shop")

    def __init__(self, stand_in: TrustpilotStandIn) -> None:
        super().__init__(stand_in)
        self._pilot = stand_in

    def settings(self) -> Mapping[str, str | bool | int]:
        one = self._pilot
        named: dict[str, str | bool | int] = {"business_unit": one.unit, "business_user": one.user}
        return {"server": one.base_url, "api_key": one.api_key, "poll": "2s", **named}

    def secrets(self) -> Mapping[str, str]:
        return {"API_SECRET": self._pilot.api_secret}
