"""From Slack's payloads to the contract's values. Pure; any JSON gives a value or an `Ignored` that says why.

Leaves to others: hearing and acknowledging (`app`), what the words mean (the command table), who may act (the desk).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.chat.commands import BY_WORD, Argument, Call, parse
from bot.chat.contract import (
    Commanded,
    DialogClosed,
    HomeOpened,
    Inbound,
    MessageRef,
    Person,
    Place,
    Pressed,
    ReplyTo,
    SharedFile,
    Shortcut,
    Signed,
    Submitted,
)
from bot.chat.payload import Odd, a_map, a_moment, a_text, an_id, maybe
from bot.chat.slack.fields import DIALOG, LINK, PRESS, field_of, join_values
from bot.chat.slack.plain import sign_of, unicode_of, words_of_rich_text

SURFACE = "slack"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do: acknowledge and forget. `odd` when Slack should not have sent it (worth a line in the log)."""

    reason: str
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What happened, and `trigger`, with which a "loading" dialog opens before anything else is done."""

    happening: Inbound
    trigger: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader has to know besides the payload."""

    now: datetime
    team: str | None = None  # where our app is installed, None while Slack has not said so
    enterprise: str | None = None  # the organisation that this team belongs to
    own_users: frozenset[str] = frozenset()  # our bot user
    commands: Mapping[str, str | None] = field(default_factory=dict)  # slash command -> verb, None: first word is it
    dialog_verbs: frozenset[str] = frozenset()
    emoji: Mapping[str, str] | None = None  # emoji.list, None while it is not known


def read(payload: object, reading: Reading) -> Heard | Ignored:
    """Any payload of Slack: an event, a command, a click, a submission, a shortcut."""
    if not isinstance(payload, dict):
        return Ignored("not an object", odd=True)
    kind = payload.get("type")
    try:
        if isinstance(kind, str) and kind in READERS:
            return READERS[kind](payload, reading)
        if "command" in payload:
            return read_command(payload, reading)
    except Odd as error:
        return Ignored(f"{kind}: {error}" if isinstance(kind, str) else str(error), odd=True)
    return Ignored(f"unknown type {kind!r:.40}", odd=True)


# ------------------------------------------------------------------------------------------------ who and where


def _team_of_event(payload: Mapping[str, object]) -> str:
    """The team whose installation this delivery is for. In shared channels `team_id` may be another's."""
    authorizations = payload.get("authorizations")
    if isinstance(authorizations, list) and authorizations and (team := maybe(authorizations[0], "team_id")):
        return team
    return maybe(payload, "context_team_id") or an_id(payload, "team_id")


def _own(payload: Mapping[str, object], reading: Reading) -> frozenset[str]:
    authorizations = payload.get("authorizations")
    bots = {
        user
        for one in (authorizations if isinstance(authorizations, list) else [])
        if isinstance(one, dict) and one.get("is_bot") is True and (user := maybe(one, "user_id"))
    }
    return reading.own_users | bots


def _place(team: str, channel: str) -> Place:
    return Place(surface=SURFACE, team=team, channel=channel)


def _who(user: str, their_team: str, reading: Reading) -> Person:
    """Somebody has one team for us, whichever way they act: two would let one person count twice.

    In an organisation colleagues of other workspaces belong to our installation, and `users.info` says who is none;
    elsewhere another team is an outsider's, and is kept.
    """
    ours = reading.team is not None and reading.enterprise is not None
    return Person(surface=SURFACE, team=reading.team or their_team if ours else their_team, user=user)


def _clicker(payload: Mapping[str, object], reading: Reading) -> tuple[str, Person]:
    """The installed team and who clicked. The payload's team may be the clicker's, or null in an organisation."""
    user = a_map(payload, "user")
    theirs = maybe(user, "team_id") or maybe(payload.get("team"), "id") or an_id(user, "team")
    here = reading.team or maybe(payload.get("team"), "id") or theirs
    return here, _who(an_id(user, "id"), theirs, reading)


def _plain(text: str, reading: Reading) -> str:
    return unicode_of(text, reading.emoji)[0]


# ------------------------------------------------------------------------------------------------ events


def read_event(payload: dict[str, object], reading: Reading) -> Heard | Ignored:
    event = a_map(payload, "event")
    kind = event.get("type")
    if not isinstance(kind, str) or kind not in EVENTS:
        return Ignored(f"event {kind!r:.40}")
    return EVENTS[kind](payload, event, reading)


