"""`hint` and `reader`: people say what a post really is, see how often the reader was right, and take a lesson back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.chat.asking import Ask, done, on_conversation
from bot.chat.cards import reading as cards
from bot.chat.cards.parts import plain
from bot.chat.contract import Card
from bot.chat.handling import Caller, Room, handled
from bot.chat.phrasing import phrase
from bot.desk.outcomes import Actor, Outcome
from bot.languages import is_language
from bot.triage.urgency import GRAVE
from models import learning, triage
from models.permits import Right, denied
from models.reading.hint import hint_facts
from models.steps import Dossier

#: What is said when the hint is right as it is.
RIGHT = ("right", "ok", "correct")


class NotMeant(Exception):
    """What was typed names nothing that a post can be."""


def meant_by(words: str, topics: Sequence[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """ "kind=praise,question mood=positive" or just "praise"; {} for "right". Raises NotMeant with the word."""
    found: dict[str, tuple[str, ...]] = {}
    named = {one.lower(): one for one in topics}
    for word in words.lower().split():
        if word in RIGHT:
            continue
        task, equals, given = word.partition("=")
        if not equals:
            task, given = next((one for one, names in cards.CHOICES.items() if word in names), ""), word
        names = tuple(one.replace("-", "_") if task == "urgency" else one for one in given.split(",") if one)
        if task == "language" and len(names) == 1 and is_language(names[0]):
            found[task] = names
        elif task == "topic" and topics and given in (*named, "none"):
            found[task] = () if given == "none" else (named[given],)
        elif task in cards.CHOICES and names and set(names) <= set(cards.CHOICES[task]):
            found[task] = () if names == ("none",) else names
        else:
            raise NotMeant(word)
    if len(found.get("mood", ())) > 1 or len(found.get("kind", ())) > 2:
        raise NotMeant(words)
    return found


async def hint(room: Room, ask: Ask, who: Caller) -> Card | None:
    """Without words the buttons; with them a correction, which the card shows at once."""
    first, words = (*ask.call.rest.split(maxsplit=1), "", "")[:2]
    if first.lstrip("#").isdecimal() and len(first) < 13:  # said in a thread, where what follows the verb is words
        ask = replace(ask, call=replace(ask.call, number=int(first.lstrip("#"))))
    else:
        words = ask.call.rest.strip()
    try:
        meant = meant_by(words, room.topics)
    except NotMeant as wrong:
        await done(room, ask, "no_hint")
        return cards.how_to_correct(str(wrong), room.topics)

    async def act(dossier: Dossier, actor: Actor) -> Outcome | Card:
        number, work = dossier.conversation.id, dossier.work
        sentence = denied(actor.standing, Right.WORK)
        if sentence is not None:
            return plain(sentence)
        facts, row = await hint_facts(work.session, number), await triage.latest_reading(work.session, number)
        if facts is None or row is None:
            return cards.not_read(number)
        if not words:
            return cards.choices(number, facts, room.topics)
        said: Mapping[str, Sequence[str]] = meant or {
            "kind": facts.kinds,
            "mood": (facts.mood,) if facts.mood else (),
            "urgency": facts.reasons,
            **({"topic": (facts.topic,)} if facts.topic in room.topics else {}),
        }
        for task, names in said.items():
            grave = next((one for one in GRAVE if one in names), None) if task == "urgency" else None
            await triage.correct(work, dossier.conversation, row, task, names, rep=actor.rep, grave=grave)
        return cards.corrected(number, said)

    outcome = await on_conversation(room, ask, act)
    return outcome if outcome is None or isinstance(outcome, Card) else await phrase(room, outcome, who.rules)


async def reader(room: Room, ask: Ask, who: Caller) -> Card | None:
    """How often it was right; or, for leads, back to the head before."""
    words = [word for word in ask.call.rest.lower().split() if word != "reader"]
    back = words[:1] == ["back"]
    sentence = denied(who.standing, Right.LEAD if back else Right.READ)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    if (back and words[1:] and words[1] not in (*cards.CHOICES, "topic")) or (words and not back):
        await done(room, ask, "no_such_head")
        return cards.how_to_ask_the_reader()
    if back:
        task = words[1] if words[1:] else "kind"
        async with room.store.work() as work:
            if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
                return None
            numbers = await learning.back(work, who.rules.id, task)
        return cards.went_back(task, numbers)
    if not await done(room, ask, ask.call.verb.value):
        return None
    async with room.store.reading() as session:
        read = await learning.read_count(session, who.rules.id)
        judged = await learning.judged(session, who.rules.id)
        lessons = await learning.lessons(session, who.rules.id)
    return cards.stats_card(who.rules.name, read, judged, lessons)
