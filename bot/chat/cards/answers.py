"""What the one who asked reads, privately: each outcome in a sentence. Refusals are `refusals`'."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat.cards.draft import UNCOUNTED
from bot.chat.cards.parts import button, clock, lines, link, moment, plain, value, waits
from bot.chat.cards.refusals import People, refused
from bot.chat.cards.storms import approved, listed
from bot.chat.commands import Verb
from bot.chat.contract import Buttons, Card, Line, Part, Plain, Quote, Words
from bot.desk.outcomes import (
    Claimed,
    Closed,
    Discarded,
    Drafted,
    HandedOver,
    HeldBy,
    IdeaChanged,
    Joined,
    Kept,
    LeftStorm,
    ListApproved,
    ListPrepared,
    MergeOffered,
    Moved,
    Noted,
    OnHold,
    Outcome,
    Parted,
    Praised,
    Quieted,
    QuoteKept,
    Refused,
    Released,
    Reopened,
    Resumed,
    Settled,
    Shipped,
    SignTaken,
    Snoozed,
    Supported,
    Unsnoozed,
)
from models.lifecycle import State


def answer_card(outcome: Outcome, people: People, links: Mapping[str, str | None], zone: str = "UTC") -> Card:
    """`links` has "card" (the conversation's) and "draft" (the current draft's), where they are known."""
    return ANSWERS[type(outcome)](outcome, people, links, zone)


def _name(people: People, rep: int | None) -> Part:
    return Words(people[rep].name) if rep is not None and rep in people else Plain("somebody")


def _number(number: int | None, links: Mapping[str, str | None]) -> Part:
    return link(links.get("card"), f"#{number}")


def _claimed(outcome: Claimed, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    says = " is yours already, now until " if outcome.already else " is yours until "
    of = value(outcome.number)
    return Card(
        summary=f"#{outcome.number} is yours",
        blocks=(
            Line((_number(outcome.number, links), Plain(says), clock(outcome.until, zone), Plain("."))),
            Buttons(
                (
                    button("Draft", Verb.DRAFT, of, style="primary", dialog=True),
                    button("Give back", Verb.RELEASE, of),
                    button("History", Verb.SHOW, of),
                )
            ),
        ),
    )


def _held_by(outcome: HeldBy, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    row: list[Part] = [_name(people, outcome.rep), Plain(" has "), _number(outcome.number, links), Plain(" until ")]
    return lines(
        [*row, clock(outcome.until, zone), Plain(". You can still edit the draft and approve.")],
        summary=f"#{outcome.number} is taken",
    )


def _signed(outcome: SignTaken, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    title = link(links.get("draft"), f"draft {outcome.draft}")
    if outcome.uncounted is not None:
        sentence = UNCOUNTED_TO_YOU[outcome.uncounted.value]
        return lines(
            [Plain("Your ✅ on "), title, Plain(f" does not count: {sentence}")], summary="Your ✅ does not count"
        )
    if outcome.moved is State.APPROVED and outcome.waits is not None:
        return lines([Plain("Approved: "), title, Plain(f" {waits(outcome.waits)}.")], summary="Approved")
    if outcome.moved is State.APPROVED and outcome.goes_at is not None:
        return lines(
            [Plain("Approved: "), title, Plain(" goes out at "), clock(outcome.goes_at, zone), Plain(".")],
            summary="Approved",
        )
    if not outcome.given and outcome.approve and outcome.moved is State.DRAFTED:
        return lines([Plain("Taken back in time: "), title, Plain(" does not go out.")], summary="Taken back")
    if not outcome.given:
        says = "is taken back" if outcome.changed else "was not there"
        what = "Your approval of " if outcome.approve else "The objection to "
        return lines([Plain(what), title, Plain(f" {says}.")], summary="Taken back")
    if outcome.approve:
        count = f"{len(outcome.tally.counted)} of {outcome.tally.needed}"
        blocks = " It is blocked by an objection." if outcome.tally.objections else ""
        return lines([Plain("Your approval of "), title, Plain(f" counts: {count}.{blocks}")], summary="It counts")
    return lines(
        [
            Plain("Now "),
            title,
            Plain(" is blocked until you take your objection back, a newer draft comes, or a lead sets it aside."),
        ],
        summary="Blocked",
    )


UNCOUNTED_TO_YOU = {
    "last_words": "the last words are yours. Somebody else approves.",
    "wrote_some": "you wrote part of it, and here nobody who did may approve. Somebody else approves.",
    "too_soon": "your own words can be approved by you alone only after a wait. Somebody else can now.",
    "no_right": "only this channel's approvers can approve.",
}
assert len(UNCOUNTED_TO_YOU) == len(UNCOUNTED)


def _drafted(outcome: Drafted, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    claimed = " The conversation is yours now." if outcome.claimed else ""
    return lines(
        [
            Plain(f"Saved as draft {outcome.draft} of "),
            _number(outcome.number, links),
            Plain(f". It is in the thread, for somebody else to approve.{claimed}"),
        ],
        summary=f"Draft {outcome.draft} saved",
    )


def _merge(outcome: MergeOffered, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    of = value(outcome.number)
    return Card(
        summary="Another draft stands; yours was not saved",
        blocks=(
            Line(
                (
                    _name(people, outcome.theirs_by),
                    Plain("'s "),
                    link(links.get("draft"), f"draft {outcome.base}"),
                    Plain(
                        " stands, so yours was not saved. Open it to add your words, or discard it first. You wrote:"
                    ),
                )
            ),
            Quote((Words(outcome.mine),), whole=True),
            Buttons((button("Edit draft", Verb.EDIT, of, style="primary", dialog=True),)),
        ),
    )


def _say(sentence: Callable[[Outcome], str]) -> Callable[[Outcome, People, Mapping[str, str | None], str], Card]:
    def answer(outcome: Outcome, people: People, links: Mapping[str, str | None], zone: str) -> Card:
        return plain(sentence(outcome))

    return answer


def _handed(outcome: HandedOver, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    return lines(
        [_number(outcome.number, links), Plain(" is now with "), _name(people, outcome.to), Plain(".")],
        summary="Handed over",
    )


def _joined(outcome: Joined, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    return lines(
        [
            Plain("One customer now: who wrote "),
            _number(outcome.number, links),
            Plain(f" and who wrote #{outcome.other}. "),
            Plain(f"/twoway customer {outcome.number} part", code=True),
            Plain(" takes it back."),
        ],
        summary=f"#{outcome.number} and #{outcome.other} are of one customer",
    )


def _parted(outcome: Parted, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    return lines(
        [Plain("Who wrote "), _number(outcome.number, links), Plain(" is a customer of their own again.")],
        summary=f"#{outcome.number} is of a customer of their own",
    )


def _moved(outcome: Moved, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    rows: list[list[Part]] = [[_number(outcome.number, links), Plain(f" lives in #{outcome.channel} now.")]]
    if outcome.draft is not None:
        was = "was approved and has not left: it needs" if outcome.stopped else "asks for"
        rows[0].append(Plain(f" Draft {outcome.draft} {was} approval anew there."))
    if outcome.rep is not None:
        rows.append([_name(people, outcome.rep), Plain(" is not known there, so nobody has it now.")])
    return lines(*rows, summary=f"#{outcome.number} lives in #{outcome.channel} now")


def _supported(outcome: Supported, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    says = "asks for" if outcome.given else "does not ask for"
    return lines([_number(outcome.number, links), Plain(f" {says} idea {outcome.idea}.")], summary="An idea")


def _quieted(outcome: Quieted, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    if not outcome.quiet:
        return lines(
            [Plain("Who wrote "), _number(outcome.number, links), Plain(" may be written to again.")], summary="Again"
        )
    return lines(
        [
            Plain("Who wrote "),
            _number(outcome.number, links),
            Plain(" is left alone: nothing is prepared for them that they do not ask for. "),
            Plain(f"/twoway customer {outcome.number} welcome", code=True),
            Plain(" takes it back."),
        ],
        summary=f"Who wrote #{outcome.number} is left alone",
    )


def _praised(outcome: Praised, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    if not outcome.given:
        return lines([_number(outcome.number, links), Plain(" is not called praise.")], summary="No praise")
    return lines(
        [
            _number(outcome.number, links),
            Plain(" is praise. A thank-you is signed with your name. "),
            Plain("May we quote it? "),
        ],
        [Plain(f"/twoway praise {outcome.number} ask", code=True), Plain(" drafts the question.")],
        summary=f"#{outcome.number} is praise",
    )


def _quote_kept(outcome: QuoteKept, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    verb = "may be quoted, with the name" if outcome.allowed else "may not be quoted"
    return lines(
        [_number(outcome.number, links), Plain(f" {verb}. The journal says on whose word.")], summary="Written down"
    )


def _on_hold(outcome: OnHold, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    what = "Everything" if outcome.scope == "all" else "This" if "conv" in outcome.scope else "This account"
    if not outcome.new:
        return plain(f"{what} was on hold already. Nothing goes out.")
    ends = "resume all" if outcome.scope == "all" else "resume"
    return plain(f"✋ {what} is on hold: nothing that has not left yet goes out. “{ends}” ends it.")


def _kept(outcome: Kept, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    says = " is yours again." if outcome.back else " stays with you when your shift ends."
    return lines([_number(outcome.number, links), Plain(says)], summary=f"#{outcome.number}{says}")


def _snoozed(outcome: Snoozed, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    back = " It comes back then, or as soon as the customer writes."
    return Card(
        summary=f"#{outcome.number} is snoozed",
        blocks=(
            Line(
                (
                    Plain("😴 "),
                    _number(outcome.number, links),
                    Plain(" is snoozed until "),
                    moment(outcome.until, zone),
                    Plain(f".{back}"),
                )
            ),
            Buttons((button("End the snooze", Verb.UNSNOOZE, value(outcome.number)),)),
        ),
    )


ANSWERS: Mapping[type, Callable[..., Card]] = {
    Refused: refused,
    Claimed: _claimed,
    HeldBy: _held_by,
    Released: _say(lambda outcome: f"#{outcome.number} is free again." if isinstance(outcome, Released) else ""),
    HandedOver: _handed,
    Moved: _moved,
    Drafted: _drafted,
    MergeOffered: _merge,
    Discarded: _say(lambda outcome: f"Draft {outcome.draft} is thrown away." if isinstance(outcome, Discarded) else ""),
    SignTaken: _signed,
    LeftStorm: _say(
        lambda outcome: f"#{outcome.number} gets a card of its own." if isinstance(outcome, LeftStorm) else ""
    ),
    ListPrepared: lambda outcome, people, links, zone: listed(outcome),
    ListApproved: lambda outcome, people, links, zone: approved(outcome),
    Noted: _say(lambda outcome: "Noted in the thread, for us only."),
    Joined: _joined,
    Parted: _parted,
    Supported: _supported,
    IdeaChanged: _say(lambda outcome: f"Idea {outcome.idea} is changed." if isinstance(outcome, IdeaChanged) else ""),
    Shipped: _say(lambda outcome: f"Idea {outcome.idea} is shipped." if isinstance(outcome, Shipped) else ""),
    Quieted: _quieted,
    Praised: _praised,
    QuoteKept: _quote_kept,
    Closed: _say(lambda outcome: f"#{outcome.number} is closed." if isinstance(outcome, Closed) else ""),
    Reopened: _say(lambda outcome: f"#{outcome.number} is open again." if isinstance(outcome, Reopened) else ""),
    Settled: _say(lambda outcome: "Settled. The journal says on whose word."),
    OnHold: _on_hold,
    Resumed: _say(lambda outcome: "▶️ Resumed: replies may go out again."),
    Kept: _kept,
    Snoozed: _snoozed,
    Unsnoozed: _say(lambda outcome: f"#{outcome.number} is back." if isinstance(outcome, Unsnoozed) else ""),
}
