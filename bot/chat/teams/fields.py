"""What our data in cards means: written by `render`, read by `inbound`. Pure.

Everything of ours stands under one key, beside what people typed: input names are theirs.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.contract import Button, Dialog
from bot.chat.payload import a_map, a_text, an_id, maybe

OURS = "twoway"


def pressed_data(button: Button) -> dict[str, object]:
    return {"action": button.action, "value": button.value}


def saved_data(dialog: Dialog, dialog_id: str) -> dict[str, object]:
    """With what the dialog can be shown again from, should no process remember it."""
    fields = [[field.name, field.label, field.kind] for field in dialog.fields]
    ours = {"kind": dialog.kind, "private": dialog.private, "dialog": dialog_id, "title": dialog.title}
    return {OURS: {**ours, "save": dialog.save or "", "fields": fields}}


def read_pressed(data: object) -> tuple[str, str]:
    """A button's action and value. Raises Odd for what is not ours."""
    ours = a_map(data, OURS)
    return an_id(ours, "action"), maybe(ours, "value") or ""


def read_saved(data: object) -> tuple[dict[str, object], Mapping[str, str]]:
    """What we put into the dialog, and what people typed, by field."""
    ours = a_map(data, OURS)
    typed = data if isinstance(data, dict) else {}
    values = {
        name: a_text(typed, name)
        for name, value in typed.items()
        if name not in {OURS, "msteams"} and isinstance(name, str) and isinstance(value, str)
    }
    return ours, values
