"""Invokes that wait for their answer: dialogs to be filled, presses to be told something. In this process alone.

A dialog in Teams is the answer to the invoke that asked for it, so whoever holds the request must get it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, cast

from bot.chat.contract import Close, Dialog, DialogGone, Field, Mistakes, ShowInstead, SubmissionAnswer, Submitted
from bot.chat.teams.render import notice, task, with_values

Json = Mapping[str, object]

TOO_SLOW = "That took too long and was not saved. Your text is still here: please save again."
NOT_SAVED = "Something went wrong and this was not saved. Your text is still here: please save again."
NOT_FILLED = "That took too long. Please close this and press again."

KEPT_DIALOGS = 500
KINDS = ("text", "long", "choice")


class Dialogs:
    """The dialogs that open, and those that were shown, so that they can be shown again with what was typed."""

    def __init__(self) -> None:
        self._opening: dict[str, asyncio.Future[Json]] = {}
        self._shown: OrderedDict[str, Dialog] = OrderedDict()

    @contextmanager
    def opening(self, dialog_id: str) -> Iterator[tuple[str, asyncio.Future[Json]]]:
        """A dialog that waits to be filled until this ends."""
        filled: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._opening[dialog_id] = filled
        try:
            yield dialog_id, filled
        finally:
            self._opening.pop(dialog_id, None)
            filled.cancel()

    def fill(self, dialog_id: str, dialog: Dialog) -> None:
        """Raises `DialogGone` when nobody waits for it any more (or waits elsewhere)."""
        filled = self._opening.get(dialog_id)
        if filled is None or filled.done():
            raise DialogGone("no_such_dialog")
        filled.set_result(self._task(dialog, dialog_id))

    def too_slow(self) -> Json:
        return task(notice("One moment", NOT_FILLED), "")

    def drop(self) -> None:
        for filled in self._opening.values():
            filled.cancel()

    def shown(self, submitted: Submitted, held: Json) -> Dialog:
        """The dialog that was saved; where this process never showed it, what it held itself."""
        return self._shown.get(submitted.dialog) or _from_held(submitted, held)

    def instead(self, dialog: Dialog, submitted: Submitted) -> Json:
        return self._task(dialog, submitted.key)

    def kept(self, dialog: Dialog, submitted: Submitted, wrong: Mapping[str, str] | str) -> Json:
        """The same dialog with what was typed, and what is wrong with it: by field, or with all of it."""
        mistakes = {"": wrong} if isinstance(wrong, str) else wrong
        return task(with_values(dialog, submitted.values), submitted.dialog, mistakes=mistakes)

    def _task(self, dialog: Dialog, dialog_id: str) -> Json:
        self._shown[dialog_id] = dialog
        while len(self._shown) > KEPT_DIALOGS:
            self._shown.popitem(last=False)
        return task(dialog, dialog_id)


def submission_answer(answer: SubmissionAnswer, dialog: Dialog, submitted: Submitted, dialogs: Dialogs) -> Json | None:
    """None: the dialog closes."""
    match answer:
        case Close():
            return None
        case ShowInstead():
            return dialogs.instead(answer.dialog, submitted)
        case Mistakes():
            return dialogs.kept(dialog, submitted, answer.by_field)


def _from_held(submitted: Submitted, held: Json) -> Dialog:
    listed = held.get("fields")
    fields: list[Field] = []
    for one in listed if isinstance(listed, list) else []:
        match one:
            case [str(name), str(label), str(kind)] if name and kind in KINDS:
                fields.append(Field(name, label, cast(Literal["text", "long", "choice"], kind)))
    title, save = held.get("title"), held.get("save")
    return Dialog(
        kind=submitted.kind,
        title=title if isinstance(title, str) else "",
        private=submitted.private,
        fields=tuple(fields) or tuple(Field(name, "Your text") for name in submitted.values),
        save=save if isinstance(save, str) and save else None,
    )


class Waiting:
    """Presses whose invoke is still open: what is said in time is told with its answer."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[str]] = {}

    @contextmanager
    def on(self, invoke: str | None) -> Iterator[asyncio.Future[str] | None]:
        if invoke is None:
            yield None
            return
        waiting: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open[invoke] = waiting
        try:
            yield waiting
        finally:
            self._open.pop(invoke, None)
            waiting.cancel()

    def tell(self, invoke: str, words: str) -> bool:
        """False when it no longer waits."""
        waiting = self._open.get(invoke)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(words)
        return True

    def drop(self) -> None:
        for waiting in self._open.values():
            waiting.cancel()


def said(words: str) -> Json:
    """The answer to `Action.Execute` that shows its presser a sentence."""
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": words}


def nothing(activity: Json) -> Json | None:
    """Acknowledged, nothing to show: an `Action.Execute` wants even that said."""
    if activity.get("type") == "invoke" and activity.get("name") == "adaptiveCard/action":
        return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": ""}
    return None
