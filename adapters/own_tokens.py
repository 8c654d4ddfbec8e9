"""Tokens that a program makes for itself from a key or a secret, as often as it likes: nobody is asked, nothing kept.

Tokens that a person's consent brings are `oauth`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import READ_LIMIT, WAIT_WITHOUT_HEADER, Clock, Http, platform_words
from adapters.quoting import quoted
from adapters.tokens import Tokens, read_tokens

EARLY = timedelta(minutes=5)  # so long before its end a token is not used any more


class OwnTokens:
    """Gives the token, whoever asks; asks for another when it ends. `form` is what is sent for one; it may raise
    `AuthFailed`. `refused` is the sentence for people when none is given."""

    def __init__(
        self,
        server: str,
        path: str,
        *,
        form: Callable[[], Mapping[str, str]],
        refused: str,
        clock: Clock,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._http = Http(server, headers={"User-Agent": "Twoway", **(headers or {})}, clock=clock)
        self._path = path
        self._form = form
        self._refused = refused
        self._clock = clock
        self._now: Tokens | None = None
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        await self._http.close()

    async def current(self) -> str:
        """A token that should do. `AuthFailed` when only a person can help; otherwise as for any reading."""
        async with self._one_at_a_time:
            if self._now is None or (self._now.ends is not None and self._clock() >= self._now.ends - EARLY):
                self._now = await self._asked()
            return self._now.access

    async def for_a_call(self) -> str:
        """The same before a write, of which nothing was sent yet: `Refused` or `Throttled`."""
        try:
            return await self.current()
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, "The platform gave us no token.") from error

    def stale(self, token: str) -> None:
        """The server did not take it: the next one is new."""
        if self._now is not None and self._now.access == token:
            self._now = None

    async def _asked(self) -> Tokens:
        try:
            answer = await self._http.write_once("POST", self._path, form=self._form(), limit=READ_LIMIT)
        except Refused as error:
            raise AuthFailed(f"{self._refused} {error.sentence}") from error
        except Lost as error:
            raise Unreachable(f"the token server: {error.detail}") from error
        if not answer.is_json or not isinstance(answer.body, dict):
            raise Malformed("token", "an object")
        # Servers of some makers call it "BearerToken", and mean the same.
        said = {key: value for key, value in answer.body.items() if key != "token_type"}
        try:
            return read_tokens(said, self._clock())
        except Malformed as error:
            raise AuthFailed(self._refused + quoted(platform_words(answer.body))) from error
