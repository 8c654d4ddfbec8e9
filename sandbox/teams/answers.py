"""What a bot may answer to an invoke, and what the person then sees. A wrong answer shows the client's own sentence.

Shapes: learn.microsoft.com/microsoftteams/platform (universal actions, dialogs, message extensions; 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sandbox.teams.content import check_card
from sandbox.teams.delivery import Answer
from sandbox.teams.refusal import Refusal
from sandbox.teams.things import ADAPTIVE, Dialog, Json

TROUBLE = "Something went wrong. Please try again."
UNREACHABLE = "Unable to reach app. Please try again."
MESSAGE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
SIZES = ("small", "medium", "large")


@dataclass(frozen=True)
class Seen:
    """What one person sees at once after a click, a command or a dialog.

    `text` is the bot's sentence, `card` the card it answered with (this person sees it in the place of the pressed
    one). `error` is what the client says; `why`, for the test that failed, what was wrong with the answer.
    """

    text: str = ""
    card: Json | None = None
    dialog: Dialog | None = None
    closed: bool = False
    url: str | None = None
    errors: Json | None = None
    error: str | None = None
    why: str = ""
    id: str | None = None


class Wrong(Exception):
    """The bot's answer has not the shape that Teams reads."""


def _need(so: bool, why: str) -> None:
    if not so:
        raise Wrong(why)


def _object(thing: object, what: str) -> Json:
    _need(isinstance(thing, dict), f"{what} is no object")
    return cast(Json, thing)


def unread(answer: Answer) -> Seen | None:
    """Where there was no answer to read."""
    if answer.ok:
        return None
    why = f"HTTP {answer.status}: {answer.text[:200]}" if answer.status else str(answer.error)
    return Seen(error=UNREACHABLE if not answer.status else TROUBLE, why=why)


def read_action(answer: Answer) -> Seen:
    """`adaptiveCard/action`: {statusCode, type, value}."""
    if (failed := unread(answer)) is not None:
        return failed
    try:
        body = _object(answer.body, "the answer")
        _need(set(body) >= {"statusCode", "type", "value"}, "the answer needs statusCode, type and value")
        status, kind, value = body["statusCode"], body["type"], body["value"]
        _need(isinstance(status, int), "statusCode is no number")
        if status == 200 and kind == MESSAGE:
            _need(isinstance(value, str), "value is no text")
            return Seen(text=value)
        if status == 200 and kind == ADAPTIVE:
            return Seen(card=_card({"contentType": ADAPTIVE, "content": value}, dialog=False))
        _need(
            status in {400, 403, 404, 412, 429, 500, 502, 503, 504} and kind == ERROR,
            f"{status} does not go with {kind!r}",
        )
        error = _object(value, "value")
        _need(isinstance(error.get("code"), str) and isinstance(error.get("message"), str), "value is code and message")
    except Wrong as wrong:
        return Seen(error=TROUBLE, why=str(wrong))
    return Seen(error=error["message"])


def _card(attachment: object, *, dialog: bool) -> Json:
    try:
        return check_card(attachment, dialog=dialog)
    except Refusal as refused:
        raise Wrong(refused.message) from None


@dataclass(frozen=True)
class Window:
    """What a dialog shall show, or that there is none any more."""

    title: str = ""
    card: Json | None = None
    sentence: str = ""
    height: object = None
    width: object = None
    closed: bool = False
    text: str = ""


def read_task(answer: Answer, *, may_close: bool, extension: bool = False) -> Window | Seen:
    """`task/fetch`, `task/submit` and the two of message extensions: {task: {type, value}}, or nothing to close."""
    if (failed := unread(answer)) is not None:
        return failed
    try:
        return _window(answer.body, may_close=may_close, extension=extension)
    except Wrong as wrong:
        return Seen(error=TROUBLE, why=str(wrong))


def _window(said: object, *, may_close: bool, extension: bool) -> Window:
    if said is None or said == {}:
        _need(may_close, "nothing was answered, and there is no dialog to close")
        return Window(closed=True)
    body = _object(said, "the answer")
    if extension and "composeExtension" in body:
        return Window(closed=True, text=_extension(body["composeExtension"]))
    _need(set(body) <= {"task", "cacheInfo", "responseType"} and "task" in body, "the answer is a task")
    task = _object(body["task"], "task")
    kind, value = task.get("type"), task.get("value")
    if kind == "message":
        _need(isinstance(value, str) and bool(value), "task.value is no text")
        return Window(sentence=str(value))
    _need(kind == "continue", f"task.type {kind!r} is neither continue nor message")
    info = _object(value, "task.value")
    known = {"title", "height", "width", "card", "url", "fallbackUrl", "completionBotId"}
    _need(set(info) <= known, f"task.value knows no {sorted(set(info) - known)[:1]}")
    for size in ("height", "width"):
        given = info.get(size)
        _need(given is None or given in SIZES or (isinstance(given, int) and given > 0), f"{size} is no size")
    title = info.get("title", "")
    _need(isinstance(title, str), "title is no text")
    if info.get("url") is not None and info.get("card") is None:
        _need(str(info["url"]).startswith("https://"), "url is not https")
        return Window(title, None, str(info["url"]), info.get("height"), info.get("width"))
    card = _card(info.get("card"), dialog=True)
    return Window(title, card, "", info.get("height"), info.get("width"))


def _extension(said: object) -> str:
    """What a message extension gives back: words, or cards that land in the compose box."""
    extension = _object(said, "composeExtension")
    kind = extension.get("type")
    if kind == "message":
        _need(isinstance(extension.get("text"), str), "composeExtension.text is no text")
        return str(extension["text"])
    _need(kind == "result", f"composeExtension.type {kind!r} is neither result nor message")
    _need(extension.get("attachmentLayout", "list") in {"list", "grid"}, "attachmentLayout is list or grid")
    found = extension.get("attachments")
    _need(isinstance(found, list), "composeExtension.attachments is no list")
    for one in cast("list[object]", found):
        attachment = _object(one, "an attachment")
        preview = attachment.pop("preview", None)
        if attachment.get("contentType") == ADAPTIVE:
            _card(attachment, dialog=False)
            _need(preview is not None, "a card needs a preview")
    return f"{len(cast('list[object]', found))} found"


def read_query(answer: Answer) -> Seen:
    """`composeExtension/query`."""
    if (failed := unread(answer)) is not None:
        return failed
    try:
        body = _object(answer.body, "the answer")
        return Seen(text=_extension(body.get("composeExtension")))
    except Wrong as wrong:
        return Seen(error=TROUBLE, why=str(wrong))
