"""`suggest`: a language model is asked for a draft, where the settings name one and a person wants it. Never by itself.

Its words are shown to who asked, alone, and called what they are. They become a draft only by a person's saving them,
and one that is still word for word the model's cannot be approved until somebody says that they read it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.chat import dialogs
from bot.chat.asking import Ask, on_conversation
from bot.chat.cards import seen as seen_cards
from bot.chat.cards import suggesting as cards
from bot.chat.contract import Card
from bot.chat.handling import Caller, Room, Suggester
from bot.chat.phrasing import phrase
from bot.chat.seen import delicate
from bot.desk.outcomes import Actor, Outcome
from bot.reports.writers import NotWritten
from bot.triage.suggesting import ORDER, Earlier, suggested, told
from models.paragraphs import PUBLIC, names_in
from models.reading.seen import seen_facts
from models.steps import Dossier
from models.suggestions import Suggestion

log = logging.getLogger("twoway.suggestions")


@dataclass(frozen=True, slots=True)
class _Asked:
    number: int
    post: int
    version: int
    rep: int
    names: frozenset[str]
    data: str


async def suggest(room: Room, ask: Ask, who: Caller) -> Card | None:
    """Ask the model, and show what it says to who asked."""
    gathered: list[_Asked] = []

    async def act(dossier: Dossier, actor: Actor) -> Outcome | Card:
        if room.suggests is None:
            return cards.switched_off()
        refused = dialogs.refusal(dossier, actor, None)
        if refused is not None:
            return refused
        found = await _asked(room, dossier, actor)
        if isinstance(found, _Asked):
            gathered.append(found)
            return cards.none_came(dossier.conversation.id)
        return found

    outcome = await on_conversation(room, ask, act)
    if room.suggests is None or not gathered:
        return outcome if outcome is None or isinstance(outcome, Card) else await phrase(room, outcome, who.rules)
    return await _suggestion(room, room.suggests, gathered[0])


async def _asked(room: Room, dossier: Dossier, actor: Actor) -> _Asked | Card:
    """What it is told; a card that says why it is told nothing."""
    conversation, post = dossier.conversation, dossier.customer_posts[-1]
    if await delicate(dossier, room.rules):
        return seen_cards.delicate()
    if post.visibility not in PUBLIC:
        return cards.not_public()
    session = dossier.work.session
    facts = await seen_facts(session, conversation.id, conversation.channel_id)
    earlier = [Earlier(one.asked, one.words, await names_in(session, [one.number])) for one in facts.answered]
    names = await names_in(session, [conversation.id])
    data = told(post.words, names=names, language=conversation.language, earlier=earlier)
    return _Asked(conversation.id, post.id, post.version, actor.rep, names, data)


async def _suggestion(room: Room, suggests: Suggester, asked: _Asked) -> Card:
    try:
        words = suggested(await suggests.writer.write(ORDER, asked.data), names=asked.names)
    except NotWritten as error:
        log.warning("no suggestion", extra={"conversation": asked.number, "why": str(error)})
        words = None
    if words is None:
        return cards.none_came(asked.number)
    async with room.store.work() as work:
        dossier = await dialogs.opened(room, work, asked.number)
        last = dossier.customer_posts[-1] if dossier is not None and dossier.customer_posts else None
        if last is None or (last.id, last.version) != (asked.post, asked.version):
            return cards.out_of_date(asked.number)
        row = Suggestion(
            conversation_id=asked.number,
            post_id=asked.post,
            version=asked.version,
            model=suggests.name[:64],
            words=words,
            rep_id=asked.rep,
            at=work.now,
        )
        work.add(row)
        await work.flush()
        log.info("suggested", extra={"conversation": asked.number, "suggestion": row.id})
        return cards.suggestion(asked.number, row.id, row.model, words)