def read_mention(payload: dict[str, object], event: dict[str, object], reading: Reading) -> Heard | Ignored:
    """`words` is what follows the first mention of us."""
    own = _own(payload, reading)
    if maybe(event, "bot_id") or event.get("subtype") == "bot_message" or maybe(event, "user") in own:
        return Ignored("mention by a bot")
    place = _place(_team_of_event(payload), an_id(event, "channel"))
    who = _who(an_id(event, "user"), maybe(event, "user_team") or maybe(event, "team") or place.team, reading)
    text = a_text(event, "text")
    starts = [(text.find(f"<@{user}"), user) for user in own]
    first = min((at for at, _ in starts if at >= 0), default=None)
    words = text if first is None else text[first:].partition(">")[2]
    thread = maybe(event, "thread_ts")
    return Heard(
        Commanded(
            key=an_id(payload, "event_id"),
            who=who,
            place=place,
            thread=thread,
            verb=None,
            words=_plain(words, reading).strip(),
            at=a_moment(event, "event_ts"),
            reply=ReplyTo(url=None, person=who, place=place, thread=thread),
        )
    )


def read_reaction(payload: dict[str, object], event: dict[str, object], reading: Reading) -> Heard | Ignored:
    """The event does not say of which team the reactor is: `users.info` does, and the desk asks."""
    item = a_map(event, "item")
    if item.get("type") != "message":
        return Ignored("reaction to something else than a message")
    user = an_id(event, "user")
    if user in _own(payload, reading):
        return Ignored("our own reaction")
    team = _team_of_event(payload)
    sign, tone = sign_of(an_id(event, "reaction"), reading.emoji or {})
    return Heard(
        Signed(
            key=an_id(payload, "event_id"),
            who=_who(user, team, reading),
            message=MessageRef(place=_place(team, an_id(item, "channel")), id=an_id(item, "ts")),
            sign=sign,
            added=event["type"] == "reaction_added",
            at=a_moment(event, "event_ts"),
            tone=tone,
        )
    )


def read_home(payload: dict[str, object], event: dict[str, object], reading: Reading) -> Heard | Ignored:
    if event.get("tab") != "home":
        return Ignored("another tab than Home")
    who = _who(an_id(event, "user"), _team_of_event(payload), reading)
    return Heard(HomeOpened(key=an_id(payload, "event_id"), who=who, at=a_moment(event, "event_ts")))


EVENTS: Mapping[str, Callable[[dict[str, object], dict[str, object], Reading], Heard | Ignored]] = {
    "app_mention": read_mention,
    "reaction_added": read_reaction,
    "reaction_removed": read_reaction,
    "app_home_opened": read_home,
}


# ------------------------------------------------------------------------------------------------ commands


def read_command(payload: dict[str, object], reading: Reading) -> Heard | Ignored:
    """A slash command. It cannot be typed in a thread, so there is never one."""
    command = an_id(payload, "command")
    if command not in reading.commands:
        return Ignored("a command that we do not know", odd=True)
    verb = reading.commands[command]
    words = _plain(a_text(payload, "text") if "text" in payload else "", reading).strip()
    who = _who(an_id(payload, "user_id"), an_id(payload, "team_id"), reading)
    place = _place(who.team, an_id(payload, "channel_id"))
    trigger = an_id(payload, "trigger_id")
    return Heard(
        Commanded(
            key=trigger,
            who=who,
            place=place,
            thread=None,
            verb=verb,
            words=words,
            at=reading.now,
            reply=ReplyTo(url=maybe(payload, "response_url"), person=who, place=place),
        ),
        trigger if opens_dialog(verb, words, reading.dialog_verbs) else None,
    )


def opens_dialog(verb: str | None, words: str, dialog_verbs: frozenset[str]) -> bool:
    """`/draft 142` opens one, `/draft 142 Dear Kim …` makes the draft at once."""
    call = parse(words, verb=verb)
    if not isinstance(call, Call) or call.verb not in dialog_verbs:
        return False
    return not call.rest or BY_WORD[call.verb].argument not in {Argument.NUMBER_AND_WORDS, Argument.IDEA}


# ------------------------------------------------------------------------------------------------ clicks


def read_press(payload: dict[str, object], reading: Reading) -> Heard | Ignored:
    team, who = _clicker(payload, reading)
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions:
        raise Odd("no actions")
    action = actions[0]
    # press:claim:0, dialog:draft:1, more:2 with the same in the option's value: see `fields`.
    kind, _, rest = an_id(action, "action_id").partition(":")
    if kind == "more":
        kind, _, rest = an_id(a_map(action, "selected_option"), "value").partition(":")
        verb, _, value = rest.partition(":")
    else:
        verb, value = rest.partition(":")[0], maybe(action, "value") or ""
    if kind == LINK:
        return Ignored("a link was followed")
    if kind not in {PRESS, DIALOG} or not verb:
        return Ignored("a button that is not ours", odd=True)
    message = _message_of_click(payload, team)
    trigger = an_id(payload, "trigger_id")
    reply = None
    if message is not None:
        url = maybe(payload, "response_url")
        reply = ReplyTo(url=url, person=who, place=message.place, thread=message.thread)
    return Heard(
        Pressed(
            key=trigger,
            who=who,
            message=message,
            action=verb,
            value=value,
            at=a_moment(action, "action_ts") if maybe(action, "action_ts") else reading.now,
            reply=reply,
        ),
        trigger if kind == DIALOG else None,
    )


