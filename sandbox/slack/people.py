"""What people do in channels: speak, edit, delete, react, type commands, come and go, open their Home.

Each method does what Slack's client would let this person do, raises CannotDo otherwise, and returns what
the person sees. Events go out in the background (`settled` waits for them). Clicks and dialogs: clicks.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.slack import response_urls
from sandbox.slack.core import Core, mentions_bot
from sandbox.slack.delivery import Answer
from sandbox.slack.methods_chat import check_content
from sandbox.slack.refusal import Refusal
from sandbox.slack.things import APP_ID, BOT_USER, TEAM, CannotDo, Channel, Ephemeral, Json, Message, Person, View

# Slack turns emoji that people type into names. A few, to have the effect; the rest stays as typed.
TYPED_EMOJI = {
    "🎉": "tada",
    "✅": "white_check_mark",
    "❌": "x",
    "👍": "+1",
    "👀": "eyes",
    "💡": "bulb",
    "🚨": "rotating_light",
    "🙏": "pray",
    "😀": "grinning",
    "❤️": "heart",
}


@dataclass(frozen=True)
class Seen:
    """What one person sees at once after a command or a click.

    `error` is Slack's own sentence when the app did not answer in time; the trigger and the response address
    are what the app was given.
    """

    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    ts: str | None = None
    error: str | None = None
    view: View | None = None
    trigger_id: str = ""
    response_url: str = ""


class People(Core):
    # --- who and where ---

    def person(self, user: str, *, acts: bool = True) -> Person:
        person = self.ws.people.get(user)
        if person is None:
            raise CannotDo(f"there is nobody called {user}")
        if acts and person.deleted:
            raise CannotDo(f"{user} is deactivated")
        return person

    def channel(self, channel: str, *, seen_by: str | None = None) -> Channel:
        found = self.ws.channels.get(channel)
        if found is None:
            raise CannotDo(f"there is no channel {channel}")
        if seen_by is not None and seen_by not in found.members:
            raise CannotDo(f"{seen_by} is not in {channel}")
        return found

    def place(self, user: str, channel: str, ts: str) -> tuple[Channel, Message]:
        """The message a person acts on; it must be there and in a channel they are in."""
        self.person(user)
        found = self.channel(channel, seen_by=user)
        message = self.ws.message(channel, ts)
        if message is None or message.deleted:
            raise CannotDo(f"there is no message {ts} in {channel}")
        return found, message

    def encoded(self, text: str) -> str:
        """What people type as Slack sends it: &, < and > escaped, @name as <@U…>, #name as <#C…|name>, links."""
        for picture, name in TYPED_EMOJI.items():
            text = text.replace(picture, f":{name}:")
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        # Text that is already in Slack's spelling (<@U…>, <url|label>) is left as it is.
        text = re.sub(r"&lt;([@#!][A-Z0-9a-z^|_.-]+|https?://[^\s&]+?(?:\|[^&]*?)?)&gt;", r"<\1>", text)
        text = self._with_people(text, lambda id, name: f"<@{id}>")
        return re.sub(r"(?<![<|\w])(https?://[^\s<>|]+)", r"<\1>", text)

    def _with_people(self, text: str, mention: Callable[[str, str], str]) -> str:
        """Each @ana, @Ana and @Ana Lindqvist that fits exactly one person, as that mention. A handle is one's own."""
        called: dict[str, set[str]] = {}
        for person in self.ws.people.values():
            for name in (person.real_name, person.real_name.split()[0]):
                called.setdefault(name.casefold(), set()).add(person.id)
        ids = {name: next(iter(people)) for name, people in called.items() if len(people) == 1}
        ids |= {person.name.casefold(): person.id for person in self.ws.people.values()}
        longest_first = "|".join(re.escape(name) for name in sorted(ids, key=len, reverse=True))

        def one(found: re.Match[str]) -> str:
            id = ids[found[1].casefold()]
            return mention(id, self.ws.people[id].name)

        return re.sub(rf"(?<![\w<@])@({longest_first})(?![\w-])", one, text, flags=re.IGNORECASE)

    # --- speaking ---

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> str:
        """A person's message; with @twoway in it the app gets an app_mention. Returns the ts."""
        person, found = self.person(user), self.channel(channel, seen_by=user)
        if not text.strip():
            raise CannotDo("an empty message cannot be sent")
        if thread_ts is not None and not self.ws.thread_exists(channel, thread_ts):
            raise CannotDo(f"there is no thread {thread_ts} in {channel}")
        message = self.post(
            found,
            Message(
                channel,
                self.ws.new_ts(),
                user,
                self.encoded(text),
                thread_ts=thread_ts,
                bot_id=person.bot_id,
                team=person.team_id,
            ),
        )
        self._mention(found, message)
        return message.ts

    def _mention(self, channel: Channel, message: Message) -> None:
        if not mentions_bot(message.text) or channel.im_with:
            return
        event = {k: v for k, v in message.wire().items() if k != "type"}
        self.emit({"type": "app_mention", **event, "channel": channel.id, "event_ts": message.ts}, channel)

    async def edit_message(self, user: str, channel: str, ts: str, text: str) -> None:
        found, message = self.place(user, channel, ts)
        if message.user != user:
            raise CannotDo("only one's own messages can be edited")
        before = mentions_bot(message.text)
        self.change_message(found, message, user, text=self.encoded(text))
        if not before:
            self._mention(found, message)

    async def delete_message(self, user: str, channel: str, ts: str) -> None:
        found, message = self.place(user, channel, ts)
        if message.user != user:
            raise CannotDo("only one's own messages can be deleted")
        self.erase_message(found, message)

    async def react(self, user: str, channel: str, ts: str, name: str) -> None:
        found, message = self.place(user, channel, ts)
        name = name.strip(":")
        if user in message.reactions.get(name, []):
            raise CannotDo(f"{user} has already reacted with {name}")
        self.react_as(user, found, message, name)

    async def unreact(self, user: str, channel: str, ts: str, name: str) -> None:
        found, message = self.place(user, channel, ts)
        name = name.strip(":")
        if user not in message.reactions.get(name, []):
            raise CannotDo(f"{user} has not reacted with {name}")
        self.unreact_as(user, found, message, name)

    # --- commands ---

    async def command(self, user: str, channel: str, command: str, text: str = "") -> Seen:
        """A slash command, typed in a channel (Slack has none in threads). Members of our workspace only."""
        person, found = self.person(user), self.channel(channel, seen_by=user)
        known = self.commands is None or command in self.commands
        if not known or "commands" not in self.scopes or person.team_id != TEAM or person.is_bot:
            return Seen(error=f"{command} is not a valid command.")
        if self.commands is None or self.commands[command]:
            text = self._escaped(text)
        trigger, response = self.new_trigger(user), self.new_response_url(channel, user)
        answer = await self.delivery.send(
            "slash_commands",
            {
                "token": "unused",
                "team_id": TEAM,
                "team_domain": "acme",
                "channel_id": channel,
                "channel_name": "directmessage" if found.im_with else found.name,
                "user_id": user,
                "user_name": person.name,
                "command": command,
                "text": text,
                "api_app_id": APP_ID,
                "is_enterprise_install": "false",
                "response_url": response,
                "trigger_id": trigger,
            },
        )
        return self._seen(answer, user, response, trigger, f"{command} failed")

    def _escaped(self, text: str) -> str:
        """With should_escape: @ana as <@U0ANA|ana>, #care as <#C0CARE|care>, and the three signs escaped."""
        text = re.sub(r"&(?!amp;|lt;|gt;)", "&amp;", text)
        text = re.sub(r"<(?![@#])", "&lt;", text)
        rooms = {c.name: c.id for c in self.ws.channels.values() if c.name}
        text = self._with_people(text, lambda id, name: f"<@{id}|{name}>")
        return re.sub(
            r"(?<![\w<#])#([a-z0-9_]+)", lambda m: f"<#{rooms[m[1]]}|{m[1]}>" if m[1] in rooms else m[0], text
        )

    def _seen(self, answer: Answer, user: str, response: str, trigger: str, failed: str) -> Seen:
        """What the app's immediate answer puts on the screen."""
        view = next(iter(self.ws.stacks.get(user, [])[-1:]), None)
        if not answer.ok:
            reason = "operation_timeout" if answer.error == "http_timeout" else "dispatch_failed"
            return Seen(
                error=f'{failed} with the error "{reason}"',
                view=view,
                trigger_id=trigger,
                response_url=response,
            )
        body = answer.body or {}
        if not body.get("text") and not body.get("blocks"):
            return Seen(view=view, trigger_id=trigger, response_url=response)
        address = self.response_urls[response.rsplit("/", 1)[1]]
        try:
            check_content(self, body)
        except Refusal as refusal:
            return Seen(
                error=f'{failed} with the error "{refusal.error}"',
                view=view,
                trigger_id=trigger,
                response_url=response,
            )
        ts = response_urls.show(self, address, body)
        return Seen(str(body.get("text") or ""), body.get("blocks") or [], ts, None, view, trigger, response)

    # --- coming and going ---

    async def open_home(self, user: str) -> View | None:
        """The person opens the app's Home; returns what stood there at that moment."""
        self.person(user)
        home = self.ws.homes.get(user)
        self.emit(
            {
                "type": "app_home_opened",
                "user": user,
                "channel": self.ws.im(user).id,
                "tab": "home",
                "event_ts": self.ws.new_ts(),
                **({"view": home.wire()} if home else {}),
            }
        )
        return home

    async def join(self, user: str, channel: str) -> None:
        found = self.channel(channel)
        self.person(user)
        if user in found.members:
            raise CannotDo(f"{user} is already in {channel}")
        found.members.append(user)
        self._moved("member_joined_channel", user, found)

    async def leave(self, user: str, channel: str) -> None:
        found = self.channel(channel, seen_by=user)
        self._moved("member_left_channel", user, found)
        found.members.remove(user)

    def _moved(self, kind: str, user: str, channel: Channel) -> None:
        self.ws.changed("channel", channel=channel.id, user=user)
        self.emit(
            {
                "type": kind,
                "user": user,
                "channel": channel.id,
                "channel_type": channel.channel_type[0].upper(),
                "team": self.ws.people[user].team_id,
                "event_ts": self.ws.new_ts(),
            },
            channel,
        )

    async def invite_bot(self, channel: str) -> None:
        await self.join(BOT_USER, channel)

    def deactivate(self, user: str) -> None:
        self.person(user, acts=False).deleted = True
        for channel in self.ws.channels.values():
            if user in channel.members and not channel.im_with:
                channel.members.remove(user)
        self.ws.changed("people", user=user)

    def add_person(self, person: Person, *channels: str) -> Person:
        """Somebody new, a member of these channels at once (no event)."""
        self.ws.people[person.id] = person
        for channel in channels:
            self.ws.channels[channel].members.append(person.id)
        self.ws.changed("people", user=person.id)
        return person

    def add_channel(self, channel: Channel) -> Channel:
        self.ws.channels[channel.id] = channel
        self.ws.changed("channel", channel=channel.id)
        return channel

    def reload(self, user: str) -> None:
        """The person reloads the client: ephemeral messages are gone."""
        self.ws.ephemerals[:] = [e for e in self.ws.ephemerals if e.user != user]
        self.ws.changed("ephemeral", user=user)

    def visible_ephemeral(self, user: str, channel: str, ts: str) -> Ephemeral | None:
        return next((e for e in self.ws.ephemerals if (e.user, e.channel, e.ts) == (user, channel, ts)), None)
