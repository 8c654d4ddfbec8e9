"""The activities that Teams sends to a bot, as JSON. Shapes only: who may cause them is people's and clicks' business.

After examples in learn.microsoft.com/microsoftteams/platform (bots, dialogs, universal actions; 2026-11).
"""

from __future__ import annotations

import html
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC
from zoneinfo import ZoneInfo

from sandbox.teams.tenant import Tenant
from sandbox.teams.things import BOT_ID, BOT_NAME, TENANT, Channel, Json, Message, Person, Place


@dataclass(frozen=True)
class Where:
    """A place and, in a channel, the first message of the thread."""

    place: Place
    root: str | None = None

    @property
    def conversation(self) -> str:
        return (
            f"{self.place.id};messageid={self.root}" if self.root and isinstance(self.place, Channel) else self.place.id
        )


class Activities:
    """Builds them. `service_url` is asked each time: it is only known once the stand-in listens."""

    def __init__(self, tenant: Tenant, service_url: str) -> None:
        self.tenant = tenant
        self.service_url = service_url

    def base(self, kind: str, person: Person, where: Where) -> Json:
        """What all have. Seven digits of a second, as the service writes them."""
        at = self.tenant.clock().astimezone(UTC)
        fraction = f"{at.microsecond:06d}{secrets.randbelow(10)}"
        local = at.astimezone(ZoneInfo(person.timezone))
        offset = local.strftime("%z")
        activity: Json = {
            "type": kind,
            "id": f"f:{uuid.uuid4()}",
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{fraction}Z",
            "localTimestamp": f"{local:%Y-%m-%dT%H:%M:%S}.{fraction}{offset[:3]}:{offset[3:]}",
            "localTimezone": person.timezone,
            "locale": "en-US",
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": person.account(),
            "recipient": {"id": BOT_ID, "name": BOT_NAME},
        }
        if isinstance(where.place, Channel):
            channel = where.place
            activity["conversation"] = {
                "isGroup": True,
                "conversationType": "channel",
                "tenantId": TENANT,
                "id": where.conversation,
            }
            activity["channelData"] = {
                "teamsChannelId": channel.id,
                "teamsTeamId": channel.team,
                "channel": {"id": channel.id},
                "team": {"id": channel.team},
                "tenant": {"id": TENANT},
            }
        else:
            activity["conversation"] = {"conversationType": "personal", "tenantId": TENANT, "id": where.place.id}
            activity["channelData"] = {"tenant": {"id": TENANT}}
        return activity

    def _client(self, person: Person) -> Json:
        return {
            "locale": "en-US",
            "country": "US",
            "platform": "Web",
            "timezone": person.timezone,
            "type": "clientInfo",
        }

    def message(self, person: Person, where: Where, message: Message, *, targeted: bool = False) -> Json:
        """What somebody wrote. `targeted`: as a slash command, which only the bot sees."""
        activity = self.base("message", person, where)
        mentions = [one for one in message.entities if one["type"] == "mention"]
        activity |= {
            "id": message.id,
            "text": message.text,
            "textFormat": "plain",
            "attachments": [{"contentType": "text/html", "content": as_html(message.text)}],
            "entities": [*mentions, self._client(person)],
        }
        if not mentions:
            del activity["attachments"]
        if targeted:
            activity["recipient"] |= {"isTargeted": True}
        return activity

    def message_changed(self, person: Person, where: Where, message: Message, event: str) -> Json:
        """`event` is editMessage, undeleteMessage or softDeleteMessage."""
        activity = self.message(person, where, message)
        activity["type"] = "messageDelete" if event == "softDeleteMessage" else "messageUpdate"
        activity["channelData"] |= {"eventType": event}
        if activity["type"] == "messageDelete":
            for key in ("text", "textFormat", "attachments", "entities"):
                activity.pop(key, None)
        return activity

    def reaction(self, person: Person, where: Where, message: Message, kind: str, *, added: bool) -> Json:
        """On a message of the bot's. No text of it comes along."""
        activity = self.base("messageReaction", person, where)
        activity["replyToId"] = message.id
        activity["channelData"] |= {"legacy": {"replyToId": f"1:{secrets.token_urlsafe(24)}"}}
        activity["reactionsAdded" if added else "reactionsRemoved"] = [{"type": kind}]
        return activity

    def invoke(self, name: str, person: Person, where: Where, value: Json, *, reply_to: str | None = None) -> Json:
        """Something that waits for an answer."""
        activity = self.base("invoke", person, where)
        activity |= {"name": name, "value": value, "entities": [self._client(person)]}
        activity["channelData"] |= {"source": {"name": "message"}}
        if reply_to is not None:
            activity["replyToId"] = reply_to
            activity["channelData"] |= {"legacy": {"replyToId": f"1:{secrets.token_urlsafe(24)}"}}
        return activity

    def roster_changed(self, person: Person, where: Where, who: list[Json], *, added: bool) -> Json:
        activity = self.base("conversationUpdate", person, where)
        activity["membersAdded" if added else "membersRemoved"] = who
        if isinstance(where.place, Channel):
            activity["channelData"] |= {"eventType": "teamMemberAdded" if added else "teamMemberRemoved"}
        return activity

    def channel_changed(self, person: Person, where: Where, event: str) -> Json:
        """`event` is channelCreated, channelRenamed, channelDeleted or channelRestored."""
        assert isinstance(where.place, Channel)
        activity = self.base("conversationUpdate", person, where)
        activity["channelData"] |= {"eventType": event, "channel": {"id": where.place.id, "name": where.place.name}}
        return activity

    def installed(self, person: Person, where: Where, action: str) -> Json:
        """`action` is add, remove, add-upgrade or remove-upgrade."""
        return self.base("installationUpdate", person, where) | {"action": action}


def mentions_in(text: str, people: dict[str, Person]) -> tuple[str, list[Json]]:
    """`@Twoway` and `@Ana Lindt` as Teams sends them: `<at>…</at>`, and who is meant. The longest name wins."""
    entities: list[Json] = []
    names = {p.name.lower(): p for p in people.values()} | {p.name.split()[0].lower(): p for p in people.values()}
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))

    def mention(found: re.Match[str]) -> str:
        person = names[found[1].lower()]
        tag = f"<at>{person.name}</at>"
        entities.append({"type": "mention", "text": tag, "mentioned": {"id": person.id, "name": person.name}})
        return tag

    return re.sub(rf"(?<![\w@])@({pattern})\b", mention, text, flags=re.IGNORECASE), entities


def as_html(text: str) -> str:
    """The second spelling that a message comes in."""
    parts, count = [], 0
    for part in re.split(r"(<at>.*?</at>)", text):
        if found := re.fullmatch(r"<at>(.*?)</at>", part):
            kind = 'itemscope="" itemtype="http://schema.skype.com/Mention"'
            parts.append(f'<span {kind} itemid="{count}">{html.escape(found[1])}</span>')
            count += 1
        else:
            parts.append(html.escape(part).replace("\n", "<br>"))
    return f"<p>{''.join(parts)}</p>"
