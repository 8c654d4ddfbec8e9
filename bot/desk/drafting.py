"""Writing an answer together: draft, edit with merge, discard. Only a revision made here can ever go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from adapters.pictures import TakenPictures
from adapters.text import same_words
from bot.desk.alike import same
from bot.desk.asking import objection
from bot.desk.claiming import claim_if_free
from bot.desk.merging import merge
from bot.desk.outcomes import Actor, Discarded, Drafted, MergeOffered, Refused, Why
from bot.desk.picturing import GAPS, UNREAD, is_awaited, objections, standing
from bot.gaps import gaps_in
from models.attachments import Pictured, fingerprint
from models.conversation import Post
from models.journal import revision_digest
from models.lifecycle import Step
from models.permits import Right
from models.reply import ANSWERS, DraftKind, Revision
from models.revisions import digests_sent, revision_numbered
from models.steps import Dossier, take
from models.suggestions import Suggestion, suggestions_of
from models.telling import EventKind


@dataclass(frozen=True, slots=True)
class Composed:
    """The exact text that would go out, and how it fits: `fit` as `{"length", "limit", "unit", "lost"}`. `shows`:
    the chat can show it whole."""

    final: str
    spans: list[object]
    fits: bool
    fit: Mapping[str, object] = field(default_factory=dict)
    shows: bool = True


class Composer(Protocol):
    """Makes what people wrote into what goes out: mention and sign-off included. Pure, no network."""

    def __call__(self, *, parent: Post, typed: str, signoff: str) -> Composed: ...


@dataclass(frozen=True, slots=True)
class Writing:
    """What somebody saved. `base` is the number of the draft that their dialog showed, None for an empty one.
    `leftovers` are pieces that only the chat understands (a custom emoji, a colleague's mention)."""

    typed: str
    base: int | None = None
    kind: DraftKind = DraftKind.REPLY
    leftovers: tuple[str, ...] = ()
    signoff: str = ""
    parent: int | None = None  # the post to answer, where it is not the customer's last
    claims: bool = True  # whether its writer has the conversation from then on, if nobody has
    suggestion: int | None = None  # what a model suggested, which it was begun with
    read: bool = False  # its writer says that they read every word
    pictures: tuple[Pictured, ...] | None = None  # None: those of the draft that stands
    awaits: bool = False  # more pictures were given, and are being fetched
    takes: TakenPictures | None = None  # what the platform takes of them
    shows: bool = True  # the chat can show pictures


def digest_of(*, kind: str, account: int, parent: Post, final: str, pictures: Sequence[Pictured] = ()) -> str:
    """What approvals are bound to: the kind (in public or alone), our account, the post that is answered and who sees
    it, the exact text, the exact pictures with their words."""
    return revision_digest(
        kind=kind,
        account=account,
        parent=parent.ref,
        visibility=parent.visibility,
        warning=parent.warning,
        final=final,
        pictures=fingerprint(pictures),
    )


def post_to_answer(dossier: Dossier, kind: DraftKind) -> Post | None:
    """The customer's last post, or, to correct or take back, our own last reply. One that a colleague wrote elsewhere
    is not ours to change, but where it stands in the one place for an answer: then the team decides."""
    if kind in ANSWERS:
        return dossier.customer_posts[-1] if dossier.customer_posts else None
    mine = [post for post in dossier.posts if post.ours and post.gone_at is None]
    mine = [post for post in mine if post.delivery_id is not None or post.the_answer]
    return mine[-1] if mine else None


def kind_here(dossier: Dossier, kind: DraftKind) -> DraftKind:
    """What an answer is here: a correction, where there is one place for an answer and it is taken."""
    taken = any(post.the_answer and post.gone_at is None for post in dossier.posts)
    return DraftKind.CORRECTION if kind is DraftKind.REPLY and taken else kind


async def draft(dossier: Dossier, who: Actor, writing: Writing, compose: Composer) -> Drafted | MergeOffered | Refused:
    """Save what was written as the next revision, shown to all in a message of its own.

    Drafting what nobody has claims it. If somebody saved another revision since `writing.base`, nothing is saved:
    both are offered together. What cannot go out as it is
    (a gap that nobody filled, too long, leftovers, more than the chat shows) is saved, shown, and blocked.
    What stands in public word for word is refused: a command that the chat gave up on, and that its writer gave again,
    may come after the answer.
    """
    refused = objection(dossier, who, Right.WORK, Step.DRAFT)
    if refused is not None:
        return refused
    writing = replace(writing, kind=kind_here(dossier, writing.kind))
    number, current = dossier.conversation.id, dossier.revision
    if not writing.typed.strip() and writing.kind is not DraftKind.RETRACTION:
        return Refused(Why.EMPTY, number)
    if current is not None and current.number != (writing.base or 0) and current.typed != writing.typed:
        return await _offer(dossier, current, writing)
    pictures = standing(current, writing.kind) if writing.pictures is None else writing.pictures
    unchanged = pictures == standing(current, writing.kind)
    vouched = writing.read and current is not None and current.blocked.startswith(UNREAD)
    again = current is not None and (current.typed, current.kind) == (writing.typed, writing.kind)
    if current is not None and again and unchanged and not vouched:
        return Refused(Why.UNCHANGED, number, draft=current.number)
    parent = post_to_answer(dossier, writing.kind)
    if writing.parent is not None and writing.kind in ANSWERS:
        parent = next((post for post in dossier.customer_posts if post.id == writing.parent), None)
    if parent is None:
        return Refused(Why.NOTHING_THERE, number)
    begun = await _begun_with(dossier, writing)
    made = _revision(dossier, who, replace(writing, pictures=pictures), parent, compose, begun)
    if await _stands_there(dossier, made, parent):
        return Refused(Why.SAID_ALREADY, number)
    claimed = writing.claims and await claim_if_free(dossier, who)
    dossier.conversation.writing = {}
    said: dict[str, object] = {} if begun is None else {"suggestion": begun.id, "read": writing.read}
    return await saved(dossier, who, made, claimed=claimed, said=said)


async def saved(
    dossier: Dossier,
    who: Actor,
    made: Revision,
    *,
    claimed: bool = False,
    said: Mapping[str, object] | None = None,
) -> Drafted:
    """The next revision stands, in a message of its own; what was approved before is not this. `said` is written down
    with it."""
    dossier.work.add(made)
    await dossier.work.flush()
    dossier.revision = made
    dossier.conversation.revision_id = made.id
    dossier.conversation.revisions = made.number
    data: dict[str, object] = {"revision": made.number, "digest": made.digest, "kind": made.kind, "base": made.base}
    data |= said or {}
    await take(dossier, Step.DRAFT, EventKind.DRAFTED, rep=who.rep, data=data)
    assert dossier.message is not None
    return Drafted(dossier.conversation.id, made.number, dossier.message.id, claimed)


async def _stands_there(dossier: Dossier, made: Revision, parent: Post) -> bool:
    """Whether this very answer to this very post went out and still stands, or a correction would change nothing."""
    if made.kind == DraftKind.CORRECTION:
        return same_words(parent.words, made.final)
    standing_now = [post for post in dossier.posts if post.ours and post.gone_at is None]
    sent = [post.delivery_id for post in standing_now if post.delivery_id and same_words(post.words, made.final)]
    return bool(sent) and made.digest in await digests_sent(dossier.work, sent)


async def discard(dossier: Dossier, who: Actor) -> Discarded | Refused:
    """Throw the current draft away; nothing goes out."""
    step = Step.DISCARD_FOLLOWUP if dossier.last_words_answered else Step.DISCARD
    refused = objection(dossier, who, Right.WORK, step)
    if refused is not None:
        return refused
    number, current = dossier.conversation.id, dossier.revision
    if current is None:
        return Refused(Why.NO_DRAFT, number)
    data: dict[str, object] = {"revision": current.number}
    await take(dossier, step, EventKind.DISCARDED, rep=who.rep, data=data)
    return Discarded(number, current.number)


async def _begun_with(dossier: Dossier, writing: Writing) -> Suggestion | None:
    """What a model suggested, where this is it word for word, or was begun with it, or the draft before was."""
    if writing.kind is DraftKind.RETRACTION:
        return None
    made = await suggestions_of(dossier.work.session, dossier.conversation.id)
    before = dossier.revision.fit.get("suggestion") if dossier.revision is not None else None
    same_words = next((one for one in made if same(writing.typed, one.words)), None)
    known = (one for one in made if one.id in (writing.suggestion, before))
    return same_words or next(known, None)


def _revision(
    dossier: Dossier, who: Actor, writing: Writing, parent: Post, compose: Composer, begun: Suggestion | None
) -> Revision:
    current = dossier.revision
    if writing.kind is DraftKind.RETRACTION:
        composed = Composed(final=parent.words, spans=[], fits=True)
    else:
        composed = compose(parent=parent, typed=writing.typed, signoff=writing.signoff)
    pictures = writing.pictures or ()
    before = [author for author in current.authors if author != who.rep] if current is not None else []
    blocked = objections(
        pictures, dossier.rules, writing.takes, awaited=writing.awaits or is_awaited(current), shows=writing.shows
    )
    if gaps := gaps_in(writing.typed):
        blocked = GAPS + " ".join(gaps)
    elif writing.leftovers:
        blocked = "leftovers: " + " ".join(writing.leftovers)
    elif not composed.fits:
        blocked = "too_long"
    elif not composed.shows:
        blocked = "too_long_to_show"
    elif begun is not None and not writing.read and same(writing.typed, begun.words):
        blocked = UNREAD + begun.model
    fit = dict(composed.fit)
    if begun is not None:
        fit |= {"suggestion": begun.id, "suggested_by": begun.model}
    return Revision(
        conversation_id=dossier.conversation.id,
        number=dossier.conversation.revisions + 1,
        base=current.number if current is not None else None,
        kind=writing.kind.value,
        parent_id=parent.id,
        typed=writing.typed,
        final=composed.final,
        spans=[*composed.spans, *[one.span() for one in pictures]],
        digest=digest_of(
            kind=writing.kind.value,
            account=dossier.conversation.account_id,
            parent=parent,
            final=composed.final,
            pictures=pictures,
        ),
        rep_id=who.rep,
        authors=[*before, who.rep],
        fit=fit,
        blocked=blocked,
        at=dossier.work.now,
    )


async def _offer(dossier: Dossier, current: Revision, writing: Writing) -> MergeOffered:
    number = dossier.conversation.id
    if (current.kind == DraftKind.PRIVATE) != (writing.kind is DraftKind.PRIVATE):
        # What was written for one pair of eyes does not come into words that all will see.
        return MergeOffered(number, current.number, writing.typed, (), current.rep_id, writing.typed, apart=True)
    base = None
    if writing.base is not None:
        base = await revision_numbered(dossier.work, number, writing.base)
    merged = merge(base=base.typed if base is not None else "", theirs=current.typed, mine=writing.typed)
    conflicts = tuple((conflict.theirs, conflict.mine) for conflict in merged.conflicts)
    return MergeOffered(number, current.number, merged.text, conflicts, current.rep_id, writing.typed)
