"""Writing in a dialog: what it shows, what a submission does, and two people saving at once."""

from __future__ import annotations

import json
import logging
from datetime import datetime

from adapters.registry import title
from bot.chat import picture_fields
from bot.chat.asking import gone_elsewhere
from bot.chat.cards.conversation import WRITING_FOR
from bot.chat.cards.lists import above_the_draft, above_the_merge, instead_of
from bot.chat.cards.parts import plain
from bot.chat.cards.refusals import sentence_of
from bot.chat.cards.suggesting import READ, YES, read_field
from bot.chat.contract import (
    Buttons,
    Card,
    ChatError,
    Close,
    Dialog,
    DialogClosed,
    Field,
    Inbound,
    Line,
    Mistakes,
    Place,
    Plain,
    Shortcut,
    ShowInstead,
    SubmissionAnswer,
    Submitted,
)
from bot.chat.handling import Caller, Room, caller, handled, tell
from bot.chat.saving import save
from bot.desk.asking import objection
from bot.desk.drafting import kind_here, post_to_answer
from bot.desk.outcomes import Actor, Drafted, MergeOffered, Outcome, Refused, Why
from bot.desk.picturing import UNREAD, standing
from models.arrivals import once
from models.attachments import wanted as want_pictures
from models.chat import CardKind
from models.conversation import Conversation
from models.lifecycle import Step
from models.permits import Right, Standing
from models.places import Account
from models.reading.people import reps
from models.reply import DraftKind
from models.showing import channel_of, conversation_in_thread
from models.steps import Dossier, NoSuchConversation, open_dossier
from models.store import Work

log = logging.getLogger("twoway.dialogs")

#: The dialog that drafts, corrects and edits.
DRAFT = "draft"


async def save_all(
    room: Room, dossier: Dossier, actor: Actor, saved: Submitted, base: int | None, kind: DraftKind
) -> Outcome | Mistakes:
    """What a dialog was saved with: the text at once, and the pictures as soon as they are fetched."""
    chosen = picture_fields.chosen(saved, standing(dossier.revision, kind_here(dossier, kind)))
    if chosen.mistakes is not None:
        return Mistakes(chosen.mistakes)
    typed, awaits = saved.values.get("text", ""), bool(chosen.given)
    outcome = await save(
        room,
        dossier,
        actor,
        typed,
        base,
        kind,
        suggestion=_suggestion(saved),
        read=saved.values.get(READ) == YES,
        pictures=chosen.pictures,
        awaits=awaits,
    )
    if awaits and (isinstance(outcome, Drafted | MergeOffered) or _unchanged(outcome)):
        want_pictures(
            dossier.work,
            conversation=dossier.conversation.id,
            rep=actor.rep,
            surface=room.surface.name,
            given=chosen.given,
        )
    return outcome


def _suggestion(saved: Submitted) -> int | None:
    """What it was begun with, as the dialog says it."""
    private: object = json.loads(saved.private)
    number = private.get("s") if isinstance(private, dict) else None
    return number if isinstance(number, int) else None


async def writing(
    room: Room,
    work: Work,
    number: int,
    actor: Actor,
    who: Caller,
    kind: DraftKind | None,
    *,
    text: str | None = None,
    suggestion: int | None = None,
) -> Dialog:
    """The dialog to write in, with what the customer says above it; and "… is writing" on the card.

    `kind` None: whatever the current draft is. `text` begins with a colleague's words instead of the draft's.
    """
    try:
        dossier = await open_dossier(work, number, room.channels.policies)
    except NoSuchConversation:
        return notice("There is no such conversation", f"Nobody has the number {number}.")
    refused = gone_elsewhere(room, dossier, who.rules) or refusal(dossier, actor, kind)
    if refused is not None:
        return notice(f"Conversation {number}", sentence_of(refused, {}))
    current = dossier.revision
    wanted = _wanted(dossier, kind)
    if current is not None and current.kind == DraftKind.RETRACTION:
        return notice(f"Conversation {number}", "A retraction waits for approval. Discard it to write something else.")
    others = _note_writer(dossier, actor)
    names = await reps(work.session, others)
    ours = await work.session.get_one(Account, dossier.conversation.account_id)
    takes, asks = room.takes(dossier.conversation.account_id), room.surface.can.dialog_files
    private = {"c": number, "b": current.number if current is not None else None, "k": wanted.value, "h": who.rules.id}
    if suggestion is not None:
        private["s"] = suggestion
    unread = suggestion is not None or (current is not None and current.blocked.startswith(UNREAD))
    return Dialog(
        kind=DRAFT,
        title=f"Draft for #{number}",
        private=json.dumps(private),
        blocks=(
            *above_the_draft(dossier.posts, [names[other].name for other in others if other in names]),
            *picture_fields.said(
                takes, wanted, asks=asks, how=room.surface.can.give_picture, where=title(ours.platform)
            ),
        ),
        fields=(
            Field(
                name="text",
                label=_LABELS[wanted],
                value=text if text is not None else _begins_with(dossier, wanted),
                hint=_HINTS[wanted],
            ),
            *((read_field(),) if unread else ()),
            *picture_fields.fields(takes, wanted, standing(current, wanted), asks=asks),
        ),
        save="Save draft",
        tells_when_closed=True,
    )


