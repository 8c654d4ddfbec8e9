"""Commands and buttons: one way from what was asked to the desk, and back with an answer for the one who asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.chat import (
    claims,
    customers,
    dialogs,
    duties,
    finding,
    ideas,
    lists,
    me,
    moving,
    praise,
    reading,
    saved,
    seen,
    shipped,
    stops,
    storms,
    suggesting,
    summaries,
)
from bot.chat.asking import Ask, caller_there, done, number_of, said
from bot.chat.cards import hints as cards
from bot.chat.cards.parts import plain
from bot.chat.channels import place_of
from bot.chat.commands import Call, NotUnderstood, Verb, parse
from bot.chat.contract import Card, Commanded, Inbound, Person, Place, Pressed
from bot.chat.handling import Caller, Room, caller, handled, tell
from bot.chat.saving import save
from bot.desk import approving, closing, drafting
from bot.desk.outcomes import Actor, Outcome, Refused, Why
from models.chat import CardKind
from models.permits import Right, denied
from models.reply import DraftKind
from models.revisions import message_of_draft
from models.showing import channel_of, message_of_card
from models.steps import Dossier


async def commanded(room: Room, happening: Inbound, row: int, fence: int) -> None:
    """A slash command, or a mention of the bot."""
    assert isinstance(happening, Commanded)
    call = parse(happening.words, verb=happening.verb, in_thread=happening.thread is not None)
    if isinstance(call, NotUnderstood):
        async with room.store.work() as work:
            if not await handled(work, row, fence, "not_understood"):
                return
        await tell(room, happening.reply, happening.who, happening.place, cards.not_understood(call))
        return
    ask = Ask(
        call=call,
        person=happening.who,
        place=happening.place,
        thread=happening.thread,
        at=happening.at,
        reply=happening.reply,
        dialog=happening.dialog,
        row=row,
        fence=fence,
    )
    await _answer(room, ask)


async def pressed(room: Room, happening: Inbound, row: int, fence: int) -> None:
    """A button: its value carries what it was about when it was shown."""
    assert isinstance(happening, Pressed)
    parts = [*happening.value.split(":"), "", "", ""][:3]
    numbers = [int(part) if part.isdecimal() and len(part) < 16 else None for part in parts]
    place = happening.message.place if happening.message is not None else None
    if place is None:
        place = await _place_of(room, numbers[0], happening.action, happening.who)
    try:
        verb = Verb(happening.action)
    except ValueError:
        verb = None
    if verb is None or place is None:
        async with room.store.work() as work:
            await handled(work, row, fence, "unknown_button")
        await tell(room, happening.reply, happening.who, place, cards.old_button())
        return
    ask = Ask(
        call=Call(verb, number=numbers[0], draft=numbers[1], rest="" if numbers[1] is not None else parts[1]),
        person=happening.who,
        place=place,
        thread=happening.message.thread if happening.message is not None else None,
        at=happening.at,
        reply=happening.reply,
        dialog=happening.dialog,
        row=row,
        fence=fence,
        message=numbers[2],
        on=happening.message.id if happening.message is not None else None,
        by_button=True,
    )
    await _answer(room, ask)


async def _place_of(room: Room, number: int | None, action: str, person: Person) -> Place | None:
    """The channel of the conversation that it is about; what is about oneself can be said in any of ours."""
    if number is None:
        ours = [one for one in room.channels.all() if one.surface == room.surface.name]
        return place_of(person, ours[0]) if ours and action == Verb.ME else None
    async with room.store.reading() as session:
        channel = await channel_of(session, number)
    rules = room.channels.of(channel) if channel is not None else None
    return None if rules is None else place_of(person, rules)


async def _answer(room: Room, ask: Ask) -> None:
    who = await caller(room, ask.person, ask.place)
    if who is None:
        async with room.store.work() as work:
            await handled(work, ask.row, ask.fence, "not_our_channel")
        await tell(room, ask.reply, ask.person, ask.place, cards.not_our_channel(room.channels.all()))
        return
    answer = await VERBS[ask.call.verb](room, ask, who)
    if answer is not None:
        await tell(room, ask.reply, ask.person, ask.place, answer)


# ------------------------------------------------------------------------------------------------- one verb each


async def _draft(room: Room, ask: Ask, who: Caller) -> Card | None:
    return await _write(room, ask, who, DraftKind.REPLY)


async def _private(room: Room, ask: Ask, who: Caller) -> Card | None:
    return await _write(room, ask, who, DraftKind.PRIVATE)


async def _write(room: Room, ask: Ask, who: Caller, kind: DraftKind) -> Card | None:
    typed = ask.call.rest.strip()
    if typed and not ask.by_button:

        async def act(dossier: Dossier, actor: Actor) -> Outcome:
            # What their writer last saw is not known: one's own draft is replaced, a colleague's never.
            own = dossier.revision is not None and dossier.revision.rep_id == actor.rep
            base = dossier.revision.number if dossier.revision is not None and own else None
            return await save(room, dossier, actor, typed, base, kind)

        return await said(room, ask, who, act)
    return await _dialog(room, ask, who, kind)


async def _edit(room: Room, ask: Ask, who: Caller) -> Card | None:
    return await _dialog(room, ask, who, None)


async def _correct(room: Room, ask: Ask, who: Caller) -> Card | None:
    return await _dialog(room, ask, who, DraftKind.CORRECTION)


async def _dialog(room: Room, ask: Ask, who: Caller, kind: DraftKind | None) -> Card | None:
    """Fill the dialog that stands open as "loading"; where none could be opened, a button that can."""
    number = await number_of(room, ask)
    if number is None:
        await done(room, ask, "no_number")
        if ask.dialog is not None:
            await dialogs.say(room, ask.dialog, "Which conversation? Type its number: /draft 142.")
            return None
        return cards.which_conversation(ask.call.verb)
    there = await caller_there(room, ask, number)
    if isinstance(there, Card):
        await done(room, ask, "not_there")
        if ask.dialog is not None:
            await dialogs.show_card(room, ask.dialog, there)
            return None
        return there
    if ask.dialog is None:

        async def act(dossier: Dossier, actor: Actor) -> Outcome | Card:
            return dialogs.refusal(dossier, actor, kind) or cards.press_to_write(number, ask.call.verb)

        return await said(room, ask, who, act)
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        actor = await there.actor(work)
        dialog = await dialogs.writing(room, work, number, actor, there, kind)
    await dialogs.show(room, ask.dialog, dialog)
    return None


async def _retract(room: Room, ask: Ask, who: Caller) -> Card | None:
    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        base = dossier.revision.number if dossier.revision is not None else None
        return await save(room, dossier, actor, "", base, DraftKind.RETRACTION)

    return await said(room, ask, who, act)


async def _take_back(room: Room, ask: Ask, who: Caller) -> Card | None:
    return await said(room, ask, who, approving.take_back)


async def _discard(room: Room, ask: Ask, who: Caller) -> Card | None:
    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        current = dossier.message.id if dossier.message is not None else None
        if ask.message is not None and ask.message != current and current is not None:
            # Pressed before somebody's newer draft was seen: that one is not what was meant.
            return Refused(Why.OLD_DRAFT, dossier.conversation.id, message=current, state=dossier.state)
        return await drafting.discard(dossier, actor)

    return await said(room, ask, who, act)


def _signing(kind: approving.SignKind, *, given: bool) -> Callable[[Room, Ask, Caller], Awaitable[Card | None]]:
    async def verb(room: Room, ask: Ask, who: Caller) -> Card | None:
        async def act(dossier: Dossier, actor: Actor) -> Outcome:
            message = ask.message
            if message is None:
                # A button names the message that it stands on; one that does not is none of today's.
                if ask.call.draft is None or ask.by_button:
                    current = dossier.revision.number if dossier.revision is not None else None
                    return Refused(Why.WRONG_NUMBER, dossier.conversation.id, draft=current)
                message = await message_of_draft(dossier.work, dossier.conversation.id, ask.call.draft)
            if message is None:
                return Refused(Why.WRONG_NUMBER, dossier.conversation.id, draft=ask.call.draft)
            if not given and kind is approving.SignKind.OBJECT and denied(actor.standing, Right.LEAD) is None:
                return await approving.overrule(dossier, actor, message=message)
            if ask.message is None and given and kind is approving.SignKind.APPROVE:
                unseen = await _unseen(dossier, message, ask.at)
                if unseen is not None:
                    return unseen
            return await approving.sign(dossier, actor, kind, given=given, message=message, at=ask.at)

        return await said(room, ask, who, act)

    return verb


async def _unseen(dossier: Dossier, message: int, typed_at: datetime) -> Refused | None:
    """A button stands on the message that it approves; a typed yes may come before that message stands, or may have
    been meant for an earlier one of the same draft, from before the customer's news. Neither saw what would go out."""
    current = dossier.message
    if current is None or current.id != message:
        return None  # the desk says what is current
    stands = await message_of_card(dossier.work.session, CardKind.DRAFT, message)
    if stands is not None and typed_at >= current.at:
        return None
    draft = dossier.revision.number if dossier.revision is not None else None
    return Refused(Why.NOT_SHOWN, dossier.conversation.id, draft=draft)


