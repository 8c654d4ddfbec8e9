"""Approved replies go out: due deliveries are taken and carried through the protocol, each attempt written down first.

What to do is decided in `protocol`, what is asked before sending in `checks`, what an outcome means for the
conversation is written by `settle`. Here is the order of things, and nothing is sent anywhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.contract import Platform, PlatformError, Receipt, Refused, Throttled
from adapters.leaving import asking
from bot.publishing import settle
from bot.publishing.checks import MOST_TRIES, Changed, Checked, Good, Later, Uncertain, Unfit, recheck
from bot.publishing.crash import NO_CRASH, Crasher, CrashPoint
from bot.publishing.intents import write_intent
from bot.publishing.last_word import last_word
from bot.publishing.protocol import (
    PROTOCOL,
    AskPerson,
    Bounds,
    DeliveryView,
    Found,
    LookFor,
    Nothing,
    Protocol,
    Recheck,
    Result,
    Verdict,
    WaitUntil,
)
from bot.publishing.roster import Roster
from bot.publishing.saying import bounds_of, call, reply_of
from bot.publishing.signs import signs_changed
from bot.publishing.uploads import Uploads
from bot.publishing.views import Clocks, Watch, attempt_view, delivery_view, order_view
from bot.trail import following
from models import sending, worklist
from models.lifecycle import Step
from models.permits import Policy
from models.reply import Delivery, DeliveryState
from models.sending import Order, Taken
from models.steps import Dossier, open_dossier
from models.store import Store
from models.wakes import Topic

log = logging.getLogger("twoway.publishing")

#: Replies that are carried at the same time by one process: calls wait for platforms, not for us.
AT_ONCE = 16

#: The longest pause between two looks at the worklist. Wakes make it shorter.
PAUSE = 2.0

#: How soon after some were taken to look when the next is due.
LOOK_AGAIN = 0.2

#: An account that this process does not know (yet): look again.
NO_PLATFORM = timedelta(seconds=15)

#: A receipt is worth several tries to write down; if all fail, a look finds the reply.
RECORD_TRIES = 5


class Publisher:
    """Carries deliveries. Any number of them may run, in any number of processes."""

    def __init__(
        self,
        store: Store,
        platforms: Mapping[str, Platform],
        *,
        roster: Roster,
        policies: Mapping[int, Policy],
        crash: Crasher = NO_CRASH,
        clocks: Clocks | None = None,
        protocol: Protocol = PROTOCOL,
    ) -> None:
        self._store = store
        self._platforms = platforms
        self._roster = roster
        self._policies = policies
        self._crash = crash
        self._clocks = clocks or Clocks(store.clock)
        self._protocol = protocol
        self._watch = Watch(self._clocks)
        self._looks: dict[int, int] = {}
        self._uploads = Uploads(store)
        self._busy: set[int] = set()
        self.surfaced = settle.Surfaced(protocol)

    # ------------------------------------------------------------------------------ the loop

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then what was begun is finished."""
        async with asyncio.TaskGroup() as tasks:
            with self._store.wakes.listening(Topic.DELIVER) as roused:
                while not stop.is_set():
                    try:
                        pause = await self._round(tasks)
                    except Exception as error:
                        log.exception("publishing stumbled", extra={"error": type(error).__name__})
                        pause = 1.0
                    if pause > 0:
                        await roused.wait(pause)

    async def _round(self, tasks: asyncio.TaskGroup) -> float:
        free = AT_ONCE - len(self._busy)
        if free <= 0:
            return PAUSE
        async with self._store.work() as work:
            taken = await sending.take_due(work, limit=free, without=self._busy)
        for one in taken:
            self._busy.add(one.id)
            tasks.create_task(self._carry_safely(one), name=f"delivery-{one.id}")
        if len(taken) == free:
            return PAUSE
        if taken:
            # The looking can wait: what was taken is on its way to the wire.
            return LOOK_AGAIN
        due = await sending.when_delivery_due(self._store, without=self._busy)
        if due is None:
            return PAUSE
        return min(max((due - self._store.clock()).total_seconds(), 0.01), PAUSE)

    async def _carry_safely(self, taken: Taken) -> None:
        """One delivery. What fails here is tried again when the lease ends; the fence sees to the rest."""
        try:
            with following("deliver", conversation=taken.conversation, delivery=taken.id):
                await self._carry_kept(taken)
        finally:
            self._busy.discard(taken.id)
            self._store.wakes.rouse([Topic.DELIVER])

    async def _carry_kept(self, taken: Taken) -> None:
        try:
            async with worklist.kept(self._store, Delivery, {taken.id: taken.fence}):
                await self.carry(taken)
        except Exception as error:
            log.exception("delivery stumbled", extra={"error": type(error).__name__})

    # ------------------------------------------------------------------------------ one delivery

    async def carry(self, taken: Taken) -> None:
        """Carry one delivery as far as it goes now."""
        order = await self._read(taken)
        if order is None:
            return
        platform = self._platforms.get(order.account)
        if platform is None:
            await self._give_back(taken, self._store.clock() + NO_PLATFORM)
            return
        bounds, view = bounds_of(platform.can), self._view(order)
        step = self._protocol.next_step(view, now=self._store.clock(), bounds=bounds)
        match step:
            case Nothing() if view.state is DeliveryState.SENT:
                await settle.read_back(self._store, platform, taken, order, self._policies)
            case Nothing():
                await self._give_back(taken, None)
            case WaitUntil(at):
                await self._give_back(taken, at)
            case Verdict():
                await self._tell(taken, view, step, bounds)
            case Recheck():
                await self._send(taken, order, view, platform, bounds)
            case LookFor():
                await self._look(taken, order, view, platform, bounds, step)

    async def _read(self, taken: Taken) -> Order | None:
        async with self._store.reading() as session:
            order = await sending.order(session, taken.id)
        return None if order is None or order.saying.delivery.fence != taken.fence else order

    def _view(self, order: Order) -> DeliveryView:
        return order_view(order, self._watch, self._looks.get(order.saying.delivery.id, 0))

    async def _give_back(self, taken: Taken, at: datetime | None) -> None:
        async with self._store.work() as work:
            await sending.give_back(work, taken, due_at=at)

    # ------------------------------------------------------------------------------ looking

    async def _look(
        self, taken: Taken, order: Order, view: DeliveryView, platform: Platform, bounds: Bounds, step: LookFor
    ) -> None:
        wanted: dict[int, list[datetime]] = {}
        for attempt in step.attempts:
            wanted.setdefault(attempt.delivery, []).append(attempt.intent_at)
        found, saying, receipt = await settle.look(platform, order, wanted)
        after = self._protocol.after_look(view, found, now=self._store.clock(), bounds=bounds)
        log.info("looked", extra={"found": found.value})
        if saying is not None and receipt is not None:
            async with self._store.work() as work:
                dossier = await open_dossier(work, taken.conversation, self._policies)
                await settle.learn(dossier, saying, receipt, protocol=self._protocol, how="looked")
                await sending.release(work, taken)
            return
        self._looks[taken.id] = 0 if found is Found.NOTHING and bounds.tells else view.looks + 1
        match after:
            case Recheck():
                await self._send(taken, order, view, platform, bounds)
            case Verdict():
                await self._tell(taken, view, after, bounds, looked_for=tuple(wanted))
            case WaitUntil(at):
                await self._give_back(taken, at)
            case AskPerson(at):
                await self._ask(taken, at)

    async def _ask(self, taken: Taken, at: datetime) -> None:
        async with self._store.work() as work:
            dossier = await open_dossier(work, taken.conversation, self._policies)
            row = dossier.delivery
            if row is not None and row.id == taken.id and row.fence == taken.fence:
                await settle.ask_person(dossier, row)
            await work.flush()
            await sending.give_back(work, taken, due_at=at)

    # ------------------------------------------------------------------------------ sending

    async def _send(self, taken: Taken, order: Order, view: DeliveryView, platform: Platform, bounds: Bounds) -> None:
        # Pictures first: nobody sees them until a reply names them, and what is read again below is then fresh.
        pictures = await self._uploads.of(order.saying, platform)
        checked = pictures if isinstance(pictures, Later | Unfit) else await recheck(order, platform, self._roster)
        if isinstance(checked, Later) and taken.tries >= MOST_TRIES:
            checked = Unfit("unreachable", checked.why)
        if not isinstance(checked, Good) or isinstance(pictures, Later | Unfit):
            await self._not_now(taken, order, view, checked, bounds)
            return
        # The clocks are read before the intent is written: whoever freezes in between comes too late to call.
        intent = self._clocks.read()
        async with self._store.work() as work:
            dossier = await open_dossier(work, taken.conversation, self._policies)
            attempt = await write_intent(dossier, taken, order, view, checked, intent.wall, bounds)
        if attempt is None:
            return
        self._watch.over(attempt)
        account, saying = order.account, order.saying
        self._crash(CrashPoint.AFTER_INTENT, account=account)
        receipt: Receipt | None = None
        error: PlatformError | None = None
        word = last_word(self._store, order.conversation)
        async with word() as goes:  # here, too, for platforms of others, whose adapters may not ask
            pass
        if goes and self._protocol.may_call(intent=intent, now=self._clocks.read(), bounds=bounds):
            earlier = [one.intent_at for one, _, _ in order.attempts if one.delivery_id == saying.delivery.id]
            reply = replace(reply_of(saying, order.conversation, earlier), pictures=pictures)
            with asking(word):
                result, receipt, error = await call(platform, saying, reply, bounds)
            self._crash(CrashPoint.AFTER_ATTEMPT, account=account)
            if receipt is not None:
                self._crash(CrashPoint.AFTER_ACCEPT, account=account)
        else:
            result = Result.NOT_CALLED
        log.info("called", extra={"attempt": attempt, "result": result.value})
        held = replace(view, state=DeliveryState.SENDING, sends=view.sends + 1)
        for nth in range(1, RECORD_TRIES + 1):
            try:
                await self._record(taken, order, held, attempt, bounds, result, receipt, error)
                break
            except Exception as failure:
                log.exception("outcome not written", extra={"error": type(failure).__name__})
                if nth == RECORD_TRIES:
                    raise
                await asyncio.sleep(0.2 * 2**nth)
        self._crash(CrashPoint.AFTER_VERDICT, account=account)

    async def _not_now(self, taken: Taken, order: Order, view: DeliveryView, checked: Checked, bounds: Bounds) -> None:
        async with self._store.work() as work:
            dossier = await open_dossier(work, taken.conversation, self._policies)
            row = await self._row(dossier, view)
            if row is None:
                return
            match checked:
                case Later():
                    log.info("not now", extra={"why": checked.why})
                    if row.why != checked.waits_for:
                        row.why = checked.waits_for.value
                        dossier.want_cards()  # they no longer say when it goes out, but what it waits for
                        await work.flush()
                    await sending.give_back(work, taken, due_at=checked.at(work.now))
                case Changed() | Uncertain():
                    await signs_changed(dossier, checked)
                    if dossier.delivery is not None:
                        await work.flush()
                        await sending.give_back(work, taken, due_at=work.now)
                case Unfit():
                    if checked.stale:
                        stale = {order.saying.parent.id} if order.above is None else {order.above.id}
                        for post in dossier.posts:
                            if post.id in stale:
                                post.due_at = work.now
                        work.wake(Topic.HEAR)
                    verdict = Verdict(Step.UNFIT, why=checked.why)
                    await settle.report(dossier, row, verdict, bounds=bounds, sentence=checked.sentence)

    # ------------------------------------------------------------------------------ outcomes

    async def _record(
        self,
        taken: Taken,
        order: Order,
        held: DeliveryView,
        attempt: int,
        bounds: Bounds,
        result: Result,
        receipt: Receipt | None,
        error: PlatformError | None,
    ) -> None:
        """Outcome and verdict in one transaction. A receipt is taken whatever the fence says."""
        async with self._store.work() as work:
            dossier = await open_dossier(work, taken.conversation, self._policies)
            if receipt is not None:
                await settle.learn(dossier, order.saying, receipt, protocol=self._protocol, how="called")
                self._crash(CrashPoint.BEFORE_VERDICT, account=order.account)
                return
            others = [one for one in await sending.attempts_of(work, taken.id) if one.id != attempt]
            views = tuple(attempt_view(one, held.state, "", timedelta()) for one in others)
            verdict = self._protocol.read_outcome(result, others=views)
            assert verdict.outcome is not None
            await sending.write_outcome(work, attempt, verdict.outcome, type(error).__name__ if error else "")
            row = await self._row(dossier, held)
            if row is not None:
                refused = error if isinstance(error, Refused) else None
                await settle.report(
                    dossier,
                    row,
                    replace(verdict, outcome=None),
                    bounds=bounds,
                    until=error.until if isinstance(error, Throttled) else None,
                    reason=refused.reason.value if refused else "",
                    sentence=refused.sentence if refused else "",
                )
            self._crash(CrashPoint.BEFORE_VERDICT, account=order.account)

    async def _tell(
        self,
        taken: Taken,
        view: DeliveryView,
        verdict: Verdict,
        bounds: Bounds,
        looked_for: tuple[int, ...] = (),
    ) -> None:
        async with self._store.work() as work:
            dossier = await open_dossier(work, taken.conversation, self._policies)
            row = await self._row(dossier, view)
            if row is not None:
                await settle.report(dossier, row, verdict, bounds=bounds, looked_for=looked_for)
        log.info("verdict", extra={"step": verdict.step.value, "told": row is not None})

    async def _row(self, dossier: Dossier, held: DeliveryView) -> Delivery | None:
        """The delivery, locked, if a verdict about it may be told: nobody took it over or moved it."""
        row = await sending.delivery_now(dossier.work, held.id)
        may = self._protocol.may_report(row=delivery_view(row), held=held)
        return row if may and dossier.delivery is not None and dossier.delivery.id == held.id else None
