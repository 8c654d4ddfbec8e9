"""What people see of a move: the pointer where a conversation lived, the word in its old thread, and its history
retold where it lives now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat.cards.parts import DELETED, ERASED, Said, line, link, moment, named, shortened, who
from bot.chat.contract import Block, Card, Heading, Line, Part, Plain, Quote, Words
from models.reading.history import EventFacts, History
from models.reading.moves import MovedAway, Retold
from models.reading.notice import NoticeFacts
from models.reading.values import RepFacts, numbers_in, whole
from models.telling import EventKind

#: So many steps are retold: more than this is not read, and a message of Slack's holds 50 blocks. The rest stands in
#: the old thread and in the journal.
TOLD = 20

#: So much of each text.
SAID = 600


def pointer_card(facts: MovedAway, zone: str = "UTC") -> Card:
    """The card of a conversation in a channel that it has left. It shows nobody's words, and nothing can be pressed."""
    moved: list[Part] = [Plain(f"Moved to #{facts.channel}", bold=True)]
    if facts.rep is not None:
        moved += [Plain(" by "), Words(facts.rep.name)]
    if facts.at is not None:
        moved += [Plain(", "), moment(facts.at, zone)]
    moved.append(Plain(". It goes on there"))
    moved += [Plain(": "), link(facts.link, "open it"), Plain(".")] if facts.link else [Plain(".")]
    return Card(
        summary=f"#{facts.number} moved to #{facts.channel}",
        blocks=(Heading(f"📦 #{facts.number} · {who(facts.customer)}"[:150]), Line(tuple(moved))),
    )


def _name(rep: RepFacts | None) -> Part:
    return Words(rep.name) if rep is not None else Plain("Somebody")


def _mover(rep: RepFacts | None, data: Mapping[str, object]) -> Part:
    """Who moved it; nobody where what was read in it met a route."""
    route = whole(data.get("route"))
    return Plain(f"Route {route}") if rep is None and route is not None else _name(rep)


def _channel(facts: NoticeFacts, key: str) -> str:
    return facts.channels.get(whole(facts.data.get(key)) or 0, "another channel")


def left_notice(facts: NoticeFacts, zone: str) -> Said:
    """The last word in the old thread."""
    to = _channel(facts, "channel")
    approved = facts.data.get("to") == "drafted"
    stopped = " What was approved here has not left, and needs approval anew there." if approved else ""
    blocks: list[Block] = [
        line(
            Plain("📦 "),
            _mover(facts.rep, facts.data),
            Plain(" moved this to "),
            link(facts.card_link, f"#{to}"),
            Plain(f": it goes on there. Signs and buttons here no longer count.{stopped}"),
        )
    ]
    return blocks, f"moved to #{to}"


def belongs_notice(facts: NoticeFacts, zone: str) -> Said:
    """What was read in it leads elsewhere, and people are at it here already."""
    to, route = _channel(facts, "channel"), whole(facts.data.get("route"))
    row = line(
        Plain(f"📦 By what I read in it, route {route} leads to #{to}. Somebody is at it here, so it stays; "),
        Plain(f"/twoway move {facts.number} {to}", code=True),
        Plain(" takes it there."),
    )
    return [row], f"belongs to #{to}"


def back_card(facts: NoticeFacts) -> Card:
    """A new message in the channel: a card that stands far up lives again."""
    customer, came_from = who(facts.customer), _channel(facts, "from_channel")
    row = line(
        Plain("📦 "),
        _mover(facts.rep, facts.data),
        Plain(" moved "),
        link(facts.card_link, f"#{facts.number}"),
        Plain(" ("),
        Words(customer),
        Plain(f") back here from #{came_from}."),
    )
    return Card(summary=f"#{facts.number} {customer} is back here"[:150], blocks=(row,))