async def _note(room: Room, ask: Ask, who: Caller) -> Card | None:
    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        return await closing.note(dossier, actor, ask.call.rest)

    return await said(room, ask, who, act)


async def _close(room: Room, ask: Ask, who: Caller) -> Card | None:
    return await said(room, ask, who, closing.close)


async def _reopen(room: Room, ask: Ask, who: Caller) -> Card | None:
    return await said(room, ask, who, closing.reopen)


async def _settle(room: Room, ask: Ask, who: Caller) -> Card | None:
    word, _, address = ask.call.rest.strip().partition(" ")
    if word.startswith(("http://", "https://")):
        word, address = "sent", word
    if word not in {"sent", "absent"}:
        await done(room, ask, "how_to_settle")
        return cards.how_to_settle()

    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        if dossier.delivery is None and word == "sent":
            return await closing.answered_by_hand(dossier, actor, address.strip())
        earliest = None
        if dossier.delivery is not None and dossier.delivery.sent_at is not None:
            earliest = room.settle_after(dossier.delivery.account_id, dossier.delivery.sent_at)
        return await closing.settle(dossier, actor, sent=word == "sent", address=address.strip(), not_before=earliest)

    return await said(room, ask, who, act)


async def _list(room: Room, ask: Ask, who: Caller) -> Card | None:
    """Questions change nothing, but are answered once, and only to who may read here."""
    sentence = denied(who.standing, Right.READ) if ask.call.verb is not Verb.HELP else None
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    number = await number_of(room, ask) if ask.call.verb is Verb.SHOW else None
    if number is not None:
        there = await caller_there(room, ask, number)
        if isinstance(there, Card):
            await done(room, ask, "not_there")
            return there
    if not await done(room, ask, ask.call.verb.value):
        return None
    return await lists.answer(room, ask.call.verb, who, number)


