"""How YouTube says no: a status, a reason, and the words around it, as its own answers have them."""

from aiohttp import web

#: Of these reasons the domain is not the resource's own (developers.google.com/youtube/v3/docs/errors, 2026).
_DOMAINS = {
    "quotaExceeded": "youtube.quota",
    "rateLimitExceeded": "usageLimits",
    "accessNotConfigured": "usageLimits",
    "authError": "global",
    "insufficientPermissions": "global",
    "backendError": "global",
}


class Rejected(Exception):
    """The server's no."""

    def __init__(self, status: int, reason: str, message: str, *, domain: str = "youtube.comment") -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.domain = _DOMAINS.get(reason, domain)

    def as_json(self) -> dict[str, object]:
        one = {"message": self.message, "domain": self.domain, "reason": self.reason}
        error: dict[str, object] = {"code": self.status, "message": self.message, "errors": [one]}
        if self.status == 401:
            error["status"] = "UNAUTHENTICATED"
        return {"error": error}


def refusal(no: Rejected) -> web.Response:
    return web.json_response(no.as_json(), status=no.status)


def failure(status: int) -> web.Response:
    """What a proxy in front of a server that fails says: HTML, not JSON."""
    return web.Response(status=status, content_type="text/html", text="<!DOCTYPE html><title>Error 502</title>")
