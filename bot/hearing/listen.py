"""An account's listener: holds the account's lease, keeps its platform open, hands what it hears to `receive`.

One machine listens to an account; when it dies, another takes over once the lease has ended. A failure never ends a
listener: it waits, a little longer each time, begins again at the stored cursor, and the team is told once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

from adapters.contract import AuthFailed, Batch, Cursor, Platform, Throttled, Unreachable
from bot.hearing import notices
from bot.hearing.changes import Surfaced
from bot.hearing.receive import NotOurs, Router, receive, take_in
from models import intake, worklist
from models.permits import Policy
from models.places import Account
from models.reading import heard as known
from models.store import LEASE, Store
from models.trouble import RowRefused

log = logging.getLogger("twoway.hearing")

T = TypeVar("T")

LAST_MOMENT = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a listener waits for what."""

    beat: timedelta = LEASE / 4  # between two renewals of the lease, or two looks whether it is free
    open: timedelta = timedelta(seconds=30)
    idle: timedelta = timedelta(minutes=10)  # without a batch: begin again, in case the connection only looks alive
    store: timedelta = timedelta(seconds=60)
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=2)
    blips: int = 3  # so many failures to reach a server in a row are told; a token that is refused is told at once


class Gone(Exception):
    """There is no such account in the store."""


