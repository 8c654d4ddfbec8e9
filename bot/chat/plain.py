"""What the chat makes of a text that is to go out: what must not be left in it, and how much room it takes. Pure."""

from __future__ import annotations

import json
import re

#: A colleague's mention, a channel, a group call, and a custom emoji, as the surfaces leave them when they cannot
#: be said in plain Unicode.
_ONLY_CHAT = re.compile(
    r"<[@#!][^>\s]*>|(?<![\w:])@(?:here|channel|everyone)\b|(?<![\w:/]):(?=[\w+'-]*[a-z])[\w+'-]{2,}:(?![\w:/])"
)


def leftovers(words: str) -> tuple[str, ...]:
    """Each piece once, in order. Empty: the text can go out as it stands."""
    return tuple(dict.fromkeys(_ONLY_CHAT.findall(words)))


def room_of(words: str) -> int:
    """How much of a message they take: UTF-16 units of JSON, in which quotation marks and line breaks count twice."""
    return len(json.dumps(words, ensure_ascii=False)) + sum(1 for char in words if ord(char) > 0xFFFF)
