"""How Slack says no."""

from __future__ import annotations

from sandbox.slack.things import Json


class Refusal(Exception):
    """An error code of Slack's, with its explanations and any further fields of the answer."""

    def __init__(self, error: str, messages: list[str] | None = None, *, status: int = 200, **more: object) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []
        self.status = status
        self.more = more

    def wire(self) -> Json:
        body: Json = {"ok": False, "error": self.error, **self.more}
        if self.error == "invalid_blocks":
            body["errors"] = [m.removeprefix("[ERROR] ") for m in self.messages]
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
        return body


def refuse_if(found: tuple[str, list[str]] | None) -> None:
    """Raises what a check of blocks found."""
    if found is not None:
        raise Refusal(*found)
