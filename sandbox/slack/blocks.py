"""Slack's rules for Block Kit, as tables: what a block must have, may have, and how long. Pure.

Numbers: docs.slack.dev/reference/block-kit, 2026-11. The messages have the form that Slack's servers use
("[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.slack.rich_text import check_rich_text

MAX_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MAX_JSON = 13_200  # seen by others, undocumented: github.com/slackapi/bolt-js/issues/2509
MAX_VIEW_JSON = 250_000

EVERYWHERE = frozenset({"section", "header", "context", "actions", "divider", "image", "rich_text"})
ALLOWED = {
    "message": EVERYWHERE | {"video", "file", "markdown", "context_actions", "table"},
    "modal": EVERYWHERE | {"input", "alert"},
    "home": EVERYWHERE | {"input"},
}
SELECTS = frozenset({"static_select", "users_select", "conversations_select", "channels_select", "external_select"})
MULTI = frozenset({"multi_" + name for name in SELECTS})
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons"})
IN_ACTIONS = SELECTS | PICKERS | {"button", "overflow", "workflow_button"}
AS_ACCESSORY = SELECTS | MULTI | PICKERS | {"button", "overflow", "image", "workflow_button"}
IN_INPUT = (
    SELECTS
    | MULTI
    | PICKERS
    | {
        "plain_text_input",
        "number_input",
        "email_text_input",
        "url_text_input",
        "rich_text_input",
        "file_input",
    }
)
IN_CONTEXT = frozenset({"image", "mrkdwn", "plain_text"})

KEYS = {  # block -> (required, optional) beside type and block_id
    "section": ((), ("text", "fields", "accessory", "expand")),
    "header": (("text",), ("level",)),
    "context": (("elements",), ()),
    "actions": (("elements",), ()),
    "divider": ((), ()),
    "image": (
        ("alt_text",),
        ("image_url", "slack_file", "title", "image_width", "image_height", "image_bytes"),
    ),
    "rich_text": (("elements",), ()),
    "input": (("label", "element"), ("hint", "optional", "dispatch_action")),
    "alert": (("text",), ("level",)),
}
ELEMENT_KEYS = {  # element -> (required, optional) beside type and action_id
    "button": (("text",), ("url", "value", "style", "confirm", "accessibility_label")),
    "overflow": (("options",), ("confirm",)),
    "static_select": (
        (),
        ("options", "option_groups", "placeholder", "initial_option", "confirm", "focus_on_load"),
    ),
    "plain_text_input": (
        (),
        (
            "initial_value",
            "multiline",
            "min_length",
            "max_length",
            "placeholder",
            "dispatch_action_config",
            "focus_on_load",
        ),
    ),
    "image": (("alt_text",), ("image_url", "slack_file")),
    "file_input": ((), ("filetypes", "max_files")),
}
OPTION_LIMITS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}


@dataclass(frozen=True)
class Problem:
    """One thing wrong: Slack's words and where."""

    what: str
    where: str

    def __str__(self) -> str:
        return f"[ERROR] {self.what} [json-pointer:{self.where}]"


