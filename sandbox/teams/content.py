"""What Teams takes as the content of a message, and what it refuses."""

from __future__ import annotations

import json
import re

from sandbox.teams import cards
from sandbox.teams.refusal import Refusal
from sandbox.teams.tenant import Tenant
from sandbox.teams.things import ADAPTIVE, Json, Place

FORMATS = ("plain", "markdown", "xml")
KINDS = ("message", "typing")  # activities that a bot may post


def check_activity(tenant: Tenant, place: Place, activity: object, *, limit: int, updates: bool = False) -> Json:
    """The activity, if Teams would take it; Refusal otherwise."""
    if not isinstance(activity, dict):
        raise Refusal("BadSyntax", "The activity is no object.")
    kind = activity.get("type")
    if kind not in KINDS or (updates and kind != "message"):
        raise Refusal("BadSyntax", f"Unknown activity type {kind!r}.")
    if len(json.dumps(activity, ensure_ascii=False).encode()) > limit:
        raise Refusal("MessageSizeTooBig")
    if kind == "typing":
        return activity
    attachments = activity.get("attachments") or []
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise Refusal("BadSyntax", "attachments is no list of objects.")
    text = activity.get("text")
    if text is not None and not isinstance(text, str):
        raise Refusal("BadSyntax", "text is no text.")
    if not (text or "").strip() and not attachments:
        raise Refusal("BadSyntax", "Activity has neither text nor attachments.")
    if activity.get("textFormat", "plain") not in FORMATS:
        raise Refusal("BadSyntax", f"Unknown textFormat {activity['textFormat']!r}.")
    if updates and len(attachments) + bool(text) > 1 and len(attachments) > 1:
        raise Refusal("BadSyntax", "Activity resulted into multiple skype activities")
    for one in attachments:
        check_card(one)
    _mentions(tenant, place, activity, attachments)
    return activity


def check_card(attachment: object, *, dialog: bool = False) -> Json:
    """The card in an attachment."""
    if not isinstance(attachment, dict) or attachment.get("contentType") != ADAPTIVE:
        kind = attachment.get("contentType") if isinstance(attachment, dict) else None
        raise Refusal("Bad argument", f"Attachment of type {kind!r} is not supported here.")
    if (wrong := cards.check(attachment.get("content"), dialog=dialog)) is not None:
        raise Refusal("Bad argument", f"Adaptive Card: {wrong}.")
    content: Json = attachment["content"]
    return content


def _mentions(tenant: Tenant, place: Place, activity: Json, attachments: list[Json]) -> None:
    """Every `<at>` of a text or card has its entity, and names somebody who is there. Cards: see `mentionable`."""
    said = [(str(activity.get("text") or ""), activity.get("entities") or [])]
    for one in attachments:
        card = one["content"]
        words = "\n".join(cards.mentionable(card))
        said.append((words, (card.get("msteams") or {}).get("entities") or []))
    for text, entities in said:
        mentions = [e for e in entities if isinstance(e, dict) and e.get("type") == "mention"]
        named = {str(e.get("text")) for e in mentions}
        for mention in mentions:
            if str(mention.get("text")) not in text:
                raise Refusal("BadSyntax", "Mention text is not in the message.")
            who = tenant.person(str((mention.get("mentioned") or {}).get("id")))
            if who is None or (who.id not in tenant.roster(place) and not who.bot):
                raise Refusal("Bad argument", "Somebody who is mentioned is not in the conversation.")
        if named and (left := set(re.findall(r"<at>.*?</at>", text)) - named):
            raise Refusal("BadSyntax", f"{sorted(left)[0]} names nobody.")
