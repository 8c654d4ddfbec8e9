"""How we name what stands behind a Page: comments, posts, reviews, mentions, messages and chats.

Meta's own ids do not say what they name; a reference of ours does: `comment/1_2`, `post/1_2`, `review/3`,
`mention/4`, `message/m_5`, `chat/6`. Where each is seen is left to the platforms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from adapters.errors import Malformed
from adapters.payload import read_id
from adapters.posts import PostRef

_ID = re.compile(r"[A-Za-z0-9_.:=$+-]{1,400}")  # a message's id has all of these


class Kind(Enum):
    COMMENT = "comment"
    POST = "post"
    REVIEW = "review"
    MENTION = "mention"  # somebody names us where we cannot look otherwise
    MESSAGE = "message"
    CHAT = "chat"  # all messages with one person; it is no post itself


@dataclass(frozen=True, slots=True)
class Ref:
    """One thing at Meta. `id` is theirs."""

    kind: Kind
    id: str

    @property
    def post(self) -> PostRef:
        return PostRef(f"{self.kind.value}/{self.id}")

    @property
    def path(self) -> str:
        """Where the Graph API has it."""
        return f"/{quote(self.id, safe='')}"


def parse(ref: PostRef) -> Ref | None:
    """What a reference names; None: nothing that we made."""
    kind, _, id = ref.id.partition("/")
    try:
        return Ref(Kind(kind), id) if _ID.fullmatch(id) else None
    except ValueError:
        return None


def read_ref(kind: Kind, value: object, where: str) -> Ref:
    """An id that Meta sent; it becomes part of an address, so it has to look like one of theirs."""
    id = read_id(value, where)
    if not _ID.fullmatch(id):
        raise Malformed(where, "an id of Meta's")
    return Ref(kind, id)
