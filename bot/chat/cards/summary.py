"""A day's summary: first a sentence for who is busy, then a picture, the numbers with the conversations behind them,
then who waits longest. What is in it stands in `SECTIONS`; of customers it holds neither name nor words of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bot.chat.cards.chart import OneDay, chart, trend
from bot.chat.cards.parts import about, link, moment, plain
from bot.chat.commands import Verb
from bot.chat.contract import Block, Card, Line, Part, Plain, Words
from bot.reports.daily import Figure, Numbers, Spread
from bot.reports.daily import Part as TimePart
from models.paragraphs import Cited

#: So many conversations stand behind a number; all of them where they are asked for.
BEHIND = 8
ALL = 40

#: What a number is called, and what stands before its conversations.
LABELS: Mapping[Figure, str] = {
    Figure.POSTS: "Posts",
    Figure.ANSWERED: "Answered",
    Figure.LATE: "Answered too late",
    Figure.WAITING: "Still waiting",
    Figure.BEFORE: "Waiting since before",
    Figure.OVERDUE: "Of them too long already",
    Figure.CLOSED: "Closed without an answer",
    Figure.DELETED: "Deleted before an answer",
    Figure.BY_HAND: "Answered by hand",
    Figure.REFUSED: "Could not be sent",
    Figure.UNSURE: "Nobody knows whether it arrived",
    Figure.HIDDEN: "Hidden by the platform",
    Figure.STOPPED: "Approved, then stopped by news",
    Figure.OWN_YES: "Approved by who wrote it",
}
_DAY = (
    Figure.POSTS,
    Figure.ANSWERED,
    Figure.LATE,
    Figure.BY_HAND,
    Figure.WAITING,
    Figure.BEFORE,
    Figure.OVERDUE,
    Figure.CLOSED,
    Figure.DELETED,
)
_WENT_WRONG = (Figure.REFUSED, Figure.UNSURE, Figure.HIDDEN, Figure.STOPPED, Figure.OWN_YES)


@dataclass(frozen=True, slots=True)
class Told:
    """What a summary is made of: the numbers, the cards' addresses by conversation, and whatever else is known of
    these days. Where something is not known its section is left out."""

    numbers: Numbers
    links: Mapping[int, str]
    zone: ZoneInfo
    paragraph: Sequence[Cited] = ()
    more: Sequence[Block] = ()  # what other reports bring

    @property
    def when(self) -> str:
        return named(self.numbers)


Section = Callable[[Told], Sequence[Block]]


def behind(numbers: Numbers, paragraph: Sequence[Cited] = ()) -> frozenset[int]:
    """Every conversation that a summary points to."""
    found = {number for some in numbers.counts.values() for number in _distinct(some)[:BEHIND]}
    found |= {number for sentence in paragraph for number in sentence.numbers}
    return frozenset(found | {one.number for one in numbers.longest})


def summary_card(told: Told) -> Card:
    """The summary of one day or several: every section that has something to say."""
    numbers = told.numbers
    if numbers.quiet and not told.more:
        return _quiet(numbers, told.when)
    blocks = tuple(block for section in SECTIONS for block in section(told))
    came, answered = numbers.of(Figure.POSTS), numbers.of(Figure.ANSWERED)
    return Card(summary=f"{told.when}: {_many(came, 'post')}, {answered} answered"[:150], blocks=blocks)


def figure_card(numbers: Numbers, figure: Figure, links: Mapping[int, str]) -> Card:
    """The conversations behind one number."""
    found = _distinct(numbers.counts.get(figure, ()))
    head = f"{LABELS[figure]}, {named(numbers)}: {numbers.of(figure)}"
    blocks: list[Block] = [Line((Plain(head, bold=True),))]
    for start in range(0, min(len(found), ALL), 10):
        row = found[start : min(start + 10, ALL)]
        blocks.append(Line(tuple(_linked(row, links))))
    if len(found) > ALL:
        blocks.append(Line((Plain(f"and {len(found) - ALL} more."),), small=True))
    return Card(summary=head[:150], blocks=tuple(blocks))


def which_day(typed: str) -> Card:
    """What was asked for is no day."""
    words = ", ".join(figure.value for figure in Figure)
    return Card(
        summary="Which day?",
        blocks=(
            Line((Words(f"“{typed[:40]}”"), Plain(" is no day that I can tell about. Write "))),
            Line((Plain("/twoway summary today | yesterday | week | 2026-11-23 | now", code=True),)),
            Line((Plain(f"and behind it, for the conversations: {words}."),), small=True),
        ),
    )


def on_its_way() -> Card:
    return plain("Today's summary comes into the channel now. It is brought up to date until midnight.")


def stands_already() -> Card:
    return plain("Today's summary stands in the channel already. I count it anew.")


def not_yet() -> Card:
    return plain("That day has not come yet.")


def named(numbers: Numbers) -> str:
    """ "Monday 23 November", or "17 to 23 November"."""
    first, last = numbers.first, numbers.last
    if first == last:
        return f"{first:%A} {first.day} {first:%B}"
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{begins} to {last.day} {last:%B}"


def _quiet(numbers: Numbers, when: str) -> Card:
    left = numbers.of(Figure.BEFORE)
    waits = f"; {left} still {_verb(left, 'waits', 'wait')} from before" if left else ", and nobody waits"
    said = f"{when} {'is quiet so far' if numbers.open else 'was quiet'}: nothing came in{waits}."
    return Card(summary=said[:150], blocks=(Line((Plain(said),)),))


def _sentence(told: Told) -> Sequence[Block]:
    """For who is busy."""
    numbers = told.numbers
    came, answered = numbers.of(Figure.POSTS), numbers.of(Figure.ANSWERED)
    waiting = numbers.of(Figure.WAITING) + numbers.of(Figure.BEFORE)
    said = f"{_many(came, 'post')} came{_compared(numbers)}"
    if answered:
        in_time = answered - numbers.of(Figure.LATE)
        said += f", {answered} {_verb(answered, 'was', 'were')} answered"
        everything = ", in time" if answered == 1 else ", all in time"
        said += everything if in_time == answered else f", {in_time or 'none'} of them in time"
    else:
        said += ", none was answered" if came else ""
    parts: list[Part] = [Plain(f"{told.when}{' so far' if numbers.open else ''}: ", bold=True), Plain(said)]
    if waiting and numbers.longest:
        parts += [
            Plain(f". {waiting} still {_verb(waiting, 'waits', 'wait')}, the longest since "),
            moment(numbers.longest[0].since, told.zone.key),
        ]
    elif came or answered:
        parts.append(Plain(". Nobody waits"))
    return [Line((*parts, Plain(".")))]


def _compared(numbers: Numbers) -> str:
    """ " (Monday before: 9, with 7 answers)"."""
    if numbers.usual is None:
        return ""
    before = f"{numbers.first:%A} before" if numbers.first == numbers.last else "the week before"
    posts, answers = numbers.usual.posts, numbers.usual.answers
    with_answers = f", with {_many(answers, 'answer')}" if answers else ""
    return f" ({before}: {posts}{with_answers})"


def _picture(told: Told) -> Sequence[Block]:
    shown = chart(told.numbers, told.zone)
    return [] if shown is None else [shown]


def _paragraph(told: Told) -> Sequence[Block]:
    """What a language model said, each sentence with the conversations that it is about."""
    if not told.paragraph:
        return []
    parts: list[Part] = []
    for sentence in told.paragraph:
        parts += [Words(f"{sentence.words} "), *_linked(sentence.numbers, told.links), Plain("  ")]
    return [Line(tuple(parts)), Line((Plain("Written by a language model: look at the conversations."),), small=True)]


def _figures(told: Told) -> Sequence[Block]:
    return [_figure(told.numbers, figure, told.links) for figure in _DAY if told.numbers.of(figure)]


def _wrong(told: Told) -> Sequence[Block]:
    numbers = told.numbers
    wrong: list[Block] = [_figure(numbers, figure, told.links) for figure in _WENT_WRONG if numbers.of(figure)]
    wrong += [Line((Words(name), Plain(" could not be heard for a while."))) for name in numbers.troubles]
    wrong += [Line((Plain("Access to "), Words(name), Plain(" is about to end."))) for name in numbers.endings]
    if numbers.recovered:
        wrong.append(Line((Plain(f"{_many(numbers.recovered, 'post')} had been missed and were found again."),)))
    return [Line((Plain("What went wrong", bold=True),)), *wrong] if wrong else []


def _trend(told: Told) -> Sequence[Block]:
    """A week's days, one beside the other."""
    days = trend(told.numbers, told.zone)
    return [Line((Plain("Day by day", bold=True),)), *(Line((Plain(_day_line(day)),)) for day in days)] if days else []