async def opened(room: Room, work: Work, number: int) -> Dossier | None:
    """The conversation, where there is one."""
    try:
        return await open_dossier(work, number, room.channels.policies)
    except NoSuchConversation:
        return None


def refusal(dossier: Dossier, actor: Actor, kind: DraftKind | None) -> Refused | None:
    """Why nothing could be saved here, before anybody writes: no right, not now, or nothing to answer or correct."""
    refused = objection(dossier, actor, Right.WORK, Step.DRAFT)
    if refused is None and post_to_answer(dossier, _wanted(dossier, kind)) is None:
        return Refused(Why.NOTHING_THERE, dossier.conversation.id)
    return refused


def _wanted(dossier: Dossier, kind: DraftKind | None) -> DraftKind:
    current = dossier.revision
    return kind_here(dossier, kind or (DraftKind(current.kind) if current is not None else DraftKind.REPLY))


_LABELS = {
    DraftKind.REPLY: "Your answer",
    DraftKind.PRIVATE: "Your answer, for its author alone",
    DraftKind.CORRECTION: "The corrected reply",
}
_HINTS = {
    DraftKind.PRIVATE: "Only the author of the post will see it. Others approve it before it goes out.",
    DraftKind.REPLY: "Others see it and approve it before it goes out. The mention and your sign-off are added.",
    DraftKind.CORRECTION: "Others approve it; then it stands in public instead. Leave the mention: it notifies.",
}


def _begins_with(dossier: Dossier, wanted: DraftKind) -> str:
    """What stands in the dialog: the draft that is there; for a first correction, our reply as it stands in public.
    What was written for one pair of eyes does not become public by opening a dialog, nor the other way."""
    current = dossier.revision
    if current is not None and kind_here(dossier, DraftKind(current.kind)) is wanted is DraftKind.CORRECTION:
        return current.typed  # it may have been begun before an answer stood there
    if wanted is DraftKind.CORRECTION and (current is None or current.kind != wanted):
        public = post_to_answer(dossier, wanted)
        return public.words if public is not None else ""
    if current is not None and DraftKind.PRIVATE in (wanted, current.kind) and current.kind != wanted:
        return ""
    return current.typed if current is not None else ""


def notice(title: str, sentence: str) -> Dialog:
    """A dialog that only says something."""
    return Dialog(kind="notice", title=title[:24], private="", blocks=(Line((Plain(sentence),)),), save=None)


async def say(room: Room, dialog: str, sentence: str) -> None:
    await show(room, dialog, notice("Twoway", sentence))


async def show_card(room: Room, dialog: str, card: Card) -> None:
    """Say in the dialog what would have been answered."""
    said = tuple(block for block in card.blocks if not isinstance(block, Buttons))
    await show(room, dialog, Dialog(kind="notice", title="Twoway", private="", blocks=said, save=None))


async def show(room: Room, dialog_id: str, dialog: Dialog) -> None:
    """Fill the dialog that stands open as "loading". Closed meanwhile: nothing is lost, nothing was written."""
    try:
        await room.surface.show_dialog(dialog_id, dialog)
    except ChatError as error:
        log.warning("dialog not shown", extra={"code": error.code})


async def submitted(room: Room, happening: Submitted) -> SubmissionAnswer:
    """Save what was written; the text stays in the dialog unless it was saved."""
    try:
        private = json.loads(happening.private)
        number, base, kind = int(private["c"]), private["b"], DraftKind(private["k"])
        opened_in = private.get("h")
    except (ValueError, KeyError, TypeError):
        return Mistakes({"text": "This dialog is from an older version of me. Copy your text and open it again."})
    who = await _caller(room, happening, number, opened_in)
    if isinstance(who, str):
        return Mistakes({"text": who})
    async with room.store.work() as work:
        if not await once(work, surface=room.surface.name, key=happening.key, kind="Submitted"):
            return Close()
        actor = await who.actor(work)
        dossier = await open_dossier(work, number, room.channels.policies)
        moved = gone_elsewhere(room, dossier, who.rules)
        on = base if isinstance(base, int) else None
        outcome = moved or await save_all(room, dossier, actor, happening, on, kind)
    match outcome:
        case Mistakes():
            return outcome
        case Drafted() | Refused(why=Why.UNCHANGED):
            return Close()
        case MergeOffered():
            return ShowInstead(await _merge_dialog(room, outcome, kind, who))
        case Refused(why=Why.MOVED):
            return Mistakes({"text": _MOVED.format(channel=outcome.sentence)})
        case Refused():
            return Mistakes({"text": sentence_of(outcome, {})})
        case _:
            return Close()


