"""What an emoji means, and where. Signs on a draft: yes and no. The rest a channel may switch on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Meaning(StrEnum):
    """What a sign does."""

    APPROVE = "approve"
    OBJECT = "object"
    CLAIM = "claim"
    CLOSE = "close"
    IDEA = "idea"
    PRAISE = "praise"


#: On a draft. Names as the surfaces give them, aliases resolved.
ON_DRAFT: Mapping[str, Meaning] = {
    "white_check_mark": Meaning.APPROVE,
    "x": Meaning.OBJECT,
}

#: On a conversation's card. Nothing more by default: 👍 and 👀 are small talk for many people.
ON_CARD: Mapping[str, Meaning] = {
    "bulb": Meaning.IDEA,
}

#: What a channel may switch on, by the names that people use in settings.
WHERE: Mapping[Meaning, str] = {
    Meaning.APPROVE: "draft",
    Meaning.OBJECT: "draft",
    Meaning.CLAIM: "card",
    Meaning.CLOSE: "card",
    Meaning.IDEA: "card",
    Meaning.PRAISE: "card",
}

#: One name for what surfaces and people spell in several ways.
ALIASES: Mapping[str, str] = {
    "+1": "thumbsup",
    "👍": "thumbsup",
    "✅": "white_check_mark",
    "check": "white_check_mark",
    "heavy_check_mark": "heavy_check_mark",
    "ballot_box_with_check": "ballot_box_with_check",
    "☑️": "ballot_box_with_check",
    "❌": "x",
    "👀": "eyes",
    "-1": "thumbsdown",
    "👎": "thumbsdown",
    "💡": "bulb",
    "🎉": "tada",
}


def plain_name(sign: str) -> str:
    """A sign's one name: without colons and skin tone, aliases resolved."""
    name = sign.strip().strip(":").lower()
    name = name.split("::", 1)[0]
    return ALIASES.get(name, name)


@dataclass(frozen=True, slots=True)
class Signs:
    """What signs mean in one channel."""

    on_draft: Mapping[str, Meaning] = field(default_factory=lambda: dict(ON_DRAFT))
    on_card: Mapping[str, Meaning] = field(default_factory=lambda: dict(ON_CARD))

    def draft(self, sign: str) -> Meaning | None:
        return self.on_draft.get(plain_name(sign))

    def card(self, sign: str) -> Meaning | None:
        return self.on_card.get(plain_name(sign))


def signs_of(settings: Mapping[str, str]) -> Signs:
    """A channel's signs: the default ones and what its settings switch on (or off, with "")."""
    on_draft, on_card = dict(ON_DRAFT), dict(ON_CARD)
    for sign, meaning in settings.items():
        name = plain_name(sign)
        on_draft.pop(name, None)
        on_card.pop(name, None)
        if meaning:
            known = Meaning(meaning)
            (on_draft if WHERE[known] == "draft" else on_card)[name] = known
    return Signs(on_draft, on_card)
