"""Ideas: the list of what customers suggest, one idea with those who ask for it, and what became of a change."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.cards.parts import DELETED, button, lines, link, moment, plain, who
from bot.chat.commands import Verb
from bot.chat.contract import Block, Button, Buttons, Card, Line, LinkTo, Part, Plain, Words
from models.ideas import IdeaState
from models.reading.ideas import Asking, IdeaFacts
from models.reading.supporters import Trend

#: So many stand in the list.
LISTED = 10

#: A mark and a word for each state.
STATES = {
    IdeaState.OPEN: ("💡", "open"),
    IdeaState.SHIPPED: ("🚀", "shipped"),
    IdeaState.DECLINED: ("⚪", "declined"),
}


def called(facts: IdeaFacts) -> list[Part]:
    """ "3 Dark mode": its title, else the first line of what somebody wrote."""
    named: list[Part] = [Words(facts.title)] if facts.title else [Plain("without a name", italic=True)]
    if not facts.title and facts.line:
        named = [Plain("“"), Words(facts.line[:100]), Plain("”")]
    return [Plain(f"{facts.id} ", bold=True), *named]


def asked(facts: IdeaFacts) -> str:
    """ "12 people ask for it, and 41 votes on Canny"."""
    votes = ", ".join(f"{one.count} vote{'' if one.count == 1 else 's'} on {one.source}" for one in facts.votes)
    folk = "1 person asks for it" if facts.people == 1 else f"{facts.people or 'no'} people ask for it"
    return f"{folk}, and {votes}" if votes else folk


def grows(trend: Trend) -> str:
    """ "↗ 3 this week, 1 the week before"."""
    if not trend.week and not trend.before:
        return "nobody new in two weeks"
    arrow = "↗" if trend.week > trend.before else "↘" if trend.week < trend.before else "→"
    return f"{arrow} {trend.week} this week, {trend.before} the week before"


def ideas_card(found: Sequence[IdeaFacts], pairs: Sequence[tuple[IdeaFacts, IdeaFacts]], state: str) -> Card:
    """The list, most asked for first. `pairs` look like one idea each."""
    if not found:
        said = "Nobody has suggested anything yet." if state == "open" else f"No idea is {state}."
        return lines(
            [Plain(f"{said} A 💡 on a card, or "), Plain("@twoway idea", code=True), Plain(" in its thread, says so.")],
            summary=said,
        )
    title = {"open": "What customers ask for", "all": "Every idea"}.get(state, f"Ideas that are {state}")
    blocks: list[Block] = [Line((Plain(title, bold=True),))]
    for facts in found[:LISTED]:
        mark, word = STATES[facts.state]
        end: list[Part] = [Plain(" · "), LinkTo(facts.url, "tracker")] if facts.url else []
        kind = "" if facts.state is IdeaState.OPEN else f" · {word}"
        blocks.append(Line((Plain(f"{mark} "), *called(facts), Plain(kind), *end)))
        blocks.append(Line((Words(asked(facts)), Plain(f" · {grows(facts.trend)}")), small=True))
    if len(found) > LISTED:
        blocks.append(Line((Plain(f"and {len(found) - LISTED} more."),), small=True))
    blocks += _offers(pairs)
    blocks.append(Line((Plain(f"/twoway idea {found[0].id}", code=True), Plain(" shows who asks for it.")), small=True))
    return Card(summary=f"{title}: {len(found)}"[:150], blocks=tuple(blocks))


def _offers(pairs: Sequence[tuple[IdeaFacts, IdeaFacts]]) -> list[Block]:
    blocks: list[Block] = []
    for kept, other in pairs:
        blocks.append(Line((Plain("These look alike: "), *called(kept), Plain("  and  "), *called(other))))
        blocks.append(Buttons((_merge(other.id, kept.id),)))
    return blocks


def _merge(gone: int, kept: int) -> Button:
    return button(f"Merge {gone} into {kept}", Verb.IDEA, f"{gone}:merge {kept}")


def idea_card(facts: IdeaFacts, zone: str = "UTC", *, said: str = "", near: Sequence[IdeaFacts] = ()) -> Card:
    """One idea. `said` is what was just done, `near` are others that look like the same wish."""
    mark, word = STATES[facts.state]
    blocks: list[Block] = [Line((Plain(said),))] if said else []
    blocks.append(Line((Plain(f"{mark} "), *called(facts))))
    blocks.append(Line((Words(asked(facts)), Plain(f". {grows(facts.trend).capitalize()}."))))
    if facts.asked_for != facts.id:
        undo = Plain(f"/twoway idea {facts.asked_for} split", code=True)
        blocks.append(
            Line((Plain(f"{facts.asked_for} was merged into it; "), undo, Plain(" takes it back.")), small=True)
        )
    elif facts.merged:
        ids = ", ".join(str(one) for one in facts.merged)
        blocks.append(Line((Plain(f"With what was {ids}."),), small=True))
    if facts.url:
        blocks.append(Line((Plain("Followed in "), LinkTo(facts.url, facts.url[:150]))))
    if facts.state is not IdeaState.OPEN and facts.state_at is not None:
        by: list[Part] = [Plain(", said "), Words(facts.by.name)] if facts.by is not None else []
        blocks.append(Line((Plain(f"{word.capitalize()} "), moment(facts.state_at, zone), *by, Plain("."))))
    blocks += _telling(facts)
    blocks += [_line(one, zone) for one in facts.asking]
    if facts.elsewhere:
        blocks.append(Line((Plain(f"{facts.elsewhere} more in channels that you are not in."),), small=True))
    for other in near:
        blocks.append(Line((Plain("Looks like "), *called(other), Plain(f" · {asked(other)}"))))
    offers = tuple(_merge(facts.id, other.id) for other in near)
    blocks.append(Buttons((*offers, *_buttons(facts))[:3]))
    return Card(summary=f"Idea {facts.id}: {asked(facts)}"[:150], blocks=tuple(blocks))


def _telling(facts: IdeaFacts) -> list[Block]:
    rows: list[Block] = []
    if facts.told:
        drafts = "1 person who asked has" if facts.told == 1 else f"{facts.told} people who asked have"
        rows.append(Line((Plain(f"{drafts} a draft that tells them."),)))
    if facts.untold:
        folk = "1 person asked" if facts.untold == 1 else f"{facts.untold} people asked"
        command = Plain(f"/twoway shipped {facts.id}", code=True)
        rows.append(
            Line(
                (
                    Plain(
                        f"{folk} since, and was not told: "
                        if facts.untold == 1
                        else f"{folk} since, and were not told: "
                    ),
                    command,
                )
            )
        )
    return rows


def _line(one: Asking, zone: str) -> Line:
    said: Part = Words(one.words[:140]) if one.words is not None else Plain(DELETED, italic=True)
    marks = " · wants to be left alone" if one.quiet else ""
    marks += " · gets a draft" if one.told else ""
    return Line((link(one.link, f"#{one.number}"), Plain(" "), Words(who(one.who)), Plain(": "), said, Plain(marks)))


def _buttons(facts: IdeaFacts) -> tuple[Button, ...]:
    if facts.state is IdeaState.OPEN:
        return (
            button("Shipped …", Verb.SHIPPED, f"{facts.id}:write", dialog=True),
            button("Declined", Verb.IDEA, f"{facts.id}:declined", confirm="Decline it? Nobody is told by this."),
        )
    return (button("Open again", Verb.IDEA, f"{facts.id}:open"),)


def how_to_idea() -> Card:
    """What can be said of an idea."""
    ways = (
        ("idea 3", "shows it"),
        ("idea 3 name Dark mode", "calls it so"),
        ("idea 3 merge 5", "says that 3 is the same as 5"),
        ("idea 3 split", "takes that back"),
        ("idea 3 join 142", "says that #142 asks for it"),
        ("idea 3 drop 142", "says that it does not; “split 142”: it asks for something else"),
        ("idea 3 link https://…", "says where the work on it is followed"),
        ("idea 3 votes 41 canny", "adds the votes of a feedback board"),
        ("shipped 3", "prepares a draft for each person who asked"),
        ("idea 3 declined", "says that it will not be done; “open” takes that back, and “shipped” too"),
    )
    return lines(
        *[[Plain(f"/twoway {command}", code=True), Plain(f"  {does}")] for command, does in ways],
        [
            Plain("@twoway idea", code=True),
            Plain("  in a thread: this customer suggests something; “idea off”: not so"),
        ],
        summary="What can be said of an idea",
    )


def which_idea() -> Card:
    return lines(
        [
            Plain("Which idea? "),
            Plain("/twoway ideas", code=True),
            Plain(" lists them; then "),
            Plain("/twoway shipped 3", code=True),
        ],
        summary="Which idea?",
    )


def press_to_ship(idea: int) -> Card:
    return Card(
        summary="Write here",
        blocks=(
            Line((Plain(f"Idea {idea} is there? Write what those who asked are told; each of them gets a draft."),)),
            Buttons((button("Write", Verb.SHIPPED, f"{idea}:write", style="primary", dialog=True),)),
        ),
    )


def not_so(pieces: Sequence[str]) -> Card:
    """What only the chat understands cannot go out."""
    return plain(f"This cannot go out, since only our chat understands it: {' '.join(pieces)}. Nothing was prepared.")


def above_the_news(facts: IdeaFacts) -> tuple[Block, ...]:
    """Above the field in which one writes what those who asked are told."""
    return (
        Line(tuple(called(facts))),
        Line((Words(asked(facts)), Plain(". Each gets a draft in their own thread, with you as its author."))),
    )
