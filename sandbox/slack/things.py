"""The things in a Slack workspace, each with its wire form: people, channels, messages, dialogs.

`Json` is Slack's wire form. This folder is the far edge of the world, so it stays a plain dict here.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM = "T0ACME"
OTHER_TEAM = "T0OTHER"
APP_ID = "A0TWOWAY"
BOT_USER = "U0TWOWAY"
BOT_ID = "B0TWOWAY"


class CannotDo(Exception):
    """A person tried what Slack's client would not let them do; the message says why."""


@dataclass
class Person:
    """A user of Slack. `team_id` differs for outsiders of shared channels."""

    id: str
    name: str
    real_name: str
    tz: str = "Europe/Berlin"
    tz_offset: int = 3600
    team_id: str = TEAM
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    bot_id: str | None = None
    locale: str = "en-US"

    def wire(self) -> Json:
        """The user object of `users.info`. Deactivated people lose their tz, outsiders their admin flags."""
        profile: Json = {"real_name": self.real_name, "display_name": self.real_name.split()[0], "team": self.team_id}
        if self.bot_id:
            profile |= {"bot_id": self.bot_id, "api_app_id": APP_ID if self.id == BOT_USER else "A0BOB"}
        user: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 1,
        }
        if self.deleted:
            return user
        user |= {"real_name": self.real_name, "tz": self.tz, "tz_label": self.tz, "tz_offset": self.tz_offset}
        if self.team_id == TEAM:
            user |= {
                "is_admin": False,
                "is_owner": False,
                "is_primary_owner": False,
                "is_restricted": self.is_restricted,
                "is_ultra_restricted": self.is_ultra_restricted,
            }
        else:
            # False: a stranger shares no channel with us. It does not say "external" (facts of Slack Connect).
            user |= {"is_stranger": False}
        return user


@dataclass
class Channel:
    id: str
    name: str
    members: list[str] = field(default_factory=list)
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    im_with: str | None = None

    @property
    def kind(self) -> str:
        """The word in scopes and event names: channels, groups or im."""
        return "im" if self.im_with else "groups" if self.is_private else "channels"

    @property
    def channel_type(self) -> str:
        return {"im": "im", "groups": "group", "channels": "channel"}[self.kind]

    def wire(self) -> Json:
        if self.im_with:
            return {
                "id": self.id,
                "is_im": True,
                "user": self.im_with,
                "is_archived": False,
                "created": 1,
                "is_org_shared": False,
                "is_user_deleted": False,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_general": False,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "created": 1,
            "creator": "U0ANA",
            "is_member": BOT_USER in self.members,
            "context_team_id": TEAM,
            "shared_team_ids": [TEAM, OTHER_TEAM] if self.is_ext_shared else [TEAM],
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }


@dataclass
class Message:
    channel: str
    ts: str
    user: str | None
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    bot_id: str | None = None
    metadata: Json | None = None
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    team: str = TEAM
    subtype: str | None = None
    deleted: bool = False

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    def wire(self) -> Json:
        """The message as the Web API, events and clicks show it (without reactions, which events leave out)."""
        if self.deleted:
            return {
                "type": "message",
                "subtype": "tombstone",
                "text": "This message was deleted.",
                "hidden": True,
                "user": "USLACKBOT",
                "ts": self.ts,
                "thread_ts": self.thread_ts or self.ts,
            }
        out: Json = {"type": "message", "ts": self.ts, "text": self.text, "team": self.team}
        if self.user:
            out["user"] = self.user
        if self.bot_id:
            out |= {"bot_id": self.bot_id}
        if self.bot_id == BOT_ID:
            out |= {
                "app_id": APP_ID,
                "bot_profile": {
                    "id": BOT_ID,
                    "app_id": APP_ID,
                    "name": "twoway",
                    "deleted": False,
                    "updated": 1,
                    "team_id": TEAM,
                },
            }
        for key in ("subtype", "thread_ts", "metadata", "edited"):
            if (value := getattr(self, key)) is not None:
                out[key] = value
        if self.blocks:
            out["blocks"] = copy.deepcopy(self.blocks)
        return out

    def reactions_wire(self) -> list[Json]:
        return [{"name": n, "users": list(us), "count": len(us)} for n, us in self.reactions.items()]


@dataclass
class Ephemeral:
    """What one person sees and a reload forgets."""

    channel: str
    user: str
    ts: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None

    def wire(self) -> Json:
        return {
            "type": "message",
            "subtype": "bot_message",
            "is_ephemeral": True,
            "ts": self.ts,
            "text": self.text,
            "blocks": copy.deepcopy(self.blocks),
            "user": BOT_USER,
            "bot_id": BOT_ID,
            "channel": self.channel,
            **({"thread_ts": self.thread_ts} if self.thread_ts else {}),
        }


@dataclass
class View:
    """A dialog on somebody's screen, or their Home. `values` is what they typed so far."""

    id: str
    user: str
    body: Json
    hash: str
    root: str
    previous: str | None = None
    values: dict[tuple[str, str], Json] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body.get("blocks", [])
        return blocks

    def wire(self) -> Json:
        state: dict[str, Json] = {}
        for (block, action), value in self.values.items():
            state.setdefault(block, {})[action] = value
        body = copy.deepcopy(self.body)
        defaults: Json = {
            "title": {"type": "plain_text", "text": "View Title", "emoji": True},
            "close": None,
            "submit": None,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
        }
        return {
            **defaults,
            **body,
            "id": self.id,
            "team_id": TEAM,
            "app_id": APP_ID,
            "bot_id": BOT_ID,
            "app_installed_team_id": TEAM,
            "hash": self.hash,
            "state": {"values": copy.deepcopy(state)},
            "root_view_id": self.root,
            "previous_view_id": self.previous,
        }
