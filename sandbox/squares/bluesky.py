"""The Bluesky square: `sandbox.bluesky` as the page uses squares."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sandbox.bluesky import Post, Rejected, SkyStandIn
from sandbox.bluesky.lexicon import graphemes
from sandbox.squares.contract import Length, No, Rules, Said, Served, Shown, username

_MOST_GRAPHEMES, _MOST_BYTES = 300, 3000  # lexicons/app/bsky/feed/post.json
_EVERYBODY, _NAMED, _NOBODY = "everybody", "named", "nobody"
_ANSWER = ((_EVERYBODY, "Everybody"), (_NAMED, "Those it names"), (_NOBODY, "Nobody"))
_ALLOW = {_NAMED: ("mentioned",), _NOBODY: ()}


class Bluesky(Served):
    """The bot asks for notifications once a second here, so that a card stands soon."""

    name = "bluesky"
    title = "Bluesky"
    rules = Rules(
        us="@acme.test",
        brief="300 characters · edits leave no mark",
        counted="300 characters as people see them (an emoji is one), and 3,000 bytes. Links count in full.",
        edits="Bluesky's own app has none. Other apps write a post anew, and nothing marks it.",
        seen="Everybody sees every post. Whoever begins a thread may choose who answers in it.",
        heard="Posts that name @acme.test, answer it, or quote it.",
        may_edit=True,
        people=(("@kim.test", "Kim"), ("@lea.test", "Lea"), ("@jonas.test", "Jonas")),
        opening="@acme.test ",
        audience_is="Who may answer",
        audiences=_ANSWER,
    )

    def __init__(self, stand_in: SkyStandIn) -> None:
        self._sky = stand_in

    @property
    def stand_in(self) -> SkyStandIn:
        return self._sky

    def mounted(self, address: str) -> None:
        self._sky.base_url = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {
            "identifier": self._sky.account.handle,
            "server": self._sky.base_url,
            "jetstream": self._sky.jetstream_url,
            "poll": "1s",
        }

    def secrets(self) -> Mapping[str, str]:
        return {"TOKEN": self._sky.token}

    async def post(self, said: Said) -> str:
        author = username(said.author)
        with _in_one_sentence():
            self._sky.person(author, name=said.name, followers=said.followers)
            post = await self._sky.post(
                author, said.words, reply_to=said.answers, pictures=said.pictures, language=said.language
            )
            if said.answers is None and said.audience in _ALLOW:
                self._sky.gate(post, allow=_ALLOW[said.audience])
        return post.uri

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with _in_one_sentence():
            await self._sky.edit(id, words)

    async def delete(self, id: str) -> None:
        with _in_one_sentence():
            await self._sky.delete(id)

    async def answer_by_hand(self, id: str, words: str) -> None:
        with _in_one_sentence():
            await self._sky.answer_by_hand(id, words)

    def length(self, words: str, warning: str = "") -> Length:
        seen = Length(graphemes(words), _MOST_GRAPHEMES)
        sent = Length(len(words.encode("utf-8", "surrogatepass")), _MOST_BYTES, "bytes")
        return max(seen, sent, key=lambda one: one.count / one.most)

    def posts(self) -> list[Shown]:
        """By the time that they claim: one that was edited keeps its place."""
        return [self._shown(post) for post in sorted(self._sky.posts(), key=lambda post: (post.sort_at, post.key))]

    def _shown(self, post: Post) -> Shown:
        langs = post.value.get("langs")
        return Shown(
            id=post.uri,
            ours=post.author is self._sky.account,
            handle=f"@{post.author.handle}",
            name=post.author.name,
            words=post.text,
            at=post.sort_at,
            answers=post.answers(),
            audience=self._who_may_answer(post),
            language=str(langs[0]) if isinstance(langs, list) and langs else "",
            pictures=tuple(
                (f"{self._sky.base_url}/img/thumb/{post.key}/{at}", alt) for at, alt in enumerate(post.pictures)
            ),
        )

    def _who_may_answer(self, post: Post) -> str:
        gate = self._sky.server.world.gates.get(post.uri)
        if gate is None or gate.allow is None:
            return ""
        return "Those it names may answer" if "mentioned" in gate.allow else "Nobody may answer"


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    try:
        yield
    except Rejected as no:
        raise No(no.message) from None
    except ValueError as wrong:
        raise No(str(wrong)) from None
