"""Cards and dialogs as Adaptive Cards. Pure.

All words go out as text runs, which know no markdown: nothing that a customer writes formats, links or pings. Whom a
card calls stands in one line of its own, since only text blocks can mention. Leaves Teams' limits to `limits`, what
our data in actions means to `fields`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC

from bot.chat.commands import SLASHES
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
from bot.chat.fitting import fit, short
from bot.chat.teams.fields import OURS, pressed_data, saved_data
from bot.chat.teams.limits import MAX_BYTES, size

Json = dict[str, object]

CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"  # the newest that Teams shows everywhere: learn.microsoft.com, cards-reference, 2026-11

HEADING_MAX, SUMMARY_MAX, LABEL_MAX, ALT_MAX = 150, 150, 75, 2_000
IN_SIGHT = 6  # actions of one row; the rest stands in its menu
VIEW_BYTES = 60_000  # for the words of a dialog; the rest is for its inputs

STYLES = {"plain": {}, "primary": {"style": "positive"}, "danger": {"style": "destructive"}}
DATES = {"time": "{{{{TIME({0})}}}}", "moment": "{{{{DATE({0}, SHORT)}}}} {{{{TIME({0})}}}}",
         "date": "{{{{DATE({0}, SHORT)}}}}"}  # fmt: skip
LOOKS: Mapping[str, tuple[str, object]] = {
    "bold": ("weight", "bolder"),
    "italic": ("italic", True),
    "code": ("fontType", "monospace"),
    "strike": ("strikethrough", True),
}
MENTION = re.compile(r"<(?=/?at\b)", re.IGNORECASE)
COMMAND = re.compile(rf"(?<![\w/.])/({'|'.join(slash.removeprefix('/') for slash in SLASHES)})\b")
FUNCTION = re.compile(r"\{\{(?=(?:DATE|TIME)\()", re.IGNORECASE)


def message(card: Card, *, posting: bool) -> Json:
    """The card as one activity. Only a message's first posting can call somebody."""
    content = fit(card.blocks, lambda blocks: _card(card, blocks, posting=posting), size, MAX_BYTES)
    return {
        "type": "message",
        "summary": short(" ".join(card.summary.split()), SUMMARY_MAX),
        "attachments": [{"contentType": CONTENT_TYPE, "content": content}],
    }


def _card(card: Card, blocks: Sequence[Block], *, posting: bool) -> Json:
    called = _called(card) if posting else []
    # Whom the card calls stands above its last buttons.
    end = len(blocks) - 1 if blocks and isinstance(blocks[-1], Buttons) else len(blocks)
    body = [*elements(blocks[:end]), *_call(called), *elements(blocks[end:])]
    return {**_content(body), "msteams": {"width": "Full", **({"entities": _entities(called)} if called else {})}}


def task(dialog: Dialog, dialog_id: str, *, mistakes: Mapping[str, str] | None = None) -> Json:
    """What an invoke answers so that the dialog shows. `mistakes` stand above the fields, which keep their values."""
    wrong = dict(mistakes or {})
    fields = [one for field in dialog.fields for one in _field(field, wrong.pop(field.name, ""))]
    rest = _words_of_mistakes(list(wrong.values()))
    body = fit(dialog.blocks, elements, size, VIEW_BYTES)
    content = _content([*body, *rest, *fields])
    if dialog.fields or dialog.save:
        content["actions"] = [
            {
                "type": "Action.Submit",
                "title": short(dialog.save or "Save", LABEL_MAX),
                "data": saved_data(dialog, dialog_id),
            }
        ]
    value = {"title": dialog.title, "width": "large", "height": "large" if dialog.fields else "small"}
    return {"task": {"type": "continue", "value": {**value, "card": {"contentType": CONTENT_TYPE, "content": content}}}}


def with_values(dialog: Dialog, values: Mapping[str, str]) -> Dialog:
    """The same dialog with what stands in its fields now."""
    return replace(
        dialog, fields=tuple(replace(field, value=values.get(field.name, field.value)) for field in dialog.fields)
    )


def notice(title: str, words: str) -> Dialog:
    return Dialog(kind="notice", title=title, private="", blocks=(Line((Plain(words),)),), save=None)


def text_of(card: Card) -> str:
    """The card's words in one text, for where only text can be shown."""
    lines = ["".join(_as_text(part) for part in one.parts) for one in card.blocks if isinstance(one, Line | Quote)]
    return "\n".join(lines) or card.summary


