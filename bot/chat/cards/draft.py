"""The message about a draft: the text that goes out first and whole, then everything needed to say yes or no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.registry import title
from bot.chat.cards.changes import changes
from bot.chat.cards.parts import ERASED, button, clock, link, moment, named, value, waits
from bot.chat.cards.suggesting import UNREAD as NOT_READ
from bot.chat.cards.suggesting import label
from bot.chat.cards.voice import remarks
from bot.chat.commands import Verb
from bot.chat.contract import Block, Buttons, Card, Line, Mention, Part, Picture, Plain, Quote, Words
from bot.desk.attaching import NOT_TAKEN
from bot.desk.picturing import AWAITED, GAPS, NO_WORDS, NOT_SHOWN, UNREAD
from bot.triage.listening import Heard
from models.attachments import fingerprint, pictures_of
from models.lifecycle import State
from models.permits import Policy, Tally, Uncounted
from models.reading.draft import DraftFacts
from models.reading.values import DeliveryFacts, RepFacts, RevisionFacts
from models.reply import DraftKind

KINDS = {
    DraftKind.REPLY: "Draft",
    DraftKind.PRIVATE: "Private answer",
    DraftKind.CORRECTION: "Correction",
    DraftKind.RETRACTION: "Retraction",
}

#: The same words stand in a newer message.
SHOWN_AGAIN = frozenset(
    {"customer_edited", "customer_replied", "post_removed", "surfaced", "unfit", "move", "restored"}
)

#: Why a draft no longer stands, as its collapsed message says it.
CLOSED = {
    "restored": "shown again below: the database was put back from a backup",
    "draft": "replaced by a newer draft",
    "discard": "thrown away",
    "discard_followup": "thrown away",
    "close": "closed with its conversation",
    "reopen": "set aside when the conversation was reopened",
    "answered_by_hand": "set aside: answered by hand",
    "post_gone": "set aside: the customer deleted the post",
    "customer_edited": "shown again below: the customer changed the post, so approvals given here no longer count",
    "customer_replied": "shown again below: the customer wrote again, so approvals given here no longer count",
    "post_removed": "shown again below: the customer deleted a post, so approvals given here no longer count",
    "answered_elsewhere": "shown again below: somebody answered elsewhere, so approvals given here no longer count",
    "surfaced": "shown again below: an earlier reply turned up, so approvals given here no longer count",
    "unfit": "shown again below: it could not go out as it was",
    "refused": "shown again below: the platform refused it",
    "settle_absent": "shown again below: it did not arrive",
    "taken_back": "shown again below: it was taken back",
    "move": "moved with its conversation, so approvals given here no longer count",
    "sent": "sent",
    "settle_sent": "sent",
}

#: How a draft stands, where it does not wait for approval.
STANDS = {
    State.APPROVED: "is approved and goes out soon",
    State.SENDING: "is going out",
    State.UNSURE: "went out; nobody knows whether it arrived",
}

#: Units as people say them.
UNITS = {"graphemes": "characters", "weighted": "weighted characters", "code_points": "characters", "bytes": "bytes"}


def draft_card(
    facts: DraftFacts,
    policy: Policy,
    now: datetime,
    zone: str = "UTC",
    *,
    approvers: Sequence[Mention] = (),
    heard: Sequence[Heard] = (),
) -> Card:
    """One draft message. `approvers` are mentioned when it is first posted, and never again; `heard` is what the voice
    check has to say, which blocks nothing."""
    if not facts.current:
        return _collapsed(facts)
    revision, kind = facts.draft.revision, DraftKind(facts.draft.revision.kind)
    tally = facts.draft.tally(policy)
    blocks: list[Block] = []
    if kind is DraftKind.RETRACTION:
        blocks.append(Line((Plain("To be deleted in public:", bold=True),)))
    elif kind is DraftKind.CORRECTION:
        blocks.append(Line((Plain("Our public reply would then read:", bold=True),)))
    elif kind is DraftKind.PRIVATE:
        who = facts.answers.who.name if facts.answers.who is not None else "its author"
        blocks.append(Line((Plain("🔒 To ", bold=True), Words(who), Plain(" alone:", bold=True))))
    blocks.append(Quote((Words(revision.final),), whole=not revision.blocked))
    blocks += _pictures(revision)
    blocks.append(Line(tuple(_about(facts, kind)), small=True))
    told = (_fit(facts), _lost(facts), _ready(facts), _saved(facts), _suggested(facts))
    rows = (*told, *_pictured(facts), *remarks(heard))
    blocks += [Line(tuple(row), small=True) for row in rows if row]
    blocks += changes(facts)
    blocks += [Line(tuple(row)) for row in _verdict(facts, tally, zone) if row]
    buttons = _buttons(facts, tally)
    if buttons is not None:
        blocks.append(buttons)
    if approvers and not revision.blocked:
        blocks.append(Line((Plain("Who looks at it? "), *_spaced(approvers)), small=True))
    stands = STANDS.get(State(facts.state), "waits for approval")
    if facts.waits is not None:
        stands = f"is approved and {waits(facts.waits, facts.account)}"
    summary = f"{KINDS[kind]} {revision.number} for #{facts.number} by {revision.last.name} {stands}"
    return Card(summary=summary[:150], blocks=tuple(blocks), mentions=tuple(approvers))


def _spaced(mentions: Sequence[Mention]) -> list[Part]:
    out: list[Part] = []
    for mention in mentions:
        out += [mention, Plain(" ")]
    return out


def _collapsed(facts: DraftFacts) -> Card:
    number, why = facts.draft.revision.number, CLOSED.get(facts.closed_why, "no longer current")
    if facts.closed_why in {"post_gone", "post_removed"} and facts.customer.erased:
        why = why.replace("the customer deleted the post", f"the post was {ERASED}")
        why = why.replace("the customer deleted a post", f"a post was {ERASED}")
    parts: list[Part] = [Plain(f"{KINDS[DraftKind(facts.draft.revision.kind)]} {number}", bold=True), Plain(f": {why}")]
    if facts.closed_why in {"sent", "settle_sent"} and facts.delivery is not None and facts.delivery.url:
        parts += [Plain(" · "), link(facts.delivery.url, "our reply")]
    elif facts.instead is not None:
        parts += [Plain(" · "), link(facts.instead.link, f"draft {facts.instead.revision} is current")]
    parts.append(Plain("."))
    blocks: list[Block] = [Line(tuple(parts))]
    if facts.closed_why not in SHOWN_AGAIN:
        final = facts.draft.revision.final
        blocks.append(Line((Words(final if len(final) < 120 else final[:119] + "…", italic=True),), small=True))
    return Card(summary=f"Draft {number} for #{facts.number}: {why}"[:150], blocks=tuple(blocks))


def _about(facts: DraftFacts, kind: DraftKind) -> list[Part]:
    revision = facts.draft.revision
    parts: list[Part] = [Plain(f"{KINDS[kind]} {revision.number}", bold=True), Plain(", last words by ")]
    parts.append(Words(revision.last.name))
    others = [author for author in revision.authors if author.id != revision.last.id]
    if others:
        parts += [Plain(", with "), *named({rep.id: rep for rep in others}, [rep.id for rep in others])]
    if kind is DraftKind.PRIVATE:
        parts.append(Plain(" · not public: nobody else can see it"))
    elif facts.answers.visibility not in {"public", "unlisted"}:
        parts.append(Plain(" · not public, like the post it answers"))
    if facts.answers.warning:
        parts += [Plain(" · under the content warning “"), Words(facts.answers.warning), Plain("”")]
    return parts


def _fit(facts: DraftFacts) -> list[Part]:
    fit = facts.draft.revision.fit
    length, limit = fit.get("length"), fit.get("limit")
    if not isinstance(length, int) or not isinstance(limit, int):
        return []
    unit = UNITS.get(str(fit.get("unit")), "characters")
    over = f" ⚠️ {length - limit} too many: shorten it, I never cut." if length > limit else ""
    return [Plain(f"{length} of {limit} {unit} by {title(facts.account.platform)}'s rules.{over}")]


def _lost(facts: DraftFacts) -> list[Part]:
    lost = facts.draft.revision.fit.get("lost")
    if not isinstance(lost, list | tuple) or not lost:
        return []
    return [Plain("Will be lost: "), Words(", ".join(str(item) for item in lost)), Plain(".")]


def _ready(facts: DraftFacts) -> list[Part]:
    ready = facts.draft.ready
    sentence = ready.get("sentence")
    if isinstance(sentence, str) and sentence:
        return [Plain("⚠️ It could not go out as things stand: ", bold=True), Words(sentence)]
    notes = ready.get("notes")
    if isinstance(notes, list | tuple) and notes:
        return [Words(" ".join(str(note) for note in notes))]
    return []


def _saved(facts: DraftFacts) -> list[Part]:
    """A nudge where a saved answer was taken as it is."""
    name = facts.draft.revision.fit.get("saved")
    if not isinstance(name, str):
        return []
    row: list[Part] = [Plain("💬 Word for word the saved answer “"), Words(name)]
    return [*row, Plain("”. A sentence of one's own shows this customer that somebody read.")]


def _suggested(facts: DraftFacts) -> list[Part]:
    model = facts.draft.revision.fit.get("suggested_by")
    return label(model) if isinstance(model, str) else []


def _pictures(revision: RevisionFacts) -> list[Block]:
    """The pictures that go out with it, each as it would be seen and, whole, as it would be read aloud."""
    shown: list[Block] = []
    for nth, one in enumerate(pictures_of(revision.spans), 1):
        said = bool(one.alt.strip())
        shown.append(Picture(url="", alt=one.alt if said else f"Picture {nth}", kept=one.of, digest=one.digest))
        if said:
            shown.append(Quote((Plain(f"🖼️ Picture {nth} is read aloud as: "), Words(one.alt)), whole=True))
    return shown


def _pictured(facts: DraftFacts) -> list[list[Part]]:
    """What to know about them before one says yes."""
    rows: list[list[Part]] = []
    revision = facts.draft.revision
    mine = pictures_of(revision.spans)
    for nth, one in enumerate(mine, 1):
        if not one.alt.strip():
            sees = "nobody who cannot see it learns what it shows. Edit the draft to say it."
            rows.append([Plain(f"⚠️ Picture {nth} has no words: {sees}")])
    if facts.before is not None and fingerprint(mine) != fingerprint(facts.before_pictures):
        rows.append([Plain(f"The pictures, or their words, changed since draft {revision.base}.", bold=True)])
    not_taken: list[list[Part]] = [[Plain("⚠️ A picture was not taken: "), Words(one)] for one in _not_taken(revision)]
    return rows + not_taken


def _not_taken(revision: RevisionFacts) -> list[str]:
    found = revision.fit.get(NOT_TAKEN)
    return [str(one) for one in found] if isinstance(found, list | tuple) else []


#: Why somebody's yes does not count, without saying he or she.
UNCOUNTED = {
    Uncounted.LAST_WORDS: "'s ✅ does not count: the last words are {name}'s own.",
    Uncounted.WROTE_SOME: "'s ✅ does not count: {name} wrote part of it.",
    Uncounted.TOO_SOON: "'s ✅ does not count yet: own words may be approved alone only after {wait}.",
    Uncounted.NO_RIGHT: "'s ✅ does not count: {name} may not approve here.",
}


#: Where a draft was moved from another chat, and its writers may be among those who approve here.
_MORE = (
    "It was written in another chat, and whether its writers are among you I cannot tell: here it needs {needed} "
    "approvals, not {usual}. Who saves it anew owns the last words, and then the usual rule holds."
)


#: Where reactions cannot be read, and none reached us for a while.
_ASKED_AGAIN = (
    ": I was away, and cannot see whether anybody gave a ❌ or took a ✅ away meanwhile. Press Approve, or take your "
    "✅ away and give it anew. A ❌ of that time I did not hear: who gave it, press Object."
)


def _verdict(facts: DraftFacts, tally: Tally, zone: str) -> list[list[Part]]:
    people = _people(facts)
    revision, delivery = facts.draft.revision, facts.delivery
    rows: list[list[Part]] = []
    if revision.blocked:
        rows.append([Plain("🚫 " + blocked(revision.blocked), bold=True)])
        return rows
    state = State(facts.state)
    count: list[Part] = [Plain(f"Approved {len(tally.counted)} of {tally.needed}", bold=True)]
    if tally.counted:
        count += [Plain(": "), *named(people, tally.counted)]
    count.append(Plain("."))
    for rep, why in tally.uncounted:
        who = people[rep].name if rep in people else "Somebody"
        count += [Plain(" "), Words(who + UNCOUNTED[why].format(name=who, wait="a while"))]
    rows.append(count)
    if tally.more:
        rows.append([Plain(_MORE.format(needed=tally.needed, usual=tally.needed - tally.more))])
    if facts.draft.asked_again:
        asked = named(people, sorted(facts.draft.asked_again))
        rows.append([Plain("🔁 "), Plain("Please approve again, ", bold=True), *asked, Plain(_ASKED_AGAIN)])
    if tally.objections:
        rows.append(
            [
                Plain("❌ "),
                *named(people, tally.objections),
                Plain(
                    " objects. It stays blocked until that is taken back, a newer draft comes, or a lead sets it aside."
                ),
            ]
        )
    if state is State.APPROVED and delivery is not None:
        rows.append(_leaves(facts, delivery, zone))
        if delivery.sends:
            rows.append([Plain(f"It was tried {delivery.sends} time(s) before and is known not to have arrived.")])
    if state is State.SENDING:
        rows.append([Plain("📤 Going out now.", bold=True)])
    if state is State.UNSURE and delivery is not None:
        sent: list[Part] = (
            [Plain(" It was sent "), moment(delivery.sent_at, zone)] if delivery.sent_at is not None else []
        )
        rows.append(
            [
                Plain("⚠️ Nobody knows yet whether it arrived.", bold=True),
                *sent,
                Plain(". I look for it on the platform. If I cannot tell, a lead looks and settles it: "),
                Plain("settle sent ADDRESS", code=True),
                Plain(" or "),
                Plain("settle absent", code=True),
                Plain("."),
            ]
        )
    rows.extend(
        [Plain("✋ On hold", bold=True), Plain(" by "), Words(hold.by.name), Plain(HELD)] for hold in facts.holds
    )
    return rows


def _leaves(facts: DraftFacts, delivery: DeliveryFacts, zone: str) -> list[Part]:
    if facts.waits is not None:
        what = waits(facts.waits, facts.account).removeprefix("w")
        return [Plain(f"⏳ W{what}", bold=True), Plain(". Until it leaves it can be taken back.")]
    return [
        Plain("⏳ Goes out at ", bold=True),
        clock(delivery.hold_until, zone),
        Plain(". Until then it can be taken back."),
    ]


HELD = ": it does not go out until somebody resumes."


#: Why a draft cannot be approved for its pictures' sake.
PICTURES: Mapping[str, str] = {
    AWAITED: "Its picture is being fetched and made ready. The next draft has it.",
    NO_WORDS: "A picture has no words for those who cannot see it, and this channel wants them. Edit the draft.",
    NOT_SHOWN: (
        "Its pictures, with all their words, cannot be shown here, and nobody approves what they cannot see. "
        "Take them off."
    ),
}


def blocked(why: str) -> str:
    """Why a draft cannot be approved as it is."""
    if why == "too_long":
        return "Too long for the platform. Edit it; I never cut what people approved."
    if why == "too_long_to_show":
        return "Too long to be shown whole here, and nobody approves what they cannot see. Shorten it."
    if why.startswith(UNREAD):
        return NOT_READ.format(model=why.removeprefix(UNREAD))
    if why.startswith(GAPS):
        return f"Something is missing that belongs to this customer: {why.removeprefix(GAPS)}. Edit the draft."
    if why in PICTURES:
        return PICTURES[why]
    if why.startswith("leftovers: "):
        return f"These work only here in chat, not in public: {why.removeprefix('leftovers: ')}. Edit the draft."
    return why


def _people(facts: DraftFacts) -> dict[int, RepFacts]:
    known = {author.id: author for author in facts.draft.revision.authors}
    known[facts.draft.revision.last.id] = facts.draft.revision.last
    return known | {sign.rep.id: sign.rep for sign in facts.draft.signs}


def _buttons(facts: DraftFacts, tally: Tally) -> Buttons | None:
    revision = facts.draft.revision
    of = value(facts.number, revision.number, facts.draft.message)
    state = State(facts.state)
    edit = button("Edit", Verb.EDIT, of, dialog=True)
    thrown = button("Throw away", Verb.DISCARD, of)
    held = any(hold.scope.startswith("conversation") for hold in facts.holds)
    hold = button("Resume", Verb.RESUME, of) if held else button("Hold", Verb.HOLD, of)
    if state is State.DRAFTED:
        approve = button("Approve", Verb.APPROVE, of, style="primary")
        objecting = button("Object", Verb.OBJECT, of)
        more = [button("Take my ✅ back", Verb.UNAPPROVE, of), thrown, hold]
        if tally.objections:
            more.insert(0, button("Take the objection back", Verb.UNOBJECT, of))
        if revision.kind == DraftKind.RETRACTION:
            return Buttons((approve, objecting, thrown), (hold,))
        return (
            Buttons((edit, objecting, thrown)) if revision.blocked else Buttons((approve, edit, objecting), tuple(more))
        )
    if state is State.APPROVED:
        back = button("Take back", Verb.TAKE_BACK, of, style="danger")
        return Buttons((back, hold, button("Object", Verb.OBJECT, of)), (edit,))
    return None