class Check:
    """One pass over a list of blocks; collects problems, knows which ids it has seen."""

    def __init__(
        self, surface: str, undownloadable: Callable[[str], bool], known_file: Callable[[str], bool] = lambda _: False
    ) -> None:
        self.surface = surface
        self.undownloadable = undownloadable
        self.known_file = known_file
        self.problems: list[Problem] = []
        self.failed_images: list[str] = []
        self.block_ids: set[str] = set()

    def wrong(self, what: str, where: str) -> None:
        self.problems.append(Problem(what, where))

    def keys(self, thing: dict[str, object], required: tuple[str, ...], optional: tuple[str, ...], at: str) -> None:
        for key in required:
            if key not in thing:
                self.wrong(f"missing required field: {key}", at)
        for key in thing:
            if key not in required and key not in optional:
                self.wrong(f"invalid additional property: {key}", at)

    def string(self, value: object, most: int, at: str, *, least: int = 0) -> None:
        if not isinstance(value, str):
            self.wrong("must be a string", at)
        elif len(value) > most:
            self.wrong(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            self.wrong(f"must be more than {least - 1} characters", at)

    def text(self, value: object, most: int, at: str, *, plain: bool = False) -> None:
        """A text object. No empty text: Slack refuses it with "must be more than 0 characters"."""
        if not isinstance(value, dict):
            return self.wrong("must provide an object", at)
        kind = value.get("type")
        if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
            return self.wrong("must be one of: plain_text" + ("" if plain else ", mrkdwn"), at + "/type")
        self.keys(value, ("type", "text"), ("emoji",) if kind == "plain_text" else ("verbatim",), at)
        self.string(value.get("text"), most, at + "/text", least=1)
        return None

    def items(self, value: object, most: int, at: str) -> list[object]:
        if not isinstance(value, list):
            self.wrong("must provide an array", at)
            return []
        if not value:
            self.wrong("must have at least 1 item", at)
        if len(value) > most:
            self.wrong(f"no more than {most} items allowed", at)
        return value

    # --- blocks ---

    def blocks(self, value: object, at: str) -> None:
        if not isinstance(value, list):
            return self.wrong("must provide an array", at)
        if len(value) > MAX_BLOCKS[self.surface]:
            self.wrong(f"no more than {MAX_BLOCKS[self.surface]} items allowed", at)
        for n, block in enumerate(value):
            self.block(block, f"{at}/{n}")
        return None

    def block(self, block: object, at: str) -> None:
        if not isinstance(block, dict):
            return self.wrong("must provide an object", at)
        kind = block.get("type")
        if not isinstance(kind, str) or kind not in ALLOWED[self.surface]:
            return self.wrong(f"unsupported type: {kind}", at + "/type")
        if kind not in KEYS:
            return self.wrong(f"block type {kind} is not known to this stand-in", at + "/type")
        required, optional = KEYS[kind]
        self.keys(block, ("type", *required), ("block_id", *optional), at)
        if "block_id" in block:
            self.string(block["block_id"], 255, at + "/block_id", least=1)
            if str(block["block_id"]) in self.block_ids:
                self.wrong(f"`block_id` {block['block_id']} already exists", at + "/block_id")
            self.block_ids.add(str(block["block_id"]))
        getattr(self, f"_{kind}")(block, at)
        return None

    def _divider(self, block: dict[str, object], at: str) -> None:
        pass

    def _section(self, block: dict[str, object], at: str) -> None:
        if "text" not in block and "fields" not in block:
            self.wrong("missing required field: text", at)
        if "text" in block:
            self.text(block["text"], 3000, at + "/text")
        if "fields" in block:
            for n, one in enumerate(self.items(block["fields"], 10, at + "/fields")):
                self.text(one, 2000, f"{at}/fields/{n}")
        if "accessory" in block:
            self.element(block["accessory"], AS_ACCESSORY, set(), at + "/accessory")

    def _header(self, block: dict[str, object], at: str) -> None:
        self.text(block.get("text"), 150, at + "/text", plain=True)

    def _alert(self, block: dict[str, object], at: str) -> None:
        self.text(block.get("text"), 200, at + "/text")
        if block.get("level", "default") not in ("default", "info", "warning", "error", "success"):
            self.wrong("invalid level", at + "/level")

    def _context(self, block: dict[str, object], at: str) -> None:
        for n, one in enumerate(self.items(block.get("elements"), 10, at + "/elements")):
            where = f"{at}/elements/{n}"
            if isinstance(one, dict) and one.get("type") == "image":
                self.keys(one, ("type", "alt_text"), ("image_url", "slack_file"), where)
                self.picture(one, where)
            else:
                self.text(one, 2000, where)

    def _actions(self, block: dict[str, object], at: str) -> None:
        seen: set[str] = set()
        for n, one in enumerate(self.items(block.get("elements"), 25, at + "/elements")):
            self.element(one, IN_ACTIONS, seen, f"{at}/elements/{n}")

    def _image(self, block: dict[str, object], at: str) -> None:
        self.picture(block, at)
        if "title" in block:
            self.text(block["title"], 2000, at + "/title", plain=True)

    def _rich_text(self, block: dict[str, object], at: str) -> None:
        check_rich_text(self, block.get("elements"), at + "/elements")

    def _input(self, block: dict[str, object], at: str) -> None:
        self.text(block.get("label"), 2000, at + "/label", plain=True)
        if "hint" in block:
            self.text(block["hint"], 2000, at + "/hint", plain=True)
        self.element(block.get("element"), IN_INPUT, set(), at + "/element")

    # --- elements ---

    def picture(self, thing: dict[str, object], at: str) -> None:
        self.string(thing.get("alt_text"), 2000, at + "/alt_text", least=1)
        url, file = thing.get("image_url"), thing.get("slack_file")
        if (url is None) == (file is None):
            self.wrong("must have either image_url or slack_file", at)
        elif file is not None:
            # By its id alone: what a file's url may be is not known here.
            id = file.get("id") if isinstance(file, dict) and set(file) == {"id"} else None
            if not isinstance(id, str) or not self.known_file(id):
                self.wrong("invalid slack file", at + "/slack_file")
        elif url is not None:
            self.string(url, 3000, at + "/image_url", least=1)
            if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
                self.wrong("invalid url", at + "/image_url")
            elif self.undownloadable(url):
                self.failed_images.append(at)

    def element(self, one: object, allowed: frozenset[str], seen: set[str], at: str) -> None:
        if not isinstance(one, dict):
            return self.wrong("must provide an object", at)
        kind = one.get("type")
        if not isinstance(kind, str) or kind not in allowed:
            return self.wrong(f"unsupported type: {kind}", at + "/type")
        if kind in ELEMENT_KEYS:
            required, optional = ELEMENT_KEYS[kind]
            own = () if kind == "image" else ("action_id",)
            self.keys(one, ("type", *required), (*own, *optional), at)
        if "action_id" in one:
            self.string(one["action_id"], 255, at + "/action_id", least=1)
            if str(one["action_id"]) in seen:
                self.wrong(f"`action_id` {one['action_id']} already exists", at + "/action_id")
            seen.add(str(one["action_id"]))
        if kind == "image":
            self.picture(one, at)
        if kind == "button":
            self._button(one, at)
        if kind == "plain_text_input":
            self._plain_text_input(one, at)
        if kind == "file_input" and not 1 <= int(str(one.get("max_files", 10))) <= 10:
            self.wrong("must be between 1 and 10", at + "/max_files")
        if "placeholder" in one:
            self.text(one["placeholder"], 150, at + "/placeholder", plain=True)
        if "confirm" in one:
            self._confirm(one["confirm"], at + "/confirm")
        if kind in OPTION_LIMITS or kind in {"static_select", "multi_static_select"}:
            self._options(kind, one, at)
        return None

    def _button(self, one: dict[str, object], at: str) -> None:
        self.text(one.get("text"), 75, at + "/text", plain=True)
        if "value" in one:
            self.string(one["value"], 2000, at + "/value", least=1)
        if "url" in one:
            self.string(one["url"], 3000, at + "/url", least=1)
            if not isinstance(one["url"], str) or not urlsplit(one["url"]).scheme:
                self.wrong("invalid url", at + "/url")
        if one.get("style", "primary") not in ("primary", "danger"):
            self.wrong("must be one of: primary, danger", at + "/style")
        if "accessibility_label" in one:
            self.string(one["accessibility_label"], 75, at + "/accessibility_label")

    def _plain_text_input(self, one: dict[str, object], at: str) -> None:
        least, most = one.get("min_length", 0), one.get("max_length", 3000)
        if not isinstance(least, int) or not 0 <= least <= 3000:
            self.wrong("must be between 0 and 3000", at + "/min_length")
        if not isinstance(most, int) or not 1 <= most <= 3000:
            self.wrong("must be between 1 and 3000", at + "/max_length")
        if "initial_value" in one:
            self.string(one["initial_value"], most if isinstance(most, int) else 3000, at + "/initial_value")

    def _confirm(self, one: object, at: str) -> None:
        if not isinstance(one, dict):
            return self.wrong("must provide an object", at)
        self.keys(one, ("title", "text", "confirm", "deny"), ("style",), at)
        for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            if key in one:
                self.text(one[key], most, f"{at}/{key}", plain=key != "text")
        return None

    def _options(self, kind: str, one: dict[str, object], at: str) -> None:
        if "option_groups" in one:
            for n, group in enumerate(self.items(one["option_groups"], 100, at + "/option_groups")):
                if isinstance(group, dict):
                    self.text(group.get("label"), 75, f"{at}/option_groups/{n}/label", plain=True)
                    self._option_list(group.get("options"), 100, f"{at}/option_groups/{n}/options")
        else:
            self._option_list(one.get("options"), OPTION_LIMITS.get(kind, 100), at + "/options")

    def _option_list(self, value: object, most: int, at: str) -> None:
        for n, option in enumerate(self.items(value, most, at)):
            where = f"{at}/{n}"
            if not isinstance(option, dict):
                self.wrong("must provide an object", where)
                continue
            self.keys(option, ("text", "value"), ("description", "url"), where)
            self.text(option.get("text"), 75, where + "/text")
            self.string(option.get("value"), 150, where + "/value", least=1)
            if "description" in option:
                self.text(option["description"], 75, where + "/description")


def check_message(
    blocks: object, undownloadable: Callable[[str], bool], known_file: Callable[[str], bool] = lambda _: False
) -> tuple[str, list[str]] | None:
    """None when a message may carry these blocks, else Slack's error and its explanations."""
    check = Check("message", undownloadable, known_file)
    check.blocks(blocks, "/blocks")
    if check.problems:
        return "invalid_blocks", [str(p) for p in check.problems]
    if len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) > MAX_JSON:
        return "msg_blocks_too_long", []
    if check.failed_images:
        return "invalid_blocks", [
            f"[ERROR] downloading image failed [json-pointer:{at}/image_url]" for at in check.failed_images
        ]
    return None


