"""What the answers are made of: reps, customers, posts, claims, orders. Frozen; `words` is None where they are gone.

Words that their author deleted never come out of here, also not while a channel still keeps them: whoever shows a
post says "deleted" where `words` is None. The helpers below turn rows into these values and hold no queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from models.conversation import Post, PostVersion
from models.people import Identity, Rep
from models.permits import OwnWords, Policy, Sign, Standing, Tally, tally
from models.places import Account
from models.reply import Approval, Delivery, DeliveryState, DraftKind, Revision, WaitsFor


@dataclass(frozen=True, slots=True)
class RepFacts:
    """Somebody of the team: who they are on their surface, and what we call them."""

    id: int
    surface: str
    team: str
    user: str
    name: str
    signoff: str = ""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """One account of a customer. After an erasure `handle` and `name` are empty: `erased`."""

    id: int  # the customer
    identity: int
    handle: str
    name: str
    avatar: str | None
    url: str | None
    followers: int | None
    bot: bool

    @property
    def erased(self) -> bool:
        return not (self.handle or self.name)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One of our accounts, and what is wrong with it, if anything is."""

    id: int
    name: str
    platform: str
    problem: str | None = None
    problem_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostFacts:
    """Something said in public. `words` is None when its author deleted it; then `warning`, `media` and `spans`
    are empty too. `who` is None when we do not know the author."""

    id: int
    ours: bool
    who: CustomerFacts | None
    words: str | None
    spans: tuple[object, ...]
    warning: str
    media: tuple[object, ...]
    visibility: str
    language: str | None
    url: str | None
    parent: str | None
    delivery: int | None
    at: datetime
    heard_at: datetime
    version: int
    edited_at: datetime | None
    gone_at: datetime | None
    hidden_at: datetime | None
    erased: bool = False  # gone because we were asked to take it away, not because its author did
    by_hand: str = ""  # why only a person can answer it, on the platform itself
    votes: int | None = None  # how many ask for it on a feedback board

    @property
    def gone(self) -> bool:
        return self.gone_at is not None


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What a post said up to `until` (None: still does)."""

    version: int
    words: str | None
    warning: str
    digest: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """Who answers, until when. `until` may have passed while a draft waits for approval: the claim still stands."""

    rep: RepFacts
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SignFacts:
    """One person's yes ("approve") or no ("object"). `given` is False once it was taken back."""

    rep: RepFacts
    sign: str
    given: bool
    standing: Standing
    by_reaction: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """One version of a draft: `final` is what goes out. `last` wrote its last words, `authors` any of it."""

    id: int
    number: int
    base: int | None
    kind: str
    parent: int
    typed: str
    final: str
    spans: tuple[object, ...]
    digest: str
    last: RepFacts
    authors: tuple[RepFacts, ...]
    fit: Mapping[str, object]
    blocked: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """An order to say something in public, and how far it is."""

    id: int
    message: int
    revision: int  # its id
    state: str
    approved_at: datetime
    hold_until: datetime
    sends: int
    sent_at: datetime | None
    receipt: Mapping[str, object] | None
    visible: str
    why: str
    ended_at: datetime | None

    @property
    def url(self) -> str | None:
        """Where the reply stands, if it does and the platform said so."""
        found = (self.receipt or {}).get("url")
        return found if isinstance(found, str) and found else None


@dataclass(frozen=True, slots=True)
class DraftState:
    """A revision with the message that shows it and the signs on that message."""

    message: int
    revision: RevisionFacts
    shown_at: datetime
    seen: Mapping[int, int]  # post -> version
    signs: tuple[SignFacts, ...]
    link: str | None = None
    ready: Mapping[str, object] = field(default_factory=dict)
    surface: str = ""  # the chat in which it waits, where that is known
    asked_again: frozenset[int] = frozenset()  # whose yes nobody can be sure of any more

    @property
    def strangers(self) -> frozenset[int]:
        """Authors who are known by another chat than this one: it was moved."""
        authors = (self.revision.last, *self.revision.authors)
        return frozenset(author.id for author in authors if self.surface and author.surface != self.surface)

    def tally(self, policy: Policy, standings: Mapping[int, Standing] | None = None) -> Tally:
        """How the draft stands by a channel's policy; `standings` (by rep) replaces what was known at signing."""
        return tally(
            policy=rules_for(self.revision.kind, policy),
            last=self.revision.last.id,
            authors=[author.id for author in self.revision.authors],
            shown_at=self.shown_at,
            signs=[
                Sign(
                    rep=sign.rep.id,
                    approve=sign.sign == "approve",
                    standing=(standings or {}).get(sign.rep.id, sign.standing),
                    at=sign.at,
                )
                for sign in self.signs
                if sign.given
            ],
            strangers=self.strangers,
        )


def waits_for(*, held: bool, account: AccountFacts, delivery: DeliveryFacts | None) -> WaitsFor | None:
    """What keeps an approved reply from leaving, None when nothing is known to."""
    if delivery is None or delivery.state != DeliveryState.WAITING:
        return None
    if held:
        return WaitsFor.HOLD
    if delivery.why in (WaitsFor.PLATFORM, WaitsFor.CHAT):
        return WaitsFor(delivery.why)
    return None if account.problem is None else WaitsFor.PLATFORM


