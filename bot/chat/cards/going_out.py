"""What is said about a reply that goes out, and about accounts in trouble: a table from the event to its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from adapters.contract import Reason, Visibility
from bot.chat.cards.parts import Said, about, line, link, moment, named
from bot.chat.contract import Block, Part, Plain, Words
from models.lifecycle import State
from models.reading.notice import NoticeFacts
from models.telling import EventKind

_PENDING = Visibility.PENDING.value


def _sent(facts: NoticeFacts, zone: str) -> Said:
    url = facts.delivery.url if facts.delivery is not None else None
    arrived = "is there, not in public" if facts.private else "stands in public"
    if facts.data.get("visible") == _PENDING:
        arrived = "has arrived and waits for the platform's own approval"
    parts: list[Part] = [Plain("📬 "), link(url, "Our reply"), Plain(f" (draft {facts.revision}) {arrived}")]
    if facts.delivery is not None and facts.delivery.sent_at is not None:
        ended = facts.delivery.ended_at or facts.at
        parts.append(Plain(f", {about(ended - facts.delivery.approved_at)} after its approval"))
    said: list[Block] = [line(*parts, Plain("."))]
    if facts.data.get("pictures_missing"):
        what = "⚠️ It stands there without all of its pictures. Look at it: retract it and answer again, or leave it."
        said.append(line(Plain(what, bold=True)))
    return said, "posted"


def _surfaced(facts: NoticeFacts, zone: str) -> Said:
    url = facts.delivery.url if facts.delivery is not None else None
    return [
        line(
            Plain("⚠️ An earlier reply of ours turned up after all: ", bold=True),
            link(url, "look at it"),
            Plain(". Nothing is sent on top of it without a new look by you."),
        )
    ], "an earlier reply turned up"


#: Why a reply did not go out, by the code in the journal, where the platform said no sentence of its own.
WHY_NOT_OUT: Mapping[str, str] = {
    "picture_gone": "a picture of it is not kept any more",
    "parent_gone": "the customer deleted the post that it answers",
    "parent_unavailable": "the post that it answers cannot be seen any more",
    "parent_edited": "the customer changed the post that it answers",
    "approvals": "its approvals no longer suffice",
    "too_late": "its approval is too long ago by now",
    "tried_too_often": "it was tried too often without arriving",
    "cannot_look": "I cannot find out whether an earlier attempt arrived",
    "restored": "the database was put back from a backup, and it may have gone out since: look on the platform first",
    "unreachable": "the platform could not be asked for too long",
    Reason.GONE.value: "the post that it answers is gone",
    Reason.NOT_ALLOWED.value: "the account may not answer there",
    Reason.CLOSED.value: "it is too late to answer there",
    Reason.AUTH.value: "the platform does not accept our token",
    Reason.TOO_LONG.value: "it is too long",
    Reason.INVALID.value: "the platform found it wrong",
    Reason.TOO_WIDE.value: "more people would see it than see the post",
    Reason.DIFFERENT.value: "our reply reads differently by now",
    Reason.UNSUPPORTED.value: "the platform cannot do that",
}


def _reason(facts: NoticeFacts) -> list[Part]:
    """A colon and why, if we know: the platform's own sentence first."""
    code, said = facts.data.get("why"), facts.data.get("sentence") or facts.data.get("reason")
    if facts.kind in {EventKind.REFUSED, EventKind.UNFIT}:
        delivery = facts.delivery.why if facts.delivery is not None else ""
        known = {code, facts.kind.value, ""}
        said = WHY_NOT_OUT.get(str(code)) if delivery in known else delivery.rstrip(".")
    if facts.kind is EventKind.ACCOUNT_TROUBLE and facts.account is not None:
        said = (facts.account.problem or "").rstrip(".")
    gone = facts.data.get("of") if code == "approvals" else None
    if isinstance(gone, list) and gone:
        return [Plain(": "), *named(facts.reps, gone), Plain(" may not approve here any more")]
    return [Plain(": "), Words(str(said))] if said else []


def _refused(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("The platform refused our reply", bold=True),
            *_reason(facts),
            Plain(". Nothing was posted. The draft is shown again."),
        )
    ], "the platform refused our reply"


