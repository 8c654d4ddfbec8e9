"""From Teams' activities to the contract's values. Pure; any JSON gives values or an `Ignored` that says why.

Leaves to others: hearing, verifying and acknowledging (`app`), what the words mean (the command table), who may act
(the desk).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.chat.commands import NotUnderstood, Verb, parse
from bot.chat.contract import (
    Commanded,
    HomeOpened,
    Inbound,
    MessageRef,
    Person,
    Place,
    Pressed,
    ReplyTo,
    Shortcut,
    Signed,
    Submitted,
)
from bot.chat.payload import Odd, a_map, a_text, an_id, maybe
from bot.chat.teams.fields import OURS, read_pressed, read_saved
from bot.chat.teams.text import sign_of, words_of, words_of_html

SURFACE = "teams"
PERSONAL = "personal"
REACTION = "messageReaction"
INVOKED = "invoked:"  # how `ReplyTo.url` names the invoke that a press came with

#: In the one-to-one chat these open somebody's own page; nothing at all does, too.
HOME_WORDS = frozenset({"home", "hi", "hello", Verb.MINE.value})
USE_AS_DRAFT = "use_as_draft"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do: acknowledge and forget. `odd` when Teams should not have sent it (worth a line in the log)."""

    reason: str
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What happened, in order. `opens`: the answer to the invoke is to be a dialog. `saved` is what the dialog that
    was saved held, to show it again from."""

    happenings: tuple[Inbound, ...]
    opens: bool = False
    saved: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader has to know besides the activity."""

    now: datetime
    tenant: str
    app_id: str


def read(activity: object, reading: Reading) -> Heard | Ignored:
    """Any activity: a message, a reaction, an invoke, news about a conversation."""
    if not isinstance(activity, dict):
        return Ignored("not an object", odd=True)
    kind = activity.get("type")
    if not isinstance(kind, str) or kind not in READERS:
        return Ignored(f"type {kind!r:.40}")
    try:
        return READERS[kind](activity, reading)
    except Odd as error:
        return Ignored(f"{kind}: {error}", odd=True)


# ------------------------------------------------------------------------------------------------ who and where


@dataclass(frozen=True, slots=True)
class _Where:
    place: Place
    thread: str | None
    personal: bool


def _where(activity: Mapping[str, object], reading: Reading) -> _Where:
    """A channel's conversation id is the channel's, and which thread of it; a root names itself."""
    conversation = a_map(activity, "conversation")
    channel, _, root = an_id(conversation, "id").partition(";messageid=")
    personal = conversation.get("conversationType") == PERSONAL
    return _Where(Place(SURFACE, reading.tenant, channel), root or None, personal)


def _who(activity: Mapping[str, object], reading: Reading) -> Person:
    """By the directory's object id, which an administrator can look up; who has none by Teams' own id, and is then
    looked for under it in the roster."""
    sender = a_map(activity, "from")
    user = maybe(sender, "aadObjectId")
    return Person(SURFACE, reading.tenant, user.lower() if user is not None else an_id(sender, "id"))


def _ours(reading: Reading) -> frozenset[str]:
    return frozenset({reading.app_id, f"28:{reading.app_id}"})


def _by_a_bot(activity: Mapping[str, object], reading: Reading) -> bool:
    sender = activity.get("from")
    if not isinstance(sender, dict):
        return False
    own = a_map(activity, "recipient").get("id") if isinstance(activity.get("recipient"), dict) else None
    user = sender.get("id")
    return sender.get("role") == "bot" or user in _ours(reading) or (user is not None and user == own)


def _at(activity: Mapping[str, object], reading: Reading) -> datetime:
    """When it happened, as the service says."""
    said = maybe(activity, "timestamp")
    if said is None:
        return reading.now
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return reading.now
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    # A clock ahead of ours must not make a sign of tomorrow of it.
    return min(at, reading.now)


def _key(activity: Mapping[str, object], *more: str) -> str:
    """The same for a redelivery. An activity's id is its conversation's; one without an id is known by all it says."""
    conversation = activity.get("conversation")
    where = conversation.get("id") if isinstance(conversation, dict) else ""
    said = activity.get("id")
    if not isinstance(said, str) or not said:
        said = json.dumps(activity, sort_keys=True, default=str)
    parts = "\n".join(str(part) for part in (activity.get("type"), activity.get("name"), where, said, *more))
    return f"{activity.get('type')}:" + hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:40]