def rules_for(kind: str, policy: Policy) -> Policy:
    """A channel's policy for what is being approved, as `steps.Dossier.rules` has it: taking back needs one
    approver, who may be the one who asks, and no hold."""
    if kind == DraftKind.RETRACTION:
        return replace(policy, approvals=1, own_words=OwnWords.ALLOW, hold=timedelta())
    return policy


# ------------------------------------------------------------------------------------------ from rows to values


def rep_facts(row: Rep) -> RepFacts:
    return RepFacts(
        row.id,
        row.surface,
        row.team,
        row.user,
        row.name,
        row.signoff,
        tuple(language for language in row.languages if isinstance(language, str)),
    )


def account_facts(row: Account) -> AccountFacts:
    return AccountFacts(row.id, row.name, row.platform, row.problem, row.problem_since)


def customer_facts(row: Identity) -> CustomerFacts:
    return CustomerFacts(row.customer_id, row.id, row.handle, row.name, row.avatar, row.url, row.followers, row.bot)


def post_facts(row: Post, who: Identity | None) -> PostFacts:
    """The post as it may be shown: nothing of it when its author deleted it."""
    gone = row.gone_at is not None
    return PostFacts(
        id=row.id,
        ours=row.ours,
        who=None if who is None else customer_facts(who),
        words=None if gone else row.words,
        spans=() if gone else tuple(row.spans),
        warning="" if gone else row.warning,
        media=() if gone else tuple(row.media),
        visibility=row.visibility,
        language=row.language,
        url=row.url,
        parent=row.parent,
        delivery=row.delivery_id,
        at=row.at,
        heard_at=row.heard_at,
        version=row.version,
        edited_at=row.edited_at,
        gone_at=row.gone_at,
        hidden_at=row.hidden_at,
        erased=row.erased,
        by_hand="" if gone else row.by_hand,
        votes=None if gone else row.votes,
    )


def versions_of(post: Post, earlier: Iterable[PostVersion]) -> tuple[VersionFacts, ...]:
    """Every version of a post, the first one first, without words when its author deleted it."""
    gone = post.gone_at is not None
    past = [
        VersionFacts(row.version, None if gone else row.words, "" if gone else row.warning, row.digest, row.until)
        for row in sorted(earlier, key=lambda row: row.version)
        if row.version != post.version
    ]
    now = VersionFacts(post.version, None if gone else post.words, "" if gone else post.warning, post.digest, None)
    return (*past, now)


def sign_facts(row: Approval, reps: Mapping[int, RepFacts]) -> SignFacts:
    return SignFacts(reps[row.rep_id], row.sign, row.given, Standing(row.standing), row.by_reaction, row.at)


def authors_of(row: Revision) -> tuple[int, ...]:
    """The reps who wrote any of it, whoever wrote the last words among them."""
    known = [author for author in row.authors if isinstance(author, int)]
    return tuple(dict.fromkeys([*known, row.rep_id]))


def revision_facts(row: Revision, reps: Mapping[int, RepFacts]) -> RevisionFacts:
    return RevisionFacts(
        id=row.id,
        number=row.number,
        base=row.base,
        kind=row.kind,
        parent=row.parent_id,
        typed=row.typed,
        final=row.final,
        spans=tuple(row.spans),
        digest=row.digest,
        last=reps[row.rep_id],
        authors=tuple(reps[author] for author in authors_of(row) if author in reps),
        fit=dict(row.fit),
        blocked=row.blocked,
        at=row.at,
    )


def delivery_facts(row: Delivery) -> DeliveryFacts:
    return DeliveryFacts(
        id=row.id,
        message=row.message_id,
        revision=row.revision_id,
        state=row.state,
        approved_at=row.approved_at,
        hold_until=row.hold_until,
        sends=row.sends,
        sent_at=row.sent_at,
        receipt=None if row.receipt is None else dict(row.receipt),
        visible=row.visible,
        why=row.why,
        ended_at=row.ended_at,
    )


def seen_of(seen: Mapping[str, object]) -> dict[int, int]:
    """Post -> version, out of what JSON made of it."""
    return {int(post): version for post, version in seen.items() if isinstance(version, int) and post.isdigit()}


def first_line(words: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in words.splitlines() if line.strip()), "")


def whole(value: object) -> int | None:
    """A number out of an event's data, or None. (True is no number.)"""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def wholes(values: object) -> Sequence[int]:
    """The numbers out of a list in an event's data."""
    return [value for value in values if whole(value) is not None] if isinstance(values, list | tuple) else []


def numbers_in(data: Mapping[str, object], keys: Sequence[str]) -> list[int]:
    """The ids that stand under these keys, alone or in lists, each once."""
    found: list[int] = []
    for key in keys:
        one = whole(data.get(key))
        found += [one] if one is not None else list(wholes(data.get(key)))
    return list(dict.fromkeys(found))


def reps_named(data: Mapping[str, object]) -> list[int]:
    """The reps whom an event's data names."""
    return numbers_in(data, ("to", "of", "by", "rep", "approved_by", "on_word_of"))
