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
from bot.chat.handling import Caller, Room, handled
from bot.chat.sections import told_of
from bot.reports.daily import Figure, Numbers, numbers
from models.days import bring_forward
from models.paragraphs import paragraph_of_day
from models.permits import Right, denied
from models.reading.places import card_links
from models.store import Session

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """What was asked for: days, both whole, and the number whose conversations are wanted. `now`: today's summary is
    to stand in the channel at once."""

    first: date
    last: date
    figure: Figure | None = None
    now: bool = False


def span(words: str, today: date) -> Span | None:
    """Read what was typed; nothing is today. None: no day."""
    typed = words.lower().split()
    figure = next((one for one in Figure if typed and typed[-1] == one.value), None)
    day = " ".join(typed[:-1] if figure is not None else typed) or "today"
    match day:
        case "today":
            return Span(today, today, figure)
        case "now" if figure is None:
            return Span(today, today, now=True)
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
    if wanted.now:
        return await _now(room, ask, who, today)
    if not await done(room, ask, ask.call.verb.value):
        return None
    async with room.store.reading() as session:
        found = await numbers_of(room, session, who.rules, wanted)
        if wanted.figure is not None:
            behind = list(dict.fromkeys(found.counts.get(wanted.figure, ())))[: cards.ALL]
            return cards.figure_card(found, wanted.figure, await card_links(session, behind))
        one_day = wanted.first == wanted.last
        said = await paragraph_of_day(session, who.rules.id, wanted.first.isoformat()) if one_day else ()
        card = cards.summary_card(await told_of(session, who.rules, found, said))
    return card if room.easel is None else await room.easel.at_once(room.store, card)


async def _now(room: Room, ask: Ask, who: Caller, today: date) -> Card | None:
    """The day's one summary comes now instead of at its time; one that stands is counted anew."""
    sentence = denied(who.standing, Right.WORK)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        stood = await bring_forward(work, who.rules.id, today)
    return cards.stands_already() if stood else cards.on_its_way()


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
