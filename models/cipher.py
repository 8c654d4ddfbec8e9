"""How secret words are kept: encrypted (Fernet: AES in CBC mode, with HMAC-SHA256) with a key that is not in the
database. Several keys: the first one encrypts, all of them open, so that a key can be changed while we run."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class CannotOpen(Exception):
    """None of our keys opens it, or it is about something else."""


class Cipher:
    """Seals and opens. `about` says whose words they are: what was sealed for one account opens for no other."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: 32 random bytes each, in either alphabet of base64. ValueError for others, and for none."""
        self._fernet = MultiFernet([Fernet(key.translate(_URL_SAFE).encode()) for key in keys])

    @classmethod
    def of(cls, keys: str) -> Cipher:
        """From `TWOWAY_KEY`: one key, or the new one and older ones after it, with commas between them."""
        return cls([key.strip() for key in keys.split(",")])

    def seal(self, words: str, *, about: str) -> str:
        return self._fernet.encrypt(json.dumps([about, words]).encode()).decode()

    def open(self, sealed: str, *, about: str) -> str:
        try:
            found: object = json.loads(self._fernet.decrypt(sealed.encode()))
        except (InvalidToken, ValueError):
            raise CannotOpen(about) from None
        match found:
            case [str(whose), str(words)] if whose == about:
                return words
        raise CannotOpen(about)

    def anew(self, sealed: str) -> str:
        """The same words, sealed with the first key."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise CannotOpen("unknown") from None


_URL_SAFE = str.maketrans("+/", "-_")
