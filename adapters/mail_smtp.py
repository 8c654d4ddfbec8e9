"""Sending one mail by SMTP, once: each of the server's answers by what is certain after it (RFC 5321).

Until the server has the last dot, nothing was sent. Its answer to the dot is a yes or a no; without an answer nobody
knows.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import aiosmtplib

from adapters.errors import AuthFailed, Lost, Reason, Refused, Throttled, Unreachable
from adapters.http import WAIT_WITHOUT_HEADER, Clock
from adapters.leaving import Leaving
from adapters.mail_settings import Security, Server
from adapters.mail_write import Outgoing

CONNECT_LIMIT = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Login:
    """How we log in: a password, or a bearer token."""

    user: str
    secret: str = field(repr=False)
    bearer: bool = False


#: Answers of a server that concern us, not the mail: RFC 4954, and what Gmail and Exchange answer.
_AUTH_CODES = frozenset({530, 534, 535, 538})


class Sender:
    """The way out of one mailbox."""

    def __init__(self, server: Server, *, local: str, clock: Clock) -> None:
        self._server = server
        self._local = local
        self._clock = clock

    async def check(self, login: Login) -> None:
        """Log in and out again. `AuthFailed` and `Unreachable` as for any reading."""
        try:
            async with self._line(login, CONNECT_LIMIT.total_seconds()) as line:
                await line.quit()
        except aiosmtplib.SMTPAuthenticationError as error:
            raise self._no(error) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise Unreachable(f"the server for sending: {_name(error)}") from error

    async def send(self, mail: Outgoing, login: Login, *, seconds: float) -> None:
        """Returns when the server has taken it. `Refused`, `Throttled`, `Lost`. `AuthFailed`: nothing was sent."""
        leaving = Leaving()
        try:
            async with self._line(login, seconds) as line:
                await self._envelope(line, mail)
                await leaving.ask(self._clock)
                try:
                    await line.data(mail.raw, timeout=seconds)
                except aiosmtplib.SMTPResponseException as error:
                    raise self._judged(error) from error
                except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
                    raise Lost(_name(error)) from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise self._no(error) from error
        except aiosmtplib.SMTPResponseException as error:
            raise self._judged(error) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            # Before the mail itself was handed over: nothing was sent.
            raise Throttled(
                self._clock() + WAIT_WITHOUT_HEADER, f"The server for sending cannot be used now ({_name(error)})."
            ) from error
        finally:
            await leaving.close()

    @asynccontextmanager
    async def _line(self, login: Login, seconds: float) -> AsyncIterator[aiosmtplib.SMTP]:
        """A line on which we are logged in, of its own, and closed at once in the end: QUIT is a courtesy."""
        security = self._server.security
        line = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            local_hostname=self._local,
            timeout=min(seconds, CONNECT_LIMIT.total_seconds()),
            use_tls=security is Security.TLS,
            start_tls=security is Security.STARTTLS,
            tls_context=None if security is Security.NONE else ssl.create_default_context(),
        )
        try:
            await line.connect()
            await line.ehlo()
            if login.bearer:
                await line.auth_xoauth2(login.user, login.secret)
            elif login.secret:
                await line.login(login.user, login.secret)
            yield line
        finally:
            transport = line.transport
            line.close()
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()  # without a word: some wait long for the end of TLS
            await asyncio.sleep(0)  # the socket is closed in the loop's next round

    async def _envelope(self, line: aiosmtplib.SMTP, mail: Outgoing) -> None:
        options, encoding = [], "ascii"
        if mail.utf8:
            if not line.supports_extension("smtputf8"):
                raise Refused(Reason.NOT_ALLOWED, f"Our server cannot send to {mail.recipient}.")
            options, encoding = ["SMTPUTF8", "BODY=8BITMIME"], "utf-8"
        await line.mail(mail.sender, options=options, encoding=encoding)
        for one in (mail.recipient, mail.copy_to):  # all of them, or it does not go
            if one is not None:
                await line.rcpt(one, encoding=encoding)

    def _judged(self, error: aiosmtplib.SMTPResponseException) -> Refused | Throttled | Lost:
        said = " ".join(error.message.split())[:200]
        if 400 <= error.code < 500:
            return Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"The server asks us to wait: {error.code} {said}")
        if error.code in _AUTH_CODES:
            return Refused(Reason.AUTH, f"The server for sending does not let us: {error.code} {said}")
        if 500 <= error.code < 600:
            who = "the customer's address" if isinstance(error, aiosmtplib.SMTPRecipientRefused) else "this mail"
            reason = Reason.TOO_LONG if error.code == 552 else Reason.INVALID
            return Refused(reason, f"The server does not take {who}: {error.code} {said}")
        return Lost(f"the server answered {error.code}")

    def _no(self, error: aiosmtplib.SMTPAuthenticationError) -> AuthFailed | Throttled:
        if 400 <= error.code < 500:
            return Throttled(self._clock() + WAIT_WITHOUT_HEADER, "The server for sending cannot log us in now.")
        return AuthFailed("The server for sending does not take our name and password: look at both.")


def _name(error: BaseException) -> str:
    """What happened, without addresses or words that could be somebody's."""
    return "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