VERBS: Mapping[Verb, Callable[[Room, Ask, Caller], Awaitable[Card | None]]] = {
    Verb.CLAIM: claims.claim,
    Verb.RELEASE: claims.release,
    Verb.HAND_OVER: claims.hand_over,
    Verb.MOVE: moving.move,
    Verb.DRAFT: _draft,
    Verb.PRIVATE: _private,
    Verb.EDIT: _edit,
    Verb.DISCARD: _discard,
    Verb.APPROVE: _signing(approving.SignKind.APPROVE, given=True),
    Verb.UNAPPROVE: _signing(approving.SignKind.APPROVE, given=False),
    Verb.TAKE_BACK: _take_back,
    Verb.OBJECT: _signing(approving.SignKind.OBJECT, given=True),
    Verb.UNOBJECT: _signing(approving.SignKind.OBJECT, given=False),
    Verb.NOTE: _note,
    Verb.CLOSE: _close,
    Verb.REOPEN: _reopen,
    Verb.CORRECT: _correct,
    Verb.RETRACT: _retract,
    Verb.HOLD: stops.verb(stop=True),
    Verb.RESUME: stops.verb(stop=False),
    Verb.SETTLE: _settle,
    Verb.SUMMARY: summaries.summary,
    Verb.HINT: reading.hint,
    Verb.READER: reading.reader,
    Verb.STORM: storms.storm,
    Verb.ANSWER_STORM: storms.answer_dialog,
    Verb.APPROVE_LISTED: storms.approve_listed,
    Verb.SNOOZE: duties.snooze,
    Verb.UNSNOOZE: duties.unsnooze,
    Verb.KEEP: duties.keep,
    Verb.SHIFT: duties.shift,
    Verb.ME: me.me,
    Verb.SIGNOFF: me.signoff,
    Verb.ANSWERS: saved.answers,
    Verb.SAVE: saved.save,
    Verb.USE: saved.use,
    Verb.SEEN: seen.seen,
    Verb.START: seen.start,
    Verb.SUGGEST: suggesting.suggest,
    Verb.SEARCH: finding.search,
    Verb.CUSTOMER: customers.customer,
    Verb.IDEAS: ideas.ideas,
    Verb.IDEA: ideas.idea,
    Verb.SHIPPED: shipped.shipped,
    Verb.PRAISE: praise.praise,
    Verb.QUEUE: _list,
    Verb.MINE: _list,
    Verb.SHOW: _list,
    Verb.HELP: _list,
}
