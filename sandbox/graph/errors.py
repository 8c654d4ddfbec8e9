"""Errors as the Graph API words them (docs/graph-api/guides/error-handling, 2026)."""

from aiohttp import web


class Rejected(Exception):
    """No, with Meta's code. `status` is HTTP's."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        status: int = 400,
        kind: str = "OAuthException",
        transient: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.status = status
        self.body: dict[str, object] = {"message": message, "type": kind, "code": code, "fbtrace_id": "AbCdEf123"}
        if subcode is not None:
            self.body["error_subcode"] = subcode
        if transient is not None:
            self.body["is_transient"] = transient

    def answer(self) -> web.Response:
        return web.json_response({"error": self.body}, status=self.status)


def missing(id: str) -> Rejected:
    """Deleted, or not for us: the same words."""
    return Rejected(
        100,
        f"Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation",
        subcode=33,
        kind="GraphMethodException",
    )


def unknown_field(name: str, node: str) -> Rejected:
    return Rejected(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})")


def needs(parameter: str) -> Rejected:
    return Rejected(100, f"(#100) The parameter {parameter} is required")
