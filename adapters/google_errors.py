"""What an error of Google's APIs says, as all of them say it (google.rpc.Status). For deciding by its word only."""

from __future__ import annotations


def read_error(value: object) -> tuple[str, str]:
    """The status word of an error ("NOT_FOUND"), and what it says; both "" where it is none of Google's."""
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return "", ""
    status, message = error.get("status"), error.get("message")
    return status if isinstance(status, str) else "", message if isinstance(message, str) else ""
