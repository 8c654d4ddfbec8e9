"""The X square: `sandbox.x` as the page uses squares."""

from collections.abc import Mapping

from sandbox.squares.contract import Length, No, Rules, Said, Served, Shown, in_one_sentence, username
from sandbox.x import Post, XStandIn
from sandbox.x.hooks import BadWebhook
from sandbox.x.problems import MOST, length

_EVERYBODY, _FOLLOWED = "everyone", "following"


class X(Served):
    """Its webhook is registered once the bot takes it. A post keeps its first id here; for X an edit is a new one."""

    name = "x"
    title = "X"
    rules = Rules(
        us="@acme",
        brief="280 by weight · edits are marked",
        counted="280, weighed: a link counts 23, an emoji 2, and so does a letter of most Asian scripts.",
        edits="For an hour, five times, for those who pay. Each edit is a new post of one marked history.",
        seen="Everybody, unless the account is protected. Apps may reply only to who named or quoted them.",
        heard="Posts that name @acme, answers to it, and quotes of it.",
        may_edit=True,
        people=(("@kim", "Kim"), ("@lea", "Lea"), ("@jonas", "Jonas")),
        opening="@acme ",
        audience_is="Who may reply",
        audiences=((_EVERYBODY, "Everybody"), (_FOLLOWED, "Those the author follows")),
    )

    def __init__(self, stand_in: XStandIn) -> None:
        self._x = stand_in

    @property
    def stand_in(self) -> XStandIn:
        return self._x

    def mounted(self, address: str) -> None:
        self._x.base_url = address

    def settings(self) -> Mapping[str, str | bool | int]:
        return {
            "server": self._x.base_url,
            "consumer_key": self._x.server.consumer_key,
            "webhook_id": self._x.hooks.id,
            "poll": "2s",
        }

    def secrets(self) -> Mapping[str, str]:
        return {name.upper(): value for name, value in self._x.keys.items()}

    async def listened(self, hooks: str) -> None:
        try:
            await self._x.hooks.register(f"{hooks}x")
        except BadWebhook as error:
            raise No(f"X's webhook was not taken: {error}") from error

    async def post(self, said: Said) -> str:
        author = username(said.author)
        with in_one_sentence():
            self._x.person(author, name=said.name, followers=said.followers)
            post = await self._x.post(
                author,
                said.words,
                reply_to=said.answers,
                pictures=said.pictures,
                reply_settings=said.audience or _EVERYBODY,
                language=said.language or "en",
            )
        return post.first

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        with in_one_sentence():
            await self._x.edit(id, words)

    async def delete(self, id: str) -> None:
        with in_one_sentence():
            await self._x.delete(id)

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence():
            await self._x.answer_by_hand(id, words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(length(words), MOST)

    def posts(self) -> list[Shown]:
        return [self._shown(post) for post in self._x.posts()]

    def _shown(self, post: Post) -> Shown:
        parent = self._x.server.world.posts.get(post.reply_to or "")
        return Shown(
            id=post.first,
            ours=post.author is self._x.account,
            handle=f"@{post.author.handle}",
            name=post.author.name,
            words=post.text,
            at=post.at,
            answers=parent.first if parent is not None else post.reply_to,
            edited=len(post.versions) > 1,
            audience="Only those the author follows may reply" if post.reply_settings == _FOLLOWED else "",
            language=post.language,
            pictures=tuple((f"{self._x.base_url}/img/{post.first}/{at}", alt) for at, alt in enumerate(post.pictures)),
        )