def retold_card(facts: Retold, zone: str = "UTC") -> Card:
    """What was said, drafted and approved before, for who opens the thread where it lives now."""
    number, event = facts.history.number, facts.event
    came: list[Part] = [Plain("📦 "), _mover(event.rep, event.data), Plain(" moved this here from ")]
    came.append(link(facts.link, f"#{facts.came_from}"))
    came.append(Plain(". Since it left here:" if facts.back else ". Until then:"))
    entries = [told for one in facts.told if (told := _entry(facts.history, one, zone))]
    blocks: list[Block] = [Line(tuple(came))]
    if len(entries) > TOLD:
        gone = len(entries) - TOLD
        blocks.append(
            Line(
                (Plain(f"{gone} earlier steps stand in "), link(facts.link, "the thread there"), Plain(".")), small=True
            )
        )
    for told in entries[-TOLD:]:
        blocks += told
    if not entries:
        blocks.append(Line((Plain("Nothing happened.", italic=True),), small=True))
    blocks += [Line(tuple(row)) for row in _now(facts) if row]
    return Card(summary=f"#{number} moved here from #{facts.came_from}"[:150], blocks=tuple(blocks))


def _now(facts: Retold) -> list[list[Part]]:
    """What the move itself changed."""
    data, rows = facts.event.data, list[list[Part]]()
    had = whole(data.get("of"))
    if had is not None:
        rows.append(
            [
                *named(facts.history.reps, [had]),
                Plain(" had it and is not known here: "),
                Plain("nobody has it now.", bold=True),
            ]
        )
    if data.get("to") == "drafted":
        rows.append([Plain("It was approved there and had not left: it needs approval anew.", bold=True)])
    return rows


# ------------------------------------------------------------------------------------------ one step each

Step = Callable[[History, EventFacts], list[Part] | None]


def _entry(history: History, event: EventFacts, zone: str) -> list[Block]:
    """A step with its words; nothing for what does not matter to who reads on."""
    tell = TELLS.get(EventKind(event.kind))
    said = tell(history, event) if tell is not None else None
    if said is None:
        return []
    return [Line((moment(event.at, zone), Plain(" · "), *said), small=True), *_words(history, event)]


def _words(history: History, event: EventFacts) -> list[Block]:
    """The customer's words in the version of that time, a draft's text, a note."""
    kind = EventKind(event.kind)
    if kind in _SPOKEN:
        return [quote for post in numbers_in(event.data, ("post", "posts")) for quote in _post(history, event, post)]
    text: str | None = None
    if kind in {EventKind.DRAFTED, EventKind.SENT}:
        revision = _revision(history, event)
        text = next((one.final for one in history.revisions if one.number == revision), None)
    elif kind in {EventKind.NOTED, EventKind.HANDED_OVER}:
        text = next((one.words for one in history.notes if one.id == event.data.get("note")), None)
    return [Quote((Words(shortened(text, SAID)),))] if text else []


def _post(history: History, event: EventFacts, post: int) -> list[Block]:
    found = next((one for one in history.posts if one.post.id == post), None)
    if found is None:
        return []
    meant = whole(event.data.get("version")) or (1 if event.kind != EventKind.CUSTOMER_EDITED else None)
    version = next((one for one in found.versions if one.version == meant), found.versions[-1])
    if version.words is None:
        return [Quote((Plain(ERASED if found.post.erased else DELETED, italic=True),))]
    return [Quote((Words(shortened(version.words, SAID)) if version.words.strip() else Plain("(no words)"),))]


def _revision(history: History, event: EventFacts) -> int | None:
    """The number of the draft that an event is about."""
    number = whole(event.data.get("revision"))
    if number is not None:
        return number
    order = next((one for one in history.deliveries if one.id == event.data.get("delivery")), None)
    return next((one.number for one in history.revisions if order is not None and one.id == order.revision), None)


def _author(history: History, event: EventFacts) -> Part:
    posts = numbers_in(event.data, ("post", "posts"))
    said = next((one.post for one in history.posts if one.post.id in posts), None)
    if said is not None and said.ours:
        return Plain("We")
    return Words(who(said.who if said is not None and said.who is not None else history.customer))


def _customer(says: str) -> Step:
    return lambda history, event: [_author(history, event), Plain(f" {says}")]


def _rep(says: str) -> Step:
    return lambda history, event: [_name(event.rep), Plain(f" {says}")]


def _draft(says: str) -> Step:
    return lambda history, event: [_name(event.rep), Plain(f" {says} draft {_revision(history, event) or '?'}")]


def _plain(says: str) -> Step:
    return lambda history, event: [Plain(says)]


def _claim_ended(history: History, event: EventFacts) -> list[Part] | None:
    of = whole(event.data.get("of"))
    if event.data.get("why") == "moved":
        return None  # the move itself says it
    return [*named(history.reps, [of] if of is not None else []), Plain("'s claim ended")]


