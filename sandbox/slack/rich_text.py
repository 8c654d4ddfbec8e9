"""Slack's rules for `rich_text` blocks, and the plain words of any block. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from sandbox.slack.things import Json

INLINE = {  # element -> (required, optional) beside type
    "text": (("text",), ("style",)),
    "link": (("url",), ("text", "unsafe", "style")),
    "emoji": (("name",), ("unicode", "style", "skin_tone")),
    "user": (("user_id",), ("style",)),
    "usergroup": (("usergroup_id",), ("style",)),
    "channel": (("channel_id",), ("style",)),
    "broadcast": (("range",), ("style",)),
    "date": (("timestamp", "format"), ("url", "fallback", "style")),
    "color": (("value",), ("style",)),
}
CONTAINERS = {
    "rich_text_section": (("elements",), ()),
    "rich_text_list": (("style", "elements"), ("indent", "offset", "border")),
    "rich_text_preformatted": (("elements",), ("border", "language")),
    "rich_text_quote": (("elements",), ("border",)),
}
STYLES = frozenset({"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"})


class Checker(Protocol):
    def wrong(self, what: str, where: str) -> None: ...
    def keys(self, thing: dict[str, object], required: tuple[str, ...], optional: tuple[str, ...], at: str) -> None: ...


def check_rich_text(check: Checker, elements: object, at: str) -> None:
    """Reports every way in which `elements` are not a rich_text block's. An empty text element is refused."""
    if not isinstance(elements, list) or not elements:
        return check.wrong("must have at least 1 item", at)
    for n, one in enumerate(elements):
        where = f"{at}/{n}"
        if not isinstance(one, dict) or one.get("type") not in tuple(CONTAINERS):
            check.wrong("unsupported type: " + str(one.get("type") if isinstance(one, dict) else one), where)
            continue
        required, optional = CONTAINERS[one["type"]]
        check.keys(one, ("type", *required), optional, where)
        inner = one.get("elements")
        if not isinstance(inner, list):
            check.wrong("must provide an array", where + "/elements")
        elif one["type"] == "rich_text_list":
            if one.get("style") not in ("bullet", "ordered"):
                check.wrong("must be one of: bullet, ordered", where + "/style")
            for m, item in enumerate(inner):
                if not isinstance(item, dict) or item.get("type") != "rich_text_section":
                    check.wrong("must be a rich_text_section", f"{where}/elements/{m}")
                else:
                    _inline(check, item.get("elements"), f"{where}/elements/{m}/elements", frozenset(INLINE))
        else:
            plain = one["type"] == "rich_text_preformatted"
            _inline(check, inner, where + "/elements", frozenset({"text", "link"} if plain else INLINE))
    return None


def _inline(check: Checker, elements: object, at: str, allowed: frozenset[str]) -> None:
    if not isinstance(elements, list):
        return check.wrong("must provide an array", at)
    for n, one in enumerate(elements):
        where = f"{at}/{n}"
        if not isinstance(one, dict) or one.get("type") not in tuple(allowed):
            check.wrong("unsupported type: " + str(one.get("type") if isinstance(one, dict) else one), where)
            continue
        required, optional = INLINE[one["type"]]
        check.keys(one, ("type", *required), optional, where)
        if one["type"] == "text" and not (isinstance(one.get("text"), str) and one["text"]):
            check.wrong("must be more than 0 characters", where + "/text")
        if one["type"] == "link" and not (isinstance(one.get("url"), str) and ":" in one["url"]):
            check.wrong("invalid url", where + "/url")
        if one["type"] == "date" and not isinstance(one.get("timestamp"), int):
            check.wrong("must be an integer", where + "/timestamp")
        style = one.get("style", {})
        if not isinstance(style, dict) or not set(style) <= STYLES:
            check.wrong("invalid style", where + "/style")
    return None


# --- reading ---


def words(thing: object) -> Iterator[str]:
    """Every readable word of blocks, in reading order: texts, labels, alt texts, buttons, options."""
    if isinstance(thing, list):
        for one in thing:
            yield from words(one)
    elif isinstance(thing, dict):
        yield from _words_of(thing)


def _words_of(thing: Json) -> Iterator[str]:
    kind = thing.get("type")
    special = {
        "user": ("<@{user_id}>"),
        "usergroup": "<!subteam^{usergroup_id}>",
        "channel": "<#{channel_id}>",
        "broadcast": "<!{range}>",
        "emoji": ":{name}:",
        "color": "{value}",
    }
    if kind in {"rich_text_section", "rich_text_quote", "rich_text_preformatted"}:
        yield "".join(word for one in thing.get("elements", []) for word in words(one))
    elif kind in special:
        yield special[kind].format(**thing)
    elif kind == "link":
        yield str(thing.get("text") or thing.get("url"))
    elif kind == "date":
        yield str(thing.get("fallback") or thing.get("timestamp"))
    elif isinstance(thing.get("text"), str):
        yield thing["text"]
    else:
        for key in (
            "title",
            "label",
            "text",
            "fields",
            "elements",
            "accessory",
            "element",
            "options",
            "hint",
        ):
            yield from words(thing.get(key))
        if kind == "image":
            yield str(thing.get("alt_text", ""))
        if isinstance(thing.get("initial_value"), str):
            yield thing["initial_value"]


def elements_of(thing: object, block_id: str = "") -> Iterator[tuple[str, Json]]:
    """(block_id, element) for everything in blocks that has an action_id."""
    if isinstance(thing, list):
        for one in thing:
            yield from elements_of(one, block_id)
    elif isinstance(thing, dict):
        block_id = thing.get("block_id", block_id)
        if "action_id" in thing:
            yield block_id, thing
        for key in ("elements", "accessory", "element"):
            if key in thing:
                yield from elements_of(thing[key], block_id)
