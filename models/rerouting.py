"""Routes that ask what only a reader can say are met once a conversation's first post was read: it goes to where it
belongs if nobody has touched it; else it stays, and its thread says where that would be.

Once: what was moved by anybody, or said, is not moved or said again. Which route is met is decided in
`bot/triage/routes.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import or_, select

from models.conversation import Post
from models.journal import Event
from models.lifecycle import State
from models.moving import carry
from models.people import Identity
from models.places import Account
from models.steps import Dossier, open_dossier
from models.store import Work
from models.telling import EventKind
from models.triage import Reading

_TOLD = (EventKind.MOVED.value, EventKind.BELONGS.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A conversation's first post with what was read in it. No kinds where rules alone read it."""

    account: str
    platform: str
    words: str
    language: str | None
    reach: int | None
    kinds: frozenset[str] | None
    urgency: int
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Met:
    """A channel by its row, and the number of the route that leads there."""

    channel: int
    route: int


#: None: no route is met, and it stays where it is. Pure and quick: it is asked within the transaction.
Meets: TypeAlias = Callable[[Asked], Met | None]


async def reroute(work: Work, post: int, meets: Meets) -> Met | None:
    """What came of a post that has just been read. None: nothing, because it is not the first of its conversation,
    meets no other route than before, or was moved already. Its reading is written down."""
    reading = await work.session.get(Reading, post)
    if reading is None:
        return None
    first = select(Post.id).where(Post.conversation_id == reading.conversation_id, Post.ours.is_(False))
    if await work.session.scalar(first.order_by(Post.at, Post.id).limit(1)) != post:
        return None
    dossier = await open_dossier(work, reading.conversation_id, {})
    if dossier.state in {State.ANSWERED, State.CLOSED}:
        return None
    asked = await _asked(dossier, reading, post)
    met = None if asked is None else meets(asked)
    if met is None or met.channel == dossier.conversation.channel_id:
        return None
    before = select(Event.kind).where(
        Event.chain == dossier.conversation.id, or_(Event.kind.in_(_TOLD), Event.rep_id.is_not(None))
    )
    kinds = set((await work.session.scalars(before)).all())
    if kinds & set(_TOLD):
        return None
    if kinds or dossier.state is not State.OPEN or dossier.conversation.writing:
        data: dict[str, object] = {"channel": met.channel, "route": met.route}
        await work.write_down(dossier.conversation, EventKind.BELONGS, data=data)
    else:
        await carry(dossier, to=met.channel, rep=None, claim_ended=None, route=met.route)
    return met


async def _asked(dossier: Dossier, reading: Reading, post: int) -> Asked | None:
    said = next((one for one in dossier.posts if one.id == post and one.gone_at is None), None)
    account = await dossier.work.session.get(Account, dossier.conversation.account_id)
    if said is None or account is None:
        return None
    author = None if said.identity_id is None else await dossier.work.session.get(Identity, said.identity_id)
    return Asked(
        account=account.name,
        platform=account.platform,
        words=said.words,
        language=reading.language or said.language,
        reach=None if author is None else author.followers,
        kinds=frozenset(str(one) for one in reading.kinds) if reading.model else None,
        urgency=reading.band,
        topic=reading.topic,
    )
