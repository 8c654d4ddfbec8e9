"""What all parts of the stand-in share: the installed app, its rights, triggers, and which events follow.

Leaves the Web API to web_api, and what people do to people.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.slack.delivery import Delivery
from sandbox.slack.faults import Faults
from sandbox.slack.methods_files import File
from sandbox.slack.things import APP_ID, BOT_ID, BOT_USER, Channel, Ephemeral, Json, Message, View
from sandbox.slack.workspace import Workspace, now

SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:read",
        "chat:write",
        "commands",
        "emoji:read",
        "files:read",
        "files:write",
        "groups:read",
        "im:read",
        "im:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
    }
)
TRIGGER_LIFE = 3.0
RESPONSE_LIFE = 1800.0
RESPONSE_USES = 5
# Event -> the scope without which it is not sent; {kind} is channels, groups or im.
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "message": "{kind}:history",
    "member_joined_channel": "{kind}:read",
    "member_left_channel": "{kind}:read",
    "app_home_opened": "",
}


@dataclass
class Trigger:
    user: str
    expires: float
    used: bool = False


@dataclass
class ResponseUrl:
    """Where an app may answer a command or a click: 30 minutes, five times (docs.slack.dev, weak)."""

    channel: str
    user: str
    expires: float
    uses: int = 0
    original: str | None = None
    original_is_ephemeral: bool = False
    thread_ts: str | None = None


@dataclass(frozen=True)
class Call:
    """One call of the Web API as it came, and what it was answered."""

    method: str
    args: Json
    status: int
    answer: Json


class Core:
    """The workspace with one app installed in it."""

    def __init__(
        self,
        *,
        base_url: str | None = None,
        clock: Callable[[], datetime] = now,
        bot_token: str | None = None,
        signing_secret: str | None = None,
        app_token: str | None = None,
        limits: str = "off",
    ) -> None:
        self.base_url = base_url.rstrip("/") if base_url else None
        self.bot_token = bot_token or f"xoxb-{secrets.token_hex(12)}"
        self.app_token = app_token or f"xapp-1-{APP_ID}-{secrets.token_hex(12)}"
        self.signing_secret = signing_secret or secrets.token_hex(16)
        self.ws = Workspace(clock)
        self.faults = Faults(self.ws.stamp, limits=limits)
        self.delivery = Delivery(self.ws, self.faults, signing_secret=self.signing_secret)
        self.scopes = set(SCOPES)
        self.events: set[str] | None = None
        self.commands: dict[str, bool] | None = None
        self.shortcuts: set[str] | None = None
        self.log: list[Call] = []
        self.files: dict[str, File] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.closing = asyncio.Event()

    @property
    def api_url(self) -> str:
        return f"{self.address}/api/"

    @property
    def address(self) -> str:
        if self.base_url is None:
            raise RuntimeError("the stand-in has no address yet: give base_url or serve it")
        return self.base_url

    # --- triggers and response addresses ---

    def new_trigger(self, user: str) -> str:
        trigger = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self.triggers[trigger] = Trigger(user, self.ws.stamp() + TRIGGER_LIFE)
        return trigger

    def new_response_url(self, channel: str, user: str, **more: object) -> str:
        key = secrets.token_urlsafe(18)
        self.response_urls[key] = ResponseUrl(channel, user, self.ws.stamp() + RESPONSE_LIFE, **more)  # type: ignore[arg-type]
        return f"{self.address}/response/{key}"

    # --- what happens in channels, with the events that follow ---

    def emit(self, event: Json, channel: Channel | None = None) -> str | None:
        """Sends an event if the app subscribes to it, has the scope and (for channels) is a member."""
        kind = event["type"]
        spelled = f"message.{channel.kind}" if kind == "message" and channel else kind
        if self.events is not None and spelled not in self.events:
            return None
        scope = EVENT_SCOPES[kind].format(kind=channel.kind if channel else "")
        if scope and scope not in self.scopes:
            return None
        if channel is not None and BOT_USER not in channel.members:
            return None
        return self.delivery.event(event, shared=bool(channel and channel.is_ext_shared))

    def message_event(self, channel: Channel, **fields: object) -> None:
        ts = self.ws.new_ts() if "subtype" in fields else fields.get("ts")
        self.emit(
            {
                "type": "message",
                "channel": channel.id,
                "channel_type": channel.channel_type,
                "event_ts": ts,
                **({"ts": ts} if "ts" not in fields else {}),
                **fields,
            },
            channel,
        )

    def post(self, channel: Channel, message: Message) -> Message:
        """A message appears, and the app hears of it as far as it may."""
        self.ws.add_message(message)
        self.message_event(channel, **{k: v for k, v in message.wire().items() if k != "type"})
        return message

    def bot_message(self, channel: Channel, args: Json) -> Message:
        message = Message(
            channel.id,
            self.ws.new_ts(),
            BOT_USER,
            str(args.get("text") or ""),
            with_ids(args.get("blocks") or []),
            args.get("thread_ts"),
            BOT_ID,
            args.get("metadata"),
        )
        return self.post(channel, message)

    def change_message(self, channel: Channel, message: Message, user: str, **fields: object) -> None:
        before = message.wire()
        for name, value in fields.items():
            setattr(message, name, value)
        message.edited = {"user": user, "ts": self.ws.new_ts()}
        self.ws.changed("message", channel=channel.id, ts=message.ts)
        self.message_event(
            channel, subtype="message_changed", message=message.wire(), previous_message=before, hidden=True
        )

    def erase_message(self, channel: Channel, message: Message) -> None:
        before = message.wire()
        self.ws.remove_message(message)
        self.message_event(
            channel, subtype="message_deleted", deleted_ts=message.ts, previous_message=before, hidden=True
        )

    def react_as(self, user: str, channel: Channel, message: Message, name: str) -> None:
        message.reactions.setdefault(name, []).append(user)
        self._reaction("reaction_added", user, channel, message, name)

    def unreact_as(self, user: str, channel: Channel, message: Message, name: str) -> None:
        message.reactions[name].remove(user)
        if not message.reactions[name]:
            del message.reactions[name]
        self._reaction("reaction_removed", user, channel, message, name)

    def _reaction(self, kind: str, user: str, channel: Channel, message: Message, name: str) -> None:
        self.ws.changed("reaction", channel=channel.id, ts=message.ts)
        self.emit(
            {
                "type": kind,
                "user": user,
                "reaction": name,
                "item": {"type": "message", "channel": channel.id, "ts": message.ts},
                **({"item_user": message.user} if message.user else {}),
                "event_ts": self.ws.new_ts(),
            },
            channel,
        )

    def whisper(self, channel: str, user: str, args: Json) -> Ephemeral:
        shown = Ephemeral(
            channel,
            user,
            self.ws.new_ts(),
            str(args.get("text") or ""),
            with_ids(args.get("blocks") or []),
            args.get("thread_ts"),
        )
        self.ws.ephemerals.append(shown)
        self.ws.changed("ephemeral", channel=channel, ts=shown.ts, user=user)
        return shown

    # --- dialogs ---

    def open_view(self, user: str, body: Json, *, on: View | None = None) -> View:
        view_id = self.ws.new_id("V")
        view = View(
            view_id,
            user,
            self.dressed(body),
            self.ws.new_hash(),
            on.root if on else view_id,
            on.id if on else None,
        )
        self.ws.stacks.setdefault(user, []).append(view)
        self.take_initial_values(view)
        self.ws.changed("view", user=user)
        return view

    def replace_view(self, view: View, body: Json) -> None:
        """New content; what was typed stays where block_id and action_id stay."""
        view.body, view.hash = self.dressed(body), self.ws.new_hash()
        kept = {(b["block_id"], b["element"].get("action_id")) for b in view.blocks if b["type"] == "input"}
        view.values = {key: value for key, value in view.values.items() if key in kept}
        self.take_initial_values(view)
        self.ws.changed("home" if body["type"] == "home" else "view", user=view.user)

    def take_initial_values(self, view: View) -> None:
        for block in view.blocks:
            if block["type"] == "input":
                element = block["element"]
                key = (block["block_id"], element["action_id"])
                if key not in view.values:
                    view.values[key] = initial_state(element)

    @staticmethod
    def dressed(body: Json) -> Json:
        return {**body, "blocks": with_ids(body.get("blocks") or [])}


def initial_state(element: Json) -> Json:
    """The entry of `state.values` that an untouched element has."""
    kind = element["type"]
    state: Json = {"type": kind}
    names = {
        "static_select": "option",
        "users_select": "user",
        "channels_select": "channel",
        "conversations_select": "conversation",
        "datepicker": "date",
        "timepicker": "time",
        "radio_buttons": "option",
        "external_select": "option",
        "datetimepicker": "date_time",
    }
    if kind == "file_input":
        state["files"] = []
    elif kind.endswith("_input"):
        state["value"] = element.get("initial_value")
    elif kind.startswith("multi_") or kind == "checkboxes":
        name = names.get(kind.removeprefix("multi_"), "option") + "s"
        state["selected_" + name] = element.get("initial_" + name, [])
    else:
        name = names.get(kind, "option")
        state["selected_" + name] = element.get("initial_" + name)
    return state


def with_ids(blocks: list[Json]) -> list[Json]:
    """Blocks as Slack keeps them: each with a block_id, each interactive element with an action_id."""
    done = []
    for block in blocks:
        block = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
        for key in ("accessory", "element"):
            if isinstance(block.get(key), dict) and block[key].get("type") != "image":
                block[key] = {"action_id": secrets.token_urlsafe(4), **block[key]}
        if block["type"] == "actions":
            block["elements"] = [{"action_id": secrets.token_urlsafe(4), **one} for one in block["elements"]]
        done.append(block)
    return done


def mentions_bot(text: str) -> bool:
    return re.search(rf"<@{BOT_USER}(\|[^>]*)?>", text) is not None
