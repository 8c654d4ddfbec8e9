"""Cards and dialogs as Block Kit. Pure.

All words go out as `rich_text` or `plain_text`, never as mrkdwn, which has no escape for `* _ ~`: nothing that a
customer writes formats, links or pings. Leaves Slack's size limits to `limits`, the meaning of ids to `fields`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.chat.contract import (
    Block,
    Button,
    Buttons,
    Card,
    Dialog,
    Divider,
    Emoji,
    Field,
    Heading,
    Line,
    LinkTo,
    Mention,
    Part,
    Picture,
    Plain,
    Quote,
    Time,
    Words,
)
from bot.chat.fitting import cut_at, short, units
from bot.chat.slack.fields import DIALOG, INPUT_MAX, LINK, MORE, PRESS, block_id, split_value
from bot.chat.slack.limits import fit_message, fit_view

Json = dict[str, object]

# docs.slack.dev/reference/block-kit, 2026-11
HEADING_MAX, LABEL_MAX, SUMMARY_MAX, SMALL_MAX, ALT_MAX = 150, 75, 150, 2000, 2000
TITLE_MAX, PRIVATE_MAX, HINT_MAX, CONFIRM_MAX, URL_MAX = 24, 3000, 2000, 300, 3000
VIEW_BLOCKS, OPTION_VALUE_MAX, OVERFLOW_MAX, VALUE_MAX, CHOICES_MAX = 100, 150, 5, 2000, 100
TEXT_PIECE = 3000  # one text element; no limit is documented, longer ones were refused by older clients

# docs.slack.dev/messaging/formatting-message-text#date-formatting
DATE_FORMATS = {"time": "{time}", "moment": "{date_short_pretty} at {time}", "date": "{date}"}
FALLBACKS = {"time": "%H:%M %Z", "moment": "%d %b %H:%M %Z", "date": "%d %b %Y"}
STYLES = {"plain": {}, "primary": {"style": "primary"}, "danger": {"style": "danger"}}
LOADING_KIND = "loading"
FILES_MAX, FILE_TYPES = 10, ("jpg", "jpeg", "png", "webp")


@dataclass(frozen=True, slots=True)
class Message:
    """The arguments of `chat.postMessage`, `chat.update`, `chat.postEphemeral` that make up the words."""

    text: str
    blocks: list[Json]

    def arguments(self) -> Json:
        return {"text": self.text, "blocks": self.blocks, "parse": "none", "link_names": False}


def message(card: Card, *, pictures: bool = True) -> Message:
    """The card as one message. With `pictures=False` pictures are links, for when Slack could not load them."""
    shown = card if pictures else replace(card, blocks=tuple(_unpictured(card.blocks)))
    # Whom the card calls stands above its last buttons.
    end = len(shown.blocks) - 1 if shown.blocks and isinstance(shown.blocks[-1], Buttons) else len(shown.blocks)
    blocks = (*shown.blocks[:end], *_unseen_mentions(card), *shown.blocks[end:])
    return Message(text=escaped(short(card.summary, SUMMARY_MAX)), blocks=fit_message(blocks, blocks_of))


def loading() -> Json:
    """The dialog that opens before anything is known. It says what to do should nothing follow."""
    words = "Loading … If nothing appears within a few seconds, close this and press again."
    return {
        "type": "modal",
        "callback_id": LOADING_KIND,
        "title": plain("One moment", TITLE_MAX),
        "close": plain("Close", TITLE_MAX),
        "blocks": [{"type": "context", "elements": [plain(words, SMALL_MAX)]}],
    }


def view(dialog: Dialog, *, pictures: bool = True) -> Json:
    """The dialog as a modal. Raises ValueError for what the caller must not ask: too much `private`, a bad name."""
    if units(dialog.private) > PRIVATE_MAX:
        raise ValueError(f"Dialog.private holds at most {PRIVATE_MAX} characters on Slack")
    inputs = [block for field in dialog.fields for block in _inputs(field)]
    words = dialog.blocks if pictures else tuple(_unpictured(dialog.blocks))
    out: Json = {
        "type": "modal",
        "callback_id": dialog.kind,
        "private_metadata": dialog.private,
        "title": plain(dialog.title, TITLE_MAX),
        "close": plain("Cancel" if dialog.save and dialog.fields else "Close", TITLE_MAX),
        "notify_on_close": dialog.tells_when_closed,
        "blocks": [*fit_view(words, blocks_of, most=VIEW_BLOCKS - len(inputs)), *inputs],
    }
    if dialog.save or dialog.fields:  # Slack refuses inputs without it
        out["submit"] = plain(dialog.save or "Save", TITLE_MAX)
    return out


def home(card: Card, *, pictures: bool = True) -> Json:
    blocks = card.blocks if pictures else tuple(_unpictured(card.blocks))
    return {"type": "home", "blocks": fit_view(blocks, blocks_of, most=VIEW_BLOCKS)}


def notice(title: str, words: str) -> Json:
    """A dialog that only says something."""
    return view(Dialog(kind="notice", title=title, private="", blocks=(Line((Plain(words),)),), save=None))


# ------------------------------------------------------------------------------------------------ small pieces


def plain(text: str, most: int) -> Json:
    """A text object in which `:names:` stay as they are. Slack refuses empty ones."""
    return {"type": "plain_text", "text": short(text, most) or "–", "emoji": False}


def escaped(text: str) -> str:
    """For the one field that Slack reads as markup. One line: line breaks would make lists and quotes of it."""
    line = " ".join(text.split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def is_link(url: str) -> bool:
    return url.startswith(("https://", "http://", "mailto:")) and len(url) <= URL_MAX and not set(url) & set(" \n<>")


# ------------------------------------------------------------------------------------------------ blocks


def blocks_of(blocks: Sequence[Block]) -> list[Json]:
    """Every block, in order. Buttons get numbers, so that no two in a message share an action id."""
    count = iter(range(10_000))
    return [shown for block in blocks for shown in _block(block, count)]


def _block(block: Block, count: Iterator[int]) -> Iterator[Json]:
    match block:
        case Heading():
            yield {"type": "header", "text": plain(" ".join(block.text.split()), HEADING_MAX)}
        case Divider():
            yield {"type": "divider"}
        case Picture():
            yield from _picture(block)
        case Buttons():
            yield from _buttons(block, count)
        case Line(small=True) if not any(_needs_rich(part) for part in block.parts):
            words = "".join(_as_plain(part) for part in block.parts)
            if words.strip():
                yield {"type": "context", "elements": [plain(words, SMALL_MAX)]}
        case Line():
            if elements := _rich(block.parts):
                yield {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
        case Quote():
            for elements in _pieces(_rich(block.parts)):
                yield {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": elements}]}


def _picture(picture: Picture) -> Iterator[Json]:
    alt = short(picture.alt, ALT_MAX) or "picture"
    if picture.file:
        yield {"type": "image", "slack_file": {"id": picture.file}, "alt_text": alt}
    elif picture.url.startswith(("https://", "http://")) and is_link(picture.url):
        yield {"type": "image", "image_url": picture.url, "alt_text": alt}
    else:
        yield {"type": "context", "elements": [plain(alt, SMALL_MAX)]}


def _unpictured(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Picture):
            words = block.alt or "picture"
            yield Line((LinkTo(block.url, words) if block.url else Plain(words),), small=True)
        else:
            yield block


def _unseen_mentions(card: Card) -> Iterator[Line]:
    """Whom the card calls without naming them in its lines."""
    parts = (part for block in card.blocks if isinstance(block, Line | Quote) for part in block.parts)
    seen = {part.person.user for part in parts if isinstance(part, Mention) and part.ping}
    wanted = list({m.person.user: replace(m, ping=True) for m in card.mentions if m.person.user not in seen}.values())
    if wanted:
        spaced = [part for mention in wanted for part in (Plain(" "), mention)][1:]
        yield Line(tuple(spaced))


# ------------------------------------------------------------------------------------------------ parts


def _needs_rich(part: Part) -> bool:
    return isinstance(part, LinkTo | Time) or (isinstance(part, Mention) and part.ping)


def _as_plain(part: Part) -> str:
    match part:
        case Plain() | Words() | LinkTo():
            return part.text
        case Mention():
            return f"@{part.name}"
        case Time():
            return fallback(part)
        case Emoji():
            return part.char or f":{part.name}:"


def _rich(parts: Sequence[Part]) -> list[Json]:
    return [element for part in parts for element in _element(part)]


def _element(part: Part) -> Iterator[Json]:
    match part:
        case Plain() | Words():
            names = ("bold", "italic", "code", "strike")
            yield from _texts(part.text, {name: True for name in names if getattr(part, name, False)})
        case LinkTo() if is_link(part.url):
            yield {"type": "link", "url": part.url, "text": part.text or part.url}
        case LinkTo():
            yield from _texts(f"{part.text} ({part.url})", {})
        case Mention(ping=True):
            user = part.person.user
            group = user.startswith("S")  # people are U… or W…
            yield {"type": "usergroup", "usergroup_id": user} if group else {"type": "user", "user_id": user}
        case Mention():
            yield from _texts(f"@{part.name}", {})
        case Time():
            yield {
                "type": "date",
                "timestamp": int(part.at.timestamp()),
                "format": DATE_FORMATS[part.style],
                "fallback": fallback(part),
            }
        case Emoji():
            if part.name:
                yield {"type": "emoji", "name": part.name}
            else:
                yield from _texts(part.char, {})


def _texts(text: str, style: Mapping[str, bool]) -> Iterator[Json]:
    while text:
        end = cut_at(text, TEXT_PIECE)
        yield {"type": "text", "text": text[:end], **({"style": dict(style)} if style else {})}
        text = text[end:]


def _pieces(elements: list[Json]) -> Iterator[list[Json]]:
    """Elements in heaps of at most `TEXT_PIECE` units, so that no block grows beyond that."""
    heap: list[Json] = []
    used = 0
    for element in elements:
        size = units(str(element.get("text") or ""))
        if heap and used + size > TEXT_PIECE:
            yield heap
            heap, used = [], 0
        heap.append(element)
        used += size
    if heap:
        yield heap


def fallback(time: Time) -> str:
    """For clients that show no dates: in the channel's zone, said so."""
    return local(time.at, time.fallback_zone).strftime(FALLBACKS[time.style])


