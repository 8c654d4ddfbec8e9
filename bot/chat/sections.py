"""What a summary tells, loaded: the numbers' further parts, each from its own report, and where its cards stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.cards.liked import about, behind_liked, liked, sound
from bot.chat.cards.stormy import behind_storms, stormy
from bot.chat.cards.summary import Told, behind
from bot.chat.channels import ChannelRules
from bot.chat.contract import Block
from bot.reports.daily import Numbers
from bot.reports.ideas import ideas_of
from bot.reports.moods import came_by_kind, moods_of, read_of, topics_of
from bot.reports.praise import praise_of
from bot.reports.storms import storms_of_days
from models.paragraphs import Cited
from models.reading.mood import Said
from models.reading.places import card_links
from models.store import Session


async def told_of(session: Session, rules: ChannelRules, counted: Numbers, said: Sequence[Cited] = ()) -> Told:
    """Everything that the summary of these days shows; `said` is the paragraph, where there is one."""
    read = await read_of(session, counted)
    more = await sections(session, rules, counted, read)
    shown = replace(counted, came=came_by_kind(counted, read) or counted.came)
    return Told(shown, await card_links(session, behind(counted, said)), rules.timezone, said, more)


async def sections(session: Session, rules: ChannelRules, counted: Numbers, read: Said) -> tuple[Block, ...]:
    """What stands below the numbers of these days, of which the reader said `read`."""
    ideas = await ideas_of(session, rules.id, rules.target, counted)
    praise = await praise_of(session, rules.id, rules.target, counted, read)
    storms = await storms_of_days(session, rules.id, rules.target, counted)
    links = await card_links(session, behind_liked(ideas, praise) | behind_storms(storms))
    felt = (*sound(moods_of(counted, read)), *about(await topics_of(session, counted)))
    return (*stormy(storms, links, rules.timezone.key), *liked(ideas, praise, links), *felt)
