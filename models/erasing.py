"""Taking words out of the store: of one post, or everything of a customer. The journal's chains stay whole.

What stays: the post's id on its platform (so that it is not heard as new), its times, its hash, and the events. What
a customer's posts quote of each other lives in those posts alone; reps' own words (drafts, notes) are the team's,
and lose the customer's handle and name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.answers import SavedAnswer
from models.attachments import forget_pictures
from models.chat import Card, CardKind
from models.conversation import ERASED, Conversation, Note, Post, PostVersion
from models.ideas import Idea, News, Support
from models.lifecycle import ON_THE_WIRE, Step
from models.paragraphs import unsay
from models.people import Customer, Identity
from models.permits import Policy
from models.praise import forget_permission
from models.reply import Delivery, DraftMessage, Revision
from models.resembling import forget_likeness
from models.steps import Dossier, open_dossier, take
from models.store import Store, Work
from models.suggestions import forget_suggestions
from models.telling import EventKind
from models.triage import forget_post
from models.wakes import Topic

#: What stands where a handle or a name was.
MARKER = "…"


class NoSuchCustomer(Exception):
    """Nobody has this id."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did. `waiting` are conversations whose reply is on the wire: their drafts still name the
    customer, because we may have to find our own reply by its words. Erase again once they are settled."""

    customer: int
    posts: int
    conversations: tuple[int, ...]
    waiting: tuple[int, ...]


async def erase_post(work: Work, post: Post, *, on_request: bool = False) -> None:
    """The words of a post, its versions, pictures and address are gone when the Work ends; a marker stays, which
    says whether their author took them away or we did, `on_request`.

    Writes no event and moves nothing: whoever says why it goes does. Every message of ours that may show the words
    is wanted anew. Doing it twice changes nothing.
    """
    await forget_permission(work, post.conversation_id, post=post.id, url=post.url)
    post.words = post.warning = ""
    post.spans, post.media, post.extra = [], [], {ERASED: True} if on_request else {}
    post.url = None
    post.gone_at = post.gone_at or work.now
    post.erase_at = post.due_at = None
    await work.flush()
    await work.session.execute(
        delete(PostVersion).where(PostVersion.post_id == post.id).execution_options(synchronize_session=False)
    )
    await unsay(work, post.conversation_id)
    await forget_post(work, post.id)
    await forget_likeness(work, post.id)
    await forget_suggestions(work, post.conversation_id)
    await _show_anew(work, post.conversation_id)
    work.wake(Topic.ERASED)


async def erase_customer(
    store: Store, customer_id: int, *, rep: int | None = None, policies: Mapping[int, Policy] | None = None
) -> Erased:
    """Everything that a customer said, and who they are, leaves the store. Raises NoSuchCustomer.

    One conversation a transaction: when it is broken off, doing it again finishes it. A waiting reply to them does
    not go out. Posts of other people in the same conversations stay.
    """
    async with store.reading() as session:
        if await session.get(Customer, customer_id) is None:
            raise NoSuchCustomer(customer_id)
        people = list((await session.scalars(select(Identity).where(Identity.customer_id == customer_id))).all())
        numbers = await _conversations(session, [identity.id for identity in people])
    names = _names(people)
    ids = frozenset(identity.id for identity in people)
    posts, waiting = 0, list[int]()
    for number in numbers:
        async with store.work() as work:
            dossier = await open_dossier(work, number, policies or {})
            posts += await _erase_in(dossier, ids, names, rep)
            if dossier.state in ON_THE_WIRE:
                waiting.append(number)
    if not waiting:
        await forget_profile(store, customer_id)
    return Erased(customer_id, posts, tuple(numbers), tuple(waiting))


async def _conversations(session: AsyncSession, identities: Sequence[int]) -> list[int]:
    began = select(Conversation.id).where(Conversation.identity_id.in_(identities))
    spoke = select(Post.conversation_id).where(Post.identity_id.in_(identities))
    return sorted((await session.scalars(began.union(spoke))).all())


async def _erase_in(dossier: Dossier, identities: frozenset[int], names: Sequence[str], rep: int | None) -> int:
    """Their part of one conversation. An event is written only where something was still there."""
    work = dossier.work
    theirs = [post for post in dossier.posts if post.identity_id in identities and not post.ours]
    here = [post for post in theirs if post.gone_at is None]
    kept = [post for post in theirs if post.gone_at is not None and (post.words or post.spans)]
    for post in here:
        await erase_post(work, post, on_request=True)
    for post in kept:
        await erase_post(work, post)
    blanked = [] if dossier.state in ON_THE_WIRE else await _blank_names(work, dossier.conversation.id, names)
    if dossier.state not in ON_THE_WIRE:
        # Nobody can blank a name in a picture; our reply's stand on the platform, and are taken back there.
        await forget_pictures(work, dossier.conversation.id)
    if not (here or kept or blanked):
        return 0
    data: dict[str, object] = {"posts": [post.id for post in (*here, *kept)], "revisions": blanked, "why": "customer"}
    if here:
        step = Step.POST_REMOVED if dossier.customer_posts else Step.POST_GONE
        await take(dossier, step, EventKind.ERASED, rep=rep, data=data)
    else:
        await work.write_down(dossier.conversation, EventKind.ERASED, rep=rep, data=data)
        dossier.conversation.version += 1
        dossier.want_cards()
    return len(here) + len(kept)


def _names(people: Sequence[Identity]) -> list[str]:
    """What names them, the longest first, so that "lou@far.example" goes before "lou"."""
    found = {name for identity in people for name in (identity.handle, identity.name, identity.url or "") if name}
    found |= {identity.handle.partition("@")[0] for identity in people if "@" in identity.handle}
    return sorted((name for name in found if len(name) > 1), key=len, reverse=True)


async def _blank_names(work: Work, number: int, names: Sequence[str]) -> list[int]:
    """Drafts, our own replies, notes and refusals without the customer's names. The numbers of the drafts that
    changed: their hashes can no longer be computed, and the journal says so."""
    if not names:
        return []
    # Whole words only, so that a customer called "Al" does not blank half of "also".
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), re.IGNORECASE)
    changed: list[int] = []
    for revision in await work.session.scalars(select(Revision).where(Revision.conversation_id == number)):
        final, typed = pattern.sub(MARKER, revision.final), pattern.sub(MARKER, revision.typed)
        spans = [_blank(span, pattern) for span in revision.spans]
        if (final, typed, spans) != (revision.final, revision.typed, list(revision.spans)):
            revision.final, revision.typed, revision.spans = final, typed, spans
            changed.append(revision.number)
    ours = select(Post).where(Post.conversation_id == number, Post.ours.is_(True))
    for post in await work.session.scalars(ours):
        post.words = pattern.sub(MARKER, post.words)
        post.spans = [_blank(span, pattern) for span in post.spans]
        post.extra = {key: _blank(value, pattern) for key, value in post.extra.items()}
    for note in await work.session.scalars(select(Note).where(Note.conversation_id == number)):
        note.words = pattern.sub(MARKER, note.words)
    for answer in await work.session.scalars(select(SavedAnswer).where(SavedAnswer.conversation_id == number)):
        answer.words = pattern.sub(MARKER, answer.words)
    # What reps call an idea, and what they write to those who asked, may name who asked.
    for idea in await work.session.scalars(select(Idea).where(Idea.id.in_(_ideas_of(number)))):
        idea.title, idea.text = pattern.sub(MARKER, idea.title), pattern.sub(MARKER, idea.text)
    for news in await work.session.scalars(select(News).where(News.conversation_id == number)):
        news.text = pattern.sub(MARKER, news.text)
    # Why something was refused, and what a pre-flight answered, are the platform's sentences: they may name people.
    for delivery in await work.session.scalars(select(Delivery).where(Delivery.conversation_id == number)):
        delivery.why = pattern.sub(MARKER, delivery.why)
    for message in await work.session.scalars(select(DraftMessage).where(DraftMessage.conversation_id == number)):
        message.ready = {key: _blank(value, pattern) for key, value in message.ready.items()}
    return sorted(changed)


def _ideas_of(number: int) -> Select[int]:
    """Every idea that a conversation ever asked for, with those that became one with it."""
    roots = select(Idea.root_id).join(Support, Support.idea_id == Idea.id).where(Support.conversation_id == number)
    return select(Idea.id).where(Idea.root_id.in_(roots))


def _blank(value: object, pattern: re.Pattern[str]) -> object:
    """The same JSON without the names."""
    if isinstance(value, str):
        return pattern.sub(MARKER, value)
    if isinstance(value, list):
        return [_blank(one, pattern) for one in value]
    if isinstance(value, dict):
        return {key: _blank(one, pattern) for key, one in value.items()}
    return value


async def forget_profile(store: Store, customer_id: int) -> None:
    """The profile. The identity keeps a number in place of its id on the platform: who writes again is somebody new."""
    async with store.work() as work:
        query = select(Identity).where(Identity.customer_id == customer_id).with_for_update()
        for identity in await work.session.scalars(query):
            identity.ref = f"erased:{identity.id}"
            identity.handle = identity.name = ""
            identity.avatar = identity.url = identity.followers = None
            for number in await _conversations(work.session, [identity.id]):
                await _show_anew(work, number)


async def _show_anew(work: Work, number: int) -> None:
    """Every message of ours about a conversation: its card, its drafts, its posts, its notices."""
    messages = select(DraftMessage.id).where(DraftMessage.conversation_id == number)
    about = select(Card.kind, Card.ref).where(
        or_(Card.conversation_id == number, (Card.kind == CardKind.DRAFT.value) & Card.ref.in_(messages))
    )
    for kind, ref in (await work.session.execute(about)).all():
        work.want(CardKind(kind), ref)