def local(at: datetime, zone: str) -> datetime:
    try:
        return at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return at.astimezone(ZoneInfo("UTC"))


# ------------------------------------------------------------------------------------------------ buttons


def _buttons(buttons: Buttons, count: Iterator[int]) -> Iterator[Json]:
    """Three in sight. A menu cannot ask back for one entry only, and holds short values: such buttons stay buttons."""
    in_menu = [button for button in buttons.more if not button.confirm and _fits_menu(button)]
    in_sight = [*buttons.shown, *(button for button in buttons.more if button not in in_menu)]
    elements = [_button(button, next(count)) for button in in_sight]
    for at in range(0, len(in_menu), OVERFLOW_MAX):
        options = [_option(button) for button in in_menu[at : at + OVERFLOW_MAX]]
        elements.append({"type": "overflow", "action_id": f"{MORE}:{next(count)}", "options": options})
    for at in range(0, len(elements), 25):
        yield {"type": "actions", "elements": elements[at : at + 25]}


def _kind(button: Button) -> str:
    return LINK if button.url else DIALOG if button.opens_dialog else PRESS


def _fits_menu(button: Button) -> bool:
    return units(_menu_value(button)) <= OPTION_VALUE_MAX


def _menu_value(button: Button) -> str:
    return LINK + ":" if button.url else f"{_kind(button)}:{button.action}:{button.value}"


