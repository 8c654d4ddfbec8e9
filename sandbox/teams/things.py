"""The things in Microsoft Teams, each with its wire form: people, teams, channels, chats, messages, dialogs.

`Json` is the Bot Framework's wire form. This folder is the far edge of the world, so it stays a plain dict here.
"""

from __future__ import annotations

import base64
import copy
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

Json = dict[str, Any]

TENANT = "7e4a0c11-93d5-4a57-8f0e-2d1c6b9a5e01"
OTHER_TENANT = "c0ffee00-51b2-4b8e-9a44-0d7f3e2a9b02"
APP_ID = "2b7a91d4-6f0c-4e35-b8aa-5c9d1e7f3a03"
BOT_ID = f"28:{APP_ID}"
BOT_NAME = "Twoway"
OTHER_BOT_ID = "28:9d3c5b7e-1a2f-4c60-8e77-3b6a0f4d2c04"

ADAPTIVE = "application/vnd.microsoft.card.adaptive"


def token_of(name: str, length: int) -> str:
    """Letters that look drawn, the same for the same name."""
    digest = hashlib.sha512(name.encode()).digest() * 2
    return base64.urlsafe_b64encode(digest).decode()[:length]


def guid_of(name: str) -> str:
    h = hashlib.sha256(name.encode()).hexdigest()
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:32]}"


def person_id(name: str) -> str:
    """`29:1…`: what Teams calls somebody towards one bot."""
    return f"29:1{token_of(f'person {name}', 58)}"


def channel_id(name: str) -> str:
    return f"19:{hashlib.sha256(name.encode()).hexdigest()[:32]}@thread.tacv2"


class CannotDo(Exception):
    """A person tried what the client of Teams would not let them do; the message says why."""


class Role(Enum):
    MEMBER = "user"
    GUEST = "guest"


class Kind(Enum):
    """Of a channel. The last two have rosters of their own."""

    STANDARD = "standard"
    PRIVATE = "private"
    SHARED = "shared"


@dataclass
class Person:
    """Somebody who uses Teams. `tenant` differs for people from elsewhere; `bot` is another app."""

    id: str
    name: str
    tenant: str = TENANT
    role: Role = Role.MEMBER
    bot: bool = False
    gone: bool = False
    timezone: str = "Europe/Berlin"

    @property
    def aad(self) -> str:
        return guid_of(self.id)

    @property
    def mail(self) -> str:
        domain = "acme.example" if self.tenant == TENANT else "other.example"
        return f"{self.name.split()[0].lower()}@{domain}"

    def account(self) -> Json:
        """As `from` in an activity. Bots have no account in the directory."""
        return {"id": self.id, "name": self.name} | ({} if self.bot else {"aadObjectId": self.aad})

    def member(self) -> Json:
        """As the roster has them. learn.microsoft.com/microsoftteams/platform: get-teams-context, 2026-11"""
        mail = self.mail
        principal = f"{mail.replace('@', '_')}#EXT#@acme.example" if self.role is Role.GUEST else mail
        return {
            "id": self.id,
            "name": self.name,
            "objectId": self.aad,
            "aadObjectId": self.aad,
            "givenName": self.name.split()[0],
            "surname": self.name.split()[-1],
            "email": mail,
            "userPrincipalName": principal,
            "tenantId": self.tenant,
            "userRole": self.role.value,
        }


@dataclass
class Team:
    """`id` is that of its general channel, as in Teams."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    installed: bool = True

    def wire(self, channels: int) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "aadGroupId": guid_of(self.id),
            "type": "standard",
            "tenantId": TENANT,
            "channelCount": channels,
            "memberCount": len(self.members),
        }


@dataclass
class Channel:
    id: str
    name: str
    team: str
    kind: Kind = Kind.STANDARD
    own_members: list[str] = field(default_factory=list)
    installed: bool = True

    def wire(self) -> Json:
        """The general channel has no name here: it has one a language."""
        return {"id": self.id, "name": None if self.id == self.team else self.name, "type": self.kind.value}


@dataclass
class Chat:
    """One person and the bot."""

    id: str
    person: str
    blocked: bool = False


Place = Channel | Chat


@dataclass
class Message:
    """`place` is a channel or a chat; `root` the id of the thread's first message. `only` is set for targeted ones."""

    id: str
    place: str
    root: str
    author: str
    sent: datetime
    text: str = ""
    attachments: list[Json] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    only: str | None = None
    edited: bool = False
    deleted: bool = False
    importance: str = "normal"
    alerts: bool = False

    @property
    def conversation(self) -> str:
        """Where an answer in the same thread goes."""
        return f"{self.place};messageid={self.root}" if self.place.startswith("19:") else self.place

    @property
    def is_reply(self) -> bool:
        return self.root != self.id

    @property
    def cards(self) -> list[Json]:
        return [one["content"] for one in self.attachments if one.get("contentType") == ADAPTIVE]

    def wire(self) -> Json:
        """For the control interface."""
        return {
            "id": self.id,
            "place": self.place,
            "root": self.root,
            "conversation": self.conversation,
            "author": self.author,
            "text": "" if self.deleted else self.text,
            "attachments": [] if self.deleted else copy.deepcopy(self.attachments),
            "reactions": {kind: list(people) for kind, people in self.reactions.items()},
            "only": self.only,
            "edited": self.edited,
            "deleted": self.deleted,
            "importance": self.importance,
            "alerts": self.alerts,
        }


@dataclass
class Dialog:
    """A card or a sentence in a window of one person's. `origin` is what task/submit repeats of where it came from."""

    id: str
    user: str
    title: str
    card: Json | None
    sentence: str
    origin: Json
    command: str | None = None
    height: object = None
    width: object = None

    def wire(self) -> Json:
        return {
            "id": self.id,
            "user": self.user,
            "title": self.title,
            "card": copy.deepcopy(self.card),
            "sentence": self.sentence,
            "command": self.command,
            "height": self.height,
            "width": self.width,
        }