def _day_line(day: OneDay) -> str:
    said = f"{day.name}: {_many(day.posts, 'post')}"
    if day.median is not None:
        said += f", {day.in_time} of {_many(day.answers, 'answer')} in time, half within {about(day.median)}"
    return said


def _longest(told: Told) -> Sequence[Block]:
    if not told.numbers.longest:
        return []
    waits = [
        Line((link(told.links.get(one.number), f"#{one.number}"), Plain(" since "), moment(one.since, told.zone.key)))
        for one in told.numbers.longest
    ]
    return [Line((Plain("Waiting longest", bold=True),)), *waits]


def _figure(numbers: Numbers, figure: Figure, links: Mapping[int, str]) -> Line:
    found = _distinct(numbers.counts[figure])
    parts: list[Part] = [Plain(f"{LABELS[figure]}: {numbers.of(figure)}", bold=True)]
    if figure is Figure.POSTS and numbers.by_account:
        several = len(numbers.by_account) > 1
        each = ", ".join(f"{name} {count}" if several else name for name, count in numbers.by_account.items())
        parts.append(Words(f" from {each}"))
    parts += [Plain("  "), *_linked(found[:BEHIND], links)]
    if len(found) > BEHIND:
        parts += [
            Plain(f" and {len(found) - BEHIND} more: "),
            Plain(f"/twoway {Verb.SUMMARY.value} {asked(numbers)} {figure.value}", code=True),
        ]
    return Line(tuple(parts))