def _option(button: Button) -> Json:
    out: Json = {"text": plain(button.label, LABEL_MAX), "value": _menu_value(button)}
    return {**out, "url": button.url} if button.url else out


def _button(button: Button, n: int) -> Json:
    if units(button.value) > VALUE_MAX:
        raise ValueError(f"Button.value holds at most {VALUE_MAX} characters on Slack")
    out: Json = {"type": "button", "text": plain(button.label, LABEL_MAX), **STYLES[button.style]}
    if button.url:
        return {**out, "action_id": f"{LINK}:{n}", "url": button.url}
    out["action_id"] = f"{_kind(button)}:{button.action}:{n}"
    if button.value:
        out["value"] = button.value
    if button.confirm:
        out["confirm"] = {
            "title": plain(button.label, 100),
            "text": plain(button.confirm, CONFIRM_MAX),
            "confirm": plain("Yes", 30),
            "deny": plain("No", 30),
        }
    return out


# ------------------------------------------------------------------------------------------------ fields


def _inputs(field: Field) -> Iterator[Json]:
    if not field.name or ":" in field.name:
        raise ValueError(f"a field's name is a word without colons, not {field.name!r}")
    yield from INPUTS[field.kind](field)


def _one_line(field: Field) -> Iterator[Json]:
    element = _text_input(short(field.value.replace("\n", " "), INPUT_MAX), field.max_length, multiline=False)
    yield _input(field, 0, "x", field.value, element, field.label)


