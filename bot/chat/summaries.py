"""`/twoway summary`: the numbers of a day or a week at any moment, and the conversations behind one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bot.chat import reading
from bot.chat.asking import Ask, done
from bot.chat.cards import summary as cards
from bot.chat.cards.parts import plain
from bot.chat.channels import ChannelRules
from bot.chat.contract import Card
from bot.chat.handling import Caller, Room
from bot.chat.sections import sections
from bot.reports.daily import Figure, Numbers, numbers
from models.permits import Right, denied
from models.reading.places import card_links
from models.store import Session

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """What was asked for: days, both whole, and the number whose conversations are wanted."""

    first: date
    last: date
    figure: Figure | None = None


def span(words: str, today: date) -> Span | None:
    """Read what was typed; nothing is today. None: no day."""
    typed = words.lower().split()
    figure = next((one for one in Figure if typed and typed[-1] == one.value), None)
    day = " ".join(typed[:-1] if figure is not None else typed) or "today"
    match day:
        case "today":
            return Span(today, today, figure)
        case "yesterday":
            return Span(today - _DAY, today - _DAY, figure)
        case "week":
            return Span(today - 6 * _DAY, today, figure)
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    return Span(found, found, figure) if date(2000, 1, 1) <= found else None


async def summary(room: Room, ask: Ask, who: Caller) -> Card | None:
    """The answer to the command. It changes nothing, and only who may read here gets it."""
    sentence = denied(who.standing, Right.READ)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    if ask.call.rest.lower().split()[:1] == ["reader"]:
        return await reading.reader(room, ask, who)
    today = room.store.clock().astimezone(who.rules.target.calendar.zone).date()
    wanted = span(ask.call.rest, today)
    if wanted is None or wanted.first > today:
        await done(room, ask, "no_such_day")
        return cards.which_day(ask.call.rest) if wanted is None else cards.not_yet()
    if not await done(room, ask, ask.call.verb.value):
        return None
    async with room.store.reading() as session:
        found = await numbers_of(room, session, who.rules, wanted)
        if wanted.figure is not None:
            behind = list(dict.fromkeys(found.counts.get(wanted.figure, ())))[: cards.ALL]
            return cards.figure_card(found, wanted.figure, await card_links(session, behind))
        links, more = await card_links(session, cards.behind(found)), await sections(session, who.rules, found)
    return cards.summary_card(found, links, who.rules.timezone.key, more=more)


async def numbers_of(room: Room, session: Session, rules: ChannelRules, wanted: Span) -> Numbers:
    """The channel's numbers of these days, by its own clock."""
    return await numbers(
        session,
        rules.id,
        rules.target,
        wanted.first,
        wanted.last,
        names=rules.names_in_summary,
        now=room.store.clock(),
    )