def asked(numbers: Numbers) -> str:
    """What somebody types to see these days again."""
    return _iso(numbers.last) if numbers.first == numbers.last else "week"


def _iso(day: date) -> str:
    return day.isoformat()


def _linked(found: Sequence[int], links: Mapping[int, str]) -> list[Part]:
    parts: list[Part] = []
    for number in found:
        parts += [*([Plain(" ")] if parts else []), link(links.get(number), f"#{number}")]
    return parts


def _timing(told: Told) -> Sequence[Block]:
    numbers = told.numbers
    if numbers.wall is None:
        return []
    thanks = "" if numbers.thanks is None else f", for praise {about(numbers.thanks)}"
    working = " of working time" if numbers.business is not None else ""
    target = f" The target is {about(numbers.within)}{working}{thanks}."
    said = f"{_spread(numbers.wall)}."
    if numbers.business is not None:
        said = f"{_spread(numbers.wall)}; in working time {about(numbers.business.median)} and "
        said += f"{about(numbers.business.most)}."
    blocks: list[Block] = [Line((Plain("Time to the answer: ", bold=True), Plain(said + target)))]
    if numbers.parts:
        blocks.append(Line((Plain(f"Its parts, half and nine of ten within: {_each(numbers.parts)}"),), small=True))
    if numbers.business_parts and numbers.business_parts != numbers.parts:
        blocks.append(Line((Plain(f"In working time: {_each(numbers.business_parts)}"),), small=True))
    return blocks


def _each(parts: Mapping[TimePart, Spread]) -> str:
    return " · ".join(f"{part.value} {about(one.median)}, {about(one.most)}" for part, one in parts.items())


def _spread(spread: Spread) -> str:
    return f"half within {about(spread.median)}, nine of ten within {about(spread.most)}"


def _people(told: Told) -> Sequence[Block]:
    numbers = told.numbers
    if numbers.people:
        blocks: list[Block] = [Line((Plain("Who", bold=True),))]
        for one in numbers.people:
            did = [f"wrote {one.wrote}"] if one.wrote else []
            did += [f"approved {one.approved}"] if one.approved else []
            did += [f"helped with {one.helped}"] if one.helped else []
            blocks.append(Line((Words(one.name), Plain(f": {', '.join(did)}"))))
        return blocks[:25]
    if not numbers.writers and not numbers.approvers and not numbers.helpers:
        return []
    did = [f"{_folk(numbers.writers)} wrote" if numbers.writers else "nobody wrote"]
    did.append(f"{_folk(numbers.approvers)} approved" if numbers.approvers else "nobody approved")
    did += [f"{_folk(numbers.helpers)} helped"] if numbers.helpers else []
    said = ", ".join(did)
    return [Line((Plain(f"{said[0].upper()}{said[1:]}."),), small=True)]


def _folk(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _distinct(numbers: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(numbers))


def _more(told: Told) -> Sequence[Block]:
    return told.more


#: The summary, from top to bottom: a sentence, a picture, the numbers, the list. A new section is one entry here; it
#: says nothing where what it needs is not known.
SECTIONS: Sequence[Section] = (
    _sentence,
    _paragraph,
    _picture,
    _figures,
    _timing,
    _wrong,
    _people,
    _trend,
    _longest,
    _more,
)
