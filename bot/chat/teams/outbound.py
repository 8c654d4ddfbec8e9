"""Cards to Teams: into a channel, into a thread, to one person alone. One attempt a call, each in its turn."""

from __future__ import annotations

import logging

from bot.chat.contract import (
    Card,
    ChatClosed,
    ChatError,
    ChatRefused,
    ChatThrottled,
    ChatUnreachable,
    MessageGone,
    MessageRef,
    Person,
    Place,
)
from bot.chat.teams.connector import Connector
from bot.chat.teams.failures import ADD_APP
from bot.chat.teams.limits import Pace
from bot.chat.teams.people import People
from bot.chat.teams.render import message
from bot.chat.teams.trust import Identity

log = logging.getLogger(__name__)


class Outbound:
    """`targeted`: whether private words may go out as messages that only one person in the channel sees. Where that
    fails, as where it is switched off, they go to the one-to-one chat."""

    def __init__(self, connector: Connector, pace: Pace, people: People, identity: Identity, *, targeted: bool) -> None:
        self._connector = connector
        self._pace = pace
        self._people = people
        self._identity = identity
        self._targeted = targeted
        self._chats: dict[str, str] = {}

    async def post(self, place: Place, card: Card, *, thread: str | None) -> MessageRef:
        shown = message(await self._people.named(card, place.channel), posting=True)
        if thread is not None:
            conversation = thread_of(place.channel, thread)
            await self._pace.turn(conversation)
            return MessageRef(place, await self._connector.send(conversation, shown), thread)
        await self._pace.turn(place.channel)
        parameters = {
            "isGroup": True,
            "bot": {"id": f"28:{self._identity.app_id}"},
            "tenantId": self._identity.tenant,
            "channelData": {"channel": {"id": place.channel}, "tenant": {"id": self._identity.tenant}},
            "activity": shown,
        }
        try:
            conversation, first = await self._connector.begin(parameters)
        except MessageGone as error:
            raise ChatClosed(error.code, ADD_APP) from error
        # A thread is named after its first message; some services only tell the thread.
        first = first or conversation.partition(";messageid=")[2]
        if not first:
            raise ChatUnreachable("no_id")
        return MessageRef(place, first, None)

    async def update(self, sent: MessageRef, card: Card) -> None:
        conversation = thread_of(sent.place.channel, sent.thread or sent.id)
        shown = message(await self._people.named(card, sent.place.channel), posting=False)
        await self._pace.turn(conversation)
        await self._connector.update(conversation, sent.id, {**shown, "id": sent.id})

    async def delete(self, sent: MessageRef) -> None:
        conversation = thread_of(sent.place.channel, sent.thread or sent.id)
        await self._pace.turn(conversation)
        await self._connector.delete(conversation, sent.id)

    async def whisper(self, person: Person, place: Place, card: Card, *, thread: str | None) -> None:
        """In the channel where only they see it, else in the one-to-one chat."""
        shown = message(card, posting=False)
        if place.channel in self._chats.values() or not place.channel.startswith("19:"):
            await self._say(place.channel, shown)
            return
        if self._targeted:
            try:
                recipient = {"id": await self._people.teams_id(person, place.channel), "isTargeted": True}
                conversation = thread_of(place.channel, thread) if thread is not None else place.channel
                await self._pace.turn(conversation)
                await self._connector.send(conversation, {**shown, "recipient": recipient}, targeted=True)
            except (ChatThrottled, ChatUnreachable):
                raise
            except ChatError as error:
                log.info("teams: not told in the channel", extra={"code": error.code})
            else:
                return
        await self.chat(person, card)

    async def chat(self, person: Person, card: Card) -> None:
        """In the one-to-one chat, which is begun where there was none."""
        if person.user not in self._chats:
            await self._pace.turn()
            conversation, _ = await self._connector.begin(
                {
                    "isGroup": False,
                    "bot": {"id": f"28:{self._identity.app_id}"},
                    "members": [{"id": person.user}],
                    "tenantId": self._identity.tenant,
                    "channelData": {"tenant": {"id": self._identity.tenant}},
                }
            )
            self._chats[person.user] = conversation
        try:
            await self._say(self._chats[person.user], message(card, posting=False))
        except ChatRefused:
            self._chats.pop(person.user, None)  # it is no more: the next word begins another
            raise

    async def _say(self, conversation: str, shown: dict[str, object]) -> None:
        await self._pace.turn(conversation)
        await self._connector.send(conversation, shown)


def thread_of(channel: str, root: str) -> str:
    """How Teams names a thread: its channel, and its first message."""
    return f"{channel};messageid={root}"