def _long(field: Field) -> Iterator[Json]:
    """As many inputs as the text needs and one to go on in, as far as `max_length` allows."""
    pieces = split_value(field.value)
    room = max(len(pieces), min(len(pieces) + 1, -(-field.max_length // INPUT_MAX)))
    pieces += [("n", "")] * (room - len(pieces))
    for n, (joiner, value) in enumerate(pieces):
        label = field.label if n == 0 else f"{field.label} (continued, part {n + 1})"
        element = _text_input(value, field.max_length, multiline=True)
        yield _input(field, n, joiner, value, element, label)


def _choice(field: Field) -> Iterator[Json]:
    options = [
        {"text": plain(option.label, LABEL_MAX), "value": option.value} for option in field.options[:CHOICES_MAX]
    ]
    chosen = [option for option in options if option["value"] == field.value]
    element: Json = {"type": "static_select", "action_id": "v", "options": options}
    if chosen:
        element["initial_option"] = chosen[0]
    yield _input(field, 0, "x", field.value, element, field.label)


def _files(field: Field) -> Iterator[Json]:
    """docs.slack.dev/reference/block-kit/block-elements/file-input-element, 2026-11: 10 MB each; what the names say is
    not believed, it only spares people a useless upload."""
    most = max(1, min(field.most, FILES_MAX))
    element: Json = {"type": "file_input", "action_id": "v", "filetypes": list(FILE_TYPES), "max_files": most}
    yield _input(field, 0, "x", "", element, field.label)


INPUTS: Mapping[str, Callable[[Field], Iterator[Json]]] = {
    "text": _one_line,
    "long": _long,
    "choice": _choice,
    "file": _files,
}


def _text_input(value: str, most: int, *, multiline: bool) -> Json:
    element: Json = {
        "type": "plain_text_input",
        "action_id": "v",
        "multiline": multiline,
        "max_length": max(min(most, INPUT_MAX), units(value), 1),
    }
    return {**element, "initial_value": value} if value else element


def _input(field: Field, n: int, joiner: str, value: str, element: Json, label: str) -> Json:
    out: Json = {
        "type": "input",
        "block_id": block_id(field.name, n, joiner, value),
        "label": plain(label, SMALL_MAX),
        "element": element,
        "optional": field.optional or n > 0,
    }
    if field.hint and n == 0:
        out["hint"] = plain(field.hint, HINT_MAX)
    return out
