"""What must not be shown: tokens and passwords, read from the environment or from files named there."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn


class Secret:
    """A text that no log, message or traceback shows by accident. Empty and false where none was given."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


class Unreadable(Exception):
    """`NAME_FILE` names a file that cannot be read. Says which, and why."""


def secret_from(env: Mapping[str, str], name: str) -> Secret:
    """The secret `name`, from the environment or from the file that `name_FILE` names; empty where neither is set.

    White space around it is dropped: a file usually ends in a new line.
    """
    if text := env.get(name, "").strip():
        return Secret(text)
    if path := env.get(f"{name}_FILE", "").strip():
        try:
            return Secret(Path(path).read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise Unreadable(f"{name}_FILE names {path}, which cannot be read: {why}") from error
    return Secret("")
