"""Asks one account's platform who we are, and the store how the account is: its line of `twoway check`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters import registry
from adapters.errors import PlatformError
from adapters.noting import Budget, Noted, noting
from adapters.reference import words_for
from adapters.settings import SettingError
from bot.keeping import WRONG_KEY, is_closed, platform_of
from bot.ops.notes import notes_of
from bot.settings import AccountSettings, Settings
from models.keeping import STEPS, kept_of, spent_of
from models.reading.health import AccountHealth, account_health
from models.searches import unanswered
from models.store import Store

if TYPE_CHECKING:
    from bot.ops.check import Line

#: Long enough for a slow server, short enough for somebody who waits at a prompt.
PATIENCE = 20.0
#: Below this part of a budget it is worth saying.
SHORT = 0.1
#: Posts that are usually heard later than this are heard late: people expect an answer within the hour.
LATE = timedelta(minutes=10)
#: Sweeps are ten minutes apart.
UNSWEPT = timedelta(minutes=30)


async def line(account: AccountSettings, settings: Settings, store: Store | None, clocks: Noted) -> Line:
    """Works or not, as whom, and how it is. What time it is there is added to `clocks`."""
    from bot.ops.check import Line, State

    about = f"account {account.name}"
    # Without the store nothing is kept: what needs no more than its token can be asked all the same. So it is with an
    # account that no bot has run for yet.
    if store is None and registry.connects(registry.load(account.platform)) and not account.secrets.get("token"):
        return Line(about, State.UNTRIED, "waits for the database, where its tokens are kept")
    health = None
    if store is not None:
        async with store.reading() as session:
            health = await account_health(session, account.name)
    store = None if health is None else store
    if store is not None and await is_closed(account, settings, store):
        wrong, _, right = WRONG_KEY.format(name=account.name).partition(": ")
        return Line(about, State.WRONG, wrong, right, facts=_facts(health, {}))
    try:
        platform = platform_of(account, settings, store)
    except SettingError as error:
        return Line(about, State.UNTRIED, f"{error.key} {error.sentence}")
    with noting() as noted:
        try:
            async with asyncio.timeout(PATIENCE):
                us = await platform.open()
            notes = notes_of(platform)
        except TimeoutError:
            late = f"{account.platform} did not answer within {PATIENCE:.0f} s"
            return Line(about, State.WRONG, late, "try again later", facts=_facts(health, noted.budgets))
        except PlatformError as error:
            remedy = f"`twoway connect {account.name}` connects it, or says how"
            return Line(about, State.WRONG, str(error), remedy, facts=_facts(health, noted.budgets))
        finally:
            clocks.clocks |= noted.clocks
            await platform.close()
    said = [f"works, as {us.handle or us.name}"]
    facts = _facts(health, noted.budgets)
    if store is not None and health is not None:
        said += _told(health, store.clock())
        stored, more, soon = await _stored(account, store)
        said += stored
        facts |= more
        notes += _doubts(health, store.clock())
        if soon:
            notes.append(f"Connect it again by `twoway connect {account.name}`.")
        notes += await _unanswered(account, store)
    if account.searches:
        many = "a search" if len(account.searches) == 1 else f"{len(account.searches)} searches"
        said.append(f"asks {many} every {words_for(account.search_every)}")
    for server, budget in noted.budgets.items():
        said.append(_left(budget))
        if budget.limit and budget.left < budget.limit * SHORT:
            notes.append(f"{server} lets us ask little more until its budget is filled up again.")
    return Line(about, State.DOUBT if notes else State.GOOD, "; ".join(said), " ".join(notes), facts=facts)


def _told(health: AccountHealth, now: datetime) -> list[str]:
    """What is worth reading of an account that works."""
    said = []
    if health.heard_at is not None:
        said.append(f"last heard {_ago(now - health.heard_at)}")
    if health.posted_at is not None:
        said.append(f"last post {_ago(now - health.posted_at)}")
    if health.lag is not None:
        said.append(f"posts are heard after {_span(health.lag)}")
    if health.swept_at is not None:
        swept = f"last sweep {_ago(now - health.swept_at)}"
        if health.recovered is not None and health.recovered_at is not None:
            swept += f", last recovered {health.recovered} on {health.recovered_at:%Y-%m-%d %H:%M} UTC"
        said.append(swept)
    return said


def _doubts(health: AccountHealth, now: datetime) -> list[str]:
    """What an operator may want to look after."""
    doubts = []
    if health.problem is not None and health.problem_since is not None:
        doubts.append(f"The bot says since {health.problem_since:%Y-%m-%d %H:%M} UTC: {health.problem}")
    running = health.listened_until is not None and health.listened_until > now
    if health.heard_at is not None and not running:
        doubts.append("Nobody listens to it now: is `twoway run` running?")
    if running and health.swept_at is not None and now - health.swept_at > UNSWEPT:
        doubts.append("It has not been swept for long: is `hear` among the parts that run?")
    if health.lag is not None and health.lag > LATE:
        doubts.append("Its posts are heard late: ask more often (`poll`), or look at the platform's state.")
    return doubts


async def _unanswered(account: AccountSettings, store: Store) -> list[str]:
    """Searches that were asked in vain, more than once."""
    async with store.reading() as session:
        failing = await unanswered(session, account.name, tries=2)
    return [
        f"The search “{words}” was not answered {tries} times in a row; the log says why."
        for words, tries in failing
        if words in account.searches
    ]


async def _stored(account: AccountSettings, store: Store) -> tuple[list[str], dict[str, object], bool]:
    """When it has to be connected again and what it has cost today, and whether the former is soon."""
    now = store.clock()
    async with store.reading() as session:
        kept = await kept_of(session, account.name)
        bill = await spent_of(session, account.name, now.replace(hour=0))
    said, soon = [], False
    ends = None if kept is None else kept.ends
    if ends is not None:
        said.append(f"has to be connected again before {ends:%Y-%m-%d %H:%M} UTC")
        soon = ends - now < STEPS[0]
    cost = registry.load(account.platform).declares.cost
    parts = [f"{bill.calls:,} calls"] if bill.calls else []
    parts += [f"{bill.units:,} units"] if bill.units else []
    parts += [f"{bill.money:,.2f} {cost.currency if cost else ''}".strip()] if bill.money else []
    facts: dict[str, object] = {
        "token_ends": ends,
        "calls_today": bill.calls,
        "units_today": bill.units,
        "cost_today": str(bill.money),
    }
    return ([*said, f"today (UTC) {', '.join(parts)}"] if parts else said), facts, soon


def _facts(health: AccountHealth | None, budgets: Mapping[str, Budget]) -> dict[str, object]:
    """The same for programs; without what nobody knows yet."""
    facts: dict[str, object] = {}
    if health is not None:
        facts = {name: getattr(health, name) for name in health.__slots__}
    if budgets:
        least = min(budgets.values(), key=lambda one: one.left)
        facts |= {"budget_left": least.left, "budget_limit": least.limit, "budget_until": least.until}
    return facts


def _left(budget: Budget) -> str:
    of = f" of {budget.limit:,}" if budget.limit else ""
    until = f" until {budget.until:%H:%M} UTC" if budget.until else ""
    return f"{budget.left:,}{of} calls left{until}"


def _ago(span: timedelta) -> str:
    return f"{_span(span)} ago"


def _span(span: timedelta) -> str:
    from bot.ops.tables import ago

    seconds = max(0, round(span.total_seconds()))
    return f"{seconds} s" if seconds < 120 else ago(span)