# ------------------------------------------------------------------------------------------------ messages


def read_message(activity: dict[str, object], reading: Reading) -> Heard | Ignored:
    """A mention of us, a message to us alone, or the button of a client that knows no `Action.Execute`."""
    if _by_a_bot(activity, reading):
        return Ignored("a message of a bot")
    value = activity.get("value")
    if isinstance(value, dict) and OURS in value:
        return _pressed(activity, value, reading)
    where, who = _where(activity, reading), _who(activity, reading)
    recipient = activity.get("recipient")
    targeted = isinstance(recipient, dict) and recipient.get("isTargeted") is True
    mentions = _mentions(activity, reading)
    if not (where.personal or targeted or _ours(reading) & set(mentions.values())):
        # Comes only with a consent that we do not ask for: what the team talks about is not ours to read.
        return Ignored("talk")
    words = words_of(a_text(activity, "text") if "text" in activity else "", _ours(reading), mentions)
    words = words.removeprefix("/").strip()
    words = words.removeprefix("twoway ").strip() if targeted else words
    key, at = _key(activity), _at(activity, reading)
    if where.personal and _asks_for_home(words):
        return Heard((HomeOpened(key=key, who=who, at=at),))
    thread = where.thread if where.thread != activity.get("id") else None
    reply = ReplyTo(url=None, person=who, place=where.place, thread=where.thread)
    return Heard(
        (Commanded(key=key, who=who, place=where.place, thread=thread, verb=None, words=words, at=at, reply=reply),)
    )


def _asks_for_home(words: str) -> bool:
    return not words or words.lower() in HOME_WORDS or isinstance(parse(words), NotUnderstood)


def _mentions(activity: Mapping[str, object], reading: Reading) -> dict[str, str]:
    """Each mention's text, and who is meant: by the directory's id where it is told. From the raw entities:
    botbuilder drops what it does not know of them."""
    entities = activity.get("entities")
    recipient = activity.get("recipient")
    own = recipient.get("id") if isinstance(recipient, dict) else None
    out: dict[str, str] = {}
    for one in entities if isinstance(entities, list) else []:
        if not isinstance(one, dict) or one.get("type") != "mention":
            continue
        text, who = maybe(one, "text"), one.get("mentioned")
        user = maybe(who, "id")
        if text is None or user is None:
            continue
        ours = user in _ours(reading) or user == own
        out[text] = f"28:{reading.app_id}" if ours else (maybe(who, "aadObjectId") or "").lower() or user
    return out


# ------------------------------------------------------------------------------------------------ reactions


def read_reaction(activity: dict[str, object], reading: Reading) -> Heard | Ignored:
    """Reactions reach us only on our own messages; `replyToId` is the message."""
    if _by_a_bot(activity, reading):
        return Ignored("a reaction of a bot")
    where, who = _where(activity, reading), _who(activity, reading)
    if where.personal:
        return Ignored("a reaction in a one-to-one chat")
    message = an_id(activity, "replyToId")
    thread = where.thread if where.thread != message else None
    at = _at(activity, reading)
    signed = []
    for added, kind in ((True, "reactionsAdded"), (False, "reactionsRemoved")):
        listed = activity.get(kind)
        for one in listed if isinstance(listed, list) else []:
            reaction = an_id(one, "type")
            sign, tone = sign_of(reaction)
            signed.append(
                Signed(
                    key=_key(activity, kind, reaction),
                    who=who,
                    message=MessageRef(where.place, message, thread),
                    sign=sign,
                    added=added,
                    at=at,
                    tone=tone,
                )
            )
    return Heard(tuple(signed)) if signed else Ignored("no reaction in it", odd=True)


# ------------------------------------------------------------------------------------------------ invokes


def read_invoke(activity: dict[str, object], reading: Reading) -> Heard | Ignored:
    name = activity.get("name")
    if not isinstance(name, str) or name not in INVOKES:
        return Ignored(f"invoke {name!r:.40}", odd=True)
    return INVOKES[name](activity, a_map(activity, "value"), reading)


