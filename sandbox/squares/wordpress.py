"""The WordPress square: `sandbox.wordpress` as the page uses squares, the comments under a post of our blog."""

from collections.abc import Mapping
from html import escape

from sandbox.squares.contract import Length, Rules, Said, Shown, Square, in_one_sentence, username
from sandbox.wordpress import Comment, Fault, PressStandIn

_MOST = 65_525  # bytes of a comment; 65,535 is what its column holds


class WordPress(Square):
    """The bot asks every second here, so that a card stands soon."""

    name = "wordpress"
    title = "WordPress"
    rules = Rules(
        us="Acme",
        brief="comments under our blog's post “How to ride a bike”",
        counted="65,525 bytes, in which an umlaut is two and < takes four.",
        edits="By whoever looks after the site, and nothing shows it.",
        seen="Everybody, as soon as it stands.",
        heard="Every comment under our posts, whether it names anybody or not.",
        may_edit=True,
        people=(("Kim", "Kim"), ("Lea", "Lea"), ("Jonas", "Jonas")),
        pictures=False,
    )

    def __init__(self, stand_in: PressStandIn) -> None:
        self._press = stand_in

    @property
    def stand_in(self) -> PressStandIn:
        return self._press

    @property
    def is_cut(self) -> bool:
        return self._press.faults.on(Fault.CUT_OFF)

    def mounted(self, address: str) -> None:
        self._press.world.base = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {"server": self._press.base_url, "username": self._press.username, "poll": "1s"}

    def secrets(self) -> Mapping[str, str]:
        return {"PASSWORD": self._press.password}

    async def post(self, said: Said) -> str:
        with in_one_sentence():
            name = said.name or username(said.author)
            return str((await self._press.post(name, said.words, reply_to=said.answers)).id)

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence():
            await self._press.edit(id, words)

    async def delete(self, id: str) -> None:
        with in_one_sentence():
            await self._press.delete(id)

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence():
            await self._press.answer_by_hand(id, words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(escape(words, quote=False).encode()), _MOST, "bytes")

    def posts(self) -> list[Shown]:
        return [self._shown(one) for one in self._press.world.comments.values() if one.status in ("approved", "hold")]

    def _shown(self, one: Comment) -> Shown:
        name = "Acme" if one.ours else one.author
        return Shown(
            id=str(one.id),
            ours=one.ours,
            handle=name,
            name=name,
            words=self._press.seen(one),
            at=one.at,
            answers=str(one.parent) if one.parent else None,
            audience="waits for approval" if one.status == "hold" else "",
        )
