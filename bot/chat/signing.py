"""Reactions: which message, which meaning, whose. A sign counts only on the message that a card is stored under."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bot.chat.asking import gone_elsewhere, moved_away
from bot.chat.cards import hints as cards
from bot.chat.channels import ChannelRules
from bot.chat.contract import ChatError, Inbound, Signed
from bot.chat.handling import YOUNG, Room, caller, handled, put_back, tell
from bot.chat.ideas import answer as idea_answer
from bot.chat.phrasing import phrase
from bot.chat.signs import Meaning
from bot.desk import ideas, praising
from bot.desk.approving import SignKind, sign
from bot.desk.claiming import claim
from bot.desk.closing import close
from bot.desk.outcomes import Actor, Outcome, Refused, SignTaken, Why
from models.chat import CardKind
from models.conversation import Conversation
from models.showing import Shown, card_link, channel_of, message_known
from models.steps import Dossier, open_dossier

log = logging.getLogger("twoway.signs")

Act = Callable[[Dossier, Actor], Awaitable[Outcome]]

_SIGNS = {Meaning.APPROVE: SignKind.APPROVE, Meaning.OBJECT: SignKind.OBJECT}


async def signed(room: Room, happening: Inbound, row: int, fence: int) -> None:
    """Take a reaction, or its removal."""
    assert isinstance(happening, Signed)
    rules = room.channels.at(happening.message.place)
    meaning = None if rules is None else _any_meaning(rules, happening.sign)
    if rules is None or meaning is None:
        await _done(room, row, fence, "small_talk")
        return
    async with room.store.reading() as session:
        known = await message_known(session, happening.message.place.channel, happening.message.id)
    elsewhere = None if known is None else await _elsewhere_now(room, rules, known)
    if known is None:
        await _unknown(room, rules, happening, row, fence)
    elif elsewhere is not None:
        await _moved(room, happening, elsewhere, known, row, fence)
    elif known.kind is CardKind.DRAFT and rules.signs.draft(happening.sign) in _SIGNS:
        await _on_draft(room, rules, happening, known, row, fence)
    elif known.kind is CardKind.CONVERSATION and rules.signs.card(happening.sign) is not None:
        await _on_card(room, rules, happening, known, row, fence)
    else:
        await _elsewhere(room, rules, happening, known, row, fence)


def _any_meaning(rules: ChannelRules, name: str) -> Meaning | None:
    return rules.signs.draft(name) or rules.signs.card(name)


async def _elsewhere_now(room: Room, rules: ChannelRules, known: Shown) -> ChannelRules | None:
    """Where the conversation of a message lives, if that is not the channel in which the message stands."""
    if known.conversation is None:
        return None
    async with room.store.reading() as session:
        channel = await channel_of(session, known.conversation)
    return None if channel is None or channel == rules.id else room.channels.of(channel)


async def _moved(room: Room, happening: Signed, there: ChannelRules, known: Shown, row: int, fence: int) -> None:
    """Signs have lost their power here. Taking one away asks for nothing."""
    await _done(room, row, fence, "moved")
    if happening.added and known.conversation is not None:
        answer = await moved_away(room, known.conversation, there)
        await tell(room, None, happening.who, happening.message.place, answer)


async def _done(room: Room, row: int, fence: int, outcome: str) -> None:
    async with room.store.work() as work:
        await handled(work, row, fence, outcome)


async def _on_draft(room: Room, rules: ChannelRules, happening: Signed, known: Shown, row: int, fence: int) -> None:
    meaning = rules.signs.draft(happening.sign)
    assert meaning is not None
    kind = _SIGNS[meaning]

    async def act(dossier: Dossier, who: Actor) -> Outcome:
        return await sign(
            dossier, who, kind, given=happening.added, message=known.ref, at=happening.at, by_reaction=True
        )

    outcome = await _act(room, happening, known, row, fence, act)
    if outcome is None or not _worth_saying(outcome, added=happening.added):
        return
    await tell(room, None, happening.who, happening.message.place, await phrase(room, outcome, rules))


def _worth_saying(outcome: Outcome, *, added: bool) -> bool:
    """The draft itself shows what counts; people hear of what does not."""
    if isinstance(outcome, SignTaken):
        return outcome.uncounted is not None
    if isinstance(outcome, Refused):
        # Taking a sign away from something that is over asks for nothing.
        return added or outcome.why is Why.NOT_NOW
    return True


async def _on_card(room: Room, rules: ChannelRules, happening: Signed, known: Shown, row: int, fence: int) -> None:
    meaning = rules.signs.card(happening.sign)
    if meaning is not None and meaning in _MARKS:
        await _mark(room, rules, happening, known, row, fence, _MARKS[meaning])
        return
    verbs = {Meaning.CLAIM: claim, Meaning.CLOSE: close}
    if not happening.added or meaning not in verbs:
        await _done(room, row, fence, "small_talk")
        return

    async def act(dossier: Dossier, who: Actor) -> Outcome:
        return await verbs[meaning](dossier, who)

    outcome = await _act(room, happening, known, row, fence, act)
    if outcome is not None:
        await tell(room, None, happening.who, happening.message.place, await phrase(room, outcome, rules))


Mark = Callable[[Dossier, Actor, bool, datetime], Awaitable[Outcome]]


async def _idea(dossier: Dossier, who: Actor, given: bool, at: datetime) -> Outcome:
    return await ideas.support(dossier, who, given=given, at=at)


async def _praise(dossier: Dossier, who: Actor, given: bool, at: datetime) -> Outcome:
    return await praising.mark(dossier, who, given=given, at=at, own=True)


#: Signs that stand for as long as the emoji does.
_MARKS: Mapping[Meaning, Mark] = {Meaning.IDEA: _idea, Meaning.PRAISE: _praise}


async def _mark(
    room: Room, rules: ChannelRules, happening: Signed, known: Shown, row: int, fence: int, mark: Mark
) -> None:
    """The card shows what stands; who gave it hears what it did. Taking it away is seen on the card."""

    async def act(dossier: Dossier, who: Actor) -> Outcome:
        return await mark(dossier, who, happening.added, happening.at)

    outcome = await _act(room, happening, known, row, fence, act)
    if outcome is not None and happening.added:
        answer = await idea_answer(room, happening.who, rules, outcome)
        await tell(room, None, happening.who, happening.message.place, answer)


async def _elsewhere(room: Room, rules: ChannelRules, happening: Signed, known: Shown, row: int, fence: int) -> None:
    """A yes on the card, or on a message that is no draft: the person is shown where it would count."""
    await _done(room, row, fence, "elsewhere")
    if not happening.added or rules.signs.draft(happening.sign) is not Meaning.APPROVE or known.conversation is None:
        return
    async with room.store.reading() as session:
        conversation = await session.get(Conversation, known.conversation)
        message = conversation.message_id if conversation is not None else None
    refused = Refused(Why.OLD_DRAFT if message is not None else Why.NO_DRAFT, known.conversation, message=message)
    await tell(room, None, happening.who, happening.message.place, await phrase(room, refused, rules))


async def _act(room: Room, happening: Signed, known: Shown, row: int, fence: int, act: Act) -> Outcome | None:
    who = await caller(room, happening.who, happening.message.place, fresh=happening.added)
    assert who is not None
    assert known.conversation is not None
    async with room.store.work() as work:
        if not await handled(work, row, fence, "signed"):
            return None
        dossier = await open_dossier(work, known.conversation, room.channels.policies)
        actor = await who.actor(work)
        return gone_elsewhere(room, dossier, who.rules) or await act(dossier, actor)


async def _unknown(room: Room, rules: ChannelRules, happening: Signed, row: int, fence: int) -> None:
    """Not stored (yet): a message of somebody else's, one of ours a moment before it is stored, or one of ours
    that a crash left behind. Only ours can be deleted: what can, was left behind, and its reader is shown the way."""
    if room.store.clock() - happening.at < YOUNG:
        async with room.store.work() as work:
            await put_back(work, row, timedelta(milliseconds=500))
        return
    await _done(room, row, fence, "unknown_message")
    if not happening.added:
        return
    try:
        thread = await room.surface.thread_of(happening.message)
        await room.surface.delete(happening.message)
    except ChatError:
        return
    log.warning("left-over message deleted", extra={"channel": rules.name})
    link = None
    if thread is not None:
        async with room.store.reading() as session:
            found = await message_known(session, happening.message.place.channel, thread)
            if found is not None and found.conversation is not None:
                conversation = await session.get(Conversation, found.conversation)
                if conversation is not None and conversation.message_id is not None:
                    link = await card_link(session, CardKind.DRAFT, conversation.message_id)
    await tell(room, None, happening.who, happening.message.place, cards.left_over(link))
