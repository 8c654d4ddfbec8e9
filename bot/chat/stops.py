"""The stop button as people press it: for one conversation, an account, or all. What a stop is stands in the desk.

Whoever pressed it is told when nothing leaves any more: what had looked for a stop before is waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.chat.asking import Ask, done, said
from bot.chat.cards import hints as cards
from bot.chat.channels import standing_of
from bot.chat.commands import Verb, parse
from bot.chat.contract import Card, Commanded, Inbound, Pressed
from bot.chat.handling import Caller, Room, handled
from bot.chat.phrasing import phrase
from bot.desk import holding
from models import holds
from models.permits import Right, denied
from models.reading.places import channels_with_orders

log = logging.getLogger("twoway.chat")

#: What is leaving needs milliseconds. Of a machine that froze in them nobody hears; the rest of the 3 s that people
#: wait for an acknowledgement is for asking who they are.
GONE_WITHIN = timedelta(seconds=1)


def presses_stop(happening: Inbound) -> bool:
    """Whether it is worked on before it is acknowledged, and before whatever waits in the inbox."""
    if isinstance(happening, Pressed):
        return happening.action == Verb.HOLD
    if not isinstance(happening, Commanded):
        return False
    call = parse(happening.words, verb=happening.verb, in_thread=happening.thread is not None)
    return call.verb == Verb.HOLD


def verb(*, stop: bool) -> Callable[[Room, Ask, Caller], Awaitable[Card | None]]:
    """`hold` or `resume`."""

    async def asked(room: Room, ask: Ask, who: Caller) -> Card | None:
        answer = await changed(room, ask, who)
        if stop and answer is not None and not await _gone(room):
            return cards.may_still_leave(answer)
        return answer

    async def changed(room: Room, ask: Ask, who: Caller) -> Card | None:
        word = ask.call.rest.strip().lower()
        scope = holds.ALL if word == "all" else None
        if word in room.accounts:
            scope = holds.of_account(room.accounts[word])
        if scope is None and word and not ask.by_button:
            await done(room, ask, "no_such_scope")
            return cards.no_such_scope(word, tuple(room.accounts))
        if scope is None:
            return await said(room, ask, who, holding.hold_conversation if stop else holding.resume_conversation)
        elsewhere = await _without_right(room, ask, who, word, Right.WORK if stop else Right.APPROVE)
        if elsewhere:
            await done(room, ask, "no_right_elsewhere")
            return cards.no_right_elsewhere(ask.call.verb, elsewhere)
        async with room.store.work() as work:
            if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
                return None
            actor = await who.actor(work)
            outcome = await (holding.hold_all if stop else holding.resume_all)(work, actor, scope)
        return await phrase(room, outcome, who.rules)

    return asked


async def _gone(room: Room) -> bool:
    """Whether everything that looked before the stop has left by now. The stop stands, whatever comes of the asking."""
    try:
        gone = await room.store.fence.empty(limit=GONE_WITHIN)
    except Exception as error:
        log.exception("not asked what still leaves", extra={"error": type(error).__name__})
        return False
    if not gone:
        log.warning("something is still leaving")
    return gone


async def _without_right(room: Room, ask: Ask, who: Caller, word: str, right: Right) -> list[str]:
    """The other channels whose replies it would stop or let go, in which the person has not the right; to let them
    go one also has to be in them. What is on another surface is left out: nobody has a standing on two."""
    missing = []
    async with room.store.reading() as session:
        moved = await channels_with_orders(session, room.accounts[word]) if word in room.accounts else frozenset()
    for rules in room.channels.all():
        concerned = word == "all" or word in rules.accounts or rules.id in moved
        if not concerned or rules.id == who.rules.id or rules.surface != room.surface.name:
            continue
        profile = await room.surface.profile(ask.person, await room.surface.place(rules.chat), fresh=True)
        standing = await standing_of(room.surface, profile, rules)
        if denied(standing, right) is not None or (right is Right.APPROVE and not profile.in_channel):
            missing.append(rules.name)
    return missing