def read_execute(activity: dict[str, object], value: dict[str, object], reading: Reading) -> Heard | Ignored:
    """`Action.Execute`. An automatic refresh, which our cards do not ask for, is no press."""
    if value.get("trigger") == "automatic":
        return Ignored("a refresh")
    return _pressed(activity, a_map(a_map(value, "action"), "data"), reading)


def read_fetch(activity: dict[str, object], value: dict[str, object], reading: Reading) -> Heard | Ignored:
    heard = _pressed(activity, a_map(value, "data"), reading)
    return replace(heard, opens=True)


def _pressed(activity: dict[str, object], data: object, reading: Reading) -> Heard:
    where, who = _where(activity, reading), _who(activity, reading)
    action, value = read_pressed(data)
    key, message = _key(activity), maybe(activity, "replyToId")
    thread = where.thread if where.thread != message else None
    reply = ReplyTo(url=INVOKED + key, person=who, place=where.place, thread=where.thread)
    # A press in the one-to-one chat stands for the channel of its conversation.
    on = MessageRef(where.place, message, thread) if message is not None and not where.personal else None
    return Heard(
        (
            Pressed(
                key=key,
                who=who,
                message=on,
                action=action,
                value=value,
                at=_at(activity, reading),
                reply=reply,
            ),
        )
    )


def read_submit(activity: dict[str, object], value: dict[str, object], reading: Reading) -> Heard | Ignored:
    held, values = read_saved(a_map(value, "data"))
    submitted = Submitted(
        key=_key(activity),
        who=_who(activity, reading),
        dialog=maybe(held, "dialog") or "",
        kind=an_id(held, "kind"),
        private=maybe(held, "private") or "",
        values=values,
        at=_at(activity, reading),
    )
    return Heard((submitted,), saved=held)


def read_message_action(activity: dict[str, object], value: dict[str, object], reading: Reading) -> Heard | Ignored:
    """ "Use as draft" in a message's menu."""
    where = _where(activity, reading)
    message = a_map(value, "messagePayload")
    body = a_map(message, "body")
    words = maybe(body, "content") or ""
    if body.get("contentType") == "html":
        words = words_of_html(words)
    named = an_id(message, "id")
    root = maybe(message, "replyToId") or where.thread
    return Heard(
        (
            Shortcut(
                key=_key(activity),
                who=_who(activity, reading),
                message=MessageRef(where.place, named, root if root != named else None),
                name=maybe(value, "commandId") or USE_AS_DRAFT,
                text=words,
                at=_at(activity, reading),
            ),
        ),
        opens=True,
    )


INVOKES: Mapping[str, Callable[[dict[str, object], dict[str, object], Reading], Heard | Ignored]] = {
    "adaptiveCard/action": read_execute,
    "task/fetch": read_fetch,
    "task/submit": read_submit,
    "composeExtension/fetchTask": read_message_action,
    "composeExtension/submitAction": read_submit,
}


# ------------------------------------------------------------------------------------------------ conversations


def read_news(activity: dict[str, object], reading: Reading) -> Heard | Ignored:
    """Somebody begins a one-to-one chat with us: their own page. Everything else is no news."""
    where = _where(activity, reading)
    added = activity.get("membersAdded")
    ours = [one for one in added if isinstance(one, dict)] if isinstance(added, list) else []
    if not where.personal or not any(str(one.get("id")) in _ours(reading) for one in ours):
        return Ignored("news about a conversation")
    return Heard((HomeOpened(key=_key(activity), who=_who(activity, reading), at=_at(activity, reading)),))


def with_dialog(happening: Inbound, dialog: str) -> Inbound:
    """The same, with the dialog that now waits to be shown for it."""
    return replace(happening, dialog=dialog) if isinstance(happening, Pressed | Shortcut) else happening


READERS: Mapping[str, Callable[[dict[str, object], Reading], Heard | Ignored]] = {
    "message": read_message,
    REACTION: read_reaction,
    "invoke": read_invoke,
    "conversationUpdate": read_news,
}
