"""Plain Unicode out of what Slack writes: emoji names, `&amp;`, `<url|label>`, rich text. Pure.

Leaves payloads to `inbound`. What has no Unicode (a custom emoji, a mention of the team) stays visible in the text
as Slack wrote it and is named in the leftovers, so that nobody sends it to a customer by accident.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.chat.emoji import TONES, canonical, character

# Slack escapes exactly these three: docs.slack.dev/messaging/formatting-message-text, 2026-11.
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}

SHORTCODE = re.compile(r":([a-z0-9_+'-]{1,100}):(?::(skin-tone-[2-6]):)?", re.IGNORECASE)
ANGLED = re.compile(r"<(?P<body>[^<>\n]{1,4000})>")
LINK = re.compile(r"^(?:https?|ftp|mailto|tel):", re.IGNORECASE)
MENTION = re.compile(r"^(?:@[UW]\w+|#[CGD]\w+|!subteam\^\w+|!(?:here|channel|everyone))(?:\||$)")


def sign_of(reaction: str, custom: Mapping[str, str]) -> tuple[str, bool]:
    """A reaction's name without its skin tone, aliases resolved, and whether there was a tone.

    `custom` is Slack's `emoji.list`: custom names to addresses or to "alias:name".
    """
    name, *rest = reaction.strip(":").split("::")
    tone = any(part in TONES for part in rest)
    for _ in range(8):  # aliases of aliases; Slack forbids circles, we do not rely on it
        target = custom.get(name, "")
        if not target.startswith("alias:"):
            break
        name = target.removeprefix("alias:")
    return canonical(name), tone


def unicode_of(text: str, custom: Mapping[str, str] | None = None) -> tuple[str, tuple[str, ...]]:
    """What the person meant to type, and what could not be translated and still stands in the text.

    Links lose their brackets ("label (address)" where the label says something else). Without `custom` every
    `:name:` with a letter in it counts as a custom emoji; with it only those that the workspace has.
    """
    leftovers: list[str] = []
    out: list[str] = []
    at = 0
    for found in ANGLED.finditer(text):
        out.append(_plain(text[at : found.start()], custom, leftovers))
        out.append(_angled(found["body"], leftovers))
        at = found.end()
    out.append(_plain(text[at:], custom, leftovers))
    return "".join(out), tuple(dict.fromkeys(leftovers))


def _plain(text: str, custom: Mapping[str, str] | None, leftovers: list[str]) -> str:
    return _unescape(_emoji(text, custom, leftovers))


def _unescape(text: str) -> str:
    return re.sub("&(?:amp|lt|gt);", lambda found: ENTITIES[found[0]], text)


def _emoji(text: str, custom: Mapping[str, str] | None, leftovers: list[str]) -> str:
    out: list[str] = []
    at = 0
    while (found := SHORTCODE.search(text, at)) is not None:
        name, tone = found[1].lower(), found[2]
        before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
        # "10:30:45", "a:b:c": short names inside words are no emoji.
        inside = before.isalnum() and after.isalnum()
        if (name.isdigit() or len(name) == 1) and (inside or before.isdigit() or after.isdigit()):
            char, ends = None, found.end() - 1
        else:
            char, ends = _resolve(name, tone, custom), found.end()
            if char is None and _looks_custom(name, custom):
                leftovers.append(f":{name}:")
                if custom is not None:  # surely an emoji: set apart from the words, so that it is seen as one
                    char = f"{' ' * before.isalnum()}:{name}:{' ' * after.isalnum()}"
            elif char is None:
                ends = found.end() - 1  # its last colon may begin the next name
        out.append(text[at : found.start()])
        out.append(char if char is not None else text[found.start() : ends])
        at = ends
    out.append(text[at:])
    return "".join(out)


def _resolve(name: str, tone: str | None, custom: Mapping[str, str] | None) -> str | None:
    if custom and custom.get(name, "").startswith("alias:"):
        name, _ = sign_of(name, custom)
    return character(name, tone)


def _looks_custom(name: str, custom: Mapping[str, str] | None) -> bool:
    if custom is not None:
        return name in custom
    return any(letter.isalpha() for letter in name)


def _angled(body: str, leftovers: list[str]) -> str:
    target, bar, label = body.partition("|")
    if LINK.match(target):
        address = _unescape(target.removeprefix("mailto:").removeprefix("tel:"))
        return _link(address, _unescape(label)) if bar else address
    if target.startswith("!date^"):
        return _unescape(label)
    # A name with spaces in it would hide the brackets' end from who looks for them.
    whole = f"<{_unescape(target if ' ' in label else body)}>"
    if MENTION.match(body):
        leftovers.append(whole)
    return whole


def _link(address: str, label: str) -> str:
    """What was typed, where the label is the address in short; otherwise both."""
    bare = re.sub(r"^https?://", "", address).rstrip("/")
    if not label or label.rstrip("/") in {address.rstrip("/"), bare}:
        return label or address
    return f"{label} ({address})"


def words_of_rich_text(block: object) -> str | None:
    """The words of a `rich_text` block, exactly as written and without formatting; None when it is none.

    Mentions and custom emoji keep Slack's spelling, so that `unicode_of`'s leftovers find them.
    """
    if not isinstance(block, dict) or block.get("type") != "rich_text":
        return None
    parts = [
        "".join(_elements(element.get("elements"), "\n" if element.get("type") == "rich_text_list" else ""))
        for element in _dicts(block.get("elements"))
    ]
    return "\n".join(part.removesuffix("\n") for part in parts)


def leftovers_of(text: str, custom: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What in a plain text is still Slack's spelling and would look odd to a customer."""
    return unicode_of(text, custom)[1]


def _elements(elements: object, end: str) -> Iterator[str]:
    for element in _dicts(elements):
        yield _element(element) + end


def _element(element: Mapping[str, object]) -> str:
    def word(key: str) -> str:
        value = element.get(key)
        return value if isinstance(value, str) else ""

    match element.get("type"):
        case "text":
            return word("text")
        case "link":
            return _link(word("url").removeprefix("mailto:"), word("text")) if word("text") else word("url")
        case "emoji":
            return _rich_emoji(word("name"), word("unicode"))
        case "user":
            return f"<@{word('user_id')}>"
        case "channel":
            return f"<#{word('channel_id')}>"
        case "usergroup":
            return f"<!subteam^{word('usergroup_id')}>"
        case "broadcast":
            return f"<!{word('range')}>"
        case "date":
            return word("fallback")
        case "rich_text_section" | "rich_text_quote" | "rich_text_preformatted":
            return "".join(_elements(element.get("elements"), ""))
    return ""


def _rich_emoji(name: str, points: str) -> str:
    if re.fullmatch(r"[0-9a-f]{2,6}(?:-[0-9a-f]{2,6})*", points) and all(
        int(point, 16) < 0x110000 and not 0xD800 <= int(point, 16) <= 0xDFFF for point in points.split("-")
    ):
        return "".join(chr(int(point, 16)) for point in points.split("-"))
    base, _, tone = name.partition("::")
    return character(base, tone if tone in TONES else None) or f":{name}:"


def _dicts(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                yield one
