"""The parts of a summary that are about ideas and praise. Only on the week's wall stand a customer's words and name,
and only with their permission; everybody else there is a link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.cards.parts import link, shortened, who
from bot.chat.contract import Block, Line, Part, Plain, Quote, Words
from bot.reports.moods import Sounded
from bot.reports.praise import Kind, PraiseOf, Share
from models.reading.asked_for import AskedFor

#: So many quotes, and so many links to the others.
QUOTED = 5
LINKED = 8

_KINDS = {Kind.PRAISE: "praise", Kind.COMPLAINT: "complaints"}


def liked(ideas: Sequence[AskedFor], praise: PraiseOf, links: Mapping[int, str]) -> list[Block]:
    """Both parts; empty where there is nothing to tell. `links` are the conversations' cards."""
    return [*_ideas(ideas, links), *_shares(praise.shares), *_wall(praise, links)]


def behind_liked(ideas: Sequence[AskedFor], praise: PraiseOf) -> frozenset[int]:
    """Every conversation that these parts point to."""
    asked = {number for one in ideas for number in one.numbers[:LINKED]}
    return frozenset(asked | {one.number for one in praise.wall[: QUOTED + LINKED]})


def _ideas(ideas: Sequence[AskedFor], links: Mapping[int, str]) -> list[Block]:
    blocks: list[Block] = [Line((Plain("Ideas", bold=True),))] if ideas else []
    for one in ideas:
        title: list[Part] = [Words(f" {one.title}")] if one.title else []
        folk = "1 person asks" if one.people == 1 else f"{one.people} people ask"
        mine: list[Part] = [
            Plain(f"💡 {one.id}", bold=True),
            *title,
            Plain(f": +{len(one.numbers)}, {folk} for it in all  "),
        ]
        blocks.append(Line((*mine, *_linked(one.numbers[:LINKED], links))))
    return blocks


def _shares(shares: Sequence[Share]) -> list[Block]:
    if not shares:
        return []
    each = " · ".join(
        f"{_KINDS[one.kind]} {len(one.answered)} of {len(one.asked)} ({_percent(one)} %)" for one in shares
    )
    return [Line((Plain("Answered of what came: ", bold=True), Plain(f"{each}.")))]


def sound(told: Sounded | None) -> list[Block]:
    """How customers sounded; nothing where nobody can tell."""
    if told is None:
        return []
    said = " · ".join(f"{mood} {many}" for mood, many in told.began.items())
    unsure = f" · unsure {told.unsure}" if told.unsure else ""
    better = f"; of those who began negative {told.better} ended better" if told.better else ""
    return [Line((Plain("How they sounded at first: ", bold=True), Plain(f"{said}{unsure}{better}.")))]


def _percent(one: Share) -> int:
    return round(100 * len(one.answered) / len(one.asked))


def _wall(praise: PraiseOf, links: Mapping[int, str]) -> list[Block]:
    if not praise.wall:
        return []
    blocks: list[Block] = [Line((Plain("Praise worth reading aloud", bold=True),))]
    quoted = [one for one in praise.wall if one.words is not None][:QUOTED]
    for one in quoted:
        blocks.append(Quote((Words(shortened(one.words or "", 400)),)))
        blocks.append(
            Line((Words(who(one.who)), Plain(" · "), link(links.get(one.number), f"#{one.number}")), small=True)
        )
    others = [one.number for one in praise.wall if one not in quoted]
    if others:
        more = [Plain(f" and {len(others) - LINKED} more")] if len(others) > LINKED else []
        blocks.append(Line((Plain("Others: "), *_linked(others[:LINKED], links), *more), small=True))
    return blocks


def _linked(numbers: Sequence[int], links: Mapping[int, str]) -> list[Part]:
    parts: list[Part] = []
    for number in numbers:
        parts += [*([Plain(" ")] if parts else []), link(links.get(number), f"#{number}")]
    return parts