def _unchanged(outcome: object) -> bool:
    return isinstance(outcome, Refused) and outcome.why is Why.UNCHANGED


#: What was written in a dialog that was opened where the conversation lived before.
_MOVED = "The conversation moved to #{channel} while you wrote. Nothing was saved: copy your text, it goes on there."


async def _caller(room: Room, happening: Submitted, number: int, opened_in: object) -> Caller | str:
    """Who saves, in the channel that the conversation lives in; a sentence where that is not where they wrote."""
    async with room.store.reading() as session:
        channel = await channel_of(session, number)
    rules = room.channels.of(channel) if channel is not None else None
    if rules is not None and (rules.surface != room.surface.name or (opened_in is not None and opened_in != rules.id)):
        return _MOVED.format(channel=rules.name)
    if rules is None:
        return f"There is no conversation {number} any more."
    who = await caller(room, happening.who, Place(rules.surface, happening.who.team, rules.chat))
    return who if who is not None else "I do not know this channel any more."


async def _merge_dialog(room: Room, offered: MergeOffered, kind: DraftKind, who: Caller) -> Dialog:
    async with room.store.reading() as session:
        names = await reps(session, [offered.theirs_by])
    name = names[offered.theirs_by].name if offered.theirs_by in names else "A colleague"
    above = above_the_merge(name, offered.base, offered.conflicts)
    if offered.apart:
        above = instead_of(name, offered.base, private=kind is DraftKind.PRIVATE)
    private = {"c": offered.number, "b": offered.base, "k": kind.value, "h": who.rules.id}
    return Dialog(
        kind=DRAFT,
        title="Another draft stands" if offered.apart else "Both edits together",
        private=json.dumps(private),
        blocks=above,
        fields=(Field(name="text", label=_LABELS.get(kind, "Your answer"), value=offered.text),),
        save="Save instead" if offered.apart else "Save together",
        tells_when_closed=True,
    )


async def closed(room: Room, happening: Inbound, row: int, fence: int) -> None:
    """Somebody left the dialog without saving: they no longer write."""
    assert isinstance(happening, DialogClosed)
    async with room.store.work() as work:
        if not await handled(work, row, fence, "closed"):
            return
        try:
            number = int(json.loads(happening.private)["c"])
        except (ValueError, KeyError, TypeError):
            return
        conversation = await work.session.get(Conversation, number, with_for_update=True)
        if conversation is None:
            return
        rules = room.channels.of(conversation.channel_id)
        if rules is None:
            return
        actor = await Caller(happening.who, "", Standing.UNKNOWN, rules).actor(work)
        left = {rep: since for rep, since in conversation.writing.items() if rep != str(actor.rep)}
        if left != conversation.writing:
            conversation.writing = left
            work.want(CardKind.CONVERSATION, number)


async def shortcut(room: Room, happening: Inbound, row: int, fence: int) -> None:
    """ "Use as draft": a colleague's message, taken over by somebody who then saves it as theirs."""
    assert isinstance(happening, Shortcut)
    message = happening.message
    async with room.store.reading() as session:
        number = await conversation_in_thread(session, message.place.channel, message.thread or message.id)
    who = await caller(room, happening.who, message.place)
    if number is None or who is None or happening.dialog is None:
        async with room.store.work() as work:
            await handled(work, row, fence, "no_conversation")
        sentence = "“Use as draft” works on a message in a conversation's thread."
        if happening.dialog is not None:
            await say(room, happening.dialog, sentence)
        else:
            await tell(room, None, happening.who, message.place, plain(sentence))
        return
    async with room.store.work() as work:
        if not await handled(work, row, fence, "shortcut"):
            return
        actor = await who.actor(work)
        dialog = await writing(room, work, number, actor, who, None, text=happening.text)
    await show(room, happening.dialog, dialog)


def _note_writer(dossier: Dossier, actor: Actor) -> list[int]:
    """Keep that somebody writes; who else does."""
    now = dossier.work.now
    fresh = {
        rep: since
        for rep, since in dossier.conversation.writing.items()
        if isinstance(since, str) and now < datetime.fromisoformat(since) + WRITING_FOR
    }
    others = [int(rep) for rep in fresh if rep != str(actor.rep)]
    dossier.conversation.writing = {**fresh, str(actor.rep): now.isoformat()}
    dossier.want_cards()
    return others