def _went_home(history: History, event: EventFacts) -> list[Part]:
    of, to = whole(event.data.get("of")), whole(event.data.get("to"))
    parts = [*named(history.reps, [of] if of is not None else []), Plain("'s shift ended")]
    return parts if to is None else [*parts, Plain(", and it went to "), *named(history.reps, [to])]


def _approved(history: History, event: EventFacts) -> list[Part]:
    counted = "" if event.data.get("counts") is not False else ", which does not count: own words"
    return [_name(event.rep), Plain(f" approved draft {_revision(history, event) or '?'}{counted}")]


def _handed(history: History, event: EventFacts) -> list[Part]:
    to = whole(event.data.get("to"))
    return [_name(event.rep), Plain(" handed it to "), *named(history.reps, [to] if to is not None else [])]


def _sent(history: History, event: EventFacts) -> list[Part]:
    order = next((one for one in history.deliveries if one.id == event.data.get("delivery")), None)
    return [link(order.url if order is not None else None, "Our reply"), Plain(" went out")]


def _went(history: History, event: EventFacts) -> list[Part]:
    there = history.channels.get(whole(event.data.get("channel")) or 0, "another channel")
    return [_mover(event.rep, event.data), Plain(f" moved it to #{there}")]


def _by_hand(history: History, event: EventFacts) -> list[Part]:
    address = event.data.get("address")
    return [Plain("Answered by hand, says "), _name(event.rep), Plain(": "), link(str(address), str(address)[:150])]


_SPOKEN = frozenset(
    {EventKind.HEARD, EventKind.CUSTOMER_REPLIED, EventKind.CUSTOMER_EDITED, EventKind.ANSWERED_ELSEWHERE}
)

TELLS: Mapping[EventKind, Step] = {
    EventKind.HEARD: _customer("wrote"),
    EventKind.CUSTOMER_REPLIED: _customer("wrote again"),
    EventKind.CUSTOMER_EDITED: _customer("changed it"),
    EventKind.POST_REMOVED: _customer("deleted a post"),
    EventKind.POST_GONE: _customer("deleted everything"),
    EventKind.ANSWERED_ELSEWHERE: _plain("Answered from our account, not through me"),
    EventKind.CLAIMED: _rep("took it"),
    EventKind.RELEASED: _rep("gave it back"),
    EventKind.CLAIM_ENDED: _claim_ended,
    EventKind.HANDED_OVER: _handed,
    EventKind.SHIFT_ENDED: _went_home,
    EventKind.KEPT: _rep("kept it beyond the end of a shift"),
    EventKind.SNOOZED: _rep("snoozed it"),
    EventKind.RETURNED: _plain("Came back from the snooze"),
    EventKind.RETURNED_TO_ALL: _plain("Came back from the snooze"),
    EventKind.DRAFTED: _draft("wrote"),
    EventKind.DISCARDED: _draft("threw away"),
    EventKind.APPROVED: _approved,
    EventKind.UNAPPROVED: _rep("took an approval back"),
    EventKind.ASKED_AGAIN: _plain("Approvals were asked for again: I had been away"),
    EventKind.OBJECTED: _draft("objected to"),
    EventKind.OBJECTION_WITHDRAWN: _rep("took an objection back"),
    EventKind.NOTED: _rep("noted, for us only"),
    EventKind.CLOSED: _rep("closed it"),
    EventKind.REOPENED: _rep("reopened it"),
    EventKind.HELD: _rep("put it on hold"),
    EventKind.RESUMED: _rep("ended the hold"),
    EventKind.ANSWERED_BY_HAND: _by_hand,
    EventKind.SETTLED_SENT: _rep("settled it: our reply is there"),
    EventKind.SETTLED_ABSENT: _rep("settled it: our reply did not arrive"),
    EventKind.SENT: _sent,
    EventKind.SURFACED: _plain("An earlier reply of ours turned up"),
    EventKind.REFUSED: _plain("The platform refused our reply"),
    EventKind.UNSURE: _plain("Nobody knew whether our reply arrived"),
    EventKind.UNFIT: _plain("Our reply could not go out as it was"),
    EventKind.VOIDED: _plain("The approved reply did not go out"),
    EventKind.ESCALATED: _rep("asked for help"),
    EventKind.MOVED: _went,
}
