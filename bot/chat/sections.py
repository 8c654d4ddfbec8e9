"""The summary's further parts, each from its own report, joined in one place: ideas, praise."""

from __future__ import annotations

from bot.chat.cards.liked import behind_liked, liked
from bot.chat.channels import ChannelRules
from bot.chat.contract import Block
from bot.reports.daily import Numbers
from bot.reports.ideas import ideas_of
from bot.reports.praise import praise_of
from models.reading.places import card_links
from models.store import Session


async def sections(session: Session, rules: ChannelRules, counted: Numbers) -> tuple[Block, ...]:
    """What stands below the numbers of these days."""
    ideas = await ideas_of(session, rules.id, rules.target, counted)
    praise = await praise_of(session, rules.id, rules.target, counted)
    return tuple(liked(ideas, praise, await card_links(session, behind_liked(ideas, praise))))
