"""Is it still right to send this? Read again right before: the parent, rights, the signs that stand now.

Also the pre-flight of a draft, whose answer people see before they approve. It writes nothing of a delivery.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.contract import (
    AsHeard,
    AuthFailed,
    Gone,
    Malformed,
    Platform,
    PostRef,
    PublicPost,
    Ready,
    Reason,
    Refusal,
    Reply,
    Throttled,
    Unavailable,
    Unreachable,
)
from adapters.payload import storable
from adapters.text import same_words
from bot.publishing.roster import HeardSince, Roster, RosterAway, SignNow
from bot.publishing.saying import reply_of, reply_to
from bot.trail import following
from models import sending
from models.chat import CardKind
from models.conversation import Post
from models.permits import RIGHTS, Right, Standing
from models.reply import ANSWERS, Approval, DraftKind, WaitsFor
from models.sending import Order, Saying, Taken
from models.store import Store
from models.wakes import Topic
from models.worklist import finish

log = logging.getLogger("twoway.publishing")

#: Asking the chat takes this long at most; then it counts as away.
ROSTER_LIMIT = timedelta(seconds=10)

#: How long to wait before asking again when platform or chat cannot be reached.
ASK_AGAIN = timedelta(seconds=5)

#: A platform that asks for a longer pause is asked again after this all the same.
LONGEST_WAIT = timedelta(minutes=15)

#: After so many takes of one delivery that could not be checked it goes back to the team: about half an hour.
MOST_TRIES = 300

NO_PRIVATE = "This platform has no private answers. “draft” writes one in public."

#: After so many a pre-flight that could not be asked is left; the check before sending asks again.
MOST_CHECKS = 20


@dataclass(frozen=True, slots=True)
class Good:
    """It may go out, as far as the outside world is asked. `standings` are what those who signed are now."""

    standings: Mapping[int, Standing]


@dataclass(frozen=True, slots=True)
class Unfit:
    """It may not go out. `why` is a code, `sentence` the platform's words, `stale` whether the parent has to be
    read again by hearing."""

    why: str
    sentence: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """Signs changed while nobody told us: whose yes is gone, and who objects."""

    gone: tuple[int, ...]
    objecting: tuple[tuple[int, Standing], ...]


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Nobody can tell whether a yes from before `since` still holds: it has to be given again."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Later:
    """Nobody could be asked now: again `after` a while, and not before `until`. `waits_for` says who did not answer."""

    after: timedelta
    why: str
    until: datetime | None = None
    waits_for: WaitsFor = WaitsFor.PLATFORM

    def at(self, now: datetime) -> datetime:
        """When to ask again."""
        soon = now + self.after
        return soon if self.until is None else max(soon, min(self.until, now + LONGEST_WAIT))


Checked = Good | Unfit | Changed | Uncertain | Later


async def recheck(order: Order, platform: Platform, roster: Roster) -> Checked:
    """Ask platform and chat, at the same time. The platform's no comes first: it is why nothing can go out."""
    saying = order.saying
    parent, people = await asyncio.gather(_parent(order, platform), _people(order, roster))
    if parent is not None:
        return parent
    if isinstance(people, Good) and saying.revision.blocked:
        return Unfit("blocked", saying.revision.blocked)
    return people


# ------------------------------------------------------------------------------------------ the platform


