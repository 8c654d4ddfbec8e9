"""What each of our messages should look like now: loads the facts of a card row and lets the cards speak."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.chat.cards.conversation import conversation_card
from bot.chat.cards.draft import draft_card
from bot.chat.cards.moved import back_card, pointer_card, retold_card
from bot.chat.cards.notices import notice_card
from bot.chat.cards.parts import plain
from bot.chat.cards.storm_digest import digest_card
from bot.chat.cards.storms import answer_card, storm_card
from bot.chat.cards.summary import summary_card
from bot.chat.channels import ChannelRules
from bot.chat.contract import Card, Mention, Person
from bot.chat.sections import told_of
from bot.reports.daily import numbers
from bot.settings.triage import Remark
from bot.triage.dead_links import DeadLinks
from bot.triage.listening import Heard
from bot.triage.paraphrases import Paraphrases
from bot.triage.voice import Ear
from models.chat import CardKind
from models.days import day_of_row
from models.paragraphs import paragraph_of
from models.reading.card import card_facts
from models.reading.draft import DraftFacts, draft_facts, recent_answers
from models.reading.moves import moved_away, retold
from models.reading.notice import NamedPost, NoticeFacts, notice_facts
from models.reading.people import reps_of_users
from models.reading.storm_answers import answer_facts
from models.reading.storm_digest import digest_facts
from models.reading.storms import folded_into, storm_facts, storm_of, warns_for
from models.reading.values import PostFacts
from models.reply import ANSWERS, DraftKind
from models.steps import effective
from models.store import Session
from models.telling import EventKind, Telling, telling

log = logging.getLogger("twoway.pictures")

#: An answer of longer ago nobody remembers.
RECENT = timedelta(days=14)


class Pictures:
    """One for all surfaces. `movable`: there are several channels, so that a conversation can be moved. `folds` tells
    of a post's words and language whether they are abuse, which is folded; `links` which links are dead, `paraphrases`
    which drafts say in other words what an answer of late says."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        movable: bool = False,
        folds: Callable[[str, str | None], bool] | None = None,
        links: DeadLinks | None = None,
        paraphrases: Paraphrases | None = None,
        suggests: bool = False,
    ) -> None:
        self._clock = clock
        self._movable = movable
        self._folds = folds
        self._links = links
        self._paraphrases = paraphrases
        self._suggests = suggests
        self._ear = Ear()

    async def of(self, session: Session, kind: CardKind, ref: int, rules: ChannelRules) -> Card | None:
        """The card of a row; None when there is nothing (more) to show."""
        zone, now = rules.timezone.key, self._clock()
        storm: int | None = None
        match kind:
            case CardKind.CONVERSATION:
                facts = await card_facts(session, ref)
                if facts is None:
                    return None
                if facts.channel != rules.id:
                    away = await moved_away(session, ref)
                    return None if away is None else pointer_card(away, zone)
                if await folded_into(session, ref) is not None:
                    return None
                storm = await storm_of(session, ref)
                facts = replace(facts, folded=await self._abusive(_said(facts.posts), facts.language))
                return conversation_card(
                    facts, rules.policy, now, zone, movable=self._movable, storm=storm, suggests=self._suggests
                )
            case CardKind.DRAFT:
                draft = await draft_facts(session, ref)
                if draft is None or await folded_into(session, draft.number) is not None:
                    return None
                mentions = await self._approvers(session, draft, rules)
                policy = effective(rules.policy, draft.draft.revision.kind)
                heard = await self._voice(session, draft, ref, rules)
                return draft_card(draft, policy, now, zone, approvers=mentions, heard=heard)
            case CardKind.NOTICE | CardKind.CHANNEL_NOTICE:
                notice = await notice_facts(session, ref)
                if notice is None or await self._is_folded(session, notice):
                    return None
                if notice.kind is EventKind.MOVED and notice.data.get("channel") == rules.id:
                    return await self._came(session, kind, notice, zone)
                called = {EventKind.OVERDUE: rules.escalate_to, EventKind.GRAVE: rules.danger_to}.get(notice.kind)
                group = await self._called(session, rules, called) if called else ()
                notice = replace(notice, folded=await self._abusive(_named(notice.posts), notice.language))
                return notice_card(notice, zone, surface=rules.surface, escalate_to=group)
            case CardKind.SUMMARY:
                return await self._summary(session, ref, rules, now)
            case CardKind.STORM:
                whole = await storm_facts(session, ref, now)
                if whole is None:
                    return None
                return storm_card(whole, zone, folded=self._insults(whole.words))
            case CardKind.STORM_DIGEST:
                over = await digest_facts(session, ref, now)
                if over is None:
                    return None
                return digest_card(over, zone, folded=self._insults(over.storm.words))
            case CardKind.STORM_ANSWER:
                return await self._answer(session, ref, now)
            case _:
                return plain("")

    def _insults(self, words: str | None) -> bool:
        return self._folds is not None and bool(words) and self._folds(words or "", None)

    async def _voice(self, session: Session, draft: DraftFacts, ref: int, rules: ChannelRules) -> tuple[Heard, ...]:
        """What there is to remark on a draft that waits."""
        revision = draft.draft.revision
        if not draft.current or not rules.voice.remarks or DraftKind(revision.kind) not in ANSWERS:
            return ()
        since = self._clock() - RECENT
        recent = await recent_answers(session, draft.number, rules.id, since=since)
        heard = await self._ear.listen(
            revision.typed,
            post=draft.answers.words or "",
            language=draft.answers.language,
            recent=recent,
            listening=rules.voice,
        )
        wanted, later = rules.voice.remarks, list(heard)
        if self._paraphrases is not None and Remark.TOO_LIKE in wanted - {one.remark for one in heard}:
            same = self._paraphrases.among(revision.typed, recent, ref)
            later += [] if same is None else [Heard(Remark.TOO_LIKE, same)]
        if self._links is not None and Remark.DEAD_LINK in wanted:
            later += [Heard(Remark.DEAD_LINK, one) for one in self._links.among(revision.typed, ref)]
        return tuple(later)

    async def _answer(self, session: Session, ref: int, now: datetime) -> Card | None:
        """The list of drafts of one answer to many."""
        answer = await answer_facts(session, ref)
        if answer is None:
            return None
        storm = await storm_facts(session, answer.storm, now)
        return answer_card(answer, None if storm is None else storm.words)

    async def _is_folded(self, session: Session, notice: NoticeFacts) -> bool:
        """What happens in a conversation that has no card of its own stands on its storm's. Of those that wait too
        long, one speaks for all."""
        if notice.number is None or (storm := await folded_into(session, notice.number)) is None:
            return False
        if notice.kind in {EventKind.WARNED, EventKind.OVERDUE}:
            return not await warns_for(session, storm, notice.number)
        return telling(notice.kind) is not Telling.CHANNEL

    async def _abusive(self, said: Sequence[tuple[PostFacts, str]], language: str | None) -> frozenset[int]:
        """Which of these posts are folded. In a thread: the words of many languages are looked for."""
        folds = self._folds
        theirs = [(post, words) for post, words in said if words and not post.ours]
        if folds is None or not theirs:
            return frozenset()

        def look() -> frozenset[int]:
            return frozenset(post.id for post, words in theirs if folds(words, post.language or language))

        return await asyncio.to_thread(look)

    async def _summary(self, session: Session, ref: int, rules: ChannelRules, now: datetime) -> Card | None:
        """A day of this channel, counted anew from the journal."""
        day = await day_of_row(session, ref)
        if day is None:
            return None
        counted = await numbers(session, rules.id, rules.target, day, day, names=rules.names_in_summary, now=now)
        return summary_card(await told_of(session, rules, counted, await paragraph_of(session, ref)))

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


def _said(posts: Sequence[PostFacts]) -> list[tuple[PostFacts, str]]:
    return [(post, post.words or "") for post in posts]


def _named(posts: Sequence[NamedPost]) -> list[tuple[PostFacts, str]]:
    """Each with everything that a notice may show of it: an edit shows the words before, too."""
    return [
        (one.post, "\n".join(words for words in (one.post.words, one.old and one.old.words, one.new.words) if words))
        for one in posts
    ]
