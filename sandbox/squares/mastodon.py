"""The Mastodon square: the stand-in that `sandbox.square` is, as the page uses squares."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sandbox.square import Rejected, SquareStandIn, Status, Visibility
from sandbox.square import words as counting
from sandbox.squares.contract import Length, No, Rules, Said, Served, Shown

_AUDIENCES = (
    (Visibility.PUBLIC.value, "Everybody"),
    (Visibility.UNLISTED.value, "Everybody, quietly"),
    (Visibility.PRIVATE.value, "Followers"),
    (Visibility.DIRECT.value, "Only those it names"),
)


class Mastodon(Served):
    """The first square: where the newcomer's story plays."""

    name = "mastodon"
    title = "Mastodon"
    rules = Rules(
        us="@acme",
        brief="500 characters · edits are marked",
        counted="500 characters, content warning included. A link counts 23, of a name on another server only the "
        "first half.",
        edits="Whenever the author likes. An edit is marked, and the old words can be read.",
        seen="Each post says who sees it: everybody, followers, or only those it names.",
        heard="Posts that name @acme.",
        may_edit=True,
        people=(("@kim@elsewhere.example", "Kim"), ("@lea", "Lea Sommer"), ("@jonas", "Jonas")),
        opening="@acme ",
        audiences=_AUDIENCES,
        warnings=True,
        answers_name=True,
    )

    def __init__(self, stand_in: SquareStandIn) -> None:
        self._square = stand_in

    @property
    def stand_in(self) -> SquareStandIn:
        return self._square

    @property
    def prefix(self) -> str:
        return "/square"

    @property
    def account(self) -> str:
        return "acme"

    def mounted(self, address: str) -> None:
        self._square.base_url = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {"server": self._square.base_url}

    def secrets(self) -> Mapping[str, str]:
        return {"TOKEN": self._square.token}

    async def post(self, said: Said) -> str:
        with _in_one_sentence():
            status = await self._square.post(
                said.author,
                said.words,
                reply_to=said.answers,
                visibility=Visibility(said.audience or Visibility.PUBLIC.value),
                cw=said.warning,
                media=said.pictures,
                language=said.language,
                display_name=said.name,
                followers=said.followers,
            )
        return status.id

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with _in_one_sentence():
            await self._square.edit(id, words, cw=warning)

    async def delete(self, id: str) -> None:
        with _in_one_sentence():
            await self._square.delete(id)

    async def answer_by_hand(self, id: str, words: str) -> None:
        with _in_one_sentence():
            await self._square.answer_by_hand(id, words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(counting.length(words, warning), self._square.server.world.max_characters)

    def posts(self) -> list[Shown]:
        return [self._shown(status) for status in self._square.statuses()]

    def _shown(self, status: Status) -> Shown:
        now, shapes = status.now, self._square.server.shapes
        return Shown(
            id=status.id,
            ours=status.author is self._square.account,
            handle=f"@{status.author.acct}",
            name=status.author.display_name,
            words=now.text,
            at=status.created_at,
            answers=status.parent_id,
            edited=status.edited_at is not None,
            warning=now.warning,
            audience="" if status.visibility is Visibility.PUBLIC else dict(_AUDIENCES)[status.visibility.value],
            language=status.language or "",
            url=shapes.status_url(status),
            pictures=tuple((f"{shapes.base}/media/{kept.id}", kept.description or "") for kept in now.media),
        )


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    try:
        yield
    except Rejected as no:
        raise No(no.error) from None
    except ValueError as wrong:
        raise No(str(wrong)) from None
