"""The YouTube square: `sandbox.youtube` as the page uses squares, the comments under our video."""

from collections.abc import Mapping

from sandbox.squares.contract import Length, Rules, Said, Served, Shown, in_one_sentence, username
from sandbox.youtube import Comment, Rejected, TubeStandIn

_MOST = 10_000  # of a comment; not documented
_HELD = {"heldForReview": "held for review", "likelySpam": "taken for spam", "rejected": "rejected"}


class YouTube(Served):
    """The bot asks every second here, so that a card stands soon; the quota is so large that it never ends."""

    name = "youtube"
    title = "YouTube"
    rules = Rules(
        us="Acme",
        brief="comments under our video “How to ride a bike”",
        counted="10,000 characters. YouTube does not say so anywhere.",
        edits="Whenever the author likes, and it is marked.",
        seen="Everybody, unless YouTube holds a comment for review. Answers stand in threads of one level.",
        heard="Every comment under our videos, whether it names anybody or not.",
        may_edit=True,
        people=(("@kim", "Kim"), ("@lea", "Lea"), ("@jonas", "Jonas")),
        pictures=False,
    )
    quota = 1_000_000_000

    def __init__(self, stand_in: TubeStandIn) -> None:
        self._tube = stand_in

    @property
    def stand_in(self) -> TubeStandIn:
        return self._tube

    def mounted(self, address: str) -> None:
        self._tube.base_url = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {"server": self._tube.base_url, "quota": self.quota, "poll": "1s", "watch_every": "2s", "held": False}

    def secrets(self) -> Mapping[str, str]:
        return {"TOKEN": self._tube.token}

    async def post(self, said: Said) -> str:
        author = username(said.author)
        with in_one_sentence(Rejected):
            self._tube.person(author, name=said.name, followers=said.followers)
            return (await self._tube.post(author, said.words, reply_to=said.answers)).id

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence(Rejected):
            await self._tube.edit(id, words)

    async def delete(self, id: str) -> None:
        with in_one_sentence(Rejected):
            await self._tube.delete(id)

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence(Rejected):
            await self._tube.answer_by_hand(id, words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(words), _MOST)

    def posts(self) -> list[Shown]:
        comments = sorted(self._tube.server.world.comments.values(), key=lambda one: one.nth)
        return [self._shown(one) for one in comments]

    def _shown(self, one: Comment) -> Shown:
        return Shown(
            id=one.id,
            ours=one.author is self._tube.account,
            handle=f"@{one.author.handle}",
            name=one.author.name,
            words=one.text,
            at=one.published,
            answers=one.parent,
            edited=one.updated > one.published,
            audience=_HELD.get(one.status, ""),
        )
