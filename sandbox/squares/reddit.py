"""The Reddit square: `sandbox.reddit` as the page uses squares, one subreddit of ours."""

from collections.abc import Mapping

from sandbox.reddit import RedditStandIn, Thing
from sandbox.squares.contract import Length, No, Rules, Said, Served, Shown, in_one_sentence, username

_MOST, _MOST_OF_TITLE = 10_000, 300  # of a comment: "this is too long (max: 10000)"; of a title: its form


class Reddit(Served):
    """A post's first line is its title. The bot asks every two seconds here, so that a card stands soon."""

    name = "reddit"
    title = "Reddit"
    rules = Rules(
        us="u/acme_support",
        brief="r/acme · 10,000 characters of Markdown · titles stay",
        counted="10,000 characters of Markdown, marks included. The first line of a post is its title, at most 300.",
        edits="Whenever the author likes, and it is marked. A title stays as it is.",
        seen="Everybody. Moderators may take anything away.",
        heard="Everything in r/acme, and wherever u/acme_support is named or answered.",
        may_edit=True,
        people=(("u/kim", "kim"), ("u/lea", "lea"), ("u/jonas", "jonas")),
    )

    def __init__(self, stand_in: RedditStandIn) -> None:
        self._reddit = stand_in

    @property
    def stand_in(self) -> RedditStandIn:
        return self._reddit

    def mounted(self, address: str) -> None:
        self._reddit.base_url = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {
            "username": self._reddit.account.handle,
            "client_id": self._reddit.server.client_id,
            "subreddits": self._reddit.home.title,
            "server": self._reddit.base_url,
            "login": self._reddit.base_url,
            "poll": "2s",
        }

    def secrets(self) -> Mapping[str, str]:
        return {"TOKEN": self._reddit.token, "CLIENT_SECRET": self._reddit.server.client_secret}

    def _find(self, id: str) -> Thing:
        thing = self._reddit.server.world.things[id]
        if thing.taken is not None:
            raise No("There is no such post.")
        return thing

    async def post(self, said: Said) -> str:
        author = username(said.author.removeprefix("u/"))
        with in_one_sentence():
            if said.answers is not None:
                return (await self._reddit.post(author, said.words, reply_to=self._find(said.answers))).name
            title, _, text = said.words.partition("\n")
            if len(title) > _MOST_OF_TITLE:
                raise No(f"Too long: the first line is the title, {len(title)} of {_MOST_OF_TITLE} characters.")
            return (await self._reddit.post(author, text, title=title, pictures=said.pictures)).name

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence():
            thing = self._find(id)
            await self._reddit.edit(thing, words.removeprefix(thing.title).lstrip("\n"))

    async def delete(self, id: str) -> None:
        with in_one_sentence():
            await self._reddit.delete(self._find(id))

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence():
            await self._reddit.answer_by_hand(self._find(id), words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(words), _MOST)

    def posts(self) -> list[Shown]:
        return [self._shown(thing) for thing in self._reddit.posts()]

    def _shown(self, thing: Thing) -> Shown:
        return Shown(
            id=thing.name,
            ours=thing.author is self._reddit.account,
            handle=f"u/{thing.author.handle}",
            name=thing.author.handle,
            words="\n".join(part for part in (thing.title, thing.source) if part),
            at=thing.at,
            answers=thing.parent.name if thing.parent is not None else None,
            edited=thing.edited is not None,
            pictures=tuple(
                (f"{self._reddit.base_url}/img/{thing.id}/{at}", alt) for at, alt in enumerate(thing.pictures)
            ),
        )
