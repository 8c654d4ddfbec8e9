"""The profile of a customer: who they are, on which accounts, and what they wrote before."""

from __future__ import annotations

from bot.chat.cards.beside import ended, felt
from bot.chat.cards.conversation import STATES
from bot.chat.cards.parts import link, moment, of, profile, who
from bot.chat.contract import Block, Card, Heading, Line, Part, Picture, Plain, Words
from models.lifecycle import State
from models.reading.profile import Past, ProfileFacts, TheirAccount


def customer_card(facts: ProfileFacts, zone: str = "UTC") -> Card:
    """One card for one person, however many accounts a rep has joined."""
    name = who(facts.asked)
    blocks: list[Block] = [Heading(name[:150])]
    pictured = next((one.who.avatar for one in facts.accounts if one.who.avatar), None)
    if pictured is not None:
        blocks.append(Picture(pictured, f"The picture of {name}"[:150]))
    blocks += [_account(one, zone) for one in facts.accounts]
    since: list[Part] = [Plain(f"Customer {facts.customer}, since "), moment(facts.since, zone), Plain(".")]
    if facts.joined_by is not None and facts.joined_at is not None:
        since += [Plain(" One person, said "), Words(facts.joined_by.name), Plain(" "), moment(facts.joined_at, zone)]
        since.append(Plain("."))
    blocks.append(Line(tuple(since), small=True))
    if facts.known:
        blocks.append(_known(facts))
    if facts.quiet_since is not None:
        by: list[Part] = [Plain(", says "), Words(facts.quiet_by.name)] if facts.quiet_by is not None else []
        alone = Plain("🔕 Wants to be left alone", bold=True)
        blocks.append(Line((alone, Plain(" since "), moment(facts.quiet_since, zone), *by, Plain("."))))
    blocks.append(Line((Plain("Conversations", bold=True),)))
    blocks += [_past(one, facts.number, zone) for one in facts.past]
    if facts.more:
        blocks.append(Line((Plain(f"and {facts.more} earlier."),), small=True))
    if facts.elsewhere:
        blocks.append(Line((Plain(f"{facts.elsewhere} more in channels that you are not in."),), small=True))
    if not facts.asked.erased:
        blocks.append(_hint(facts))
    return Card(summary=f"Who wrote #{facts.number}: {name}"[:150], blocks=tuple(blocks))


def _account(one: TheirAccount, zone: str) -> Line:
    parts: list[Part] = []
    if not one.who.erased:
        parts += [profile(one.who, one.account), Plain(" · ")]
    if one.who.handle and one.who.name and one.who.name != one.who.handle:
        parts += [Words(one.who.name), Plain(" · ")]
    parts.append(Plain("erased by us" if one.who.erased else of(one.account)))
    if one.who.followers is not None:
        parts.append(Plain(f" · {one.who.followers:,} followers"))
    if one.who.bot:
        parts.append(Plain(" · an automated account"))
    return Line((*parts, Plain(" · seen "), moment(one.seen_at, zone)))


def _past(one: Past, asked: int, zone: str) -> Line:
    mark, _ = STATES[State(one.state)]
    how = ended(State(one.state), one.opened_at, one.answered_at)
    parts: list[Part] = [Plain(f"{mark} "), link(one.link, f"#{one.number}")]
    parts += [Plain(" · "), moment(one.opened_at, zone), Plain(f" · {of(one.account)} · {how}{felt(one.mood)}")]
    if one.by is not None:
        parts += [Plain(" · "), Words(one.by.name)]
    if one.number == asked:
        parts.append(Plain(" · this one"))
    return Line(tuple(parts))


def _known(facts: ProfileFacts) -> Line:
    """Who of us they know, with how many replies."""
    parts: list[Part] = [Plain("They know ")]
    for index, one in enumerate(facts.known):
        parts += [Plain(", ")] if index else []
        parts.append(Words(one.rep.name))
        if one.answers:
            parts.append(Plain(f" ({one.answers} {'reply' if one.answers == 1 else 'replies'})"))
    return Line((*parts, Plain(".")))


def _hint(facts: ProfileFacts) -> Line:
    several = len(facts.accounts) > 1
    says = " says that they are not one person." if several else " says who else it is, by a conversation of theirs."
    command = f"/twoway customer {facts.number} {'part' if several else 'join NUMBER'}"
    return Line((Plain(command, code=True), Plain(says)), small=True)
