"""Issues and discussions of a repository on GitHub: heard, answered in, and counted.

Settings and capabilities are in `github_settings`, what GitHub says is read in `github_read`, asked for and written in
`github_calls`; what all boards have in common is in `boards`. Here: the platform, and its webhook.
"""

from __future__ import annotations

from typing import ClassVar

from adapters.boards import Board, Entry, as_it_is
from adapters.boards_hooks import body_of
from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed
from adapters.github_calls import GitHubCalls
from adapters.github_read import Says, read_event
from adapters.github_settings import CAPABILITIES, Settings
from adapters.http import Clock, utc_now
from adapters.keeping import Keeper
from adapters.posts import Edited, Gone, Heard, Hook, HookAnswer, Posted, PostRef, Removed, Unavailable
from adapters.webhooks import signed

SIGNATURE = "x-hub-signature-256"


class GitHub(Board):
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "github"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its token comes from the settings; when it ends, GitHub says so
        self._settings = settings
        super().__init__(GitHubCalls(settings, clock), settings, clock)

    async def hook(self, request: Hook) -> HookAnswer:
        """A webhook's call. It only names a post, which is then asked for; a call that comes again tells it again."""
        given = self._settings
        if not given.hook_secret:
            return HookAnswer(status=404, body=b"no webhook is set up for this account")
        if request.method != "POST":
            return HookAnswer(status=405, body=b"POST only")
        if not signed(given.hook_secret.encode(), request.body, request.headers.get(SIGNATURE), prefix="sha256="):
            raise AuthFailed("the call is not signed with the webhook's secret")
        event = request.headers.get("x-github-event", "")
        told = read_event(event, body_of(request.body))
        if told is None or told.repository.casefold() != given.repository.casefold():
            return HookAnswer(status=200, body=b"nothing to us")
        if not (given.discussions if event.startswith("discussion") else given.issues):
            return HookAnswer(status=200, body=b"not heard here")
        ref = PostRef(told.node)
        if told.says is Says.DELETED:
            return HookAnswer(status=200, heard=(Removed(ref),))
        return HookAnswer(status=200, heard=await self._now(ref, told.says))

    async def _now(self, ref: PostRef, says: Says) -> tuple[Heard, ...]:
        standing = (await self._calls.some([ref]))[ref]
        if isinstance(standing, Entry):
            ref = standing.post.ref  # as it is named everywhere else
        match as_it_is(ref, standing):
            case Gone():
                return (Removed(ref),)
            case Unavailable() as unseen:
                return (unseen,)
            case post:
                return (Edited(post) if says is Says.EDITED else Posted(post),)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `GitHub` against the contract."""
    return GitHub(settings)
