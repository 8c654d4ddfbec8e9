"""The composition root: the only place where concrete classes meet. Starts everything, stops everything.

The process around it, with its signals, is `bot/process.py`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import web

from adapters.contract import AuthFailed, Hook, HookAnswer, Platform, PlatformError
from bot import consent, patience, trail
from bot.accounts import Accounts
from bot.chat import attaching, shipped
from bot.chat.board import Board
from bot.chat.channels import Channels
from bot.chat.contract import ChatError, Surface
from bot.chat.easel import Easel
from bot.chat.handling import Room
from bot.chat.inbox import ChatInbox
from bot.chat.pictures import Pictures
from bot.chat.roster import ChatRoster
from bot.chat.shifts import Shifts
from bot.chat.steps import handling_of
from bot.chat.stops import presses_stop
from bot.desk.timekeeping import keep_time
from bot.hearing.endings import tell_ahead
from bot.hearing.hooks import hook as hear_hook
from bot.hearing.listen import Listener
from bot.hearing.receive import Router
from bot.hearing.searching import Search, Searcher
from bot.hearing.sweep import Sweeper
from bot.keeping import cipher_of, platforms_of, wanted_places
from bot.ops.forgetting import keep_forgetting, keep_letting_go
from bot.ops.metrics import as_prometheus
from bot.ops.sealing import keep_seals
from bot.publishing.checks import Checker
from bot.publishing.crash import Crasher, crash_point, on_loopback
from bot.publishing.deliver import Publisher
from bot.reports.easel import keep_drawing
from bot.reports.paragraph import keep_writing
from bot.reports.summaries import keep_summaries
from bot.reports.today import Today
from bot.reports.warnings import keep_warning
from bot.rules import (
    ages,
    channels_of,
    dailies,
    folds_of,
    reader_of,
    router_of,
    searches_of,
    suggester_of,
    targets,
    watched,
    writer_of,
)
from bot.settings import Reads, Settings
from bot.surfaces import doors, surfaces_of
from bot.triage.dead_links import DeadLinks
from bot.triage.engine.model import model_of
from bot.triage.paraphrases import Paraphrases
from bot.triage.seen import Seen
from bot.triage.storms import Storms
from bot.web import application
from models.attachments import named
from models.drawings import png_of
from models.reading.figures import figures
from models.setup import Places, settle_places
from models.store import Store, utcnow
from models.wakes import Topic
from models.worklist import adopt, leave

log = logging.getLogger("twoway.app")

#: What one machine does, unless it is told to do only some of it.
PARTS = frozenset({"hear", "read", "show", "deliver"})

#: At the end: for what was begun, for the leases, for calls that come in, and for the rest to be given back. What is
#: left is found by whoever comes next (`bot/process.py` sees to it that all of it takes 10 s at most).
END_WITHIN, LEAVE_WITHIN, CALLS_WITHIN, CLOSE_WITHIN = 5.0, 3.0, 1.0, 5.0

#: How often a surface's health is asked, so that a trouble is said and its end is noticed.
HEALTH_EVERY = 10.0


class App:
    """One process of Twoway."""

    def __init__(self, settings: Settings, parts: frozenset[str] = PARTS) -> None:
        self._settings = settings
        self._parts = parts
        owner = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
        self.store = Store(settings.service.database, clock=utcnow, owner=owner, told=trail.told)
        self.platforms = platforms_of(settings, self.store)
        self.surfaces: dict[str, Surface] = surfaces_of(settings)
        #: One for all rooms that want vectors; the reader opens and closes it.
        self.model = model_of(settings.reader)
        self._troubles: dict[str, str] = {}
        self._started = False
        self._tracer: trail.Tracer | None = None
        self._today = Today({}, self.store.clock)

    async def run(self, stop: asyncio.Event) -> int:
        """Start, work until `stop`, end what was begun."""
        place = " ".join([self._settings.service.public_url, *(one.name for one in self._settings.accounts)])
        self._tracer = trail.tracer_of(os.environ, place, self.store.owner)
        trail.collect(self._tracer)
        found = await (self._settle() if self.store.embedded else patience.settled(self._settle, stop))
        if found is None:
            return 0
        places, searches = found
        channels = channels_of(self._settings, places)
        self._today = Today({rule.name: (rule.id, rule.target) for rule in channels.all()}, self.store.clock)
        publisher = self._publisher(channels)
        router = router_of(self._settings, places)
        runner = await self._serve(channels, publisher, router)
        if runner is None:
            return 2
        listeners = self._listeners(channels, publisher, router)
        policies, surfaced = channels.policies, publisher.surfaced
        sweeper = Sweeper(self.store, self.platforms, policies=policies, surfaced=surfaced, router=router)
        searcher = Searcher(self.store, self.platforms, searches, policies=policies, surfaced=surfaced, router=router)
        work_to_do = self._work(channels, places, publisher, sweeper, searcher, listeners, stop)
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(_named(name, one), name=name) for name, one in work_to_do.items()]
                self._started = True
                log.info("started", extra={"parts": ",".join(sorted(self._parts))})
                await stop.wait()
                log.info("stopping")
                for listener in listeners:
                    listener.stop()
                sweeper.stop()
                await self._end(running)
            await self._leave()
        finally:
            await runner.cleanup()
        return 0

    async def _settle(self) -> tuple[Places, Mapping[int, Search]]:
        """The rows that the settings ask for, once more where the database went away in the middle."""
        await adopt(self.store)
        async with self.store.work() as work:
            places = await settle_places(work, *wanted_places(self._settings))
            return places, await searches_of(work, self._settings, places)

    async def close(self) -> None:
        """Give everything back; who takes too long over it is left."""
        ends = [one.stop() for one in self.surfaces.values()] + [one.close() for one in self.platforms.values()]
        ends += [] if self._tracer is None else [self._tracer.close()]
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await asyncio.gather(*ends, return_exceptions=True)
        await self.store.close()

    async def _leave(self) -> None:
        """What we held is free for whoever comes next; with the database away they wait until the leases end."""
        try:
            async with asyncio.timeout(LEAVE_WITHIN):
                await leave(self.store)
        except Exception as error:
            log.warning("leases stay", extra={"error": type(error).__name__})

    async def _end(self, running: list[asyncio.Task[None]]) -> None:
        """Rouse everybody who waits, so that they see that it is over; who does not end in time is cut off."""
        deadline = asyncio.get_running_loop().time() + END_WITHIN
        while any(not task.done() for task in running):
            self.store.wakes.rouse(Topic)
            await asyncio.wait(running, timeout=0.1)
            if asyncio.get_running_loop().time() > deadline:
                for task in running:
                    task.cancel()
                return

    # ---------------------------------------------------------------------------------------------- the pieces

    def _work(
        self,
        channels: Channels,
        places: Places,
        publisher: Publisher,
        sweeper: Sweeper,
        searcher: Searcher,
        listeners: list[Listener],
        stop: asyncio.Event,
    ) -> Mapping[str, Coroutine[object, object, None]]:
        """Every loop of this process, by name."""
        loops: dict[str, Coroutine[object, object, None]] = {}
        links, paraphrases = DeadLinks(self.store), Paraphrases(self.store, self.model)
        accounts = Accounts(self.platforms, places.accounts)
        pictures = Pictures(
            self.store.clock,
            movable=len(channels.all()) > 1,
            folds=folds_of(self._settings),
            links=links,
            paraphrases=paraphrases,
            suggests=self._settings.suggestions is not None,
        )
        for surface in self.surfaces.values():
            easel = Easel(surface.can.takes_files, self._settings.service.public_url)
            room = Room(
                store=self.store,
                surface=surface,
                channels=channels,
                compose=accounts.compose,
                settle_after=accounts.settle_after,
                accounts=places.accounts,
                easel=easel,
                suggests=suggester_of(self._settings),
                takes=accounts.takes,
                rules=self._settings.reader.rules,
                topics=tuple(one.name for one in self._settings.topics),
            )
            inbox = ChatInbox(
                self.store, surface.name, handling_of(room), here=surface.can.dialogs_here, urgent=presses_stop
            )
            loops[f"surface-{surface.name}"] = self._start_and_watch(surface, inbox, channels, stop)
            if "show" in self._parts:
                loops[f"inbox-{surface.name}"] = inbox.run(stop)
                loops[f"attach-{surface.name}"] = attaching.keep_attaching(room, stop)
                loops[f"news-{surface.name}"] = shipped.keep_telling(room, stop)
                loops[f"board-{surface.name}"] = Board(self.store, surface, channels, pictures, easel).run(stop)
        if "show" in self._parts:
            loops["easel"] = keep_drawing(self.store, stop)
            loops["links"] = links.run(stop)
            loops["paraphrases"] = paraphrases.run(stop)
        if "hear" in self._parts:
            loops |= {f"hear-{index}": listener.run() for index, listener in enumerate(listeners)}
            loops["sweep"] = sweeper.run()
            loops["search"] = searcher.run(stop)
            loops["endings"] = tell_ahead(self.store, stop)
        else:
            loops |= {f"open-{name}": _open(name, platform, stop) for name, platform in self.platforms.items()}
        if "read" in self._parts and self._settings.reader.use is not Reads.OFF:
            loops["read"] = reader_of(self._settings, places, self.store, self.model).run(stop)
            if (model := self.model) is not None:
                seen = Seen(self.store, lambda: model.likeness, rules=self._settings.reader.rules)
                loops["seen"] = seen.run(stop)
        if "read" in self._parts and self._settings.storms is not None:
            loops["storms"] = Storms(self.store, self._settings.storms).run(stop)
        if "deliver" in self._parts:
            loops["deliver"] = publisher.run(stop)
            loops["check"] = Checker(self.store, self.platforms).run(stop)
            loops["time"] = keep_time(self.store, channels.policies, stop)
            loops["warnings"] = keep_warning(self.store, watched(self._settings, places), channels.policies, stop)
            loops["summaries"] = keep_summaries(self.store, dailies(self._settings, places), stop)
            loops["shifts"] = Shifts(self.store, self.surfaces, channels).run(stop)
            writer = writer_of(self._settings)
            if writer is not None:
                loops["paragraphs"] = keep_writing(self.store, writer, targets(self._settings, places), stop)
            loops["seal"] = keep_seals(self.store, stop)
            loops["words"] = keep_letting_go(self.store, stop)
            if old := ages(self._settings, places):
                loops["forget"] = keep_forgetting(self.store, old, stop)
        return loops

    def _publisher(self, channels: Channels) -> Publisher:
        local = {account.name for account in self._settings.accounts if _is_local(account.options)}
        crash = Crasher(crash_point(os.environ.get("TWOWAY_CRASH_AT")), accounts=local)
        roster = ChatRoster(self.store, self.surfaces, channels)
        return Publisher(self.store, self.platforms, roster=roster, policies=channels.policies, crash=crash)

    def _listeners(self, channels: Channels, publisher: Publisher, router: Router | None) -> list[Listener]:
        if "hear" not in self._parts:
            return []
        policies, surfaced = channels.policies, publisher.surfaced
        return [
            Listener(self.store, name, platform, policies=policies, surfaced=surfaced, router=router)
            for name, platform in self.platforms.items()
        ]

    # -------------------------------------------------------------------------------------------- outside faces

    async def _serve(self, channels: Channels, publisher: Publisher, router: Router | None) -> web.AppRunner | None:
        policies, surfaced = channels.policies, publisher.surfaced

        async def hook(account: str, asked: Hook) -> HookAnswer | None:
            if account not in self.platforms:
                return None
            return await hear_hook(
                self.store, self.platforms, account, asked, policies=policies, surfaced=surfaced, router=router
            )

        app = application(
            chat=doors(self.surfaces),
            callback=(consent.PATH, consent.handler(self.store, cipher_of(self._settings))),
            hook=hook,
            healthy=self._healthy,
            ready=self._ready,
            metrics=self._metrics,
            picture=self._picture,
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=CALLS_WITHIN)
        await runner.setup()
        service = self._settings.service
        try:
            await web.TCPSite(runner, service.host, service.port).start()
        except OSError as error:
            log.error(f"service.listen: cannot listen on {service.host}:{service.port} ({error.strerror}).")
            await runner.cleanup()
            return None
        return runner

    async def _healthy(self) -> Mapping[str, object]:
        return {"status": "ok"}

    async def _ready(self) -> tuple[bool, Mapping[str, object]]:
        """Ready to work, degraded or not: the database answers and every loop was begun."""
        try:
            async with asyncio.timeout(3), self.store.reading() as session:
                await figures(session)
        except Exception as error:
            return False, {"status": "database away", "error": type(error).__name__}
        status = "starting" if not self._started else "degraded" if self._troubles else "ok"
        return self._started, {"status": status, "troubles": dict(self._troubles)}

    async def _picture(self, name: str) -> bytes | None:
        async with asyncio.timeout(10), self.store.reading() as session:
            drawn = await png_of(session, name)
            if drawn is not None:
                return drawn
            given = await named(session, name)
            return None if given is None else given.data

    async def _metrics(self) -> str:
        async with self.store.reading() as session:
            return as_prometheus([*await figures(session), *await self._today.figures(session)])

    async def _start_and_watch(
        self, surface: Surface, inbox: ChatInbox, channels: Channels, stop: asyncio.Event
    ) -> None:
        """A trouble is said once, loudly, with its remedy; its end is said as well. Nothing needs a restart."""
        await surface.start(inbox)
        while not stop.is_set():
            try:
                places = [await surface.place(rule.chat) for rule in channels.all() if rule.surface == surface.name]
            except ChatError:
                places = []
            health = await surface.health(places)
            said = "" if health.ok else f"{health.sentence} {health.remedy}".strip()
            if said and self._troubles.get(surface.name) != said:
                log.error(said, extra={"surface": surface.name})
                self._troubles[surface.name] = said
            elif not said and self._troubles.pop(surface.name, None) is not None:
                log.info("well again", extra={"surface": surface.name})
            with suppress(TimeoutError):
                async with asyncio.timeout(HEALTH_EVERY):
                    await stop.wait()


async def _named(name: str, loop: Coroutine[object, object, None]) -> None:
    """A loop that ends by an error ends the process: whoever supervises it starts it again."""
    try:
        await loop
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("a loop failed", extra={"loop": name})
        raise


async def _open(name: str, platform: Platform, stop: asyncio.Event) -> None:
    """Where nobody listens, the platform is opened all the same: its limits decide what fits."""
    pause = 1.0
    while not stop.is_set():
        try:
            await platform.open()
            return
        except (PlatformError, AuthFailed) as error:
            log.error("account not opened", extra={"account": name, "error": type(error).__name__})
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await stop.wait()
        pause = min(pause * 2, 60.0)


def _is_local(options: Mapping[str, object]) -> bool:
    """Whether an account's server is this very machine."""
    server = options.get("server")
    return isinstance(server, str) and on_loopback(urlsplit(server).hostname or "")
