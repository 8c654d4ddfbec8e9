"""The OpenAPI 3.1 description of `inbound`: what a system tells us, and what its webhook is told and asked.

It is served beside the door (`openapi.json`) and stands in the repository; what it allows, `inbound_read` reads.
"""

from __future__ import annotations

from adapters.inbound_read import LONGEST_ID, MOST_MEDIA, MOST_WORDS
from adapters.inbound_signing import LEAST
from adapters.payload import JSON
from adapters.posts import Audience, MediaKind


def description() -> dict[str, JSON]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Twoway inbound",
            "version": "1",
            "summary": "Tell Twoway what customers write; take the replies that a team approved.",
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ".", "description": "Beside this description: /hooks/<account>/"}],
        "paths": {
            "/events": {
                "post": {
                    "operationId": "tell",
                    "summary": "Tell one event.",
                    "description": "Tell each event until it is answered with 204. Telling one twice changes nothing.",
                    "parameters": _SIGNATURE,
                    "requestBody": _body(_ref("Event")),
                    "responses": {
                        "204": {"description": "Stored. Only now the event may be forgotten."},
                        "400": {"description": "Not what this description says. Telling it again does not help."},
                        "403": {"description": "Not signed with this account's secret, or too old."},
                        "409": {"description": "The webhook-id was given to a call with another body."},
                        "413": {"description": "More than 2 MiB."},
                        "503": {"description": "Not stored. Tell it again, a little later each time."},
                    },
                },
            },
            "/openapi.json": {
                "get": {
                    "operationId": "describe",
                    "summary": "This description. Needs no signature.",
                    "responses": {
                        "200": {
                            "description": "OpenAPI 3.1",
                            "content": {"application/json": {"schema": {"type": "object"}}},
                        }
                    },
                }
            },
        },
        "webhooks": {
            "ping": _called("ping", "Twoway has started, or somebody ran `twoway check`.", {}, _any("Taken.")),
            "reply.posted": _called(
                "reply.posted",
                "A reply that the team approved. `data.key` is the webhook-id as well, and the same on every try: take "
                "a key that you know as one reply, and answer as you did the first time.",
                {
                    "key": _STRING,
                    "parent": _ID,
                    "thread": _ID,
                    "text": _STRING,
                    "audience": _one_of(Audience),
                    "language": _STRING,
                },
                _json(
                    _ref("Taken"),
                    "It stands, or will. An empty answer is good, too: the reply is called by its key then.",
                ),
                needed=("key", "parent", "text", "audience"),
            ),
            "reply.corrected": _called(
                "reply.corrected",
                "Other words for a reply that stands. Sent where the account says `changes`.",
                {"id": _ID, "key": _STRING, "text": _STRING},
                _any("The reply shows the new words."),
            ),
            "reply.retracted": _called(
                "reply.retracted",
                "A reply is to be taken away. Sent where the account says `changes`.",
                {"id": _ID},
                _any("It is away; also when it was before."),
            ),
            "message.asked": _called(
                "message.asked",
                "How does this message, or reply of ours, stand now? Asked where the account says `asks`.",
                {"id": _ID},
                _json(
                    _object({"found": _YES, "message": _ref("Message")}, ("found",)),
                    "`found: false` for what was deleted, or never was.",
                ),
            ),
            "replies.asked": _called(
                "replies.asked",
                "Which replies of ours stand under this message? Asked where the account says `asks`, before anything "
                "is sent a second time.",
                {"message": _ID},
                _json(
                    _object({"replies": {"type": "array", "items": _ref("Reply")}}, ("replies",)),
                    "All of them; an empty list if there are none. A reply to a message that is deleted stands, too.",
                ),
            ),
        },
        "components": {"schemas": _schemas()},
    }


_INTRODUCTION = f"""\
Every call, in both directions, is a POST signed as Standard Webhooks has it (www.standardwebhooks.com; there are
libraries for most languages):

* `webhook-id`: chosen by the caller, the same on every try of one call.
* `webhook-timestamp`: seconds since 1970, of this try.
* `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`, the body as its raw bytes.
  Several signatures stand with spaces between; one that fits is enough.

The key is the account's secret: at least {LEAST} bytes as they stand, or `whsec_` and their base64. A call whose time
is more than five minutes off is refused.

Times are ISO 8601 with an offset, ids are strings that you choose and never change. What is not described is ignored.
"""

_STRING: JSON = {"type": "string"}
_YES: JSON = {"type": "boolean"}
_TIME: JSON = {"type": "string", "format": "date-time"}
_ADDRESS: dict[str, JSON] = {"type": "string", "description": "An address of the web; whatever is none is left out."}
# Without control characters: an id stands in logs and addresses.
_ID: dict[str, JSON] = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID, "pattern": "^[ -~]+$"}
_SIGNATURE: JSON = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string", "pattern": pattern}}
    for name, pattern in (
        ("webhook-id", "^[!-~]{1,256}$"),
        ("webhook-timestamp", "^[0-9]{1,11}$"),
        ("webhook-signature", "^v1,"),
    )
]


