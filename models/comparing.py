"""What customers said as the journal knows it, beside what the rows say now. `audit.py` walks the journal and asks.

Whose post it is, and whether it still has words, is taken from the journal alone: what a row says of itself could be
changed with its words. Memory holds hashes of a batch of conversations, and the words of `BATCH` posts at a time.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, cast, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Post, PostVersion
from models.journal import post_digest
from models.reading.values import whole
from models.seals import BATCH
from models.telling import EventKind

#: So many differences of one conversation are told one by one.
TOLD = 10


@dataclass(slots=True)
class Named:
    """A customer's post: its hash in each version that the journal knows, and the event that named the newest."""

    seq: int
    event: int
    digests: dict[int, str] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return max(self.digests)


@dataclass(slots=True)
class Outcome:
    """`posts` and `versions` (what posts said before an edit) were compared. `unproven`: the journal names no hash of
    them, or what their hash covers was not kept. `differing`: by conversation, where it was named and what differs."""

    posts: int = 0
    versions: int = 0
    unproven: int = 0
    differing: dict[int, list[tuple[Named, str]]] = field(default_factory=dict)


def remember(known: dict[int, Named], kind: str, data: Mapping[str, object], *, seq: int, event: int) -> None:
    """What an event says of customers' posts. Only these kinds do; others name hashes of the past (praise)."""
    if kind in {EventKind.HEARD, EventKind.CUSTOMER_REPLIED, EventKind.CUSTOMER_EDITED}:
        for post, version, digest in _said(data):
            one = known.setdefault(post, Named(seq, event))
            one.seq, one.event = seq, event
            one.digests[version] = digest


def _said(data: Mapping[str, object]) -> Iterator[tuple[int, int, str]]:
    post, version = whole(data.get("post")), whole(data.get("version")) or 1
    before, after = data.get("before"), data.get("after", data.get("digest"))
    if post is not None and isinstance(before, str) and version > 1:
        yield post, version - 1, before
    if post is not None and isinstance(after, str):
        yield post, version, after
    above = data.get("context_digests")  # what stood above the first post when it was heard
    for id, digest in above.items() if isinstance(above, Mapping) else ():
        if str(id).isdecimal() and isinstance(digest, str):
            yield int(id), 1, digest


class _Row(NamedTuple):
    """A post, or what it said before an edit, as it stands: its attachments are read by us, since damaged ones may be
    no JSON. `media_now`, beside what it said before an edit: those of the post as it is now."""

    number: int
    post: int
    ours: bool
    version: int
    words: str
    warning: str
    digest: str
    media: str | None
    media_now: str | None

    def fits(self) -> bool:
        """Whether it says what its hash names."""
        kept = [self.media] if _kept(self.media) else ["[]", self.media_now]
        return any(post_digest(self.words, self.warning, one) == self.digest for one in _read(kept))


def _kept(media: str | None) -> bool:
    """An older version of Twoway did not keep what was attached before an edit."""
    return media is not None and media != "null"


def _read(kept: Iterable[str | None]) -> Iterator[list[object]]:
    """Attachments in every way in which they may have been hashed."""
    for text in kept:
        try:
            media = json.loads(text or "")
        except ValueError:
            continue
        if isinstance(media, list):
            yield media
            # An older version of Twoway did not mark what only stands above a post; all of that was of this kind.
            yield [one for one in media if not (isinstance(one, Mapping) and one.get("kind") == "other")]


async def compare(
    session: AsyncSession,
    after: int,
    upto: int,
    *,
    known: Mapping[int, Mapping[int, Named]],
    gone: Mapping[int, Collection[int]],
) -> Outcome:
    """The posts of the conversations from `after` to `upto`. `known`: by conversation and post; conversations that are
    not in it are left out. `gone`: posts of which the journal says that they were erased or deleted."""
    found = Outcome()
    expected = {
        (number, id): one for number, posts in known.items() for id, one in posts.items() if id not in gone[number]
    }
    earlier = {
        (number, id, version): one
        for (number, id), one in expected.items()
        for version in one.digests
        if version != one.version
    }
    here = (Post.conversation_id > after, Post.conversation_id <= upto)
    missing = dict(expected)
    async for row in _rows(session, _NOW.where(*here)):
        named = missing.pop((row.number, row.post), None)
        if named is not None:
            found.posts += 1
            _judge(found, named, named.version, row, f"post {row.post}")
        elif row.number in known and row.post not in gone[row.number] and not row.ours:
            found.unproven += 1
    for (number, id), named in missing.items():
        _differs(found, number, named, f"post {id} is missing")
    # Asked by the post alone SQLite would walk through all versions for each batch.
    async for row in _rows(session, _BEFORE.where(PostVersion.post_id.in_(select(Post.id).where(*here)))):
        at = (row.number, row.post)
        if at not in expected:
            continue  # our own, or without words, or its conversation is judged already
        named = earlier.pop((*at, row.version), None)
        if named is None or not (_kept(row.media) or row.fits()):
            found.unproven += 1
        else:
            found.versions += 1
            _judge(found, named, row.version, row, f"post {row.post} as it was in version {row.version}")
    for (number, id, version), named in earlier.items():
        if (number, id) not in missing:
            _differs(found, number, named, f"post {id} as it was in version {version} is missing")
    return found


def _judge(found: Outcome, named: Named, version: int, row: _Row, what: str) -> None:
    if row.version != version:
        _differs(found, row.number, named, f"{what} is in version {row.version}, the journal knows {version}")
    elif row.digest != named.digests[version]:
        _differs(found, row.number, named, f"{what} has another hash than was journaled")
    elif not row.fits():
        _differs(found, row.number, named, f"{what} says something else than its hash")


def _differs(found: Outcome, number: int, named: Named, what: str) -> None:
    told = found.differing.setdefault(number, [])
    if len(told) < TOLD:
        told.append((named, what))


_NOW = select(
    Post.conversation_id,
    Post.id,
    Post.ours,
    Post.version,
    Post.words,
    Post.warning,
    Post.digest,
    cast(Post.media, Text).label("media_now"),
    null(),
)
_BEFORE = select(
    Post.conversation_id,
    Post.id,
    Post.ours,
    PostVersion.version,
    PostVersion.words,
    PostVersion.warning,
    PostVersion.digest,
    cast(PostVersion.media, Text).label("media_then"),
    cast(Post.media, Text).label("media_now"),
).join(Post, Post.id == PostVersion.post_id)


async def _rows(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> AsyncIterator[_Row]:
    found = await session.stream(query.order_by(Post.id).execution_options(yield_per=BATCH))
    async for rows in found.partitions(BATCH):
        for row in rows:
            yield _Row(*row)