VIEW_KEYS = {
    "modal": (
        ("type", "title", "blocks"),
        (
            "close",
            "submit",
            "private_metadata",
            "callback_id",
            "clear_on_close",
            "notify_on_close",
            "external_id",
            "submit_disabled",
        ),
    ),
    "home": (("type", "blocks"), ("private_metadata", "callback_id", "external_id")),
}


def check_view(
    view: object, surfaces: tuple[str, ...], undownloadable: Callable[[str], bool]
) -> tuple[str, list[str]] | None:
    """None when the view may be shown, else (error, explanations): `invalid_arguments` for what is wrong."""
    if not isinstance(view, dict) or view.get("type") not in surfaces:
        return "invalid_arguments", [f"[ERROR] must be one of: {', '.join(surfaces)} [json-pointer:/view/type]"]
    surface = str(view["type"])
    check = Check(surface, undownloadable)
    check.keys(view, *VIEW_KEYS[surface], "/view")
    for key in ("title", "submit", "close"):
        if view.get(key) is not None:
            check.text(view[key], 24, f"/view/{key}", plain=True)
    for key, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if key in view:
            check.string(view[key], most, f"/view/{key}")
    check.blocks(view.get("blocks"), "/view/blocks")
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if surface == "modal" and inputs and view.get("submit") is None:
        check.wrong("missing required field: submit", "/view")
    if check.problems or check.failed_images:
        failed = [Problem("downloading image failed", at + "/image_url") for at in check.failed_images]
        return "invalid_arguments", [str(p) for p in check.problems + failed]
    if len(json.dumps(view)) > MAX_VIEW_JSON:
        return "view_too_large", []
    return None
