"""Teams beside Slack: who may approve there, and that a day leaves the same journal whichever the team works in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from models.journal import Event
from models.people import Rep
from sandbox.slack import SlackStandIn
from tests.stories.teams_town import TeamsTown, teams_town
from tests.stories.town import ANA, BEA, CARE, CYD, DAN, GUEST, NO, OUTSIDER, Town, town

pytestmark = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)


@pytest.fixture
async def quiet_town(tmp_path: Path, new_database: Callable[[], str]) -> AsyncIterator[TeamsTown]:
    """A town in Teams, on SQLite, whose bot does not run yet."""
    async with teams_town(tmp_path, new_database()) as made:
        yield made


async def test_guests_and_people_of_other_companies_are_told_so_and_do_not_count(quiet_town: TeamsTown) -> None:
    here = quiet_town
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.reacts(OUTSIDER, draft)
    await here.told(OUTSIDER, "You belong to another organisation.")
    await here.reacts(GUEST, draft)
    await here.told(GUEST, "You are a guest here.")
    await here.press(GUEST, draft, "Approve")
    await here.draft_message(1, "Approved 0 of 1.")
    assert here.public() == []


async def test_a_thumb_counts_only_where_the_channel_says_so(quiet_town: TeamsTown) -> None:
    here = quiet_town
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.reacts(BEA, draft, "thumbsup::skin-tone-4")
    await here.teams.settled()
    await here.draft_message(1, "Approved 0 of 1.")
    await here.press(BEA, draft, "Approve")
    await here.answered()


async def test_the_answer_to_a_command_is_seen_by_who_asked_alone(quiet_town: TeamsTown) -> None:
    here = quiet_town
    await here.start()
    await here.asks()
    await here.command(ANA, "queue")
    await here.told(ANA, "#1")
    assert here.slack.ephemerals(BEA) == []
    assert len(here.slack.messages(CARE)) == 1


async def test_a_card_older_than_its_conversation_is_refused_and_nothing_is_lost(quiet_town: TeamsTown) -> None:
    """Somebody presses a button of a draft as it stood before a newer one."""
    here = quiet_town
    await here.start()
    await here.asks()
    first = await here.waits()
    (old,) = first.of.cards
    view = await here.opens(BEA, first, "Edit")
    assert (await here.saves(BEA, view, "Better words, Lea!")).closed
    await here.draft_message(2)
    seen = await here.teams.press_stale(here.slack.who(CYD), first.of.place, first.ts, old, "Approve")
    assert seen.error is None
    await here.told(CYD, "no longer current")
    assert here.public() == []
    await here.draft_message(2, "Approved 0 of 1.")


async def test_after_we_were_away_a_yes_from_before_is_asked_for_again_and_one_given_since_counts(
    quiet_town: TeamsTown,
) -> None:
    here = quiet_town
    here.channel_settings["approvals"] = "2"
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.press(BEA, draft, "Approve")
    await here.draft_message(1, "Approved 1 of 2: Bea.")

    await here.stop()
    here.slack.set_retries()
    await here.reacts(DAN, draft, NO)
    await here.slack.settled()
    await here.start()

    await here.press(CYD, draft, "Approve")
    await here.in_thread("@Bea", here.unheard)
    said = await here.draft_message(1, "Approved 1 of 2: Cyd.", "Please approve again, Bea: I was away")
    assert "Cyd: I was away" not in here.slack.text_of(said)
    assert here.public() == []
    # Bea sees Dan's ❌, talks to Dan, and says yes again: the same person, the same button.
    await here.press(BEA, draft, "Approve")
    await here.answered()
    await here.card("Answered", "approved by Cyd and Bea")
    assert len(here.public()) == 1


async def day(here: Town) -> list[tuple[str, str | None]]:
    """Claimed, drafted, edited by somebody else, blocked, unblocked, approved, answered; the journal that it leaves."""
    await here.start()
    await here.asks()
    card = await here.card("Nobody has claimed it.")
    await here.press(ANA, card, "Claim")
    await here.card("Ana has it")
    first = await here.drafts(ANA, "Sorry, Lea!")
    view = await here.opens(BEA, first, "Edit")
    assert (await here.saves(BEA, view, "So sorry, Lea!")).closed
    second = await here.draft_message(2)
    await here.reacts(DAN, second, NO)
    await here.draft_message(2, "Dan objects.")
    await here.reacts(CYD, second)
    await here.draft_message(2, "Approved 1 of 1: Cyd.")
    await here.unreacts(DAN, second, NO)
    await here.answered()
    await here.card("Answered")
    assert here.app is not None
    async with here.app.store.reading() as session:
        names = {rep.id: rep.name for rep in await session.scalars(select(Rep))}
        events = (await session.scalars(select(Event).where(Event.chain == 1).order_by(Event.seq))).all()
        return [(event.kind, names.get(event.rep_id) if event.rep_id is not None else None) for event in events]


async def test_the_same_day_leaves_the_same_journal_in_slack_and_in_teams(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    for name in ("slack", "teams"):
        (tmp_path / name).mkdir()
    async with town(tmp_path / "slack", new_database(), "http") as in_slack:
        there = await day(in_slack)
    async with teams_town(tmp_path / "teams", new_database()) as in_teams:
        here = await day(in_teams)
    assert here == there
    assert len(here) > 6


class Both(TeamsTown):
    """A company that works in both: its one account's conversations live in Teams, others sit in Slack."""

    other: SlackStandIn

    def team_toml(self) -> str:
        return super().team_toml() + f'\n[slack]\nmode = "socket"\napi_url = "{self.other.api_url}"\n'

    def team_secrets(self) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": self.other.bot_token,
            "SLACK_SIGNING_SECRET": self.other.signing_secret,
            "SLACK_APP_TOKEN": self.other.app_token,
        }

    def toml(self, port: int) -> str:
        return super().toml(port) + f'\n[[channels]]\nname = "help"\nchat = "slack:{CARE}"\naccounts = []\n'


async def test_with_both_surfaces_a_conversation_lives_in_one_channel(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    async with SlackStandIn.serve() as slack, teams_town(tmp_path, new_database(), Both) as here:
        here.other = slack
        await here.start()
        await slack.socket_connected(timeout=30)
        await here.asks()
        await here.press(ANA, await here.card("Nobody has claimed it."), "Claim")
        await here.card("Ana has it")
        assert slack.messages(CARE) == []

        await slack.command(BEA, CARE, "/twoway", "close 1")
        told = await slack.wait_for(lambda: slack.ephemerals(BEA), timeout=30)
        assert "#1 lives in #care" in slack.text_of(told[-1])
        await slack.command(BEA, CARE, "/twoway", "approve 1 1")
        await slack.wait_for(lambda: len(slack.ephemerals(BEA)) == 2, timeout=30)
        await here.card("Ana has it")
