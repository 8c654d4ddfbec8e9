"""A contact form of the company's own, as the page uses squares: `sandbox.inbound`, which calls the bot."""

from collections.abc import Mapping

from sandbox.inbound import Fault, Office
from sandbox.inbound.world import LONGEST, Message
from sandbox.squares.contract import Length, Rules, Said, Shown, Square, in_one_sentence, username


class Inbound(Square):
    """It tells the bot by signed calls, and takes replies by its webhook."""

    name = "inbound"
    title = "Contact form"
    rules = Rules(
        us="Acme",
        brief="a contact form of our own, by signed calls",
        counted="10,000 characters, as this form's makers wished.",
        edits="Whenever the author likes. The bot is told.",
        seen="Everybody: the form shows questions with their answers.",
        heard="Every message.",
        may_edit=True,
        people=(("kim", "Kim"), ("lea", "Lea"), ("jonas", "Jonas")),
        pictures=False,
    )

    def __init__(self, stand_in: Office) -> None:
        self._office = stand_in

    @property
    def stand_in(self) -> Office:
        return self._office

    @property
    def is_cut(self) -> bool:
        return self._office.faults.on(Fault.CUT_OFF)

    def mounted(self, address: str) -> None:
        self._office.base_url = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {"webhook": self._office.webhook, "asks": True, "changes": True, "called": "Acme"}

    def secrets(self) -> Mapping[str, str]:
        return {"SECRET": self._office.secret}

    async def listened(self, hooks: str) -> None:
        await super().listened(hooks)
        self._office.callback = f"{hooks}events"
        self._office.changes.tell()

    async def post(self, said: Said) -> str:
        with in_one_sentence():
            author = username(said.author).lower()
            return (await self._office.post(author, said.words, reply_to=said.answers)).id

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence():
            await self._office.edit(self._standing(id), words)

    async def delete(self, id: str) -> None:
        with in_one_sentence():
            await self._office.delete(self._standing(id))

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence():
            await self._office.answer_by_hand(self._standing(id), words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(words), LONGEST)

    def posts(self) -> list[Shown]:
        return [self._shown(one) for one in self._office.messages]

    def _standing(self, id: str) -> Message:
        return {one.id: one for one in self._office.messages}[id]

    def _shown(self, one: Message) -> Shown:
        return Shown(
            id=one.id,
            ours=one.ours,
            handle="Acme" if one.ours else one.author,
            name="Acme" if one.ours else one.author.capitalize(),
            words=one.words,
            at=one.at,
            answers=one.parent,
            edited=one.edited_at is not None,
        )