def _unsure(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("⚠️ Nobody knows whether our reply arrived", bold=True),
            *_reason(facts),
            Plain(". I do not send it again. Please look on the platform; a lead then settles it: "),
            Plain("@twoway settle sent ADDRESS", code=True),
            Plain(" or "),
            Plain("@twoway settle absent", code=True),
            Plain("."),
        )
    ], "nobody knows whether our reply arrived"


def _absent(facts: NoticeFacts, zone: str) -> Said:
    if facts.data.get("to") != State.APPROVED:
        return [line(Plain("I looked: our reply did not arrive."))], "it did not arrive"
    return [line(Plain("I looked: our reply did not arrive. It goes out again, once, after the hold."))], (
        "it did not arrive; it goes out again"
    )


def _unfit(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("The approved reply did not go out", bold=True),
            *_reason(facts),
            Plain(". The draft is shown again; please look at it anew."),
        )
    ], "the approved reply did not go out"


def _visible(facts: NoticeFacts, zone: str) -> Said:
    url = facts.delivery.url if facts.delivery is not None else None
    if facts.data.get("visible") == _PENDING:
        return [
            line(
                Plain("⏳ "),
                link(url, "Our reply"),
                Plain(" waits for the platform's own approval: nobody sees it yet. I look until it is public."),
            )
        ], "our reply waits for the platform's approval"
    return [line(Plain("✅ "), link(url, "Our reply"), Plain(" is public now."))], "our reply is public"


def _hidden(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("⚠️ Our reply is there, but the platform does not show it to the customer", bold=True),
            *_reason(facts),
            Plain("."),
        )
    ], "our reply is not visible"


def _trouble(facts: NoticeFacts, zone: str) -> Said:
    name = facts.account.name if facts.account is not None else str(facts.data.get("name", "an account"))
    return [
        line(
            Plain(f"⚠️ Trouble with {name}", bold=True),
            *_reason(facts),
            Plain(". I keep trying; posts are fetched when it is back."),
        )
    ], f"trouble with {name}"


def _well(facts: NoticeFacts, zone: str) -> Said:
    name = facts.account.name if facts.account is not None else str(facts.data.get("name", "an account"))
    return [line(Plain(f"✅ {name} is back. What was missed is being fetched."))], f"{name} is back"


def _ending(facts: NoticeFacts, zone: str) -> Said:
    name = facts.account.name if facts.account is not None else "an account"
    days, ends = facts.data.get("days"), facts.data.get("ends")
    until = "within a day" if days == 1 else f"in {days} days"
    when: list[Part] = [Plain(" ("), moment(datetime.fromisoformat(str(ends)), zone), Plain(")")] if ends else []
    return [
        line(
            Plain(f"⏳ Our access to {name} ends {until}", bold=True),
            *when,
            Plain(". Until then all goes on; after it nothing is heard there and nothing goes out. "),
            Plain("Somebody who runs Twoway connects it again: "),
            Plain(f"twoway connect {name}", code=True),
            Plain("."),
        )
    ], f"our access to {name} ends {until}"


def _recovered(facts: NoticeFacts, zone: str) -> Said:
    count = facts.data.get("count", 0)
    return [line(Plain(f"A look back found {count} post(s) that had not come in by themselves. They are here now."))], (
        f"{count} missed post(s) recovered"
    )


GOING_OUT: Mapping[EventKind, Callable[[NoticeFacts, str], Said]] = {
    EventKind.SENT: _sent,
    EventKind.SURFACED: _surfaced,
    EventKind.REFUSED: _refused,
    EventKind.UNSURE: _unsure,
    EventKind.ABSENT: _absent,
    EventKind.UNFIT: _unfit,
    EventKind.HIDDEN: _hidden,
    EventKind.VISIBLE: _visible,
    EventKind.ACCOUNT_TROUBLE: _trouble,
    EventKind.ACCOUNT_WELL: _well,
    EventKind.ACCOUNT_ENDING: _ending,
    EventKind.RECOVERED: _recovered,
}
