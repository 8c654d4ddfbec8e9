"""The one message about a storm that is over: what it was, what was answered, what is left to do."""

from __future__ import annotations

from adapters.registry import title
from bot.chat.cards.conversation import STATES
from bot.chat.cards.parts import DELETED, button, clock, link, moment, shortened
from bot.chat.cards.storms import COUNTED, FOLDED
from bot.chat.commands import Verb
from bot.chat.contract import Block, Buttons, Card, Heading, Line, Part, Plain, Quote, Words
from models.lifecycle import State
from models.reading.storm_digest import DigestFacts


def digest_card(facts: DigestFacts, zone: str = "UTC", *, folded: bool = False) -> Card:
    """As it stood at `facts.at`: it is not changed afterwards. `folded`: what they say is abuse."""
    storm = facts.storm
    head = f"⛅ Storm {storm.number} is over: {_many(storm.people, 'person', 'people')} said the same"
    said: Part = Plain(DELETED, italic=True) if storm.words is None else Words(shortened(storm.words, 300))
    if folded and storm.words is not None:
        said = Plain(FOLDED, italic=True)
    where = ", ".join(f"{title(platform)} {count:,}" for platform, count in storm.platforms)
    count: list[Part] = [
        Plain(_many(facts.posts, "post", "posts"), bold=True),
        Plain(" from "),
        clock(storm.began_at, zone),
    ]
    blocks: list[Block] = [
        Heading(head[:150]),
        Quote((said,)),
        Line((*count, Plain(" to "), clock(storm.last_at, zone), Plain(f": {where}." if where else "."))),
        Line(tuple(_left(facts, zone))),
    ]
    counts = dict(storm.states)
    known = [state for state in State if state.value in counts]
    stands = [f"{STATES[state][0]} {counts[state.value]:,} {COUNTED[state]}" for state in known]
    if storm.taken_out:
        stands.append(f"{storm.taken_out:,} taken out")
    if stands:
        blocks.append(Line((Plain(" · ".join(stands)),), small=True))
    if facts.others:
        waits = f"; {facts.others_waiting:,} of them wait" if facts.others_waiting else "; none of them waits"
        wrote = _many(facts.others, "other conversation", "other conversations")
        blocks.append(Line((Plain("Meanwhile ", bold=True), Plain(f"{wrote} began here{waits}."))))
    if facts.longest:
        parts: list[Part] = [Plain("Waiting longest: ")]
        for nth, one in enumerate(facts.longest):
            parts += [Plain(", " if nth else ""), link(one.link, f"#{one.number}"), Plain(" since ")]
            parts.append(moment(one.since, zone))
        blocks.append(Line((*parts, Plain("."))))
    of = str(storm.number)
    show = button("Show them", Verb.STORM, of)
    answer = button("Answer them", Verb.ANSWER_STORM, of, style="primary", dialog=True)
    blocks.append(Buttons((answer, show) if facts.waiting else (show,)))
    return Card(summary=f"{head}, {_waits(facts)}"[:150], blocks=tuple(blocks))


def _left(facts: DigestFacts, zone: str) -> list[Part]:
    done = Plain(f"{facts.answered:,} answered", bold=True)
    if not facts.waiting:
        return [done, Plain(", and nobody in it waits.")]
    parts: list[Part] = [done, Plain(f", {facts.waiting:,} still wait")]
    if facts.storm.waiting_since is not None:
        parts += [Plain(", the longest since "), moment(facts.storm.waiting_since, zone)]
    return [*parts, Plain(".")]


def _waits(facts: DigestFacts) -> str:
    return f"{facts.waiting:,} still wait" if facts.waiting else "nobody in it waits"


def _many(count: int, one: str, more: str) -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {more}"
