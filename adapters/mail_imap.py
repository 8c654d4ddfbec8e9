"""A line to a mailbox by IMAP: in a thread, since the library waits; each question with a time limit.

What is asked is a function over the library's client, and only reads, but for filing what we sent. What answers mean
is left to others.
"""

from __future__ import annotations

import asyncio
import imaplib
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol, TypeVar, cast

from adapters.errors import AuthFailed, Malformed, Throttled, Unreachable
from adapters.mail_settings import Security, Server
from adapters.mail_smtp import Login

log = logging.getLogger(__name__)

T = TypeVar("T")

CONNECT_LIMIT = timedelta(seconds=15)
READ_LIMIT = timedelta(seconds=60)  # a search through a large mailbox takes its time
#: Not now, by RFC 5530: the name and the password may be good.
_LATER = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[CONTACTADMIN]", "TOO MANY SIMULTANEOUS")
#: What the library, and what it stands on, raises for a line or an answer that is no good.
_BROKEN = (imaplib.IMAP4.error, OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, AssertionError)


class Client(Protocol):
    """What we use of `imapclient.IMAPClient`, which has no types of its own."""

    def login(self, username: str, password: str) -> object: ...
    def oauth2_login(self, user: str, access_token: str) -> object: ...
    def starttls(self, ssl_context: ssl.SSLContext) -> object: ...
    def logout(self) -> object: ...
    def shutdown(self) -> None: ...
    def socket(self) -> socket.socket: ...
    def has_capability(self, capability: str) -> bool: ...
    def list_folders(self) -> Sequence[tuple[Sequence[bytes], bytes, str]]: ...
    def select_folder(self, folder: str, readonly: bool = False) -> Mapping[bytes, object]: ...
    def search(self, criteria: str | Sequence[str], charset: str | None = None) -> Sequence[int]: ...
    def fetch(self, messages: Sequence[int], data: Sequence[str]) -> Mapping[int, Mapping[bytes, object]]: ...
    def append(
        self, folder: str, msg: bytes, flags: Sequence[bytes] = (), msg_time: datetime | None = None
    ) -> object: ...
    def move(self, messages: Sequence[int], folder: str) -> object: ...
    def idle(self) -> object: ...
    def idle_check(self, timeout: float | None = None) -> Sequence[object]: ...
    def idle_done(self) -> object: ...


class Line:
    """One connection, made when first needed and again after it broke. One question at a time."""

    def __init__(self, server: Server, login: Callable[[], Awaitable[Login]]) -> None:
        # It writes whole mails into the log where somebody asks for everything.
        logging.getLogger("imapclient").setLevel(logging.WARNING)
        self._server = server
        self._login = login
        self._client: Client | None = None
        self._lock = asyncio.Lock()
        self._closing: set[asyncio.Future[None]] = set()

    async def ask(self, question: Callable[[Client], T], *, limit: timedelta = READ_LIMIT, again: bool = True) -> T:
        """The answer. On a line that broke it is asked once more on a new one, if `again`.

        `AuthFailed`, `Unreachable`, `Malformed` (an answer that is not as IMAP says).
        """
        async with self._lock:
            fresh = self._client is None
            try:
                return await self._asked(question, limit)
            except Unreachable:
                if fresh or not again:
                    raise
            return await self._asked(question, limit)

    async def close(self) -> None:
        async with self._lock:
            client, self._client = self._client, None
            if client is not None:
                with suppress(TimeoutError, *_BROKEN):
                    async with asyncio.timeout(1):
                        await asyncio.to_thread(client.logout)
                        return
                self._shut(client)
            await asyncio.gather(*self._closing)

    async def _asked(self, question: Callable[[Client], T], limit: timedelta) -> T:
        try:
            async with asyncio.timeout(limit.total_seconds()):
                client = await self._connected()
                return await asyncio.to_thread(question, client)
        except (AuthFailed, Throttled, Malformed):
            raise
        except TimeoutError as error:
            self.drop()
            raise Unreachable("the mailbox gave no answer in time") from error
        except _BROKEN as error:
            self.drop()
            raise Unreachable(f"the mailbox: {type(error).__name__}") from error
        except BaseException:  # whoever waits for it is gone: the thread must not wait on
            self.drop()
            raise

    def drop(self) -> None:
        """Cut the line. A thread that reads from it is told so by its socket."""
        client, self._client = self._client, None
        if client is not None:
            self._shut(client)

    def _shut(self, client: Client) -> None:
        with suppress(*_BROKEN):
            client.socket().shutdown(socket.SHUT_RDWR)
        # Closing waits for whoever still reads from it.
        future = asyncio.get_running_loop().run_in_executor(None, _close, client)
        self._closing.add(future)
        future.add_done_callback(self._closing.discard)

    async def _connected(self) -> Client:
        if self._client is not None:
            return self._client
        login = await self._login()
        client = await asyncio.to_thread(_connect, self._server)
        try:
            await asyncio.to_thread(_log_in, client, login)
        except BaseException:
            self._shut(client)
            raise
        self._client = client
        return client


def _close(client: Client) -> None:
    with suppress(*_BROKEN):
        client.shutdown()


def _connect(server: Server) -> Client:
    from imapclient import IMAPClient, SocketTimeout  # heavy, and only who has a mailbox needs it

    context = None if server.security is Security.NONE else ssl.create_default_context()
    made = IMAPClient(
        server.host,
        server.port,
        ssl=server.security is Security.TLS,
        ssl_context=context,
        timeout=SocketTimeout(CONNECT_LIMIT.total_seconds(), READ_LIMIT.total_seconds()),
    )
    made.normalise_times = False  # aware times
    client = cast(Client, made)
    try:
        if server.security is Security.STARTTLS and context is not None:
            client.starttls(context)
    except BaseException:
        _close(client)
        raise
    return client


def _log_in(client: Client, login: Login) -> None:
    from imapclient.exceptions import LoginError

    try:
        if login.bearer:
            client.oauth2_login(login.user, login.secret)
        else:
            client.login(login.user, login.secret)
    except LoginError as error:
        said = str(error).upper()
        if any(word in said for word in _LATER):
            raise Unreachable("the mailbox cannot log us in now") from error
        raise AuthFailed("The mailbox does not take our name and password: look at both.") from error
