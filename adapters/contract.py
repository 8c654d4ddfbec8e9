"""The contract between a platform and the rest: the protocol `Platform`.

The values that cross it (`posts`, `text`), the capabilities and the errors are given again here, so that a
caller needs one import. It leaves to each platform how, and to the caller when.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar, Protocol, runtime_checkable

from adapters.capabilities import Capabilities, Cost, Hears, MayAnswer, Notices, Once, Pace
from adapters.errors import (
    AuthFailed,
    Lost,
    Malformed,
    PlatformError,
    Reason,
    Refused,
    Throttled,
    Unreachable,
)
from adapters.payload import JSON
from adapters.pictures import Picture, TakenPictures
from adapters.posts import (
    BY_HAND,
    THE_ANSWER,
    VOTES,
    Absent,
    AsHeard,
    Audience,
    Author,
    Batch,
    CannotTell,
    Cursor,
    Edited,
    Fit,
    Gone,
    Heard,
    Hook,
    HookAnswer,
    Limits,
    Media,
    MediaKind,
    Posted,
    PostRef,
    PublicPost,
    Ready,
    Receipt,
    Refusal,
    Removed,
    Reply,
    Unavailable,
    Unit,
    Visibility,
    Voted,
    narrower,
)
from adapters.text import Mark, Span, Text

__all__ = [
    "BY_HAND",
    "JSON",
    "THE_ANSWER",
    "VOTES",
    "Absent",
    "AsHeard",
    "Audience",
    "AuthFailed",
    "Author",
    "Batch",
    "CannotTell",
    "Capabilities",
    "Cost",
    "Cursor",
    "Edited",
    "Fit",
    "Gone",
    "Heard",
    "Hears",
    "Hook",
    "HookAnswer",
    "Limits",
    "Lost",
    "Malformed",
    "Mark",
    "MayAnswer",
    "Media",
    "MediaKind",
    "Notices",
    "Once",
    "Pace",
    "Picture",
    "Platform",
    "PlatformError",
    "PostRef",
    "Posted",
    "PublicPost",
    "Ready",
    "Reason",
    "Receipt",
    "Refusal",
    "Refused",
    "Removed",
    "Reply",
    "Span",
    "TakenPictures",
    "TakesPictures",
    "Text",
    "Throttled",
    "Unavailable",
    "Unit",
    "Unreachable",
    "Visibility",
    "Voted",
    "narrower",
]


@runtime_checkable
class Platform(Protocol):
    """One account of ours on one platform. Built from its settings, without any network call.

    Errors while reading: `AuthFailed`, `Unreachable`, `Throttled`, `Malformed`.
    Errors of `publish`, `correct` and `retract`: `Refused`, `Throttled`, `Lost`, by certainty.

    A platform that a person connects in the browser has a static method `grant(settings) -> oauth.Grant | None`
    besides; its tokens come from an `oauth.Access`.
    """

    name: ClassVar[str]
    settings: ClassVar[type]  # a frozen dataclass, its fields declared by `adapters.settings.setting`

    declares: ClassVar[Capabilities]  # before any account is set up

    @property
    def can(self) -> Capabilities:
        """What this account can do: as declared, with what its settings say otherwise."""

    async def open(self) -> Author:
        """Who we are. Learns the server's limits. May be called again after it failed."""

    async def close(self) -> None: ...

    def notes(self) -> tuple[str, ...]:
        """What an operator should know about this account, learnt at `open`: one sentence each."""

    def limits(self) -> Limits: ...

    def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """Forever. With None it begins now (and may look a little back). May repeat, must not skip.

        An outage does not end it (it waits and goes on); `AuthFailed` does.
        """

    async def hook(self, request: Hook) -> HookAnswer: ...

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        """The whole conversation around a post, oldest first, the post itself included."""

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable | AsHeard]:
        """Each post as it is now; every ref that was asked for is in the answer.

        `AsHeard` only where there is nobody to ask: it is taken for the post as it was told last.
        """

    async def search(self, words: str, since: Cursor | None) -> Batch: ...

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """The final text of an answer: what people wrote, with what the platform needs in it (a mention).

        Pure, and composing twice changes nothing. People approve its result; `publish` sends exactly that.
        """

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        """Pure. `warning` counts where the platform counts it."""

    async def preflight(self, reply: Reply) -> Ready | Refusal: ...

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """One call, repeated by nobody, ended after `can.call_limit`."""

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        """Whether an earlier attempt (`reply.attempts`) arrived. Never raises: a failure is `CannotTell`."""

    async def look(self, receipt: Receipt) -> Visibility: ...

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        """Other words in place of ours. Where `receipt.text` says what is to be corrected and the platform lets us
        see that something else stands there by now, `Refused(DIFFERENT)`."""

    async def retract(self, receipt: Receipt) -> None:
        """Takes our reply away. One that is already away is no error."""


@runtime_checkable
class TakesPictures(Protocol):
    """A platform whose `can.pictures` is above 0. Its `publish` sends `reply.pictures` along, each uploaded before."""

    async def upload(self, picture: Picture) -> JSON:
        """What the platform calls the picture from now on (`Picture.handle`), ready to go out with a reply.

        Nobody sees it before: it may be done again, and what no reply ever named the platform takes away by itself.
        Raises `Refused`, `Throttled`, `Unreachable` and `AuthFailed`, never `Lost`.
        """
