"""Hearing mail: each folder from the last number on, at once where the server tells us (IDLE), else by asking.

Numbers are read again over a small overlap, and what was told is remembered: a folder that was made anew (another
UIDVALIDITY) is gone through again without telling anything twice. What programs wrote is told as the settings say.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.http import Clock
from adapters.mail_criteria import since
from adapters.mail_imap import Client, Line
from adapters.mail_posts import Found, Letters, with_print
from adapters.mail_read import Wrote
from adapters.mail_settings import Settings
from adapters.payload import read_int, read_list, read_object, read_str
from adapters.posts import Batch, Cursor, Heard, Posted
from adapters.remembering import Told
from adapters.streams import pause_after

log = logging.getLogger(__name__)

OVERLAP = 20  # numbers before the last one that are looked at again: some servers show a lower one later
TOLD_AT_ONCE = 25
KNOWN = 5000  # numbers of mails that were read in this life
AFTER_NEWS = timedelta(milliseconds=50)  # what comes together is read together
IDLE_LIMIT = timedelta(minutes=9)  # RFC 2177: renewed at least every 29; routers forget a silent line sooner


@dataclass(frozen=True, slots=True)
class Place:
    """How far a folder was read: its UIDVALIDITY, and the last number."""

    validity: int
    last: int


class State:
    """What the cursor holds: how far each folder was read, and what was told."""

    def __init__(self, told: Told, folders: Mapping[str, Place]) -> None:
        self.told = told
        self.folders = dict(folders)

    @classmethod
    def read(cls, cursor: Cursor) -> State:
        """What stands in a cursor of ours; `Malformed` for anything else."""
        try:
            value: object = json.loads(cursor)
        except (ValueError, RecursionError):
            raise Malformed("cursor", "JSON") from None
        entry = read_object(value, "cursor")
        folders: dict[str, Place] = {}
        for name, pair in read_object(entry.get("folders"), "cursor folders").items():
            both = read_list(pair, "cursor folders")
            if len(both) != 2:
                raise Malformed("cursor folders", "pairs")
            folders[read_str(name, "cursor folders")] = Place(*(read_int(one, "cursor folders") for one in both))
        return cls(Told.read(Cursor(read_str(entry.get("told"), "cursor told"))), folders)

    def cursor(self) -> Cursor:
        folders = {name: [place.validity, place.last] for name, place in self.folders.items()}
        return Cursor(json.dumps({"folders": folders, "told": self.told.cursor()}, separators=(",", ":")))


@dataclass(frozen=True, slots=True)
class News:
    """What a folder has that was not read: in which order, up to which number, and since when it may be news."""

    validity: int
    uids: tuple[int, ...]
    last: int
    floor: datetime | None


class Listener:
    """One mailbox's ears. `run` ends only with `AuthFailed`."""

    def __init__(self, *, line: Line, letters: Letters, settings: Settings, clock: Clock) -> None:
        self._line = line
        self._letters = letters
        self._settings = settings
        self._clock = clock
        self._known: OrderedDict[tuple[str, int, int], None] = OrderedDict()
        unheard = {
            Wrote.LIST: settings.hear_lists,
            Wrote.AUTO_REPLY: settings.hear_auto_replies,
            Wrote.MACHINE: settings.hear_machines,
            Wrote.BOUNCE: False,  # news of our reply, not somebody's words: `look` finds it
        }
        self._unheard = frozenset(wrote for wrote, heard in unheard.items() if not heard)

    async def run(self, since_: Cursor | None) -> AsyncIterator[Batch]:
        begun = Told(start=self._clock() - self._settings.look_back)
        state = State(begun, {}) if since_ is None else State.read(since_)
        failures = 0
        while True:
            pause = self._settings.poll
            try:
                if self._letters.sent is None:
                    await self._letters.look_around()
                for folder in self._letters.places:
                    async for batch in self._folder(state, folder):
                        yield batch
                failures = 0
                if self._settings.streaming and await self._waited(state, min(pause, IDLE_LIMIT)):
                    pause = AFTER_NEWS
            except Throttled as error:
                pause = max(timedelta(seconds=1), error.until - self._clock())
            except (Unreachable, Malformed) as error:
                failures += 1
                pause = min(pause, pause_after(failures))
                log.warning("mailbox cannot be read, again in %.1f s: %s", pause.total_seconds(), error)
            await asyncio.sleep(pause.total_seconds())

    # Reading

    async def _folder(self, state: State, folder: str) -> AsyncIterator[Batch]:
        """What is new in a folder, in the order in which it came, in batches."""
        place = state.folders.get(folder)
        start = state.told.start
        news = await self._line.ask(lambda client: look(client, folder, place, start))
        fresh = [uid for uid in news.uids if (folder, news.validity, uid) not in self._known]
        for at in range(0, len(fresh), TOLD_AT_ONCE):
            some = fresh[at : at + TOLD_AT_ONCE]
            found = await self._letters.read(folder, some)
            if len(found) < len(some):
                log.warning("%d mails in %s hold nothing that can be read", len(some) - len(found), folder)
            heard = [told for one in found if (told := await self._told(state, one, news.floor)) is not None]
            await self._letters.file_copies(found)
            before = 0 if place is None or place.validity != news.validity else place.last
            if news.floor is None:  # a sweep may end anywhere and begins again; a count goes on from here
                state.folders[folder] = Place(news.validity, max(before, some[-1]))
            for uid in some:
                self._remember(folder, news.validity, uid)
            if heard:
                yield Batch(tuple(heard), state.cursor())
        if state.folders.get(folder) != (now := Place(news.validity, news.last)):
            state.folders[folder] = now
            yield Batch((), state.cursor())

    async def _told(self, state: State, found: Found, floor: datetime | None) -> Heard | None:
        letter = found.letter
        if floor is not None and letter.received < floor:
            return None  # from before our time
        if letter.wrote in self._unheard and not self._letters.is_ours(found):
            log.info("not told: %s, number %d in %s", letter.wrote.value, found.uid, found.folder)
            return None
        own = letter.sender is not None and letter.sender.address.lower() == self._settings.address.lower()
        if own and letter.name.startswith("twoway.") and not self._letters.is_ours(found):
            log.warning("not told: number %d in %s claims to be ours and is not", found.uid, found.folder)
            return None
        before = state.told.tell(letter.name, letter.print)
        if before is None:
            return Posted(self._letters.post(found, root=await self._letters.root(letter)))
        state.told.tell(letter.name, before)
        if before == letter.print or self._letters.is_ours(found):
            return None
        # Another mail with the same id: it is somebody's words all the same.
        ref = with_print(letter)
        if state.told.tell(ref, letter.print) is not None:
            return None
        root = await self._letters.root(letter) if letter.parents else ref
        return Posted(self._letters.post(found, root=root, ref=ref))

    def _remember(self, folder: str, validity: int, uid: int) -> None:
        self._known[(folder, validity, uid)] = None
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)

    # Waiting

    async def _waited(self, state: State, longest: timedelta) -> bool:
        """Wait until something happens in the first folder, or for so long. False at once where the server cannot."""
        folder = self._settings.places[0]
        place = state.folders[folder]
        seconds = longest.total_seconds()

        def wait(client: Client) -> bool:
            if not client.has_capability("IDLE"):
                return False
            chosen = client.select_folder(folder, readonly=True)
            following = chosen.get(b"UIDNEXT")
            if chosen.get(b"UIDVALIDITY") != place.validity:
                return True
            if isinstance(following, int) and following > place.last + 1:
                return True  # it came while we were not looking
            client.idle()
            client.idle_check(timeout=seconds)
            client.idle_done()
            return True

        return await self._line.ask(wait, limit=longest + timedelta(seconds=30))


def look(client: Client, folder: str, place: Place | None, start: datetime) -> News:
    """What a folder has that may be news. (A search past its end answers with the last number: it is left out.)"""
    chosen = client.select_folder(folder, readonly=True)
    validity, following = chosen.get(b"UIDVALIDITY"), chosen.get(b"UIDNEXT")
    if not isinstance(validity, int):
        raise Malformed("folder", "a UIDVALIDITY")
    last = following - 1 if isinstance(following, int) else 0
    if place is not None and place.validity == validity:
        first = max(1, place.last + 1 - OVERLAP)
        uids = sorted(uid for uid in client.search(f"UID {first}:*") if uid >= first)
        return News(validity, tuple(uids), max([place.last, last, *uids]), None)
    uids = sorted(client.search(since(start)))
    return News(validity, tuple(uids), max([last, *uids]), start)