def has_buttons(card: Card) -> bool:
    return any(isinstance(block, Buttons) for block in card.blocks)


def _content(body: list[Json]) -> Json:
    return {"type": "AdaptiveCard", "$schema": SCHEMA, "version": VERSION, "body": body}


# ------------------------------------------------------------------------------------------------ blocks


def elements(blocks: Sequence[Block]) -> list[Json]:
    """Every block, in order. A divider is the line above what follows it."""
    out: list[Json] = []
    divided = False
    for block in blocks:
        if isinstance(block, Divider):
            divided = True
            continue
        for shown in _block(block):
            out.append({**shown, "separator": True} if divided else shown)
            divided = False
    return out


def _block(block: Block) -> Iterator[Json]:
    match block:
        case Heading():
            words = short(" ".join(block.text.split()), HEADING_MAX)
            yield _rich(_runs(words, {"size": "large", "weight": "bolder"}))
        case Picture() if block.url.startswith(("https://", "http://")):
            alt = short(block.alt, ALT_MAX) or "picture"
            opens = {"type": "Action.OpenUrl", "url": block.url}
            yield {"type": "Image", "url": block.url, "altText": alt, "size": "large", "selectAction": opens}
        case Picture():
            yield _rich(_runs(short(block.alt, ALT_MAX) or "picture", {"isSubtle": True}))
        case Buttons():
            yield from _buttons(block)
        case Line():
            look: Json = {"isSubtle": True, "size": "small"} if block.small else {}
            if runs := [run for part in block.parts for run in _part(part, look)]:
                yield {**_rich(runs), **({"spacing": "small"} if block.small else {})}
        case Quote():
            if runs := [run for part in block.parts for run in _part(part, {})]:
                yield {"type": "Container", "style": "emphasis", "items": [_rich(runs)]}
        case Divider():
            pass


def _rich(runs: Iterable[Json]) -> Json:
    return {"type": "RichTextBlock", "inlines": list(runs)}


# ------------------------------------------------------------------------------------------------ parts


def _part(part: Part, look: Json) -> Iterator[Json]:
    match part:
        case Plain() | Words():
            text = spelled(part.text) if isinstance(part, Plain) else part.text
            styles = {key: value for name, (key, value) in LOOKS.items() if getattr(part, name, False)}
            yield from _runs(text, {**look, **styles})
        case LinkTo() if is_link(part.url):
            opens = {"type": "Action.OpenUrl", "url": part.url}
            yield from _runs(part.text or part.url, {**look, "color": "accent", "selectAction": opens})
        case LinkTo():
            yield from _runs(f"{part.text} ({part.url})", look)
        case Mention():
            yield from _runs(f"@{part.name}", {**look, "weight": "bolder"} if part.ping else look)
        case Time():
            at = part.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            yield {"type": "TextRun", "text": DATES[part.style].format(at), **look}
        case Emoji():
            yield from _runs(part.char or f":{part.name}:", look)


def _as_text(part: Part) -> str:
    match part:
        case Plain():
            return spelled(part.text)
        case Words() | LinkTo():
            return part.text
        case Mention():
            return f"@{part.name}"
        case Time():
            return part.at.astimezone(UTC).strftime("%d %b %H:%M UTC")
        case Emoji():
            return part.char or f":{part.name}:"


def spelled(text: str) -> str:
    """Our own words with commands as people give them here: `/claim` and `/twoway claim` are a mention's."""
    return COMMAND.sub(lambda found: "@Twoway" if found[1] == "twoway" else f"@Twoway {found[1]}", text)


def _runs(text: str, look: Mapping[str, object]) -> Iterator[Json]:
    """Text that stays text. What Teams would take for a date of its own is spread over two runs; what it would take
    for a mention has an invisible joiner in it, since Teams reads mentions across runs."""
    text = MENTION.sub("<\u2060", text)
    at = 0
    for found in FUNCTION.finditer(text):
        yield {"type": "TextRun", "text": text[at : found.start() + 1], **look}
        at = found.start() + 1
    if text[at:]:
        yield {"type": "TextRun", "text": text[at:], **look}


def is_link(url: str) -> bool:
    return url.startswith(("https://", "http://", "mailto:")) and not set(url) & set(" \n<>")


