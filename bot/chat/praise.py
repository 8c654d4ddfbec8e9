"""`praise`: into the lane of praise and out of it, the question whether we may quote, and the customer's answer."""

from __future__ import annotations

from bot.chat.asking import Ask, done, said
from bot.chat.cards.praise import how_to_praise
from bot.chat.contract import Card
from bot.chat.handling import Caller, Room
from bot.chat.saving import save
from bot.desk import praising
from bot.desk.outcomes import Actor, Drafted, Outcome
from models.reply import DraftKind
from models.steps import Dossier

#: What is asked where the rep writes nothing else.
QUESTION = "Thank you, that made our day! May we quote what you wrote, with your name?"


async def praise(room: Room, ask: Ask, who: Caller) -> Card | None:
    """What was said of a conversation's praise."""
    word, _, rest = ask.call.rest.strip().partition(" ")
    word, rest = word.lower(), rest.strip()
    if word not in {"", "off", "ask", "yes", "no"}:
        await done(room, ask, "how_to_praise")
        return how_to_praise()

    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        match word:
            case "ask":
                return await _ask(room, dossier, actor, rest or QUESTION)
            case "yes" | "no":
                return await praising.answered(dossier, actor, allowed=word == "yes", address=rest)
            case _:
                return await praising.mark(dossier, actor, given=not word, at=ask.at)

    return await said(room, ask, who, act)


async def _ask(room: Room, dossier: Dossier, actor: Actor, words: str) -> Outcome:
    """A draft that asks; whatever stands in its way is said."""
    refused = await praising.may_ask(dossier, actor)
    if refused is not None:
        return refused
    own = dossier.revision is not None and dossier.revision.rep_id == actor.rep
    base = dossier.revision.number if dossier.revision is not None and own else None
    outcome = await save(room, dossier, actor, words, base, DraftKind.REPLY)
    if isinstance(outcome, Drafted):
        await praising.asked(dossier, actor, outcome.draft)
    return outcome