def _ref(name: str) -> JSON:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, JSON], needed: tuple[str, ...]) -> dict[str, JSON]:
    return {"type": "object", "properties": properties, "required": list(needed)}


def _one_of(choices: type[Audience] | type[MediaKind]) -> dict[str, JSON]:
    return {"type": "string", "enum": [one.value for one in choices]}


def _body(schema: JSON) -> JSON:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _json(schema: JSON, says: str) -> JSON:
    return {"description": says, "content": {"application/json": {"schema": schema}}}


def _any(says: str) -> JSON:
    return {"description": says}


def _called(
    kind: str, says: str, data: dict[str, JSON], answer: JSON, *, needed: tuple[str, ...] | None = None
) -> JSON:
    """One thing that the webhook is told or asked."""
    return {
        "post": {
            "operationId": kind.replace(".", "_"),
            "summary": says,
            "parameters": _SIGNATURE,
            "requestBody": _body(
                _object(
                    {
                        "type": {"const": kind},
                        "timestamp": _TIME,
                        "data": _object(data, tuple(data) if needed is None else needed),
                    },
                    ("type", "timestamp", "data"),
                )
            ),
            "responses": {
                "200": answer,
                "4XX": {"description": "No, for good: nothing was done. What `error` says is shown to the team."},
                "429": {"description": "Not now: nothing was done. `Retry-After` says when."},
                "5XX": {"description": "Nobody knows whether it was done."},
            },
        }
    }


def _event(kind: str, data: JSON) -> JSON:
    when: JSON = {"description": "When it happened, as Standard Webhooks have it. Not looked at: the message says."}
    return _object({"type": {"const": kind}, "timestamp": when, "data": data}, ("type", "data"))


def _schemas() -> JSON:
    of_message: JSON = _object({"id": _ID}, ("id",))
    return {
        "Event": {
            "oneOf": [
                _event("message.posted", _ref("Message")),
                _event("message.edited", {"allOf": [_ref("Message"), {"required": ["edited_at"]}]}),
                _event("message.deleted", of_message),
                _event("message.hidden", of_message),
            ]
        },
        "Message": {
            **_object(
                {
                    "id": _ID,
                    "parent": {**_ID, "description": "The message that this one answers, if any."},
                    "thread": {
                        **_ID,
                        "description": "The first message of the whole thread, if there is one and you know it.",
                    },
                    "author": _ref("Author"),
                    "text": {"type": "string", "maxLength": MOST_WORDS, "description": "The words as they stand."},
                    "html": {"type": "string", "maxLength": MOST_WORDS, "description": "Instead of `text`."},
                    "at": {
                        "type": "string",
                        "format": "date-time",
                        "description": "When it was written; now if not said.",
                    },
                    "edited_at": {"type": "string", "format": "date-time", "description": "When it was last changed."},
                    "audience": {
                        **_one_of(Audience),
                        "description": "Who can read it: `direct` for your company alone; public if not said.",
                    },
                    "language": {"type": "string", "maxLength": 16, "description": "BCP 47, such as de or pt-BR."},
                    "url": {
                        **_ADDRESS,
                        "description": "Where people read it, on the web; whatever is no address is left out.",
                    },
                    "media": {"type": "array", "maxItems": MOST_MEDIA, "items": _ref("Media")},
                    "ours": {
                        "type": "boolean",
                        "description": "Somebody of your company wrote it: an answer that did not come through Twoway.",
                    },
                },
                ("id",),
            ),
            "oneOf": [{"required": ["text"]}, {"required": ["html"]}],
            "anyOf": [{"required": ["author"]}, {"properties": {"ours": {"const": True}}, "required": ["ours"]}],
        },
        "Author": _object(
            {
                "id": {**_ID, "description": "Never changes; made of the name if left out."},
                "name": {"type": "string", "minLength": 1, "pattern": "[A-Za-z0-9]"},
                "handle": {
                    "type": "string",
                    "description": "As one mentions them, without @, where they have one.",
                },
                "avatar": _ADDRESS,
                "url": _ADDRESS,
                "followers": {"type": "integer", "minimum": 0},
                "bot": _YES,
            },
            ("name",),
        ),
        "Media": _object(
            {"kind": _one_of(MediaKind), "url": _ADDRESS, "preview_url": _ADDRESS, "description": _STRING},
            ("url",),
        ),
        "Taken": _object({"id": _ID, "url": _ADDRESS, "at": _TIME, "text": _STRING}, ()),
        "Reply": _object({"id": _ID, "key": _STRING, "text": _STRING, "at": _TIME, "url": _ADDRESS}, ("id", "text")),
    }
