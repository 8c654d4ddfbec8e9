"""Who may press the sandbox's buttons: programs and pages of this machine, not any open website."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})


class LocalOnly:
    """Wraps a handler: the Host must be loopback, an Origin must be the same, a POST must be JSON.

    A website that a person has open cannot send JSON here without a preflight, which nobody answers, and
    a name that points to 127.0.0.1 fails by its Host.
    """

    def __call__(self, inner: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            no = self._refusal(request)
            return web.json_response({"error": no}, status=403) if no else await inner(request)

        return guarded

    def _refusal(self, request: web.Request) -> str | None:
        host = urlsplit(f"//{request.host}").hostname or ""
        origin = request.headers.get("Origin")
        if host not in _LOOPBACK:
            return "only by 127.0.0.1 or localhost"
        if origin is not None and urlsplit(origin).netloc != request.host:
            return "only from the sandbox's own page"
        if request.method == "POST" and request.content_type != "application/json":
            return "send application/json"
        return None
