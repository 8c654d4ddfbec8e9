"""Tries the settings' routes on a text, and says which it meets and why: what `twoway route test` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.ops.tables import WIDTH, clean, clip, table
from bot.rules import routes_of
from bot.settings import Settings
from bot.settings.triage import Condition
from bot.triage.routes import Asking, Looked, Verdict
from bot.triage.tongue import language_of
from bot.triage.topics import Topics


@dataclass(frozen=True, slots=True)
class RouteTest:
    """Where a post would come, heard by this account. `route` is null where none is met and it comes to the account's
    own channel; `language` is the one that was looked at; `looked` are all routes in order."""

    account: str
    platform: str
    language: str | None
    channel: str
    route: int | None
    looked: tuple[Looked, ...]


@dataclass(frozen=True, slots=True)
class RouteTests:
    """What `twoway route test` found, for each account."""

    tests: tuple[RouteTest, ...]


def tried(
    settings: Settings,
    words: str,
    accounts: Sequence[str],
    *,
    language: str | None = None,
    reach: int | None = None,
    kinds: frozenset[str] | None = None,
    topic: str | None = None,
    urgency: int | None = None,
) -> RouteTests:
    """Each of these accounts' verdict on a post that says `words`. Without a language it is told from the words."""
    routes = routes_of(settings)
    if language is None and Condition.LANGUAGES in routes.asks:
        language = language_of(words)
    topic = topic or Topics(settings.topics).of(words)
    found = []
    for one in settings.accounts:
        if one.name in accounts:
            verdict = routes.verdict(
                Asking(
                    account=one.name,
                    platform=one.platform,
                    words=words,
                    language=language,
                    reach=reach,
                    kinds=kinds,
                    topic=topic,
                    urgency=urgency,
                )
            )
            found.append(_test(one.name, one.platform, language, verdict))
    return RouteTests(tuple(found))


def _test(account: str, platform: str, language: str | None, verdict: Verdict) -> RouteTest:
    return RouteTest(account, platform, language, verdict.to, verdict.route, verdict.looked)


def as_text(found: RouteTests) -> str:
    """For people: where it comes, then a line for everything that a route asks."""
    return "\n\n".join(_text(one) for one in found.tests)


def _text(one: RouteTest) -> str:
    why = f"route {one.route}" if one.route is not None else "its own channel: no route is met"
    lines = [clip(clean(f"{one.account} on {one.platform}: comes to {one.channel} ({why})"), WIDTH)]
    rows = [row for looked in one.looked for row in _rows(looked, one.route)]
    if rows:
        lines.append(table(("Route", "To", "", "Asks for", "Which"), rows, (5, 14, 3, 10)))
    else:
        lines.append("There are no routes.")
    return "\n".join(lines)


def _rows(looked: Looked, first: int | None) -> list[tuple[str, ...]]:
    head = (str(looked.number), looked.to)
    if not looked.tried:
        return [(*head, "yes", "nothing", "every post meets it")]
    rows: list[tuple[str, ...]] = []
    for nth, one in enumerate(looked.tried):
        mark = "yes" if one.met else "no"
        which = f"{one.asked} (it has: {one.said})"
        rows.append((*(head if nth == 0 else ("", "")), mark, one.condition.value, which))
    if looked.met and first is not None and looked.number > first:
        rows.append(("", "", "", "", f"it would be met, but route {first} comes first"))
    return rows
