"""Activities as Teams sends them, with what the reader does not need left out."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.chat.contract import Person, Place
from bot.chat.teams.inbound import Reading

APP = "2b7a91d4-6f0c-4e35-b8aa-5c9d1e7f3a03"
TENANT = "7e4a0c11-93d5-4a57-8f0e-2d1c6b9a5e01"
ELSEWHERE = "c0ffee00-51b2-4b8e-9a44-0d7f3e2a9b02"
CARE = "19:care@thread.tacv2"
AT = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
ANA = Person("teams", TENANT, "aaaaaaaa-0000-4000-8000-000000000001")
BEA = Person("teams", TENANT, "bbbbbbbb-0000-4000-8000-000000000002")
PLACE = Place("teams", TENANT, CARE)
READING = Reading(now=AT, tenant=TENANT, app_id=APP)
OURS = {"type": "mention", "text": "<at>Twoway</at>", "mentioned": {"id": f"28:{APP}", "name": "Twoway"}}

Json = dict[str, object]


def activity(kind: str = "message", *, root: str | None = "100", **more: object) -> Json:
    """Ana does something in the care channel, in the thread that begins with `root`."""
    where = CARE if root is None else f"{CARE};messageid={root}"
    return {
        "type": kind,
        "id": "200",
        "timestamp": "2026-11-22T13:04:00.5Z",
        "channelId": "msteams",
        "serviceUrl": "https://smba.trafficmanager.net/emea/",
        "from": {"id": "29:1ana", "aadObjectId": ANA.user.upper(), "name": "Ana"},
        "recipient": {"id": f"28:{APP}", "name": "Twoway"},
        "conversation": {"id": where, "conversationType": "channel", "tenantId": TENANT},
        "channelData": {"channel": {"id": CARE}, "tenant": {"id": TENANT}},
        **more,
    }


def mention(words: str, **more: object) -> Json:
    given: Json = {"text": f"<at>Twoway</at>&nbsp;{words}", "entities": [OURS], **more}
    return activity(**given)  # type: ignore[arg-type]


def invoke(name: str, value: Json, **more: object) -> Json:
    return activity("invoke", name=name, value=value, replyToId="101", **more)


def pressed(action: str, value: str = "142", **more: object) -> Json:
    data = {"twoway": {"action": action, "value": value}}
    return invoke("adaptiveCard/action", {"action": {"type": "Action.Execute", "verb": action, "data": data}}, **more)