def _message_of_click(payload: Mapping[str, object], team: str) -> MessageRef | None:
    container = a_map(payload, "container")
    if container.get("type") != "message":
        return None
    channel = maybe(container, "channel_id") or an_id(payload.get("channel"), "id")
    thread = maybe(container, "thread_ts") or maybe(payload.get("message"), "thread_ts")
    return MessageRef(place=_place(team, channel), id=an_id(container, "message_ts"), thread=thread)


def read_shortcut(payload: dict[str, object], reading: Reading) -> Heard | Ignored:
    """The message shortcut. The words come from the blocks where there are some: `text` has marks in it."""
    team, who = _clicker(payload, reading)
    message = a_map(payload, "message")
    trigger = an_id(payload, "trigger_id")
    return Heard(
        Shortcut(
            key=trigger,
            who=who,
            message=MessageRef(
                place=_place(team, an_id(a_map(payload, "channel"), "id")),
                id=an_id(message, "ts"),
                thread=maybe(message, "thread_ts"),
            ),
            name=an_id(payload, "callback_id"),
            text=_words_of_message(message, reading),
            at=reading.now,
        ),
        trigger,
    )


def _words_of_message(message: dict[str, object], reading: Reading) -> str:
    blocks = message.get("blocks")
    words = [words_of_rich_text(block) for block in blocks] if isinstance(blocks, list) else []
    if words and all(word is not None for word in words):
        return a_text({"words": "\n".join(word or "" for word in words)}, "words").strip()
    return _plain(maybe(message, "text") or "", reading).strip()


# ------------------------------------------------------------------------------------------------ dialogs


def read_submission(payload: dict[str, object], reading: Reading) -> Heard | Ignored:
    _, who = _clicker(payload, reading)
    view = a_map(payload, "view")
    values = {name: _plain(value, reading) for name, value in join_values(_raw_values(view)).items()}
    view_id = an_id(view, "id")
    return Heard(
        Submitted(
            key=maybe(payload, "trigger_id") or _fingerprint("submit", view_id, maybe(view, "hash") or ""),
            who=who,
            dialog=view_id,
            kind=an_id(view, "callback_id"),
            private=maybe(view, "private_metadata") or "",
            values=values,
            at=reading.now,
            files=_shared(view),
        )
    )


def read_closing(payload: dict[str, object], reading: Reading) -> Heard | Ignored:
    """A dialog left without saving. Slack gives no trigger here: a view can only be closed once."""
    _, who = _clicker(payload, reading)
    view = a_map(payload, "view")
    return Heard(
        DialogClosed(
            key=_fingerprint("closed", an_id(view, "id"), ""),
            who=who,
            kind=an_id(view, "callback_id"),
            private=maybe(view, "private_metadata") or "",
            at=reading.now,
        )
    )


def input_blocks(payload: object) -> tuple[str, ...]:
    """The ids of the inputs in a submission's view, in order."""
    view = payload.get("view") if isinstance(payload, dict) else None
    blocks = view.get("blocks") if isinstance(view, dict) else None
    return tuple(
        block["block_id"]
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict) and block.get("type") == "input" and isinstance(block.get("block_id"), str)
    )


def _raw_values(view: dict[str, object]) -> dict[str, str]:
    """What stands in each input, by block id, in the order of the view."""
    state = a_map(a_map(view, "state"), "values")
    out: dict[str, str] = {}
    for block in input_blocks({"view": view}) or tuple(state):
        inputs = state.get(block)
        element = next(iter(inputs.values()), None) if isinstance(inputs, dict) else None
        if isinstance(element, dict):
            chosen = element.get("selected_option")
            out[block] = maybe(chosen, "value") or maybe(element, "value") or ""
    return out


def _shared(view: dict[str, object]) -> dict[str, tuple[SharedFile, ...]]:
    """The files in each file input, by field."""
    state = a_map(a_map(view, "state"), "values")
    out: dict[str, tuple[SharedFile, ...]] = {}
    for block, inputs in state.items():
        named = field_of(block)
        element = next(iter(inputs.values()), None) if isinstance(inputs, dict) else None
        files = element.get("files") if isinstance(element, dict) else None
        if named is not None and isinstance(files, list):
            out[named[0]] = tuple(SharedFile(id) for one in files if (id := maybe(one, "id")))
    return out


def _fingerprint(*parts: str) -> str:
    return f"{parts[0]}:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def with_dialog(happening: Inbound, dialog: str | None) -> Inbound:
    """The same, with the dialog that now stands open for it."""
    if dialog is not None and isinstance(happening, Commanded | Pressed | Shortcut):
        return replace(happening, dialog=dialog)
    return happening


READERS: Mapping[str, Callable[[dict[str, object], Reading], Heard | Ignored]] = {
    "event_callback": read_event,
    "block_actions": read_press,
    "view_submission": read_submission,
    "view_closed": read_closing,
    "message_action": read_shortcut,
}