async def _parent(order: Order, platform: Platform) -> Unfit | Later | None:
    saying = order.saying
    kind = DraftKind(saying.revision.kind)
    if kind is DraftKind.RETRACTION:
        return None if platform.can.retracts else Unfit(Reason.UNSUPPORTED.value)
    if kind is DraftKind.CORRECTION and not platform.can.corrects:
        return Unfit(Reason.UNSUPPORTED.value)
    if kind is DraftKind.PRIVATE and not platform.can.answers_privately:
        return Unfit(Reason.UNSUPPORTED.value, NO_PRIVATE)
    ref = PostRef(saying.parent.ref)
    try:
        if kind is DraftKind.CORRECTION:
            above = None if order.above is None else PostRef(order.above.ref)
            found = await platform.fetch([ref] if above is None else [ref, above])
            changed = _standing(saying, found[ref])
            if changed is None and order.above is not None and above is not None:
                changed = _said(order.above, found[above])
            return changed
        # Two questions at once: each costs a way to the server and back, and the customer waits.
        seen, answer = await asyncio.gather(
            platform.fetch([ref]), platform.preflight(reply_of(saying, order.conversation))
        )
    except Throttled as error:
        return Later(ASK_AGAIN, "throttled", error.until)
    except (AuthFailed, Unreachable, Malformed) as error:
        return Later(ASK_AGAIN, type(error).__name__)
    changed = _standing(saying, seen[ref])
    if changed is not None:
        return changed
    if isinstance(answer, Refusal):
        return Unfit(answer.reason.value, answer.sentence)
    return None


def _standing(saying: Saying, now: PublicPost | Gone | Unavailable | AsHeard) -> Unfit | None:
    """Whether what we answer (or correct) still stands there, and says what the team saw."""
    if isinstance(now, AsHeard):
        return None  # what was heard last is what the team saw: else the draft would not stand
    if isinstance(now, Gone):
        return Unfit("parent_gone", stale=True)
    if isinstance(now, Unavailable):
        return Unfit("parent_unavailable", stale=True)
    parent = saying.parent
    if saying.revision.kind != DraftKind.CORRECTION:
        return _said(parent, now)
    other = parent.the_answer and not same_words(storable(now.text.plain), parent.words)
    return Unfit(Reason.DIFFERENT.value) if other else None


def _said(post: Post, now: PublicPost | Gone | Unavailable | AsHeard) -> Unfit | None:
    """Whether a customer's post says something else by now than what the team saw."""
    if not isinstance(now, PublicPost):
        return None
    same = (storable(now.text.plain), storable(now.warning or "")) == (post.words, post.warning)
    return None if same else Unfit("parent_edited", stale=True)


# ------------------------------------------------------------------------------------------ the chat


async def _people(order: Order, roster: Roster) -> Good | Changed | Uncertain | Later:
    message = order.message
    channel = order.conversation.channel_id
    given = [sign for sign in order.signs if sign.given]
    try:
        async with asyncio.timeout(ROSTER_LIMIT.total_seconds()):
            reps = sorted({sign.rep_id for sign in given})
            # All at once: each costs a way to the chat and back. Signs are read whatever the approvals were: a no may
            # have come as a reaction while we did not hear.
            now, found = await asyncio.gather(
                roster.signs_now(message.id),
                asyncio.gather(*[roster.standing(rep, channel) for rep in reps]),
            )
            if isinstance(now, HeardSince):
                # A ❌ may have met it that nobody can read. Who gives a yes afterwards sees the reactions that stand.
                if any(sign.sign == "approve" and sign.at < now.at for sign in given):
                    return Uncertain(now.at)
            elif now is not None and (changed := await _changed(order.signs, now, roster, channel)) is not None:
                return changed
    except (RosterAway, TimeoutError) as error:
        return Later(ASK_AGAIN, type(error).__name__, waits_for=WaitsFor.CHAT)
    if Standing.UNKNOWN in found:
        return Later(ASK_AGAIN, "unknown standing", waits_for=WaitsFor.CHAT)
    return Good(dict(zip(reps, found, strict=True)))


async def _changed(
    signs: Sequence[Approval], stands: frozenset[SignNow], roster: Roster, channel: int
) -> Changed | None:
    """Reactions that were taken back or added while we did not hear. A no counts from those who may say yes, and not
    again where it was set aside by words: its reaction still stands."""
    stand = {(sign.rep, sign.approve) for sign in stands}
    known = {(sign.rep_id, sign.sign == "approve") for sign in signs if sign.given or not sign.by_reaction}
    gone = [
        sign.rep_id
        for sign in signs
        if sign.given and sign.by_reaction and sign.sign == "approve" and (sign.rep_id, True) not in stand
    ]
    objecting = []
    for rep, approve in sorted(stand):
        if not approve and (rep, False) not in known:
            standing = await roster.standing(rep, channel)
            if Right.APPROVE in RIGHTS[standing]:
                objecting.append((rep, standing))
    return Changed(tuple(gone), tuple(objecting)) if gone or objecting else None


