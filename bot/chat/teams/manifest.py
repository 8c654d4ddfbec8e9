"""The app package for Teams: its manifest, from the command table, and two icons made here. Pure.

Asks for no consent to read messages: what people talk about in the channel is not ours to read.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.chat.commands import COMMANDS, SLASHES
from bot.chat.teams.inbound import USE_AS_DRAFT

# developer.microsoft.com/json-schemas/teams/v1.29, 2026-11: the first with targeted messages and `triggers`; without
# slash commands the package needs no more than 1.25, the first with `supportsChannelFeatures`.
VERSION, PREVIEW_VERSION = "1.25", "1.29"
MOST_COMMANDS = 12  # a list's
TITLE_MAX, DESCRIPTION_MAX = 32, 128

COLOUR, WHITE, CLEAR = (0x1F, 0x3A, 0x5F, 0xFF), (0xFF, 0xFF, 0xFF, 0xFF), (0xFF, 0xFF, 0xFF, 0x00)


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One command as Teams offers it."""

    title: str
    description: str


def menu() -> tuple[MenuEntry, ...]:
    """The commands that Teams offers: those with a slash command of their own first, then by the table's order.

    Twelve at most; every command works when it is typed. `help` is always among them.
    """
    first = [command for command in COMMANDS if command.slash in SLASHES]
    named = [*first, *(command for command in COMMANDS if command not in first and command.verb.value != "help")]
    last = [command for command in COMMANDS if command.verb.value == "help"]
    chosen = [*named[: MOST_COMMANDS - len(last)], *last]
    return tuple(MenuEntry(one.verb.value[:TITLE_MAX], _short(one.help)) for one in chosen)


def manifest(
    *, app_id: str, public_url: str, version: str, entries: Sequence[MenuEntry], preview: bool, name: str = "Twoway"
) -> dict[str, object]:
    """The manifest. With `preview` the commands stand in the "/" menu, too, and answers to them are private."""
    schema = PREVIEW_VERSION if preview else VERSION
    commands = [{"title": entry.title, "description": entry.description} for entry in entries]
    lists: list[dict[str, object]] = [{"scopes": ["team"], "commands": commands}]
    if preview:
        lists = [{"scopes": ["team"], "triggers": ["mention", "slash"], "commands": commands}]
    lists.append({"scopes": ["personal"], "commands": [one for one in commands if one["title"] in IN_PRIVATE]})
    bot: dict[str, object] = {
        "botId": app_id,
        "scopes": ["team", "personal"],
        "supportsFiles": False,
        "isNotificationOnly": False,
        "commandLists": lists,
    }
    if preview:
        bot["supportsTargetedMessages"] = True
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{schema}/MicrosoftTeams.schema.json",
        "manifestVersion": schema,
        "version": version,
        "id": app_id,
        "developer": {"name": name, "websiteUrl": public_url, "privacyUrl": public_url, "termsOfUseUrl": public_url},
        "name": {"short": name[:30], "full": f"{name}: customers' public posts, answered by the team"[:100]},
        "description": {
            "short": "Customers' public posts, answered by the team",
            "full": "Brings what customers post in public into your channel. The team claims, writes together and "
            "approves; the bot posts exactly what was approved, once.",
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#1F3A5F",
        "bots": [bot],
        "composeExtensions": [
            {
                "botId": app_id,
                "commands": [
                    {
                        "id": USE_AS_DRAFT,
                        "type": "action",
                        "title": "Use as draft",
                        "description": "Make this message the draft of the reply",
                        "context": ["message"],
                        "fetchTask": True,
                    }
                ],
            }
        ],
        # Who is in a channel is asked of that channel, never of its team: true of private and shared ones as well.
        "supportsChannelFeatures": "tier1",
        "supportedChannelTypes": ["privateChannels", "sharedChannels"],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [host] if (host := urlsplit(public_url).hostname) else [],
    }


IN_PRIVATE = frozenset({"mine", "help"})


def package(manifest: Mapping[str, object]) -> bytes:
    """The zip to upload. The same manifest gives the same bytes."""
    files = {
        "manifest.json": json.dumps(manifest, ensure_ascii=False, indent=2).encode(),
        "color.png": _png(192, COLOUR, WHITE),
        "outline.png": _png(32, CLEAR, WHITE),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in files.items():
            zipped.writestr(zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _short(help: str) -> str:
    return help if len(help) <= DESCRIPTION_MAX else help[: DESCRIPTION_MAX - 1].rstrip() + "…"


Pixel = tuple[int, int, int, int]


def _png(size: int, ground: Pixel, ink: Pixel) -> bytes:
    """Two arrows, one each way, as an icon of `size` by `size` pixels."""
    rows = b"".join(
        b"\x00" + b"".join(bytes(ink if _is_ink(x / size, y / size) else ground) for x in range(size))
        for y in range(size)
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _is_ink(x: float, y: float) -> bool:
    """The upper arrow points right, the lower one left."""
    if y > 0.5:
        x, y = 1 - x, 1 - y
    shaft = 0.18 <= x <= 0.66 and abs(y - 0.34) <= 0.045
    head = 0.6 <= x <= 0.82 and abs(y - 0.34) <= (0.82 - x) * 0.62
    return shaft or head
