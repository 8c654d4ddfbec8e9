"""What people do in channels and chats: speak, mention, edit, delete, react, type commands, come and go.

Each method does what the client of Teams would let this person do, raises CannotDo otherwise. Activities go out in
the background (`settled` waits for them). People are named by their id of either kind. Clicks and dialogs: clicks.py.
"""

from __future__ import annotations

import re

from sandbox.teams.activities import Where, mentions_in
from sandbox.teams.core import Core
from sandbox.teams.things import BOT_ID, TENANT, CannotDo, Channel, Chat, Json, Kind, Message, Person, Place

OLD_REACTIONS = ("like", "heart", "laugh", "surprised", "sad", "angry")
# As the service names them: learn.microsoft.com/microsoftteams/platform, reactions reference, 2026-11
REACTION = re.compile(rf"(?:{'|'.join(OLD_REACTIONS)}|[0-9a-f]{{4,6}}(?:-[0-9a-f]{{4,6}})*_[a-z0-9]+)(?:-tone[1-5])?")


class People(Core):
    # --- who and where ---

    def person(self, user: str, *, acts: bool = True) -> Person:
        person = self.tenant.person(user)
        if person is None:
            raise CannotDo(f"there is nobody called {user}")
        if acts and (person.gone or person.bot):
            raise CannotDo(f"{person.name} {'has left the company' if person.gone else 'is a bot'}")
        return person

    def place(self, place: str, *, seen_by: Person | None = None) -> Place:
        found = self.tenant.place(place.partition(";")[0])
        if found is None:
            raise CannotDo(f"there is no channel {place}")
        if seen_by is not None and seen_by.id not in self.tenant.roster(found):
            raise CannotDo(f"{seen_by.name} is not in {place}")
        return found

    def message_for(self, person: Person, place: str, message: str) -> tuple[Place, Message]:
        """The message a person acts on; it must be there, and theirs to see."""
        found = self.place(place, seen_by=person)
        there = self.tenant.message(found.id, message)
        if there is None or there.deleted or there.only not in {None, person.id} or self.lapsed(there):
            raise CannotDo(f"there is no message {message} in {place}")
        return found, there

    def chat_with(self, user: str) -> str:
        """The one-to-one chat with the bot. Its id."""
        return self.tenant.chat_with(self.person(user).id).id

    # --- speaking ---

    async def say(self, user: str, place: str, text: str, thread: str | None = None) -> str:
        """A person's message; the bot hears of it where `@Twoway` is in it, or in its own chat. Returns the id."""
        return self._say(user, place, text, thread, targeted=False).id

    async def mention(self, user: str, place: str, text: str, thread: str | None = None) -> str:
        """`@Twoway …`."""
        return await self.say(user, place, f"@Twoway {text}", thread)

    async def command(self, user: str, place: str, text: str, thread: str | None = None) -> str:
        """A slash command: a message to the bot that nobody else sees. Only in channels, and only if declared."""
        return self._say(user, place, text, thread, targeted=True).id

    slash_commands: bool = True

    def _say(self, user: str, place: str, text: str, thread: str | None, *, targeted: bool) -> Message:
        person = self.person(user)
        found = self.place(place, seen_by=person)
        if not text.strip():
            raise CannotDo("an empty message cannot be sent")
        if thread is not None and self.tenant.message(found.id, thread) is None:
            raise CannotDo(f"there is no thread {thread} in {place}")
        if targeted and (isinstance(found, Chat) or not self.slash_commands or not self.tenant.bot_is_in(found)):
            raise CannotDo("Twoway has no commands here")
        said, entities = mentions_in(text, self.tenant.people)
        content: Json = {"text": said, "entities": entities}
        message = self.post(found, person.id, content, root=thread, only=person.id if targeted else None)
        if targeted or isinstance(found, Chat) or mentions_bot(message):
            self.tell(found, self.activities.message(person, self.where(found, message), message, targeted=targeted))
        return message

    def _own(self, user: str, place: str, message: str) -> tuple[Person, Place, Message]:
        person = self.person(user)
        found, there = self.message_for(person, place, message)
        if there.author != person.id:
            raise CannotDo("only one's own messages can be changed")
        return person, found, there

    async def edit_message(self, user: str, place: str, message: str, text: str) -> None:
        person, found, there = self._own(user, place, message)
        heard = mentions_bot(there) or isinstance(found, Chat)
        there.text, there.entities = mentions_in(text, self.tenant.people)
        there.edited = True
        self.tenant.changed("message", place=found.id, id=there.id)
        if heard or mentions_bot(there):
            where = self.where(found, there)
            self.tell(found, self.activities.message_changed(person, where, there, "editMessage"))

    async def delete_message(self, user: str, place: str, message: str) -> None:
        person, found, there = self._own(user, place, message)
        there.deleted = True
        self.tenant.changed("message", place=found.id, id=there.id)
        if mentions_bot(there) or isinstance(found, Chat):
            where = self.where(found, there)
            self.tell(found, self.activities.message_changed(person, where, there, "softDeleteMessage"))

    # --- reactions ---

    async def react(self, user: str, place: str, message: str, kind: str) -> None:
        """`like`, `heart` …, or `2705_whiteheavycheckmark`; with a skin tone `like-tone3`."""
        person = self.person(user)
        found, there = self.message_for(person, place, message)
        if not REACTION.fullmatch(kind):
            raise CannotDo(f"there is no reaction {kind}")
        if there.only is not None:
            raise CannotDo("a message that only one person sees takes no reactions")
        if person.id in there.reactions.get(kind, []):
            raise CannotDo(f"{person.name} has already reacted with {kind}")
        there.reactions.setdefault(kind, []).append(person.id)
        self._reacted(person, found, there, kind, added=True)

    async def unreact(self, user: str, place: str, message: str, kind: str) -> None:
        person = self.person(user)
        found, there = self.message_for(person, place, message)
        if person.id not in there.reactions.get(kind, []):
            raise CannotDo(f"{person.name} has not reacted with {kind}")
        there.reactions[kind].remove(person.id)
        if not there.reactions[kind]:
            del there.reactions[kind]
        self._reacted(person, found, there, kind, added=False)

    def _reacted(self, person: Person, place: Place, message: Message, kind: str, *, added: bool) -> None:
        self.tenant.changed("reaction", place=place.id, id=message.id, user=person.id)
        if message.author == BOT_ID:  # those on other people's messages never reach a bot
            where = self.where(place, message)
            self.tell(place, self.activities.reaction(person, where, message, kind, added=added))

    # --- coming and going ---

    async def join(self, user: str, place: str) -> None:
        """Into the team of a standard channel, or into a private or shared one."""
        person, channel = self.person(user), self._channel(place)
        members = self._members(channel)
        if person.id in members:
            raise CannotDo(f"{person.name} is already in {place}")
        if person.tenant != TENANT and channel.kind is not Kind.SHARED:
            raise CannotDo(f"{person.name} is not of this company")
        members.append(person.id)
        self._moved(person, channel, added=True)

    async def leave(self, user: str, place: str) -> None:
        person, channel = self.person(user), self._channel(place)
        if person.id not in self._members(channel):
            raise CannotDo(f"{person.name} is not in {place}")
        self._members(channel).remove(person.id)
        self._moved(person, channel, added=False)

    def _channel(self, place: str) -> Channel:
        found = self.place(place)
        if not isinstance(found, Channel):
            raise CannotDo(f"{place} is no channel")
        return found

    def _members(self, channel: Channel) -> list[str]:
        return self.tenant.teams[channel.team].members if channel.kind is Kind.STANDARD else channel.own_members

    def _moved(self, person: Person, channel: Channel, *, added: bool) -> None:
        self.tenant.changed("people", place=channel.id, user=person.id)
        at = Where(self.tenant.channels[channel.team] if channel.kind is Kind.STANDARD else channel)
        self.tell(channel, self.activities.roster_changed(person, at, [person.account()], added=added))

    def deactivate(self, user: str) -> None:
        """Leaves the company. Nobody is told."""
        self.person(user, acts=False).gone = True
        self.tenant.changed("people", user=user)

    def add_person(self, person: Person, *places: str) -> Person:
        """Somebody new, in these channels at once (no activity)."""
        self.tenant.people[person.id] = person
        for place in places:
            self._members(self._channel(place)).append(person.id)
        self.tenant.changed("people", user=person.id)
        return person

    def add_channel(self, channel: Channel, *, by: str | None = None) -> Channel:
        """A new channel of a team; the bot is told if somebody makes it."""
        self.tenant.channels[channel.id] = channel
        self.tenant.changed("channel", place=channel.id)
        if by is not None:
            self.tell(channel, self.activities.channel_changed(self.person(by), Where(channel), "channelCreated"))
        return channel

    async def rename_channel(self, user: str, place: str, name: str) -> None:
        channel = self._channel(place)
        channel.name = name
        self.tenant.changed("channel", place=channel.id)
        self.tell(channel, self.activities.channel_changed(self.person(user), Where(channel), "channelRenamed"))

    async def install_bot(self, user: str, place: str, *, on: bool = True) -> None:
        """Somebody adds the app to a team or to a private or shared channel, or removes it. The bot hears of both."""
        person, channel = self.person(user), self._channel(place)
        at = Where(channel if channel.kind is not Kind.STANDARD else self.tenant.channels[channel.team])
        bot = [{"id": BOT_ID, "name": self.tenant.people[BOT_ID].name}]
        if not on:
            self.tell(channel, self.activities.installed(person, at, "remove"))
        if channel.kind is Kind.STANDARD:
            self.tenant.teams[channel.team].installed = on
        else:
            channel.installed = on
        self.tenant.changed("channel", place=channel.id)
        if on:
            self.tell(channel, self.activities.installed(person, at, "add"))
            self.tell(channel, self.activities.roster_changed(person, at, bot, added=True))

    async def install_chat(self, user: str) -> str:
        """Somebody adds the app for themselves. The chat's id."""
        person = self.person(user)
        chat = self.tenant.chat_with(person.id)
        self.tell(chat, self.activities.installed(person, Where(chat), "add"))
        return chat.id

    def block_chat(self, user: str, on: bool = True) -> None:
        """The person blocks the bot in their chat."""
        self.tenant.chat_with(self.person(user).id).blocked = on


def mentions_bot(message: Message) -> bool:
    return any((one.get("mentioned") or {}).get("id") == BOT_ID for one in message.entities)
