"""The address at which a platform's page ends when somebody connects an account: `/connect/callback`.

It takes one answer for each word that `twoway connect` gave away, and stores it, sealed, for that command to fetch; it
exchanges nothing itself. The running bot serves it, or the command where no bot runs.
"""

from __future__ import annotations

import html
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from aiohttp import web

from adapters.quoting import one_line
from bot.keeping import NO_KEY
from bot.settings import ServiceSettings
from models.cipher import Cipher
from models.keeping import answer_consent, consent_of
from models.store import Store
from models.trouble import DatabaseTrouble

log = logging.getLogger("twoway.consent")

PATH = "/connect/callback"
#: By this header `twoway connect` knows that it is Twoway that answers at its address.
HEADER = "X-Twoway"
#: No platform sends a longer code (Facebook's have some 400 characters).
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform's page said: a code, or why there is none."""

    code: str = ""
    error: str = ""
    said: str = ""

    def to_json(self) -> str:
        return json.dumps([self.code, self.error, self.said])

    @classmethod
    def from_json(cls, words: str) -> Answer:
        """What `to_json` wrote."""
        return cls(*json.loads(words))


class Page(Enum):
    """What the person at the browser reads, and the status."""

    GOOD = (200, "Thank you. Please go back to the terminal: it goes on there. This page can be closed.")
    DENIED = (200, "Nothing was connected. The terminal says more; this page can be closed.")
    NOTHING = (400, "This address is where a platform answers after `twoway connect`. There is nothing to see.")
    STRANGE = (
        400,
        "I did not ask for this answer, or it came too late; nothing was connected. Run `twoway connect` again and "
        "open the address that it shows.",
    )
    AGAIN = (400, "This answer was given before. Each counts once, so nothing happened now.")
    NO_KEY = (503, NO_KEY)
    AWAY = (503, "The answer could not be stored: the database is away. Load this page again in a moment.")


def callback_address(service: ServiceSettings) -> str:
    """What has to be registered at a platform's app as our callback, to the letter."""
    local = "127.0.0.1" if service.host in ("0.0.0.0", "::", "") else service.host
    where = f"[{local}]" if ":" in local else local
    return f"{service.public_url.rstrip('/') or f'http://{where}:{service.port}'}{PATH}"


def handler(store: Store, cipher: Cipher | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answers `GET /connect/callback`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        page = await _taken(store, cipher, request)
        log.info("callback", extra={"page": page.name.lower()})
        return _response(page)

    return handle


async def _taken(store: Store, cipher: Cipher | None, request: web.Request) -> Page:
    asked = request.query
    state = asked.get("state", "")
    answer = Answer(asked.get("code", ""), asked.get("error", ""), one_line(asked.get("error_description")))
    if not state or not (answer.code or answer.error) or max(map(len, (state, answer.code, answer.error))) > LONGEST:
        return Page.NOTHING
    if cipher is None:
        return Page.NO_KEY
    try:
        async with store.reading() as session:
            if await consent_of(session, state) is None:
                return Page.STRANGE
        async with store.work() as work:
            taken = await answer_consent(work, state, answer.to_json(), cipher)
    except (DatabaseTrouble, OSError, TimeoutError) as error:
        log.warning("callback not stored", extra={"error": type(error).__name__})
        return Page.AWAY
    if taken is None:
        return Page.STRANGE
    if not taken:
        return Page.AGAIN
    return Page.GOOD if answer.code else Page.DENIED


def _response(page: Page) -> web.Response:
    status, sentence = page.value
    words = html.escape(sentence)
    return web.Response(
        status=status,
        text=f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Twoway</title><p>{words}</p></html>\n',
        content_type="text/html",
        headers={
            HEADER: "callback",
            # The address holds a code: it goes into no cache and to nobody else.
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
