"""The methods that speak: chat.* and reactions.*. Each returns the answer or raises Refusal."""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.slack.blocks import check_message
from sandbox.slack.core import Core
from sandbox.slack.methods_files import known_file
from sandbox.slack.refusal import Refusal, refuse_if
from sandbox.slack.things import BOT_ID, BOT_USER, Channel, Json, Message

MAX_TEXT = 40_000
MAX_REACTIONS = 50  # kinds on one message: docs.slack.dev/reference/methods/reactions.add (too_many_reactions)
Row = tuple[Callable[[Core, Json], Json], str, tuple[str, ...]]


def find_channel(core: Core, args: Json, *, member: bool = True) -> Channel:
    """The channel meant. What the bot cannot see does not exist for it."""
    channel = core.ws.channels.get(str(args["channel"]))
    if channel is None or (channel.is_private and BOT_USER not in channel.members):
        raise Refusal("channel_not_found")
    if member and BOT_USER not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def find_message(core: Core, channel: Channel, ts: object, error: str = "message_not_found") -> Message:
    message = core.ws.message(channel.id, str(ts))
    if message is None or message.deleted:
        raise Refusal(error)
    return message


def check_content(core: Core, args: Json) -> None:
    """Text and blocks as any method that shows something demands them."""
    text, blocks = args.get("text") or "", args.get("blocks")
    if not text and not blocks and not args.get("attachments"):
        raise Refusal("no_text")
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise Refusal("msg_too_long")
    if blocks is not None:
        refuse_if(check_message(blocks, core.faults.undownloadable, lambda file: known_file(core, file)))
    metadata = args.get("metadata")
    if metadata is not None and (
        not isinstance(metadata, dict)
        or not isinstance(metadata.get("event_type"), str)
        or not isinstance(metadata.get("event_payload"), dict)
    ):
        raise Refusal("invalid_metadata_format")


def check_thread(core: Core, channel: Channel, args: Json) -> None:
    thread = args.get("thread_ts")
    if thread is None:
        return
    if not re.fullmatch(r"\d{10}\.\d{6}", str(thread)):
        raise Refusal("invalid_thread_ts")
    if not core.ws.thread_exists(channel.id, thread):
        raise Refusal("thread_not_found")


def post_message(core: Core, args: Json) -> Json:
    target = str(args["channel"])
    if target in core.ws.people:
        args = {**args, "channel": open_im(core, target).id}
    channel = find_channel(core, args)
    if channel.is_archived:
        raise Refusal("is_archived")
    check_content(core, args)
    check_thread(core, channel, args)
    message = core.bot_message(channel, args)
    return {"channel": channel.id, "ts": message.ts, "message": message.wire()}


def open_im(core: Core, user: str) -> Channel:
    person = core.ws.people.get(user)
    if person is None:
        raise Refusal("user_not_found")
    if person.deleted:
        raise Refusal("user_disabled")
    if person.is_bot:
        raise Refusal("cannot_dm_bot")
    return core.ws.im(user)


def update(core: Core, args: Json) -> Json:
    channel = find_channel(core, args, member=False)
    message = find_message(core, channel, args["ts"])
    if message.bot_id != BOT_ID:
        raise Refusal("cant_update_message")
    check_content(core, args)
    fields: Json = {}
    if "text" in args:
        fields["text"] = args["text"]
    if "blocks" in args:  # left out, the blocks stay: docs.slack.dev/reference/methods/chat.update
        fields["blocks"] = core.dressed(args)["blocks"]
    if "metadata" in args:
        fields["metadata"] = args["metadata"]
    core.change_message(channel, message, BOT_USER, **fields)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.wire()}


def delete(core: Core, args: Json) -> Json:
    channel = find_channel(core, args, member=False)
    message = find_message(core, channel, args["ts"])
    if message.bot_id != BOT_ID:
        raise Refusal("cant_delete_message")
    core.erase_message(channel, message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(core: Core, args: Json) -> Json:
    channel = find_channel(core, args)
    if str(args["user"]) not in core.ws.people or str(args["user"]) not in channel.members:
        raise Refusal("user_not_in_channel")
    check_content(core, args)
    check_thread(core, channel, args)
    return {"message_ts": core.whisper(channel.id, str(args["user"]), args).ts}


def get_permalink(core: Core, args: Json) -> Json:
    channel = find_channel(core, args, member=False)
    message = find_message(core, channel, args["message_ts"])
    link = f"https://acme.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def reacted(core: Core, args: Json) -> tuple[Channel, Message]:
    if not args.get("channel") or not args.get("timestamp"):
        raise Refusal("no_item_specified")
    if not re.fullmatch(r"\d{10}\.\d{6}", str(args["timestamp"])):
        raise Refusal("bad_timestamp")
    channel = find_channel(core, args)
    return channel, find_message(core, channel, args["timestamp"])


def emoji_name(core: Core, args: Json) -> str:
    """Slack's spelling. The standard emoji are not listed here: any well-formed name counts as known."""
    name = str(args["name"]).strip(":")
    if not re.fullmatch(r"[a-z0-9_+'\-]+(::skin-tone-[2-6])?", name):
        raise Refusal("invalid_name")
    return name


def reactions_add(core: Core, args: Json) -> Json:
    channel, message = reacted(core, args)
    name = emoji_name(core, args)
    if BOT_USER in message.reactions.get(name, []):
        raise Refusal("already_reacted")
    if name not in message.reactions and len(message.reactions) >= MAX_REACTIONS:
        raise Refusal("too_many_emoji")
    core.react_as(BOT_USER, channel, message, name)
    return {}


def reactions_remove(core: Core, args: Json) -> Json:
    channel, message = reacted(core, args)
    name = emoji_name(core, args)
    if BOT_USER not in message.reactions.get(name, []):
        raise Refusal("no_reaction")
    core.unreact_as(BOT_USER, channel, message, name)
    return {}


def reactions_get(core: Core, args: Json) -> Json:
    channel, message = reacted(core, args)
    wire = message.wire()
    if message.reactions:
        wire["reactions"] = message.reactions_wire()
    wire["permalink"] = get_permalink(core, {"channel": channel.id, "message_ts": message.ts})["permalink"]
    return {"type": "message", "channel": channel.id, "message": wire}


CHAT: dict[str, Row] = {
    "chat.postMessage": (post_message, "chat:write", ("channel",)),
    "chat.update": (update, "chat:write", ("channel", "ts")),
    "chat.delete": (delete, "chat:write", ("channel", "ts")),
    "chat.postEphemeral": (post_ephemeral, "chat:write", ("channel", "user")),
    "chat.getPermalink": (get_permalink, "", ("channel", "message_ts")),
    "reactions.add": (reactions_add, "reactions:write", ("name",)),
    "reactions.remove": (reactions_remove, "reactions:write", ("name",)),
    "reactions.get": (reactions_get, "reactions:read", ()),
}
