"""From the settings to what the rooms ask of a channel: its rules, its target, its warnings, its summaries and who
writes in them, and which posts come to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.chat.channels import ChannelRules, Channels
from bot.chat.handling import Suggester
from bot.chat.signs import signs_of
from bot.hearing.receive import Routed, Router
from bot.hearing.searching import Search
from bot.reports.summaries import Daily
from bot.reports.timing import Calendar, Target
from bot.reports.warnings import Watching
from bot.reports.writers import LocalWriter, OpenAiWriter, Writer
from bot.settings import ChannelSettings, ModelKind, Settings
from bot.settings.triage import Condition
from bot.triage.abuse import Abuse
from bot.triage.engine.model import Model
from bot.triage.reader import Reader
from bot.triage.routes import Asking, Routes
from bot.triage.suggesting import WITHIN_SECONDS
from bot.triage.tongue import language_of
from bot.triage.topics import Topics
from models.rerouting import Asked, Meets, Met
from models.searches import WantedSearch, settle_searches
from models.setup import Places
from models.store import Store, Work


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
            voice=channel.voice,
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


def suggester_of(settings: Settings) -> Suggester | None:
    """The language model that people may ask for a draft, where an operator set one up."""
    model = settings.suggestions
    if model is None:
        return None
    return Suggester(OpenAiWriter(model.url, model.name, timedelta(seconds=WITHIN_SECONDS), model.key), model.name)


async def searches_of(work: Work, settings: Settings, places: Places) -> Mapping[int, Search]:
    """What is looked for, by its row, which is made where there is none."""
    wanted = {
        WantedSearch(places.accounts[one.name], words): Search(
            places.accounts[one.name], one.name, words, one.search_every
        )
        for one in settings.accounts
        for words in one.searches
    }
    return {row: wanted[one] for row, one in (await settle_searches(work, list(wanted))).items()}


def targets(settings: Settings, places: Places) -> Mapping[int, Target]:
    """What each channel's customers may expect, by its row."""
    return {places.channels[one.name]: target_of(one) for one in settings.channels}


def ages(settings: Settings, places: Places) -> Mapping[int, timedelta]:
    """How long each keeps words, by its row; without those that keep them for good."""
    return {places.channels[one.name]: one.forget_after for one in settings.channels if one.forget_after is not None}


def dailies(settings: Settings, places: Places) -> Mapping[int, Daily]:
    """When each wants its summary, by its row."""
    return {places.channels[one.name]: Daily(one.timezone, one.summary_at) for one in settings.channels}


def routes_of(settings: Settings) -> Routes:
    """The settings' routes, and where each account's posts come without them."""
    return Routes(settings.routes, {one.name: settings.home_of(one.name) for one in settings.accounts})


def router_of(settings: Settings, places: Places) -> Router | None:
    """What hearing asks where a conversation begins; None where there are no routes."""
    routes = routes_of(settings)
    if not routes:
        return None

    topics = Topics(settings.topics)

    def router(*, account: str, platform: str, words: str, language: str | None, reach: int | None) -> Routed | None:
        if language is None and Condition.LANGUAGES in routes.asks:
            language = language_of(words)
        topic = topics.of(words) if Condition.TOPICS in routes.asks else None
        post = Asking(account=account, platform=platform, words=words, language=language, reach=reach, topic=topic)
        number = routes.first(post)
        return None if number is None else Routed(places.channels[routes.to(number)], number)

    return router


#: What a reader says of a post: topics too, of which words alone tell those that name them.
_READ = frozenset({Condition.KINDS, Condition.URGENCY, Condition.TOPICS})


def meets_of(settings: Settings, places: Places) -> Meets | None:
    """Which route a post meets once it was read; None where no route asks what a reader says."""
    routes = routes_of(settings)
    if not routes.asks & _READ:
        return None

    def meets(asked: Asked) -> Met | None:
        number = routes.first(
            Asking(
                account=asked.account,
                platform=asked.platform,
                words=asked.words,
                language=asked.language,
                reach=asked.reach,
                kinds=asked.kinds,
                topic=asked.topic or None,
                urgency=asked.urgency,
            )
        )
        return None if number is None else Met(places.channels[routes.to(number)], number)

    return meets


def reader_of(settings: Settings, places: Places, store: Store, process: Model | None) -> Reader:
    """Who reads posts before people do."""
    return Reader(
        store,
        process,
        meets=meets_of(settings, places),
        rules=settings.reader.rules,
        topics=Topics(settings.topics),
    )


def folds_of(settings: Settings) -> Callable[[str, str | None], bool] | None:
    """Whether a post in that language insults people, so that cards fold it; None where nothing is folded."""
    return Abuse(settings.abuse.also, settings.abuse.never).says if settings.abuse.fold else None
