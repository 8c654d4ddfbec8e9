"""Why something was not done, and what would help: a sentence for each refusal."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.cards.draft import blocked
from bot.chat.cards.parts import lines, link, moment
from bot.chat.contract import Card, Part, Plain
from bot.desk.outcomes import Refused, Why
from models.lifecycle import State, Step
from models.reading.values import RepFacts

People = Mapping[int, RepFacts]


def refused(outcome: Refused, people: People, links: Mapping[str, str | None], zone: str) -> Card:
    """What was not done, why, and where to look."""
    row: list[Part] = [Plain(sentence_of(outcome, people))]
    if outcome.why is Why.MOVED:
        there = links.get("draft") or links.get("card")
        row += [Plain(" "), link(there, "Open it there"), Plain(".")] if there else []
        return lines(row, summary="It has moved; nothing was changed")
    if outcome.until is not None and outcome.why is Why.TOO_EARLY:
        row += [Plain(" Look again "), moment(outcome.until, zone), Plain(".")]
    if outcome.why in {Why.OLD_DRAFT, Why.WRONG_NUMBER} and links.get("draft"):
        row += [Plain(" "), link(links["draft"], "Here is the current draft"), Plain(".")]
    elif outcome.number is not None and links.get("card") and "#" not in sentence_of(outcome, people):
        row += [Plain(" "), link(links["card"], f"#{outcome.number}"), Plain(".")]
    return lines(row, summary="Nothing was changed")


#: Why a step is refused in a state, where the general sentence would not help.
NOT_NOW: Mapping[tuple[Step, State], str] = {
    (Step.DRAFT, State.SENDING): "A reply is going out right now. Write the next one when it has arrived.",
    (Step.DRAFT, State.UNSURE): "Nobody knows yet whether our last reply arrived. That is settled first.",
    (Step.DRAFT, State.CLOSED): "It is closed. Reopen it first.",
    (Step.CLAIM, State.CLOSED): "It is closed. Reopen it first.",
    (Step.UNAPPROVE, State.SENDING): "Too late: the reply is already going out.",
    (Step.UNAPPROVE, State.ANSWERED): "Too late: the reply is out. “correct” or “retract” changes it in public.",
    (Step.UNAPPROVE, State.UNSURE): "Too late: the reply went out, and nobody knows yet whether it arrived.",
    (Step.OBJECT, State.SENDING): "Too late: the reply is already going out.",
    (Step.OBJECT, State.UNSURE): "Too late: the reply went out, and nobody knows yet whether it arrived.",
    (Step.OBJECT, State.ANSWERED): "Too late: the reply is out. “correct” or “retract” changes it in public.",
    (Step.APPROVE, State.SENDING): "It is approved already, and the reply is going out.",
    (Step.DISCARD, State.APPROVED): "An approved reply is about to go out. Take it back first.",
    (Step.ANSWERED_BY_HAND, State.APPROVED): "An approved reply is about to go out. Take it back first.",
    (Step.REOPEN, State.DRAFTED): "It is open already, and a draft waits for approval.",
    (Step.CLOSE, State.APPROVED): "An approved reply is about to go out. Take it back first.",
    (Step.CLOSE, State.SENDING): "A reply is going out right now.",
    (Step.CLOSE, State.UNSURE): "Nobody knows yet whether our reply arrived. Settle that first.",
    (Step.MOVE, State.SENDING): "A reply is going out right now. When it has arrived, move it.",
    (Step.MOVE, State.UNSURE): "Nobody knows yet whether our reply arrived. Settle that first, then move it.",
    (Step.CLOSE, State.CLOSED): "It is closed already.",
    (Step.REOPEN, State.OPEN): "It is open already.",
}

_STATES = {
    State.OPEN: "it is open and there is no draft",
    State.DRAFTED: "a draft waits for approval",
    State.APPROVED: "a reply is approved and about to go out",
    State.SENDING: "a reply is going out",
    State.UNSURE: "nobody knows yet whether our reply arrived",
    State.ANSWERED: "it is answered",
    State.CLOSED: "it is closed",
}


def sentence_of(outcome: Refused, people: People) -> str:
    """Why not, and what would help."""
    if outcome.why is Why.NO_RIGHT:
        return outcome.sentence
    if outcome.why is Why.BLOCKED:
        return blocked(outcome.sentence)
    if outcome.why is Why.NOT_NOW and outcome.state is not None and outcome.step is not None:
        known = NOT_NOW.get((outcome.step, outcome.state))
        if outcome.step in {Step.SETTLE_SENT, Step.SETTLE_ABSENT}:
            known = "There is nothing to settle: we know what became of every reply here."
        return known or f"Not now: {_STATES[outcome.state]}."
    if outcome.why is Why.NOT_YOURS:
        rep = people.get(outcome.holder) if outcome.holder is not None else None
        holder = rep.name if rep is not None else "somebody else"
        return f"{holder} has it. Only the holder or a lead can do this."
    said = {"number": outcome.number, "draft": outcome.draft, "channel": outcome.sentence, "idea": outcome.idea}
    return WHY[outcome.why].format(**said)


WHY: Mapping[Why, str] = {
    Why.NO_DRAFT: "There is no draft that could be approved.",
    Why.OLD_DRAFT: "That draft is no longer current, so a ✅ on it does not count.",
    Why.WRONG_NUMBER: "Say which draft, so that nobody approves what they did not see. The current one is {draft}.",
    Why.NOT_SHOWN: "Draft {draft} was only now shown, or is about to be. Look at it in the thread, then approve it.",
    Why.NOT_CLAIMED: "Nobody has #{number}.",
    Why.EMPTY: "There is no text.",
    Why.NOTHING_THERE: "There is nothing left to answer or to change: the post is gone, or we never replied.",
    Why.ONE_ALREADY: "They are one customer already.",
    Why.ONE_ACCOUNT: "There is nothing to part: this customer has one account.",
    Why.NOBODY_KNOWN: "Whoever wrote there was erased: nobody can say who it was.",
    Why.NO_ADDRESS: "Give the reply's address: settle sent https://…",
    Why.TOO_EARLY: "Too early: it may still appear by itself.",
    Why.NOT_HELD: "That is not on hold.",
    Why.UNCHANGED: "Draft {draft} says exactly that already.",
    Why.SAID_ALREADY: (
        "Exactly this stands there as our answer already, so I kept no draft of it. To say it once more, change a word."
    ),
    Why.NO_HOURS: "#{number} stays with you anyway: by what you told of your hours, no shift of yours ends.",
    Why.NOT_SNOOZED: "#{number} is not snoozed.",
    Why.NO_SUCH_PERSON: "I do not know this person.",
    Why.MOVED: "#{number} has moved to #{channel} and goes on there. Nothing was done here.",
    Why.THERE_ALREADY: "#{number} is in #{channel} already.",
    Why.NO_SUCH_IDEA: "No idea has the number {idea}.",
    Why.ONE_IDEA: "They are one idea already.",
    Why.NOT_MERGED: "There is nothing to split: idea {idea} was not merged into another.",
    Why.NOT_ASKED_FOR: "#{number} does not ask for that.",
    Why.NO_LINK: "Give an address that a browser opens: https://…",
    Why.DECIDED: "Idea {idea} is {channel} already.",
    Why.ALL_TOLD: "Idea {idea} is marked shipped already, and everybody who asked for it was told.",
    Why.NO_PRAISE: "#{number} is not called praise. Say so first: praise {number}",
    Why.ASKED_ALREADY: "They were asked already whether we may quote it.",
    Why.QUIET: "This customer wants to be left alone.",
    Why.NOT_QUIET: "Nobody said that this customer wants to be left alone.",
    Why.NOT_IN_STORM: "#{number} is not in storm {channel}.",
    Why.NOTHING_TO_ANSWER: (
        "Nobody in storm {channel} waits for an answer that could be given to many: they are answered, drafted, "
        "claimed by somebody else, or were taken out."
    ),
    Why.NO_PICTURES_HERE: "Only an answer can carry pictures: a correction leaves those that stand there.",
    Why.NOT_NOW: "Not now.",
}
