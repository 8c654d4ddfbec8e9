"""What each of our messages should look like now: loads the facts of a card row and lets the cards speak."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from bot.chat.cards.conversation import conversation_card
from bot.chat.cards.draft import draft_card
from bot.chat.cards.moved import back_card, pointer_card, retold_card
from bot.chat.cards.notices import notice_card
from bot.chat.cards.parts import plain
from bot.chat.cards.summary import Told, behind, summary_card
from bot.chat.channels import ChannelRules
from bot.chat.contract import Card, Mention, Person
from bot.chat.sections import sections
from bot.reports.daily import numbers
from models.chat import CardKind
from models.days import day_of_row
from models.paragraphs import paragraph_of
from models.reading.card import card_facts
from models.reading.draft import DraftFacts, draft_facts
from models.reading.moves import moved_away, retold
from models.reading.notice import NoticeFacts, notice_facts
from models.reading.people import reps_of_users
from models.reading.places import card_links
from models.steps import effective
from models.store import Session
from models.telling import EventKind

log = logging.getLogger("twoway.pictures")


class Pictures:
    """One for all surfaces. `movable`: there are several channels, so that a conversation can be moved."""

    def __init__(self, clock: Callable[[], datetime], *, movable: bool = False) -> None:
        self._clock = clock
        self._movable = movable

    async def of(self, session: Session, kind: CardKind, ref: int, rules: ChannelRules) -> Card | None:
        """The card of a row; None when there is nothing (more) to show."""
        zone, now = rules.timezone.key, self._clock()
        match kind:
            case CardKind.CONVERSATION:
                facts = await card_facts(session, ref)
                if facts is None:
                    return None
                if facts.channel != rules.id:
                    away = await moved_away(session, ref)
                    return None if away is None else pointer_card(away, zone)
                return conversation_card(facts, rules.policy, now, zone, movable=self._movable)
            case CardKind.DRAFT:
                draft = await draft_facts(session, ref)
                if draft is None:
                    return None
                mentions = await self._approvers(session, draft, rules)
                policy = effective(rules.policy, draft.draft.revision.kind)
                return draft_card(draft, policy, now, zone, approvers=mentions)
            case CardKind.NOTICE | CardKind.CHANNEL_NOTICE:
                notice = await notice_facts(session, ref)
                if notice is None:
                    return None
                if notice.kind is EventKind.MOVED and notice.data.get("channel") == rules.id:
                    return await self._came(session, kind, notice, zone)
                called = {EventKind.OVERDUE: rules.escalate_to, EventKind.GRAVE: rules.danger_to}.get(notice.kind)
                group = await self._called(session, rules, called) if called else ()
                return notice_card(notice, zone, surface=rules.surface, escalate_to=group)
            case CardKind.SUMMARY:
                return await self._summary(session, ref, rules, now)
            case _:
                return plain("")

    async def _summary(self, session: Session, ref: int, rules: ChannelRules, now: datetime) -> Card | None:
        """A day of this channel, counted anew from the journal."""
        day = await day_of_row(session, ref)
        if day is None:
            return None
        counted = await numbers(session, rules.id, rules.target, day, day, names=rules.names_in_summary, now=now)
        said, more = await paragraph_of(session, ref), await sections(session, rules, counted)
        links = await card_links(session, behind(counted, said))
        return summary_card(Told(counted, links, rules.timezone, said, more))

    async def _called(self, session: Session, rules: ChannelRules, users: frozenset[str]) -> tuple[Mention, ...]:
        """Whom the channel wants called: people and groups that its settings name."""
        known = {rep.user: rep for rep in await reps_of_users(session, surface=rules.surface, users=users)}
        team = next((rep.team for rep in known.values()), "")
        return tuple(
            Mention(Person(rules.surface, team, user), known[user].name if user in known else user, ping=True)
            for user in sorted(users)
        )

    async def _came(self, session: Session, kind: CardKind, notice: NoticeFacts, zone: str) -> Card | None:
        """Where a conversation came to: the channel hears of one that is back, its thread is told what happened."""
        if kind is CardKind.CHANNEL_NOTICE:
            return back_card(notice)
        told = await retold(session, notice.number or 0, notice.event)
        return None if told is None else retold_card(told, zone)

    async def _approvers(self, session: Session, draft: DraftFacts, rules: ChannelRules) -> tuple[Mention, ...]:
        """The named approvers, people and groups, but for who wrote the last words. Where every member may approve,
        nobody is called: the thread's message is enough, and a whole channel must not be woken for one draft."""
        known = await reps_of_users(session, surface=rules.surface, users=rules.approvers)
        names = {rep.user: rep.name for rep in known}
        last = draft.draft.revision.last
        return tuple(
            Mention(Person(rules.surface, last.team, user), names.get(user, user), ping=True)
            for user in sorted(rules.approvers - {last.user})
        )