# ------------------------------------------------------------------------------------------------ who is called


def _called(card: Card) -> list[tuple[str, Mention]]:
    """Whom the card calls, once each, with the text that stands for them."""
    parts = (part for block in card.blocks if isinstance(block, Line | Quote) for part in block.parts)
    pinged = [*(part for part in parts if isinstance(part, Mention) and part.ping), *card.mentions]
    out: dict[str, tuple[str, Mention]] = {}
    names: set[str] = set()
    for mention in pinged:
        if mention.person.user in out:
            continue
        name = plain_name(mention.name) or "colleague"
        while name in names:
            name += "\u200b"  # two people of one name are told apart by the text that stands for them
        names.add(name)
        out[mention.person.user] = (f"<at>{name}</at>", mention)
    return list(out.values())


def plain_name(name: str) -> str:
    """Without what would be markdown or a tag in a text block."""
    return " ".join(re.sub(r"[<>&*_\[\]()`~#\\{}]", " ", name).split())


def _call(called: Sequence[tuple[str, Mention]]) -> list[Json]:
    return [{"type": "TextBlock", "text": " ".join(text for text, _ in called), "wrap": True}] if called else []


def _entities(called: Sequence[tuple[str, Mention]]) -> list[Json]:
    return [
        {
            "type": "mention",
            "text": text,
            "mentioned": {"id": mention.person.user, "name": text.removeprefix("<at>").removesuffix("</at>")},
        }
        for text, mention in called
    ]


# ------------------------------------------------------------------------------------------------ buttons


def _buttons(buttons: Buttons) -> Iterator[Json]:
    """Three in sight, the rest in the row's menu."""
    actions = [_action(button) for button in buttons.shown]
    actions += [{**_action(button), "mode": "secondary"} for button in buttons.more]
    for at in range(0, len(actions), 2 * IN_SIGHT):
        yield {"type": "ActionSet", "actions": actions[at : at + 2 * IN_SIGHT]}


def _action(button: Button) -> Json:
    title = short(button.label, LABEL_MAX)
    if button.url:
        return {"type": "Action.OpenUrl", "title": title, "url": button.url}
    look: Json = {"title": title, **STYLES[button.style]}
    if button.confirm:
        sure = replace(button, label="Yes", confirm=None)
        asked = _content([_rich(_runs(button.confirm, {})), {"type": "ActionSet", "actions": [_action(sure)]}])
        return {"type": "Action.ShowCard", **look, "card": asked}
    data = pressed_data(button)
    if button.opens_dialog:
        return {"type": "Action.Submit", **look, "data": {"msteams": {"type": "task/fetch"}, OURS: data}}
    submit = {"type": "Action.Submit", **look, "data": {OURS: data}}
    return {"type": "Action.Execute", **look, "verb": button.action, "data": {OURS: data}, "fallback": submit}


# ------------------------------------------------------------------------------------------------ fields


def _field(field: Field, mistake: str) -> Iterator[Json]:
    if not field.name or field.name in {OURS, "msteams"}:
        raise ValueError(f"not a field's name: {field.name!r}")
    yield from _words_of_mistakes([mistake] if mistake else [])
    yield INPUTS[field.kind](field)
    if field.hint:
        yield {**_rich(_runs(field.hint, {"isSubtle": True, "size": "small"})), "spacing": "small"}


def _input(field: Field) -> Json:
    out: Json = {"id": field.name, "label": field.label}
    if field.value:
        out["value"] = field.value
    if not field.optional:
        out |= {"isRequired": True, "errorMessage": "Please fill this in."}
    return out


def _text(field: Field) -> Json:
    most = {"maxLength": max(field.max_length, len(field.value))}
    return {"type": "Input.Text", **_input(field), **most, **({"isMultiline": True} if field.kind == "long" else {})}


def _choice(field: Field) -> Json:
    choices = [{"title": short(option.label, LABEL_MAX), "value": option.value} for option in field.options]
    return {"type": "Input.ChoiceSet", **_input(field), "choices": choices}


INPUTS: Mapping[str, Callable[[Field], Json]] = {"text": _text, "long": _text, "choice": _choice}


def _words_of_mistakes(mistakes: Sequence[str]) -> list[Json]:
    return [_rich(_runs(words, {"color": "attention", "weight": "bolder"})) for words in mistakes]