# ------------------------------------------------------------------------------------------ drafts


class Checker:
    """The pre-flight of every draft that is shown: may we answer there, how long, at what cost, until when."""

    def __init__(self, store: Store, platforms: Mapping[str, Platform]) -> None:
        self._store = store
        self._platforms = platforms

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        with self._store.wakes.listening(Topic.CHECK) as roused:
            while not stop.is_set():
                try:
                    pause = await self.round()
                except Exception as error:
                    log.exception("checks stumbled", extra={"error": type(error).__name__})
                    pause = 1.0
                if pause > 0:
                    await roused.wait(pause)

    async def round(self) -> float:
        """Check what is due; seconds until the next look."""
        async with self._store.work() as work:
            taken = await sending.take_checks(work, limit=8)
        await asyncio.gather(*[self._check(one) for one in taken])
        if taken:
            return 0.0
        due = await sending.when_check_due(self._store)
        if due is None:
            return 2.0
        return min(max((due - self._store.clock()).total_seconds(), 0.01), 2.0)

    async def _check(self, taken: Taken) -> None:
        with following("preflight", conversation=taken.conversation):
            await self._checked(taken)

    async def _checked(self, taken: Taken) -> None:
        async with self._store.reading() as session:
            found = await sending.check(session, taken.id)
        if found is None:
            return
        account, conversation, revision, parent = found
        platform = self._platforms.get(account)
        answer: Ready | Refusal | Later
        if platform is None:
            answer = Later(ASK_AGAIN, "no such account")
        elif revision.kind == DraftKind.PRIVATE and not platform.can.answers_privately:
            answer = Refusal(Reason.UNSUPPORTED, NO_PRIVATE)
        elif revision.kind not in ANSWERS:
            supported = platform.can.corrects if revision.kind == DraftKind.CORRECTION else platform.can.retracts
            answer = Ready() if supported else Refusal(Reason.UNSUPPORTED, "This platform cannot do that.")
        else:
            reply = reply_to(parent, conversation, revision)
            answer = await _ask(platform, reply)
        await self._write(taken, answer)

    async def _write(self, taken: Taken, answer: Ready | Refusal | Later) -> None:
        async with self._store.work() as work:
            row = await sending.check_held(work, taken)
            if row is None:
                return
            if isinstance(answer, Later) and taken.tries < MOST_CHECKS:
                finish(row, due_at=answer.at(work.now))
                return
            row.ready = _ready(answer)
            finish(row)
            work.want(CardKind.DRAFT, row.id)


async def _ask(platform: Platform, reply: Reply) -> Ready | Refusal | Later:
    try:
        answer = await platform.preflight(reply)
    except AuthFailed as error:
        return Refusal(Reason.AUTH, error.sentence)
    except Throttled as error:
        return Later(ASK_AGAIN, "throttled", error.until)
    except (Unreachable, Malformed) as error:
        return Later(ASK_AGAIN, type(error).__name__)
    return answer


def _ready(answer: Ready | Refusal | Later) -> dict[str, object]:
    """As it lies on the draft message: `{"ok": true, "until", "cost", "notes"}`, `{"ok": false, "reason",
    "sentence"}`, or `{"ok": null}` when nobody could be asked."""
    match answer:
        case Ready(until=until, cost=cost, notes=notes):
            return {
                "ok": True,
                "until": None if until is None else until.isoformat(),
                "cost": None if cost is None else f"{cost.reply} {cost.currency}",
                "notes": list(notes),
            }
        case Refusal(reason=reason, sentence=sentence):
            return {"ok": False, "reason": reason.value, "sentence": sentence}
        case Later():
            return {"ok": None}
