"""What must not be left in a text that goes out in public: things that only the chat understands. Pure."""

from __future__ import annotations

import re

#: A colleague's mention, a channel, a group call, and a custom emoji, as the surfaces leave them when they cannot
#: be said in plain Unicode.
_ONLY_CHAT = re.compile(
    r"<[@#!][^>\s]*>|(?<![\w:])@(?:here|channel|everyone)\b|(?<![\w:/]):(?=[\w+'-]*[a-z])[\w+'-]{2,}:(?![\w:/])"
)


def leftovers(words: str) -> tuple[str, ...]:
    """Each piece once, in order. Empty: the text can go out as it stands."""
    return tuple(dict.fromkeys(_ONLY_CHAT.findall(words)))
