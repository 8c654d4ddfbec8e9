"""Adaptive Cards as Teams takes them: what is refused, what can be read on them, what can be pressed and filled in.

The table is the schema of adaptivecards.io, version 1.5, which is as far as Teams goes for bots
(learn.microsoft.com/microsoftteams/platform: cards-reference, 2026-11). Stricter than Teams where Teams would silently
leave something out: an element or a property that it does not know is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from sandbox.teams.things import Json

VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5")
MAX_REFRESH = 60  # people in refresh.userIds: universal-actions-for-adaptive-cards, 2026-11

ANY = frozenset(
    {"type", "id", "fallback", "height", "isVisible", "requires", "separator", "spacing", "targetWidth", "rtl"}
)
BOX = frozenset({"style", "bleed", "minHeight", "verticalContentAlignment", "selectAction", "backgroundImage"})
TEXT = frozenset({"color", "fontType", "isSubtle", "size", "weight"})
INPUT = frozenset({"label", "isRequired", "errorMessage"})
PRESS = frozenset(
    {"type", "id", "title", "iconUrl", "style", "fallback", "tooltip", "isEnabled", "mode", "requires", "role"}
)

# Type -> (needs, may also have).
ELEMENTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "TextBlock": (frozenset({"text"}), TEXT | {"wrap", "maxLines", "horizontalAlignment", "style"}),
    "RichTextBlock": (frozenset({"inlines"}), frozenset({"horizontalAlignment"})),
    "Image": (
        frozenset({"url"}),
        frozenset({"altText", "backgroundColor", "horizontalAlignment", "selectAction", "size", "style", "width"}),
    ),
    "ImageSet": (frozenset({"images"}), frozenset({"imageSize"})),
    "Media": (frozenset({"sources"}), frozenset({"poster", "altText"})),
    "Container": (frozenset({"items"}), BOX),
    "ColumnSet": (frozenset({"columns"}), BOX | {"horizontalAlignment"}),
    "Column": (frozenset(), BOX | {"items", "width"}),
    "FactSet": (frozenset({"facts"}), frozenset()),
    "ActionSet": (frozenset({"actions"}), frozenset({"horizontalAlignment"})),
    "Table": (
        frozenset({"columns", "rows"}),
        frozenset(
            {
                "firstRowAsHeader",
                "showGridLines",
                "gridStyle",
                "horizontalCellContentAlignment",
                "verticalCellContentAlignment",
            }
        ),
    ),
    "TableRow": (
        frozenset({"cells"}),
        frozenset({"style", "horizontalCellContentAlignment", "verticalCellContentAlignment"}),
    ),
    "TableCell": (frozenset({"items"}), BOX),
    "Input.Text": (
        frozenset({"id"}),
        INPUT | {"isMultiline", "maxLength", "placeholder", "regex", "style", "inlineAction", "value"},
    ),
    "Input.Number": (frozenset({"id"}), INPUT | {"min", "max", "placeholder", "value"}),
    "Input.Date": (frozenset({"id"}), INPUT | {"min", "max", "placeholder", "value"}),
    "Input.Time": (frozenset({"id"}), INPUT | {"min", "max", "placeholder", "value"}),
    "Input.Toggle": (frozenset({"id", "title"}), INPUT | {"value", "valueOff", "valueOn", "wrap"}),
    "Input.ChoiceSet": (
        frozenset({"id", "choices"}),
        INPUT | {"choices.data", "isMultiSelect", "style", "value", "placeholder", "wrap"},
    ),
}
ACTIONS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "Action.Execute": (frozenset({"title", "verb"}), frozenset({"data", "associatedInputs"})),
    "Action.Submit": (frozenset({"title"}), frozenset({"data", "associatedInputs"})),
    "Action.OpenUrl": (frozenset({"title", "url"}), frozenset()),
    "Action.ShowCard": (frozenset({"title", "card"}), frozenset()),
    "Action.ToggleVisibility": (frozenset({"title", "targetElements"}), frozenset()),
}
IN_DIALOGS = frozenset({"Action.Submit", "Action.OpenUrl", "Action.ShowCard", "Action.ToggleVisibility"})
CARD = frozenset(
    {
        "type",
        "$schema",
        "version",
        "body",
        "actions",
        "selectAction",
        "fallbackText",
        "backgroundImage",
        "minHeight",
        "rtl",
        "speak",
        "lang",
        "verticalContentAlignment",
        "refresh",
        "authentication",
        "metadata",
        "msteams",
    }
)
HELD = ("items", "columns", "images", "rows", "cells")  # where elements lie in elements
CHOICE = {"facts": ("title", "value"), "choices": ("title", "value")}


def check(card: object, *, dialog: bool = False) -> str | None:
    """What is wrong with it, in a sentence; None where Teams would show it whole."""
    try:
        _card(card, dialog=dialog)
    except _Wrong as wrong:
        return str(wrong)
    return None


class _Wrong(Exception):
    pass


def _need(so: bool, why: str) -> None:
    if not so:
        raise _Wrong(why)


def _card(card: object, *, dialog: bool, inner: bool = False) -> None:
    _need(isinstance(card, dict) and card.get("type") == "AdaptiveCard", "no AdaptiveCard")
    card = cast(Json, card)
    _need(inner or card.get("version") in VERSIONS, f"version {card.get('version')!r} is none of {', '.join(VERSIONS)}")
    if strange := set(card) - CARD:
        raise _Wrong(f"a card has no {sorted(strange)[0]}")
    body = card.get("body", [])
    _need(isinstance(body, list), "body is no list")
    for one in body:
        _element(one, dialog=dialog)
    _actions(card.get("actions", []), dialog=dialog)
    if not inner:
        ids = [one["id"] for one in inputs_of(card)]
        _need(len(ids) == len(set(ids)), "two inputs have the same id")
    if (refresh := card.get("refresh")) is not None:
        _action(refresh.get("action"), dialog=dialog, silent=True)
        people = refresh.get("userIds", [])
        _need(
            isinstance(people, list) and len(people) <= MAX_REFRESH,
            f"refresh.userIds holds at most {MAX_REFRESH} people",
        )


def _element(element: object, *, dialog: bool) -> None:
    _need(isinstance(element, dict), "an element is no object")
    element = cast(Json, element)
    kind = str(element.get("type", "Column" if "items" in element else ""))
    _need(kind in ELEMENTS, f"there is no element {kind!r}")
    needs, may = ELEMENTS[kind]
    _has(kind, element, needs, may | ANY)
    if kind == "TextBlock":
        _need(isinstance(element["text"], str), "TextBlock.text is no text")
    for inline in element.get("inlines", ()):
        _need(
            isinstance(inline, str) or (isinstance(inline, dict) and inline.get("type") == "TextRun"),
            "an inline is a text or a TextRun",
        )
        if isinstance(inline, dict):
            known = {"italic", "strikethrough", "underline", "highlight", "selectAction"}
            _has("TextRun", inline, frozenset({"type", "text"}), TEXT | known)
    for key, pair in CHOICE.items():
        for one in element.get(key, ()):
            _need(
                isinstance(one, dict) and all(isinstance(one.get(part), str) for part in pair),
                f"{kind}.{key} are objects of texts {' and '.join(pair)}",
            )
    if kind == "Table":
        _need(all(isinstance(one, dict) for one in element["columns"]), "Table.columns are objects")
    for key in HELD:
        if key == "columns" and kind == "Table":
            continue
        for one in element.get(key, ()):
            _element({"type": "Column", **one} if key == "columns" and isinstance(one, dict) else one, dialog=dialog)
    _fallback(element, dialog=dialog, action=False)
    _actions(element.get("actions", []), dialog=dialog)
    for key in ("selectAction", "inlineAction"):
        if key in element:
            _action(element[key], dialog=dialog, silent=True)


def _actions(actions: object, *, dialog: bool) -> None:
    _need(isinstance(actions, list), "actions are no list")
    for one in cast("list[object]", actions):
        _action(one, dialog=dialog)


def _action(action: object, *, dialog: bool, silent: bool = False) -> None:
    """`silent`: where no title is shown."""
    _need(isinstance(action, dict), "an action is no object")
    action = cast(Json, action)
    kind = str(action.get("type"))
    _need(kind in ACTIONS, f"there is no action {kind!r}")
    _need(not dialog or kind in IN_DIALOGS, f"a dialog has no {kind}")
    needs, may = ACTIONS[kind]
    _has(kind, action, needs - ({"title"} if silent else set()), may | PRESS)
    if kind == "Action.Execute":
        _need(isinstance(action["verb"], str) and bool(action["verb"]), "Action.Execute.verb is no word")
        _need(isinstance(action.get("data", {}), (dict, str)), "Action.Execute.data is neither object nor text")
    if kind == "Action.OpenUrl":
        _need(
            str(action["url"]).startswith(("https://", "http://", "msteams:", "mailto:")), "OpenUrl.url is no address"
        )
    _fallback(action, dialog=dialog, action=True)
    if kind == "Action.ShowCard":
        _card(action["card"], dialog=dialog, inner=True)
    _need(action.get("mode", "primary") in {"primary", "secondary"}, "an action's mode is primary or secondary")
    _need(action.get("style", "default") in {"default", "positive", "destructive"}, f"no style {action.get('style')!r}")


def _fallback(thing: Json, *, dialog: bool, action: bool) -> None:
    """What an older client shows instead: as sound as the thing itself."""
    other = thing.get("fallback", "drop")
    if other == "drop":
        return
    if action:
        _action(other, dialog=dialog)
    else:
        _element(other, dialog=dialog)


def _has(kind: str, thing: Json, needs: frozenset[str], may: frozenset[str]) -> None:
    if missing := sorted(needs - set(thing)):
        raise _Wrong(f"{kind} has no {missing[0]}")
    if strange := sorted(set(thing) - needs - may):
        raise _Wrong(f"{kind} knows no {strange[0]}")


# --- reading ---


def _walk(thing: object) -> Iterator[Json]:
    """Every object in a card that has a type, in the order of reading."""
    if isinstance(thing, list):
        for one in thing:
            yield from _walk(one)
    elif isinstance(thing, dict):
        if "type" in thing:
            yield thing
        for key in ("body", "items", "columns", "images", "rows", "cells", "actions", "card", "inlineAction"):
            if key in thing:
                yield from _walk(thing[key])


def inputs_of(card: Json) -> list[Json]:
    return [one for one in _walk(card) if str(one["type"]).startswith("Input.")]


def actions_of(card: Json) -> list[Json]:
    """Every button, those in menus (`mode: secondary`) too; also what a tap on a box does."""
    found = [one for one in _walk(card) if str(one["type"]).startswith("Action.")]
    taps = [one["selectAction"] for one in _walk(card) if isinstance(one.get("selectAction"), dict)]
    return found + taps


def mentionable(card: Json) -> list[str]:
    """Where an `<at>` calls somebody: text blocks and facts, not the runs of a rich text."""
    lines: list[str] = []
    for one in _walk(card):
        if one["type"] == "TextBlock":
            lines.append(str(one["text"]))
        lines += [str(fact["value"]) for fact in one.get("facts", ())]
    return lines


def words_of(card: Json) -> list[str]:
    """All that can be read on it, a line each."""
    lines: list[str] = []
    for one in _walk(card):
        if one.get("isVisible") is False:
            continue
        kind = str(one["type"])
        if kind == "RichTextBlock":
            lines.append("".join(run if isinstance(run, str) else str(run["text"]) for run in one["inlines"]))
        lines += [one[key] for key in ("text", "label", "title") if isinstance(one.get(key), str)]
        if kind.startswith("Input.") and kind != "Input.ChoiceSet" and isinstance(one.get("value"), str):
            lines.append(one["value"])
        lines += [f"{fact['title']} {fact['value']}" for fact in one.get("facts", ())]
        lines += [str(choice["title"]) for choice in one.get("choices", ())]
    return lines
