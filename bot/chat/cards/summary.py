"""A day's summary: first a sentence for who is busy, then the numbers with the conversations behind them, then who
waits longest. It holds no customer's words and no customer's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.chat.cards.parts import about, link, moment, plain
from bot.chat.commands import Verb
from bot.chat.contract import Block, Card, Line, Part, Plain, Words
from bot.reports.daily import Figure, Numbers, Spread

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
_WRONG = (Figure.REFUSED, Figure.UNSURE, Figure.HIDDEN, Figure.STOPPED, Figure.OWN_YES)


def behind(numbers: Numbers) -> frozenset[int]:
    """Every conversation that a summary points to."""
    found = {number for some in numbers.counts.values() for number in _distinct(some)[:BEHIND]}
    return frozenset(found | {one.number for one in numbers.longest})


def summary_card(numbers: Numbers, links: Mapping[int, str], zone: str = "UTC", *, more: Sequence[Block] = ()) -> Card:
    """The summary of one day or several. `links` are the conversations' cards, of those that have one; `more` are the
    parts that other reports bring."""
    when = named(numbers)
    if numbers.quiet and not more:
        return _quiet(numbers, when)
    blocks: list[Block] = [_sentence(numbers, when, zone)]
    blocks += [_figure(numbers, figure, links) for figure in _DAY if numbers.of(figure)]
    blocks += _timing(numbers)
    wrong: list[Block] = [_figure(numbers, figure, links) for figure in _WRONG if numbers.of(figure)]
    wrong += [Line((Words(name), Plain(" could not be heard for a while."))) for name in numbers.troubles]
    wrong += [Line((Plain("Access to "), Words(name), Plain(" is about to end."))) for name in numbers.endings]
    if numbers.recovered:
        wrong.append(Line((Plain(f"{_many(numbers.recovered, 'post')} had been missed and were found again."),)))
    if wrong:
        blocks += [Line((Plain("What went wrong", bold=True),)), *wrong]
    blocks += _people(numbers)
    if numbers.longest:
        blocks.append(Line((Plain("Waiting longest", bold=True),)))
        blocks += [
            Line((link(links.get(one.number), f"#{one.number}"), Plain(" since "), moment(one.since, zone)))
            for one in numbers.longest
        ]
    blocks += more
    came, answered = numbers.of(Figure.POSTS), numbers.of(Figure.ANSWERED)
    return Card(summary=f"{when}: {_many(came, 'post')}, {answered} answered"[:150], blocks=tuple(blocks))


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
            Line((Plain("/twoway summary today | yesterday | week | 2026-11-23", code=True),)),
            Line((Plain(f"and behind it, for the conversations: {words}."),), small=True),
        ),
    )


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


def _sentence(numbers: Numbers, when: str, zone: str) -> Line:
    came, answered = numbers.of(Figure.POSTS), numbers.of(Figure.ANSWERED)
    waiting = numbers.of(Figure.WAITING) + numbers.of(Figure.BEFORE)
    usual = "" if numbers.usual is None else f" ({_compared(numbers)} {numbers.usual})"
    said = f"{_many(came, 'post')} came{usual}"
    if answered:
        in_time = answered - numbers.of(Figure.LATE)
        said += f", {answered} {_verb(answered, 'was', 'were')} answered"
        everything = ", in time" if answered == 1 else ", all in time"
        said += everything if in_time == answered else f", {in_time or 'none'} of them in time"
    else:
        said += ", none was answered" if came else ""
    parts: list[Part] = [Plain(f"{when}{' so far' if numbers.open else ''}: ", bold=True), Plain(said)]
    if waiting and numbers.longest:
        parts += [
            Plain(f". {waiting} still {_verb(waiting, 'waits', 'wait')}, the longest since "),
            moment(numbers.longest[0].since, zone),
        ]
    elif came or answered:
        parts.append(Plain(". Nobody waits"))
    return Line((*parts, Plain(".")))


def _compared(numbers: Numbers) -> str:
    return f"{numbers.first:%A} before:" if numbers.first == numbers.last else "the week before:"


def _figure(numbers: Numbers, figure: Figure, links: Mapping[int, str]) -> Line:
    found = _distinct(numbers.counts[figure])
    parts: list[Part] = [Plain(f"{LABELS[figure]}: {numbers.of(figure)}", bold=True)]
    if figure is Figure.POSTS and len(numbers.by_account) > 1:
        each = ", ".join(f"{name} {count}" for name, count in numbers.by_account.items())
        parts.append(Words(f" ({each})"))
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


def _timing(numbers: Numbers) -> list[Block]:
    if numbers.wall is None:
        return []
    target = f" The target is {about(numbers.within)}{' of working time' if numbers.business is not None else ''}."
    said = f"{_spread(numbers.wall)}."
    if numbers.business is not None:
        said = f"{_spread(numbers.wall)}; in working time {about(numbers.business.median)} and "
        said += f"{about(numbers.business.most)}."
    blocks: list[Block] = [Line((Plain("Time to the answer: ", bold=True), Plain(said + target)))]
    if numbers.parts:
        each = " · ".join(f"{part.value} {about(length)}" for part, length in numbers.parts.items())
        blocks.append(Line((Plain(f"Its parts, the median of each: {each}"),), small=True))
    return blocks


def _spread(spread: Spread) -> str:
    return f"half within {about(spread.median)}, nine of ten within {about(spread.most)}"


def _people(numbers: Numbers) -> list[Block]:
    if numbers.people:
        blocks: list[Block] = [Line((Plain("Who", bold=True),))]
        for one in numbers.people:
            did = [f"wrote {one.wrote}"] if one.wrote else []
            did += [f"approved {one.approved}"] if one.approved else []
            did += [f"helped with {one.helped}"] if one.helped else []
            blocks.append(Line((Words(one.name), Plain(f": {', '.join(did)}"))))
        return blocks[:25]
    if not numbers.writers and not numbers.approvers:
        return []
    wrote = f"{_folk(numbers.writers)} wrote" if numbers.writers else "Nobody wrote"
    approved = f"{_folk(numbers.approvers)} approved" if numbers.approvers else "nobody approved"
    return [Line((Plain(f"{wrote}, {approved}."),), small=True)]


def _folk(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _distinct(numbers: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(numbers))
