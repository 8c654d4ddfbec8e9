"""To which channel a post comes: the first route that it meets, and for every route why or why not. Pure.

What hearing does with it, and what a channel is, is left to them. A route that asks for what nobody has said of the
post yet (its kind, say, before a reader looked at it) is not met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.phrases import Phrase, TakenApart, UnspacedPhrase, taken_apart
from bot.settings.triage import Condition, Route
from bot.triage.lines import phrase_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """A post as routes see it. None, or no kinds: nobody has said it."""

    account: str
    platform: str
    words: str
    language: str | None = None
    reach: int | None = None  # how many follow its author
    kinds: frozenset[str] | None = None
    topic: str | None = None
    urgency: int | None = None  # 0 to 3


@dataclass(frozen=True, slots=True)
class Tried:
    """How a post met one thing that a route asks. `said` is what the post has, `asked` what would do."""

    condition: Condition
    met: bool
    asked: str
    said: str


@dataclass(frozen=True, slots=True)
class Looked:
    """One route, and how the post met it. `number` counts from 1, as the settings do."""

    number: int
    to: str
    met: bool
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a post comes. `route` is the number of the first that it met; None: to its account's own channel."""

    to: str
    route: int | None
    looked: tuple[Looked, ...]


class Routes:
    """All routes in order. `homes`: the channel of each account, by name, where no route is met."""

    def __init__(self, routes: Sequence[Route], homes: Mapping[str, str]) -> None:
        self._routes = tuple(routes)
        self._homes = dict(homes)
        self._phrases = {line: phrase_of(line) for route in routes for line in route.words}
        self.asks = frozenset(one for route in routes for one in route.asks)

    def __bool__(self) -> bool:
        return bool(self._routes)

    def first(self, post: Asking) -> int | None:
        """The number of the first route that it meets."""
        said = _Post(post)
        for number, route in enumerate(self._routes, start=1):
            if all(self._met(one, route, said) for one in route.asks):
                return number
        return None

    def to(self, number: int) -> str:
        """The channel of a route by its number."""
        return self._routes[number - 1].to

    def verdict(self, post: Asking) -> Verdict:
        """Where it comes and why, with every route looked at, also those below the one that it met."""
        said = _Post(post)
        looked = []
        for number, route in enumerate(self._routes, start=1):
            tried = tuple(self._tried(one, route, said) for one in route.asks)
            looked.append(Looked(number, route.to, all(one.met for one in tried), tried))
        met = next((one for one in looked if one.met), None)
        to = met.to if met is not None else self._homes[post.account]
        return Verdict(to, met.number if met is not None else None, tuple(looked))

    def _met(self, condition: Condition, route: Route, said: _Post) -> bool:
        if condition is Condition.WORDS:
            return any(said.says(self._phrases[line]) for line in route.words)
        return _MEETS[condition](route, said.post)

    def _tried(self, condition: Condition, route: Route, said: _Post) -> Tried:
        asked, has = _SHOWN[condition](route, said.post)
        if condition is Condition.WORDS:
            has = ", ".join(line for line in route.words if said.says(self._phrases[line])) or "none of them"
        return Tried(condition, self._met(condition, route, said), asked, has)


class _Post:
    """A post whose words are taken apart once, if at all."""

    def __init__(self, post: Asking) -> None:
        self.post = post

    @cached_property
    def said(self) -> TakenApart:
        return taken_apart(self.post.words)

    def says(self, phrase: Phrase | UnspacedPhrase) -> bool:
        return phrase.is_in(self.said)


def _reads(wanted: Sequence[str], language: str | None) -> bool:
    """ "pt" is met by "pt-BR" too."""
    if language is None:
        return False
    tongue = language.lower()
    return any(tongue == one.lower() or tongue.startswith(f"{one.lower()}-") for one in wanted)


_MEETS: Mapping[Condition, Callable[[Route, Asking], bool]] = {
    Condition.ACCOUNTS: lambda route, post: post.account in route.accounts,
    Condition.PLATFORMS: lambda route, post: post.platform in route.platforms,
    Condition.LANGUAGES: lambda route, post: _reads(route.languages, post.language),
    Condition.REACH: lambda route, post: post.reach is not None and post.reach >= (route.reach or 0),
    Condition.KINDS: lambda route, post: not frozenset(route.kinds).isdisjoint(post.kinds or ()),
    Condition.TOPICS: lambda route, post: post.topic in route.topics,
    Condition.URGENCY: lambda route, post: post.urgency is not None and post.urgency >= (route.urgency or 0),
}

_UNKNOWN = "not known"

_SHOWN: Mapping[Condition, Callable[[Route, Asking], tuple[str, str]]] = {
    Condition.ACCOUNTS: lambda route, post: (", ".join(route.accounts), post.account),
    Condition.PLATFORMS: lambda route, post: (", ".join(route.platforms), post.platform),
    Condition.LANGUAGES: lambda route, post: (", ".join(route.languages), post.language or _UNKNOWN),
    Condition.WORDS: lambda route, post: (", ".join(route.words), ""),
    Condition.REACH: lambda route, post: (f"{route.reach} or more", _number(post.reach)),
    Condition.KINDS: lambda route, post: (", ".join(route.kinds), ", ".join(sorted(post.kinds or ())) or _UNKNOWN),
    Condition.TOPICS: lambda route, post: (", ".join(route.topics), post.topic or _UNKNOWN),
    Condition.URGENCY: lambda route, post: (f"{route.urgency} or more", _number(post.urgency)),
}


def _number(value: int | None) -> str:
    return _UNKNOWN if value is None else str(value)
