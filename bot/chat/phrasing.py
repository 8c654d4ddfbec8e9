"""From a verb's typed outcome to what its asker reads: gathers names and links, and lets the cards speak."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.cards.answers import answer_card
from bot.chat.channels import ChannelRules
from bot.chat.contract import Card
from bot.chat.handling import Room
from bot.desk.outcomes import Outcome, SignTaken
from models.chat import CardKind
from models.conversation import Conversation
from models.lifecycle import State
from models.reading.card import card_facts
from models.reading.people import reps
from models.showing import card_link


async def phrase(room: Room, outcome: Outcome, rules: ChannelRules) -> Card:
    """What the one who asked reads."""
    named = [getattr(outcome, field, None) for field in ("rep", "to", "holder", "theirs_by")]
    number = getattr(outcome, "number", None)
    links: dict[str, str | None] = {}
    async with room.store.reading() as session:
        people = await reps(session, named)
        conversation = await session.get(Conversation, number) if number is not None else None
        if conversation is not None:
            if isinstance(outcome, SignTaken) and outcome.moved is State.APPROVED:
                facts = await card_facts(session, conversation.id)
                outcome = replace(outcome, waits=facts.waits if facts is not None else None)
            links["card"] = await card_link(session, CardKind.CONVERSATION, conversation.id)
            if conversation.message_id is not None:
                links["draft"] = await card_link(session, CardKind.DRAFT, conversation.message_id)
    return answer_card(outcome, people, links, rules.timezone.key)
