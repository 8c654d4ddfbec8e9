"""The methods that only tell: people, channels, groups, emoji, team. Each answers or raises Refusal."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sandbox.slack.core import Core
from sandbox.slack.methods_chat import Row, find_channel, open_im
from sandbox.slack.refusal import Refusal
from sandbox.slack.things import BOT_USER, TEAM, Json


def page(args: Json, rows: list[Any], key: str) -> Json:
    """Slack's paging: `limit` rows from `cursor`, an empty next_cursor at the end."""
    try:
        start = int(base64.b64decode(str(args.get("cursor") or "MA=="), validate=True))
        limit = int(args.get("limit") or 1000)
    except (ValueError, binascii.Error):
        raise Refusal("invalid_cursor") from None
    if not 1 <= limit <= 1000:
        raise Refusal("invalid_limit")
    following = start + limit
    cursor = base64.b64encode(str(following).encode()).decode() if following < len(rows) else ""
    return {key: rows[start:following], "response_metadata": {"next_cursor": cursor}}


def users_info(core: Core, args: Json) -> Json:
    person = core.ws.people.get(str(args["user"]))
    if person is None:
        raise Refusal("user_not_found")
    return {"user": person.wire()}


def users_list(core: Core, args: Json) -> Json:
    return {
        **page(args, [p.wire() for p in core.ws.people.values()], "members"),
        "cache_ts": int(core.ws.stamp()),
    }


def conversations_info(core: Core, args: Json) -> Json:
    channel = find_channel(core, args, member=False)
    more = {"num_members": len(channel.members)} if args.get("include_num_members") else {}
    return {"channel": {**channel.wire(), **more}}


def conversations_members(core: Core, args: Json) -> Json:
    return page(args, list(find_channel(core, args, member=False).members), "members")


def conversations_list(core: Core, args: Json) -> Json:
    """Public channels by default; each type asked for needs its own scope."""
    names = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
    rows = []
    for kind in str(args.get("types") or "public_channel").split(","):
        if kind.strip() not in names:
            raise Refusal("invalid_types")
        word = names[kind.strip()]
        if f"{word}:read" not in core.scopes:
            raise Refusal("missing_scope", needed=f"{word}:read", provided=",".join(sorted(core.scopes)))
        rows += [
            c.wire()
            for c in core.ws.channels.values()
            if c.kind == word and (word == "channels" or BOT_USER in c.members)
        ]
    return page(args, rows, "channels")


def conversations_open(core: Core, args: Json) -> Json:
    if args.get("channel"):
        return {"channel": {"id": find_channel(core, args).id}}
    if not args.get("users"):
        raise Refusal("users_list_not_supplied")
    users = args["users"] if isinstance(args["users"], list) else str(args["users"]).split(",")
    if len(users) != 1:
        raise Refusal("missing_scope", needed="mpim:write", provided=",".join(sorted(core.scopes)))
    known = {c.im_with for c in core.ws.channels.values()}
    channel = open_im(core, users[0])
    shown = channel.wire() if args.get("return_im") else {"id": channel.id}
    return {"channel": shown, **({"no_op": True, "already_open": True} if users[0] in known else {})}


def usergroups_users(core: Core, args: Json) -> Json:
    group = core.ws.groups.get(str(args["usergroup"]))
    if group is None:
        raise Refusal("no_such_subteam")
    return {"users": list(group)}


def emoji_list(core: Core, args: Json) -> Json:
    return {"emoji": dict(core.ws.emoji), "cache_ts": f"{core.ws.stamp():.6f}"}


def team_info(core: Core, args: Json) -> Json:
    return {
        "team": {
            "id": TEAM,
            "name": "Acme",
            "domain": "acme",
            "url": "https://acme.slack.com/",
            "email_domain": "",
            "icon": {"image_default": True},
            "is_verified": False,
        }
    }


LOOKUP: dict[str, Row] = {
    "users.info": (users_info, "users:read", ("user",)),
    "users.list": (users_list, "users:read", ()),
    "conversations.info": (conversations_info, "{kind}:read", ("channel",)),
    "conversations.members": (conversations_members, "{kind}:read", ("channel",)),
    "conversations.list": (conversations_list, "", ()),
    "conversations.open": (conversations_open, "im:write", ()),
    "usergroups.users.list": (usergroups_users, "usergroups:read", ("usergroup",)),
    "emoji.list": (emoji_list, "emoji:read", ()),
    "team.info": (team_info, "team:read", ()),
}
