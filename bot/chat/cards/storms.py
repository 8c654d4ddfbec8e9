"""Storms in chat: the one card that stands for many who say the same, and the list of drafts of one answer to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.registry import title
from bot.chat.cards.conversation import STATES
from bot.chat.cards.draft import CLOSED, blocked
from bot.chat.cards.parts import DELETED, ERASED, button, lines, link, moment, plain, shortened, who
from bot.chat.commands import Verb
from bot.chat.contract import Block, Buttons, Card, Heading, Line, Part, Plain, Quote, Words
from bot.desk.outcomes import ListApproved, ListPrepared, SignTaken, Why
from models.lifecycle import State
from models.reading.storm_answers import AnswerFacts, ListedDraft
from models.reading.storms import StormFacts

#: What people read where a draft fell out of a list, besides the reasons for which a draft's message is closed.
DROPPED: Mapping[str, str] = {
    **CLOSED,
    "claimed": "somebody else has claimed it",
    "out": "it was taken out",
    "replaced": "another draft stands there now",
    Why.NOT_NOW.value: "it is not waiting for approval any more",
    Why.OLD_DRAFT.value: "the customer changed something meanwhile",
    Why.BLOCKED.value: "it cannot go out as it is",
    Why.NO_RIGHT.value: "you may not approve there",
    Why.NO_DRAFT.value: "its draft is gone",
}
#: How so many of a state are called.
COUNTED: Mapping[State, str] = {
    State.OPEN: "open",
    State.DRAFTED: "with a draft that waits",
    State.APPROVED: "approved",
    State.SENDING: "going out",
    State.UNSURE: "of which nobody knows whether the reply arrived",
    State.ANSWERED: "answered",
    State.CLOSED: "closed",
}
#: Of conversations with a card of their own, so many are linked.
LINKED = 8


#: What stands in the place of abuse that many repeat. Whoever wants to read it is shown it alone.
FOLDED = "⚠️ Abusive words, folded. “Show them” shows who says them, and the words, to you alone."


def storm_card(facts: StormFacts, zone: str = "UTC", *, folded: bool = False) -> Card:
    """How many say it, where, how fast, and how far we are with them. `folded`: what they say is abuse."""
    many = f"{facts.people} people say the same"
    mark = "🌪️ " if facts.loud else "📢 "
    said: Part = Plain(DELETED, italic=True) if facts.words is None else Words(shortened(facts.words, 600))
    if folded and facts.words is not None:
        said = Plain(FOLDED, italic=True)
    where = ", ".join(f"{title(platform)} {count}" for platform, count in facts.platforms)
    blocks: list[Block] = [
        Heading(f"{mark}Storm {facts.number} · {many}"),
        Quote((said,)),
        Line((Plain(where),), small=True),
    ]
    blocks.append(Line(tuple(_rate(facts, zone))))
    counts = dict(facts.states)
    stands = [f"{STATES[state][0]} {counts[state.value]} {COUNTED[state]}" for state in State if state.value in counts]
    if facts.taken_out:
        stands.append(f"{facts.taken_out} taken out")
    blocks.append(Line((Plain(" · ".join(stands) or "Nobody is left in it."),)))
    if facts.apart:
        parts: list[Part] = [Plain("With a card of their own (they say more, are more urgent, or many follow them): ")]
        for nth, (number, url) in enumerate(facts.apart[:LINKED]):
            parts += [Plain(", " if nth else ""), link(url, f"#{number}")]
        parts.append(Plain(f" and {len(facts.apart) - LINKED} more." if len(facts.apart) > LINKED else "."))
        blocks.append(Line(tuple(parts), small=True))
    of = str(facts.number)
    answer = button("Answer them", Verb.ANSWER_STORM, of, style="primary", dialog=True)
    blocks.append(Buttons((answer, button("Show them", Verb.STORM, of))))
    unusual = ", far more than usual" if facts.loud else ""
    return Card(summary=f"Storm {facts.number}: {many}{unusual}"[:150], blocks=tuple(blocks))


def _rate(facts: StormFacts, zone: str) -> list[Part]:
    usual = f"{facts.usual:.0f}" if facts.usual >= 1 or facts.usual == 0 else f"{facts.usual:.1f}"
    parts: list[Part] = [Plain(f"{facts.in_hour} in the last hour", bold=True)]
    parts.append(Plain(f"; all in all {usual} posts usually come here in such an hour."))
    if facts.waiting_since is not None:
        parts += [Plain(" The longest waits since "), moment(facts.waiting_since, zone), Plain(".")]
    return parts


def answer_card(facts: AnswerFacts, same: str | None) -> Card:
    """The list: each conversation that is still as it was listed, with the exact text that would go out. `same` is what
    the storm says: who says exactly that is not quoted again."""
    stand = [draft for draft in facts.drafts if not draft.why]
    open_ones = [draft for draft in stand if draft.state == State.DRAFTED.value]
    many = str(len(stand)) if stand else "nobody any more"
    head = f"One answer to {many} of storm {facts.storm}, by {facts.rep.name}"
    blocks: list[Block] = [Heading(head[:150])]
    if same is not None:
        blocks.append(Line((Plain("They say: "), Words(shortened(same, 300), italic=True)), small=True))
    for draft in stand:
        blocks += [Line(tuple(_head(draft, same))), Quote((Words(draft.final),), whole=True)]
    gone = [draft for draft in facts.drafts if draft.why and draft.why not in {"sent", "settle_sent"}]
    sent = [draft for draft in facts.drafts if draft.why in {"sent", "settle_sent"}]
    if sent:
        blocks.append(Line((Plain("✅ Went out: "), *_numbers(sent), Plain("."))))
    for why in dict.fromkeys(draft.why for draft in gone):
        those = [draft for draft in gone if draft.why == why]
        blocks.append(Line((Plain("Fell out: "), *_numbers(those), Plain(f": {_reason(why)}.")), small=True))
    can = [draft for draft in open_ones if not draft.blocked]
    if can:
        shown = f"{facts.id}:{'.'.join(str(draft.message) for draft in can)}"
        blocks.append(
            Buttons(
                (
                    button(
                        f"Approve these {len(can)}" if len(can) > 1 else "Approve this one",
                        Verb.APPROVE_LISTED,
                        shown,
                        style="primary",
                        confirm="Approve each reply exactly as it stands here?",
                    ),
                )
            )
        )
        out = can[0].number
        blocks.append(
            Line(
                (
                    Plain("One that shall not: "),
                    Plain(f"/twoway storm {facts.storm} out {out}", code=True),
                    Plain(" gives it a card of its own. What changes meanwhile falls out by itself."),
                ),
                small=True,
            )
        )
    return Card(summary=f"{head}, waits for approval" if can else head, blocks=tuple(blocks))


def _reason(why: str) -> str:
    return DROPPED.get(why, "it is not as it was").removeprefix("shown again below: ").partition(", so approvals")[0]


def _head(draft: ListedDraft, same: str | None) -> list[Part]:
    mark, word = STATES[State(draft.state)]
    parts: list[Part] = [Plain(f"{mark} "), link(draft.link, f"#{draft.number}"), Plain(" ")]
    parts += [Words(who(draft.customer)), Plain(f" on {title(draft.platform)}")]
    if draft.state != State.DRAFTED.value:
        parts.append(Plain(f", {word}"))
    if draft.blocked:
        parts.append(Plain(f" 🚫 {blocked(draft.blocked)}", bold=True))
    if draft.words is None:
        parts.append(Plain(f": {ERASED if draft.customer.erased else DELETED}", italic=True))
    elif draft.words != same:
        parts += [Plain(": “"), Words(draft.words), Plain("”")]
    return parts


def _numbers(drafts: Sequence[ListedDraft]) -> list[Part]:
    parts: list[Part] = []
    for nth, draft in enumerate(drafts):
        parts += [Plain(", " if nth else ""), link(draft.link, f"#{draft.number}")]
    return parts


def listed(outcome: ListPrepared) -> Card:
    """To who prepared it."""
    many = len(outcome.drafted)
    what = f"{many} drafts" if many > 1 else "1 draft"
    return plain(f"{what} of storm {outcome.storm} in one list, on its way to the channel. Somebody else approves.")


def approved(outcome: ListApproved) -> Card:
    """To who approved: what counts, and what was left out."""
    counted = [one for one in outcome.approved if one.uncounted is None]
    rows: list[list[Part]] = [[Plain(_counted(counted))]]
    if uncounted := len(outcome.approved) - len(counted):
        those = f"for {uncounted} of them" if counted else "for these"
        rows.append([Plain(f"Your yes does not count {those}: somebody who did not write the words approves.")])
    for number, why in outcome.dropped:
        rows.append([Plain(f"Not approved: #{number}: {_reason(why)}.")])
    return lines(*rows, summary=_counted(counted))


def _counted(taken: Sequence[SignTaken]) -> str:
    goes = sum(one.moved is State.APPROVED for one in taken)
    if not taken:
        return "Nothing was approved."
    if goes == len(taken):
        return f"Approved: {goes} replies go out when the hold is over." if goes > 1 else "Approved: 1 reply goes out."
    return f"Your yes counts for {len(taken)}; {goes} of them go out, the others wait for more."


def storms_card(storms: Sequence[StormFacts], channel: str) -> Card:
    """The storms of late."""
    if not storms:
        return plain(f"No storm in #{channel} these days.")
    rows: list[list[Part]] = [
        [
            Plain(f"Storm {one.number}", bold=True),
            Plain(f" · {one.people} people · {one.in_hour} in the last hour · "),
            Plain(DELETED, italic=True) if one.words is None else Words(shortened(one.words, 100)),
        ]
        for one in storms
    ]
    rows.append([Plain(f"/twoway storm {storms[0].number}", code=True), Plain(" lists who says it.")])
    return lines(*rows, summary="1 storm" if len(storms) == 1 else f"{len(storms)} storms")


def no_such_storm(number: int, channel: str) -> Card:
    return plain(f"There is no storm {number} in #{channel}. “storm” lists those of late.")


def how_to_storm() -> Card:
    return lines(
        [
            Plain("/twoway storm", code=True),
            Plain(" lists storms, "),
            Plain("/twoway storm 3", code=True),
            Plain(" who is in one, "),
            Plain("/twoway storm 3 out 142", code=True),
            Plain(" gives #142 a card of its own, "),
            Plain("/twoway storm 3 answer Dear all …", code=True),
            Plain(" prepares one answer for up to 20."),
        ],
        summary="How to work with storms",
    )


def press_to_answer(number: int) -> Card:
    answer = button("Write it", Verb.ANSWER_STORM, str(number), style="primary", dialog=True)
    return Card(summary="Write one answer", blocks=(Line((Plain("One answer for many: "),)), Buttons((answer,))))


def only_by_button() -> Card:
    return plain("A list is approved by the button below it: nobody approves what they do not see.")
