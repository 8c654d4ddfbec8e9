"""The vector of a post, as the rooms of triage see it. Who makes it, and where, is left to the model behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
import regex
from numpy.typing import NDArray

#: One row a text, 32-bit, each of length 1.
Matrix: TypeAlias = NDArray[np.float32]

#: How many numbers a vector has.
WIDTH = 384

#: Somebody who is named in a post: @acme, @acme@social.example; not the middle of a mail address. A name in Latin
#: letters ends where others begin: between Chinese, Japanese, Korean or Thai words nobody puts a space.
_LATIN = r"[\p{Latin}\p{N}_](?:[\p{Latin}\p{M}\p{N}_.-]*[\p{Latin}\p{M}\p{N}_])?"
_ANY = r"[\w\p{M}]+"
_NAMED = regex.compile(rf"(?<![\w@./])@(?:{_LATIN}(?:@{_LATIN})?|{_ANY})")


class Unavailable(Exception):
    """There is no model now: none fits this machine, it is being built, or it fell. The sentence says which."""


def unaddressed(text: str) -> str:
    """A post without the names that it calls, as models read it. Nearly every post to a company names it, and that
    says nothing of what the post is: with "@acme" before them a third of the urgent posts were taken for calm ones."""
    bare: str = _NAMED.sub(" ", text)
    # One word may be all there is, with a name before it that no space ends: then it is read as it stands.
    return bare.strip() or ("" if text.isascii() else text.replace("@", " ").strip())


class Vectors(Protocol):
    """Where vectors come from."""

    async def of(self, texts: Sequence[str]) -> Matrix:
        """A row for each text, of shape (n, WIDTH). Never blocks the loop.

        Raises Unavailable when there is no model now; whoever asked goes on without.
        """
        ...
