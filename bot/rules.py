"""From the settings to what the rooms ask of a channel: its rules, its target, its warnings, its
summaries, and who writes in them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.channels import ChannelRules, Channels
from bot.chat.signs import signs_of
from bot.reports.summaries import Daily
from bot.reports.timing import Calendar, Target
from bot.reports.warnings import Watching
from bot.reports.writers import LocalWriter, OpenAiWriter, Writer
from bot.settings import ChannelSettings, ModelKind, Settings
from models.setup import Places


def channels_of(settings: Settings, places: Places) -> Channels:
    """Every channel with its rules."""
    rules: dict[int, ChannelRules] = {}
    for channel in settings.channels:
        row = places.channels[channel.name]
        rules[row] = ChannelRules(
            id=row,
            name=channel.name,
            surface=channel.surface.value,
            chat=channel.chat_id,
            policy=channel.policy,
            signs=signs_of(channel.signs),
            approvers=frozenset(channel.approvers),
            leads=frozenset(channel.leads),
            timezone=channel.timezone,
            accounts=frozenset(channel.accounts),
            target=target_of(channel),
            escalate_to=frozenset(channel.escalate_to),
            danger_to=frozenset(channel.danger_to),
            names_in_summary=channel.summary_names,
        )
    return Channels(rules)


def target_of(channel: ChannelSettings) -> Target:
    """What its customers may expect, by its own calendar."""
    calendar = Calendar(channel.timezone, channel.hours, channel.holidays)
    return Target(channel.policy.answer_within, calendar, thanks=channel.thank_within)


def watched(settings: Settings, places: Places) -> Mapping[int, Watching]:
    """Which warnings each wants, by its row."""
    return {
        places.channels[one.name]: Watching(target_of(one), one.warn_before, bool(one.escalate_to))
        for one in settings.channels
    }


def writer_of(settings: Settings) -> Writer | None:
    """The language model that adds a paragraph to summaries, where one is wanted."""
    model = settings.model
    if model is None:
        return None
    if model.kind is ModelKind.TRANSFORMERS:
        return LocalWriter(model.name, model.within)
    return OpenAiWriter(model.url, model.name, model.within, model.key)


def targets(settings: Settings, places: Places) -> Mapping[int, Target]:
    """What each channel's customers may expect, by its row."""
    return {places.channels[one.name]: target_of(one) for one in settings.channels}


def dailies(settings: Settings, places: Places) -> Mapping[int, Daily]:
    """When each wants its summary, by its row."""
    return {places.channels[one.name]: Daily(one.timezone, one.summary_at) for one in settings.channels}
