"""`search`: where in this channel something was said. It changes nothing."""

from __future__ import annotations

from bot.chat.asking import Ask, done
from bot.chat.cards import found as cards
from bot.chat.cards.parts import plain
from bot.chat.contract import Card
from bot.chat.handling import Caller, Room
from models.permits import Right, denied
from models.reading.search import search as looked_for
from models.words import asked


async def search(room: Room, ask: Ask, who: Caller) -> Card | None:
    """Only who may read here gets an answer."""
    sentence = denied(who.standing, Right.READ)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    typed = ask.call.rest.strip()
    wanted = asked(typed)
    if not await done(room, ask, "how_to_search" if wanted.nothing else ask.call.verb.value):
        return None
    if wanted.nothing:
        return cards.how_to_search()
    async with room.store.reading() as session:
        hits = await looked_for(session, who.rules.id, wanted)
    return cards.found_card(hits, typed, who.rules.name, who.rules.timezone.key)