class Listener:
    """Hears one account until it is stopped."""

    def __init__(
        self,
        store: Store,
        account_name: str,
        platform: Platform,
        *,
        policies: Mapping[int, Policy],
        surfaced: Surfaced | None = None,
        router: Router | None = None,
        patience: Patience | None = None,
        on_open: Callable[[], None] | None = None,
    ) -> None:
        self._store = store
        self._name = account_name
        self._platform = platform
        self._policies = policies
        self._surfaced = surfaced
        self._router = router
        self._patience = patience or Patience()
        self._on_open = on_open
        self._stopping = asyncio.Event()
        self._failures = 0
        self._well = False

    def stop(self) -> None:
        """Ends `run` soon; a batch that is being stored is stored or not, never half."""
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop` or cancelled. Holds the lease whenever it can be had, and gives it back at the end."""
        account_id: int | None = None
        while not self._stopping.is_set():
            try:
                if account_id is None:
                    account_id = await self._account_id()
                fence = await self._hold(account_id)
            except Gone:
                raise
            except Exception:  # the database is away: nothing can be heard, nothing is lost
                log.exception("the lease could not be asked for", extra={"account": self._name})
                fence = None
            if account_id is None or fence is None:
                await self._sleep(self._patience.beat)
                continue
            try:
                await self._while_ours(account_id, fence)
            finally:
                await self._give_back(account_id, fence)

    async def _account_id(self) -> int:
        async with self._store.reading() as session:
            account = await known.account_named(session, self._name)
        if account is None:
            raise Gone(self._name)
        return account.id

    async def _while_ours(self, account_id: int, fence: int) -> None:
        """Listen until the lease is lost or we are stopped."""
        tasks = [
            asyncio.create_task(self._renewing(account_id, fence), name=f"renew {self._name}"),
            asyncio.create_task(self._hearing(account_id, fence), name=f"hear {self._name}"),
            asyncio.create_task(self._stopping.wait(), name=f"stop {self._name}"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            if (error := task.exception()) is not None:
                raise error

    async def _renewing(self, account_id: int, fence: int) -> None:
        """Ends when the lease is somebody else's, or could not be renewed for as long as it lasts."""
        loop = asyncio.get_running_loop()
        good_until = loop.time() + LEASE.total_seconds()
        while True:
            await asyncio.sleep(self._patience.beat.total_seconds())
            try:
                if not await _unbroken(self._renew(account_id, fence)):
                    log.warning("somebody else listens", extra={"account": self._name})
                    return
                good_until = loop.time() + LEASE.total_seconds()
            except Exception:
                log.exception("the lease was not renewed", extra={"account": self._name})
                if loop.time() > good_until:
                    return

    async def _renew(self, account_id: int, fence: int) -> bool:
        async with asyncio.timeout(LEASE.total_seconds()), self._store.work() as work:
            return await worklist.renew(work, Account, account_id, fence)

    async def _hearing(self, account_id: int, fence: int) -> None:
        """Again and again; returns only when the lease is lost."""
        while True:
            pause = self._patience.first_pause * 2 ** min(self._failures, 20)
            try:
                await self._hear(account_id, fence)
                continue
            except NotOurs:
                return
            except AuthFailed as error:
                await self._trouble(account_id, "auth", error.sentence)
            except (Unreachable, Throttled, TimeoutError) as error:
                detail = error.detail if isinstance(error, Unreachable) else type(error).__name__
                log.warning("cannot hear", extra={"account": self._name, "error": type(error).__name__})
                if self._failures + 1 >= self._patience.blips:
                    await self._trouble(account_id, "unreachable", f"{self._name} cannot be reached: {detail}")
                if isinstance(error, Throttled):
                    pause = max(pause, error.until - self._store.clock())
            except Exception as error:
                log.exception("hearing failed", extra={"account": self._name})
                sentence = f"Hearing {self._name} failed ({type(error).__name__}); the log says more."
                await self._trouble(account_id, "failed", sentence)
            self._failures += 1
            await asyncio.sleep(min(pause, self._patience.longest_pause).total_seconds())

    async def _hear(self, account_id: int, fence: int) -> None:
        """Open, then listen from the stored cursor. Returns when nothing came for long; raises what went wrong."""
        async with asyncio.timeout(self._patience.open.total_seconds()):
            me = await self._platform.open()
        async with self._store.work() as work:
            account = await intake.lock_account(work, account_id)
            account.me = dict(cast(Mapping[str, object], me.to_json()))
            cursor = None if account.cursor is None else Cursor(account.cursor)
        if self._on_open is not None:
            self._on_open()
        await notices.well(self._store, account_id)
        self._well = True
        async with aclosing(_generator(self._platform.listen(cursor))) as batches:
            while True:
                try:
                    async with asyncio.timeout(self._patience.idle.total_seconds()):
                        batch = await anext(batches)
                except (TimeoutError, StopAsyncIteration):
                    log.info("nothing heard for long, listening anew", extra={"account": self._name})
                    return
                await self._keep(account_id, fence, batch)
                self._failures = 0

    async def _keep(self, account_id: int, fence: int, batch: Batch) -> None:
        """Store a batch, however often it takes: it is never dropped. `NotOurs` when the lease was lost."""
        tries = 0
        while True:
            try:
                await _unbroken(self._receive(account_id, fence, batch))
            except NotOurs:
                raise
            except Exception as error:
                tries += 1
                if tries == 1 and isinstance(error, RowRefused):
                    # Publishing stores what it has sent, hearing what it hears: the same post at the same moment.
                    log.info("a batch once more, somebody stored the same", extra={"account": self._name})
                else:
                    log.exception("a batch was not stored", extra={"account": self._name, "tries": tries})
                if tries == self._patience.blips:
                    await self._one_by_one(account_id, fence, batch)
                if tries >= self._patience.blips:
                    sentence = f"What {self._name} hears cannot be stored ({type(error).__name__}); the log says more."
                    await self._trouble(account_id, "storing", sentence)
                pause = self._patience.first_pause * 2 ** min(tries - 1, 20)
                await asyncio.sleep(min(pause, self._patience.longest_pause).total_seconds())
            else:
                if not self._well:
                    await notices.well(self._store, account_id)
                    self._well = True
                return

    async def _receive(self, account_id: int, fence: int, batch: Batch) -> None:
        async with asyncio.timeout(self._patience.store.total_seconds()):
            await receive(
                self._store,
                account_id,
                batch,
                policies=self._policies,
                platform=self._platform,
                surfaced=self._surfaced,
                router=self._router,
                fence=fence,
            )

    async def _one_by_one(self, account_id: int, fence: int, batch: Batch) -> None:
        """One thing that cannot be stored shall not keep the rest of its batch from the team."""
        for heard in batch.heard:
            try:
                await take_in(
                    self._store,
                    account_id,
                    [heard],
                    cursor=None,
                    policies=self._policies,
                    surfaced=self._surfaced,
                    router=self._router,
                    fence=fence,
                )
            except NotOurs:
                raise
            except Exception:
                log.exception("one thing was not stored", extra={"account": self._name})

    async def _trouble(self, account_id: int, why: str, sentence: str) -> None:
        """Tell the team, once. When even that fails, the log has it and the next failure tries again."""
        self._well = False
        try:
            await notices.trouble(self._store, account_id, why=why, sentence=sentence)
        except Exception:
            log.exception("trouble was not told", extra={"account": self._name, "why": why})

    async def _hold(self, account_id: int) -> int | None:
        async with asyncio.timeout(LEASE.total_seconds()), self._store.work() as work:
            account = await worklist.hold(work, Account, account_id)
            return None if account is None else account.fence

    async def _give_back(self, account_id: int, fence: int) -> None:
        """So that another machine need not wait for the lease's end."""
        with contextlib.suppress(Exception):  # it then ends by itself
            async with asyncio.timeout(LEASE.total_seconds()), self._store.work() as work:
                account = await worklist.still_mine(work, Account, account_id, fence)
                if account is not None:
                    worklist.finish(account, due_at=account.due_at)

    async def _sleep(self, time: timedelta) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(time.total_seconds()):
                await self._stopping.wait()


async def _unbroken(work: Coroutine[None, None, T]) -> T:
    """A transaction that a stop does not tear: it gets a moment to end by itself."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=LAST_MOMENT.total_seconds())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


async def _generator(batches: AsyncIterator[Batch]) -> AsyncGenerator[Batch, None]:
    """A platform gives an iterator; this can be closed whatever it is."""
    try:
        async for batch in batches:
            yield batch
    finally:
        close = getattr(batches, "aclose", None)
        if close is not None:
            await close()
