"""What X refuses, in its own words, and how it counts a text. The counting is small: links by their looks only."""

import re
import unicodedata
from collections.abc import Mapping

MOST = 280  # twitter-text config/v3.json
# With a protocol, under a domain that may be there: X makes no link of shop.example.
LINK = re.compile(
    r"https?://(?:[\w-]+\.)+(?!(?:example|test|invalid|localhost)\b)[a-z]{2,}(?::\d+)?(?:/(?:[^\s]*[^\s.,;:!?)])?)?"
)
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_SIGNS = "\U0001f1e6-\U0001faff\u2600-\u27bf"
_EMOJI = re.compile(f"[{_SIGNS}](?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[{_SIGNS}])*")
PROBLEMS = "https://api.twitter.com/2/problems/"

DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NOT_SUMMONED = "You can only reply to or quote posts where you are mentioned or are the author."
PARENT_GONE = "You attempted to reply to a Tweet that is deleted or not visible to you."
RESTRICTED = "The original Tweet author restricted who can reply to this Tweet."
SUSPENDED = "Your account is suspended and is not permitted to access this feature."


class Rejected(Exception):
    """A refusal: a status and the body of a problem."""

    def __init__(self, status: int, detail: str, *, title: str = "", type: str = "about:blank") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.title = title or {400: "Invalid Request", 401: "Unauthorized", 403: "Forbidden"}.get(status, "Error")
        self.type = type

    def as_json(self) -> dict[str, object]:
        return {"title": self.title, "detail": self.detail, "type": self.type, "status": self.status}


def invalid(detail: str) -> Rejected:
    """One or more of the parameters is wrong: as X words it, once around and once inside."""
    return Rejected(400, detail, type=f"{PROBLEMS}invalid-request")


def not_found(id: str) -> dict[str, object]:
    return _about(id, "Not Found Error", f"Could not find tweet with ids: [{id}].", "resource-not-found")


def not_authorised(id: str) -> dict[str, object]:
    said = f"Sorry, you are not authorized to see the Tweet with ids: [{id}]."
    return _about(id, "Authorization Error", said, "not-authorized-for-resource")


def _about(id: str, title: str, detail: str, kind: str) -> dict[str, object]:
    return {
        "value": id,
        "detail": detail,
        "title": title,
        "resource_type": "tweet",
        "parameter": "ids",
        "resource_id": id,
        "type": f"{PROBLEMS}{kind}",
    }


def length(words: str) -> int:
    words = LINK.sub("x" * 23, unicodedata.normalize("NFC", words))
    words = _EMOJI.sub("xx", words)
    return sum(1 if any(a <= ord(one) <= b for a, b in _LIGHT) else 2 for one in words)


def check_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Rejected(400, "Your Tweet text is missing or empty.", title="Bad Request")
    if length(value) > MOST:
        raise Rejected(
            400,
            "Your Tweet text is too long. For more information on how X determines text length see "
            "https://docs.x.com/resources/fundamentals/counting-characters.",
            title="Bad Request",
        )
    if any(one in value for one in "\ufffe\ufeff\uffff"):
        raise Rejected(400, "Your Tweet text contains invalid characters.", title="Bad Request")
    return value


# openapi.json 2.167: CreatePostsRequest has additionalProperties false.
_BODY = [
    "text",
    "reply",
    "media",
    "quote_tweet_id",
    "poll",
    "geo",
    "reply_settings",
    "made_with_ai",
    "nullcast",
    "card_uri",
    "community_id",
    "edit_options",
    "direct_message_deep_link",
    "for_super_followers_only",
    "paid_partnership",
    "share_with_followers",
]
_REPLY = ("in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata")


def check_keys(body: Mapping[str, object]) -> None:
    for name in body:
        if name not in _BODY:
            raise invalid(f"$.{name}: is not defined in the schema and the schema does not allow additional properties")
    reply = body.get("reply")
    for name in reply if isinstance(reply, dict) else ():
        if name not in _REPLY:
            raise invalid(f"$.reply.{name}: is not defined in the schema")
