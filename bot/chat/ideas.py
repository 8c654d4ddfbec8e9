"""`ideas` and `idea`: the list, one idea, and what reps say of it; a 💡 on a card is one of those words."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bot.chat.asking import Ask, done, on_conversation
from bot.chat.cards import ideas as cards
from bot.chat.cards.parts import plain
from bot.chat.channels import ChannelRules
from bot.chat.contract import Card, Person
from bot.chat.customers import readable as readable
from bot.chat.handling import Caller, Room, handled
from bot.chat.phrasing import phrase
from bot.chat.plain import leftovers
from bot.desk import ideas as desk
from bot.desk.alike import nearest
from bot.desk.outcomes import Actor, IdeaChanged, Outcome, Refused, Shipped, Supported, Why
from models.ideas import IdeaState
from models.permits import Right, denied
from models.reading.ideas import IdeaFacts
from models.reading.ideas import idea as facts_of
from models.reading.ideas import ideas as facts_of_all
from models.steps import Dossier
from models.store import Work

#: So many pairs that look alike are offered below the list.
OFFERED = 3

_STATES: Mapping[str, tuple[IdeaState, ...]] = {
    "open": (IdeaState.OPEN,),
    "shipped": (IdeaState.SHIPPED,),
    "declined": (IdeaState.DECLINED,),
    "all": tuple(IdeaState),
}


async def ideas(room: Room, ask: Ask, who: Caller) -> Card | None:
    """The list. It changes nothing."""
    sentence = denied(who.standing, Right.READ)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    state = ask.call.rest.strip().lower() or "open"
    if not await done(room, ask, ask.call.verb.value):
        return None
    if state not in _STATES:
        return cards.how_to_idea()
    channels = await readable(room, ask.person, who.rules)
    async with room.store.reading() as session:
        now = room.store.clock()
        found = await facts_of_all(session, now=now, channels=channels, states=_STATES[state])
    return cards.ideas_card(found, pairs(found[: cards.LISTED]), state)


def pairs(found: Sequence[IdeaFacts]) -> list[tuple[IdeaFacts, IdeaFacts]]:
    """Those that look like the same wish; of each pair, the one with more supporters first."""
    said = {one.id: [words for words in (one.title, one.line) if words] for one in found}
    alike: dict[frozenset[int], tuple[IdeaFacts, IdeaFacts]] = {}
    by_id = {one.id: one for one in found}
    for one in found:
        others = {id: words for id, words in said.items() if id != one.id}
        for words in said[one.id]:
            for other, _ in nearest(words, others):
                alike.setdefault(frozenset({one.id, other}), (one, by_id[other]))
    return list(alike.values())[:OFFERED]


async def idea(room: Room, ask: Ask, who: Caller) -> Card | None:
    """One idea: shown, or changed as was said. Without a number: a mark on the conversation of this thread."""
    number, rest = ask.call.number, ask.call.rest.strip()
    word, _, after = rest.partition(" ")
    if number is None:
        return await _mark(room, ask, who, rest)
    if not word or word.lower() == "show":
        return await _show(room, ask, who, number)
    verb = _VERBS.get(word.lower())
    if verb is None:
        return await _how(room, ask)
    return await verb(room, ask, who, number, after.strip())


async def _mark(room: Room, ask: Ask, who: Caller, rest: str) -> Card | None:
    if rest.lower() not in {"", "off"} or ask.thread is None:
        return await _how(room, ask)

    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        return await desk.support(dossier, actor, given=not rest, at=ask.at)

    return await _said(room, ask, who, await on_conversation(room, ask, act))


async def _show(room: Room, ask: Ask, who: Caller, number: int) -> Card | None:
    sentence = denied(who.standing, Right.READ)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    if not await done(room, ask, ask.call.verb.value):
        return None
    return await card_of(room, who.person, who.rules, number)


# ---------------------------------------------------------------------------------------------- what can be said

Change = Callable[[Work, Actor], Awaitable[IdeaChanged | Shipped | Refused]]
Said = Callable[[Room, Ask, Caller, int, str], Awaitable[Card | None]]


async def change(room: Room, ask: Ask, who: Caller, act: Change) -> Card | None:
    """One transaction, and the idea as it is then."""
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        outcome = await act(work, await who.actor(work))
    return await _said(room, ask, who, outcome)


async def _name(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    return await change(room, ask, who, lambda work, actor: desk.name(work, actor, number, rest))


async def _merge(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    into = _number(rest.removeprefix("into").strip())
    if into is None:
        return await _how(room, ask)
    return await change(room, ask, who, lambda work, actor: desk.merge(work, actor, number, into))


async def _split(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    if not rest:
        return await change(room, ask, who, lambda work, actor: desk.split(work, actor, number))
    return await _on(room, ask, who, number, rest, desk.split_off)


async def _join(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    return await _on(room, ask, who, number, rest, desk.join)


async def _drop(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    return await _on(room, ask, who, number, rest, desk.drop)


async def _on(
    room: Room,
    ask: Ask,
    who: Caller,
    idea: int,
    rest: str,
    verb: Callable[[Dossier, Actor, int], Awaitable[Supported | Refused]],
) -> Card | None:
    """What is said of one conversation: the one that is named, else the one of the thread."""
    named = _number(rest)
    if named is None and (rest or ask.thread is None):
        return await _how(room, ask)
    about = replace(ask, call=replace(ask.call, number=named))

    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        return await verb(dossier, actor, idea)

    return await _said(room, ask, who, await on_conversation(room, about, act))


async def _link(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    if not rest:
        return await _how(room, ask)
    return await change(room, ask, who, lambda work, actor: desk.link(work, actor, number, rest))


async def _unlink(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    return await change(room, ask, who, lambda work, actor: desk.link(work, actor, number, ""))


async def _votes(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    found = re.fullmatch(r"(\d{1,9})\s+(?:on\s+|at\s+)?(\S.*)", rest)
    if found is None:
        return await _how(room, ask)
    count, source = int(found[1]), found[2]
    return await change(room, ask, who, lambda work, actor: desk.vote(work, actor, number, count, source))


async def _shipped(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    if not rest:
        await done(room, ask, "press_to_ship")
        return cards.press_to_ship(number)
    return await ship(room, ask, who, number, rest)


async def ship(room: Room, ask: Ask, who: Caller, number: int, text: str) -> Card | None:
    """Prepare the drafts, unless their text holds what only the chat understands."""
    strange = leftovers(text)
    if strange:
        await done(room, ask, "leftovers")
        return cards.not_so(strange)
    return await change(room, ask, who, lambda work, actor: desk.ship(work, actor, number, text))


async def _declined(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    return await change(room, ask, who, lambda work, actor: desk.decline(work, actor, number))


async def _open(room: Room, ask: Ask, who: Caller, number: int, rest: str) -> Card | None:
    return await change(room, ask, who, lambda work, actor: desk.reopen(work, actor, number))


async def _how(room: Room, ask: Ask) -> Card:
    await done(room, ask, "how_to_idea")
    return cards.how_to_idea()


_VERBS: Mapping[str, Said] = {
    "name": _name,
    "called": _name,
    "merge": _merge,
    "split": _split,
    "unmerge": _split,
    "join": _join,
    "drop": _drop,
    "link": _link,
    "unlink": _unlink,
    "votes": _votes,
    "shipped": _shipped,
    "declined": _declined,
    "decline": _declined,
    "open": _open,
    "reopen": _open,
}


def _number(words: str) -> int | None:
    found = re.fullmatch(r"#?(\d{1,12})", words)
    return int(found[1]) if found else None


# ------------------------------------------------------------------------------------------------- what is read


async def _said(room: Room, ask: Ask, who: Caller, outcome: Outcome | Card | None) -> Card | None:
    if outcome is None or isinstance(outcome, Card):
        return outcome
    return await answer(room, ask.person, who.rules, outcome)


async def answer(room: Room, person: Person, rules: ChannelRules, outcome: Outcome) -> Card:
    """What was done, above the idea as it is now; near ones are offered for merging."""
    match outcome:
        case Supported(given=True):
            said = f"#{outcome.number} asks for {'a new idea' if outcome.new else 'this'}."
            return await card_of(room, person, rules, outcome.idea, said=said, near=outcome.near)
        case Supported():
            said = f"#{outcome.number} does not ask for this, or others still say that it does."
            return await card_of(room, person, rules, outcome.idea, said=said)
        case IdeaChanged():
            return await card_of(room, person, rules, outcome.idea, said="Done.")
        case Shipped():
            return await card_of(room, person, rules, outcome.idea, said=told(outcome))
        case _:
            return await phrase(room, outcome, rules)


def told(outcome: Shipped) -> str:
    """For how many a draft is prepared, and who gets none."""
    said = f"{'1 draft is' if outcome.to == 1 else f'{outcome.to} drafts are'} being prepared, each to be approved."
    out = [f"{outcome.deleted} deleted what they wrote"] if outcome.deleted else []
    alone = "wants" if outcome.quiet == 1 else "want"
    out += [f"{outcome.quiet} {alone} to be left alone"] if outcome.quiet else []
    return f"{said} Left out: {', '.join(out)}." if out else said


async def card_of(
    room: Room, person: Person, rules: ChannelRules, number: int, *, said: str = "", near: Sequence[int] = ()
) -> Card:
    """The idea for this reader."""
    channels, now = await readable(room, person, rules), room.store.clock()
    async with room.store.reading() as session:
        facts = await facts_of(session, number, now=now, channels=channels)
        others = [await facts_of(session, one, now=now, channels=channels, limit=0) for one in near]
    if facts is None:
        return await phrase(room, Refused(Why.NO_SUCH_IDEA, idea=number), rules)
    return cards.idea_card(facts, rules.timezone.key, said=said, near=[one for one in others if one is not None])
