"""What is said in a thread or a channel about one event: a table from the event to its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat.cards.going_out import GOING_OUT
from bot.chat.cards.late import LATE
from bot.chat.cards.moved import belongs_notice, left_notice
from bot.chat.cards.parts import ERASED, Said, line, link, person, pictures, spoken, who
from bot.chat.cards.people import OF_PEOPLE
from bot.chat.cards.reading import grave_notice
from bot.chat.cards.told import TOLD
from bot.chat.contract import Block, Card, Line, Mention, Part, Plain, Quote, Words
from models.reading.notice import NamedPost, NoticeFacts
from models.reading.values import RepFacts, numbers_in
from models.telling import EventKind, Telling, telling


def notice_card(
    facts: NoticeFacts, zone: str = "UTC", *, surface: str | None = None, escalate_to: tuple[Mention, ...] = ()
) -> Card:
    """One notice. Whoever is mentioned is pinged once, when it is posted; `escalate_to` where a target was missed. Who
    is known by another chat than `surface` cannot be called there."""
    blocks, summary = NOTICES.get(facts.kind, _bare)(facts, zone)
    mentions: tuple[Mention, ...] = escalate_to if facts.kind in _CALLS else ()
    if telling(facts.kind) is Telling.MENTION:
        mentions = tuple(person(one, ping=True) for one in _called(facts) if surface in {None, one.surface})
    first = blocks[0]
    if mentions and isinstance(first, Line):
        names = [part for one in mentions for part in (one, Plain(" "))]
        blocks = [Line((*names, *first.parts), small=first.small), *blocks[1:]]
    number = f"#{facts.number}: " if facts.number is not None else ""
    return Card(summary=f"{number}{summary}"[:150], blocks=tuple(blocks), mentions=mentions)


#: What calls for the people and groups that a channel's settings name.
_CALLS = frozenset({EventKind.OVERDUE, EventKind.GRAVE})

#: Whom an event concerns by what its data says, instead of who has it.
_CALLED = {EventKind.HANDED_OVER: "to", EventKind.ASKED_AGAIN: "of", EventKind.SHIFT_ENDED: "to"}


def _called(facts: NoticeFacts) -> list[RepFacts]:
    """Whom it concerns: those whom it names, else who has it, else who spoke last. Never who did it."""
    if facts.kind in _CALLED:
        return [facts.reps[rep] for rep in numbers_in(facts.data, (_CALLED[facts.kind],)) if rep in facts.reps]
    for rep in (facts.claim.rep if facts.claim is not None else None, facts.last_rep):
        if rep is not None and (facts.rep is None or rep.id != facts.rep.id):
            return [rep]
    return []


def _rep(facts: NoticeFacts) -> Part:
    return Words(facts.rep.name) if facts.rep is not None else Plain("Somebody")


def _bare(facts: NoticeFacts, zone: str) -> Said:
    word = facts.kind.value.replace("_", " ")
    return [line(Plain(word.capitalize() + "."))], word


def _post(facts: NoticeFacts) -> NamedPost | None:
    return facts.posts[0] if facts.posts else None


def _wrote_again(facts: NoticeFacts, zone: str) -> Said:
    said = _post(facts)
    author = who(said.post.who if said is not None else facts.customer)
    blocks: list[Block] = [line(Words(author), Plain(" wrote again"), *_here(said))]
    if said is not None:
        blocks.append(spoken(said.post, facts.folded))
        blocks += pictures(said.post) if said.post.id not in facts.folded else []
    return blocks, f"{author} wrote again"


def _here(said: NamedPost | None) -> list[Part]:
    if said is None or not said.post.url or said.post.gone:
        return [Plain(":")]
    return [Plain(" ("), link(said.post.url, "open"), Plain("):")]


def _waits(facts: NoticeFacts) -> bool:
    """Whether a draft stands beside the news."""
    return facts.draft_link is not None or facts.state == "drafted"


def _edited(facts: NoticeFacts, zone: str) -> Said:
    said = _post(facts)
    author = who(said.post.who if said is not None else facts.customer)
    tail = " Approvals given before no longer count; the draft is shown again below." if _waits(facts) else ""
    blocks: list[Block] = [line(Plain("✏️ "), Words(author), Plain(f" changed the post.{tail}"))]
    if said is not None and said.post.id in facts.folded:
        blocks.append(spoken(said.post, facts.folded))
    elif said is not None and said.old is not None and said.old.words is not None and said.new.words is not None:
        blocks += [
            Line((Plain("Before:"),), small=True),
            Quote((Words(said.old.words, strike=True),)),
            Line((Plain("Now:"),), small=True),
            Quote((Words(said.new.words),)),
        ]
    elif said is not None and said.new.words is None:
        gone = ERASED if said.post.erased else "deleted by their author"
        blocks.append(Line((Plain(f"Both versions were {gone}.", italic=True),), small=True))
    return blocks, f"{author} changed the post"


def _removed(facts: NoticeFacts, zone: str) -> Said:
    author = who(facts.customer)
    return [
        line(
            Plain("🗑️ "),
            Words(author),
            Plain(
                " deleted a post. Its words are gone from here too."
                + (" The draft is shown again; approvals given before no longer count." if _waits(facts) else "")
            ),
        )
    ], f"{author} deleted a post"


def _gone(facts: NoticeFacts, zone: str) -> Said:
    author = who(facts.customer)
    return [
        line(
            Plain("🗑️ "),
            Words(author),
            Plain(
                " deleted everything here. The words are gone from here too, "
                "nothing goes out, and the conversation is closed."
            ),
        )
    ], f"{author} deleted the post"


def _hidden_post(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain(
                "We cannot see the customer's post any more. It may be deleted, private, or its author blocked "
                "us; the platform does not say which. Nothing was erased."
            )
        )
    ], "the post cannot be seen"


def _elsewhere(facts: NoticeFacts, zone: str) -> Said:
    said = _post(facts)
    blocks: list[Block] = [line(Plain("Somebody answered from our account, not through me"), *_here(said))]
    if said is not None:
        blocks.append(spoken(said.post))
    return blocks, "answered elsewhere"


def _claim_ended(facts: NoticeFacts, zone: str) -> Said:
    of = facts.data.get("of")
    holder = facts.reps.get(of) if isinstance(of, int) else None
    name = holder.name if holder is not None else "The holder"
    return [
        line(
            Words(name),
            Plain("'s claim has ended. Anybody can take it: "),
            Plain("@twoway claim", code=True),
        )
    ], "a claim ended"


def _handed(facts: NoticeFacts, zone: str) -> Said:
    blocks: list[Block] = [line(_rep(facts), Plain(" hands this over to you."))]
    if facts.note:
        blocks.append(Quote((Words(facts.note),)))
    return blocks, "handed over to you"


def _discarded(facts: NoticeFacts, zone: str) -> Said:
    return [line(_rep(facts), Plain(f" threw draft {facts.revision} away."))], "draft thrown away"


def _unapproved(facts: NoticeFacts, zone: str) -> Said:
    if facts.data.get("to") != "drafted":
        return [line(_rep(facts), Plain(" took an approval back."))], "an approval was taken back"
    return [line(_rep(facts), Plain(" took it back in time. Nothing went out."))], "taken back, nothing went out"


def _asked_again(facts: NoticeFacts, zone: str) -> Said:
    away = "I was away, and cannot see here whether anybody gave a ❌ or took a ✅ away meanwhile"
    if facts.data.get("to") != "drafted":
        return [line(Plain(f"{away}. Enough of you approved since, so it goes out all the same."))], "approved since"
    return [line(Plain(f"{away}: please approve again. Nothing went out."))], "approve again, nothing went out"


def _objected(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("❌ "),
            _rep(facts),
            Plain(
                f" objects to draft {facts.revision}. It does not go out until "
                "that is taken back, a newer draft comes, or a lead sets it aside."
            ),
        )
    ], "somebody objects"


WHY_VOID: Mapping[str, str] = {
    "customer_edited": "the customer changed the post",
    "customer_replied": "the customer wrote again",
    "post_removed": "the customer deleted a post",
    "post_gone": "the customer deleted the post",
    "answered_elsewhere": "somebody answered elsewhere",
    "surfaced": "an earlier reply turned up",
}


def _voided(facts: NoticeFacts, zone: str) -> Said:
    why = WHY_VOID.get(str(facts.data.get("why")), "something changed")
    if facts.data.get("why") in {"post_gone", "post_removed"} and facts.customer is not None and facts.customer.erased:
        why = f"the post was {ERASED}"
    again = "" if facts.data.get("why") == "post_gone" else " The draft is shown again; please look at it anew."
    return [line(Plain("The approved reply does not go out: ", bold=True), Plain(f"{why}.{again}"))], (
        f"approved reply stopped: {why}"
    )


def _noted(facts: NoticeFacts, zone: str) -> Said:
    return [line(Plain("🗒️ "), _rep(facts), Plain(" noted, for us only:")), Quote((Words(facts.note or ""),))], "a note"


def _joined(facts: NoticeFacts, zone: str) -> Said:
    other = facts.data.get("with")
    return [
        line(
            Plain("🔗 This is the same customer as in "),
            Plain(f"#{other}", bold=True),
            Plain(", says "),
            _rep(facts),
            Plain(". "),
            Plain("@twoway customer part", code=True),
            Plain(" takes it back."),
        )
    ], f"the same customer as in #{other}"


def _parted(facts: NoticeFacts, zone: str) -> Said:
    return [line(Plain("✂️ This customer is somebody of their own again, says "), _rep(facts), Plain("."))], (
        "a customer of their own again"
    )


def _closed(facts: NoticeFacts, zone: str) -> Said:
    return [line(_rep(facts), Plain(" closed it. "), Plain("@twoway reopen", code=True), Plain(" brings it back."))], (
        "closed"
    )


def _reopened(facts: NoticeFacts, zone: str) -> Said:
    return [line(_rep(facts), Plain(" reopened it."))], "reopened"


def _scope(facts: NoticeFacts) -> str:
    scope = str(facts.data.get("scope", ""))
    if scope == "all":
        return "Every reply of ours"
    return "This conversation's reply" if scope.startswith("conversation") else "Every reply of one account"


def _held(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("✋ "),
            Plain(f"{_scope(facts)} is on hold", bold=True),
            Plain(" by "),
            _rep(facts),
            Plain(": nothing that has not left yet goes out until somebody resumes."),
        )
    ], "on hold"


def _resumed(facts: NoticeFacts, zone: str) -> Said:
    return [line(Plain(f"▶️ {_scope(facts)} may go out again: resumed by "), _rep(facts), Plain("."))], "resumed"


def _by_hand(facts: NoticeFacts, zone: str) -> Said:
    address = facts.data.get("address")
    url = address if isinstance(address, str) else None
    return [line(Plain("Answered by hand, says "), _rep(facts), Plain(": "), link(url, "the reply"), Plain("."))], (
        "answered by hand"
    )


def _settled_sent(facts: NoticeFacts, zone: str) -> Said:
    address = facts.data.get("address")
    url = address if isinstance(address, str) else None
    return [line(Plain("Settled: the reply "), link(url, "is there"), Plain(", says "), _rep(facts), Plain("."))], (
        "settled: it is there"
    )


def _settled_absent(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("Settled: the reply did not arrive, says "),
            _rep(facts),
            Plain(". The draft is shown again for approval."),
        )
    ], "settled: it did not arrive"


def _escalated(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("🚨 "),
            _rep(facts),
            Plain(" asks for help with "),
            link(facts.card_link, f"#{facts.number}"),
            Plain("."),
        )
    ], "help wanted"


NOTICES: Mapping[EventKind, Callable[[NoticeFacts, str], Said]] = {
    **GOING_OUT,
    **OF_PEOPLE,
    **TOLD,
    **LATE,
    EventKind.MOVED: left_notice,
    EventKind.CUSTOMER_REPLIED: _wrote_again,
    EventKind.CUSTOMER_EDITED: _edited,
    EventKind.POST_REMOVED: _removed,
    EventKind.POST_GONE: _gone,
    EventKind.POST_HIDDEN: _hidden_post,
    EventKind.ANSWERED_ELSEWHERE: _elsewhere,
    EventKind.CLAIM_ENDED: _claim_ended,
    EventKind.HANDED_OVER: _handed,
    EventKind.DISCARDED: _discarded,
    EventKind.UNAPPROVED: _unapproved,
    EventKind.ASKED_AGAIN: _asked_again,
    EventKind.OBJECTED: _objected,
    EventKind.VOIDED: _voided,
    EventKind.NOTED: _noted,
    EventKind.CUSTOMERS_JOINED: _joined,
    EventKind.CUSTOMER_PARTED: _parted,
    EventKind.CLOSED: _closed,
    EventKind.REOPENED: _reopened,
    EventKind.HELD: _held,
    EventKind.RESUMED: _resumed,
    EventKind.ANSWERED_BY_HAND: _by_hand,
    EventKind.SETTLED_SENT: _settled_sent,
    EventKind.SETTLED_ABSENT: _settled_absent,
    EventKind.ESCALATED: _escalated,
    EventKind.GRAVE: grave_notice,
    EventKind.BELONGS: belongs_notice,
}
