"""Stories run over Slack's HTTP and Socket Mode and in Teams, on SQLite and on PostgreSQL.

Usually each story is told once over Slack, half of them over Socket Mode on SQLite and half over HTTP on PostgreSQL,
and the core of them in Teams as well. `make test` leaves out most of that core, and of each platform's own stories all
but the first; `make ways` tells the rest, `make stories` each in both of these, TWOWAY_RUNS=all in every way.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from zlib import crc32

import pytest

from adapters.registry import PLATFORMS
from tests.plugins.ways import leave_out, ways
from tests.stories.teams_town import teams_town
from tests.stories.town import Town, town

#: In which of these the usual run tells a story follows from its name.
USUAL = ({"sqlite", "socket"}, {"postgresql", "http"})

#: Stories of what Teams does not have, and why.
NOT_IN_TEAMS: dict[str, str] = {
    "test_the_card_says_who_is_writing": "no bot hears of a dialog that is closed",
    "test_who_writes_below_a_card_before_the_bot_knows_that_it_stands_is_understood": "its faults have other names",
    "test_a_dead_slack_token_degrades_the_bot_and_heals": "tests/teams has its own",
    "test_slack_asks_us_to_wait_and_the_cards_come_later_folded": "tests/teams has its own",
    "test_a_picture_that_slack_cannot_load_is_left_out_and_the_card_stands": "an image that fails shows its words",
    "test_a_lost_acknowledgement_changes_nothing": "tests/teams has its own",
    "test_an_event_counts_once_however_often_it_comes_and_across_a_restart": "tests/teams has its own",
    "test_outsiders_guests_bots_and_the_deactivated_cannot_approve": "bots neither react nor press; see test_in_teams",
    "test_a_yes_given_while_the_bot_was_down_counts_when_slack_repeats_it": "it is asked for again",
    "test_where_we_never_replied_a_correction_is_refused_before_anybody_writes": "a command opens no dialog there",
    "test_who_may_come_to_harm_is_called_out_by_name_and_goes_first": "told over Slack",
    "test_talk_never_leaks": "talk without a mention does not reach the bot",
    "test_an_answer_goes_out_with_the_picture_that_was_approved": "a bot in a channel is handed no files",
    "test_what_is_no_picture_is_said_on_the_draft_which_goes_on_without_it": "a bot in a channel is handed no files",
    "test_other_words_void_what_was_approved_and_a_picture_can_be_taken_off": "a bot in a channel is handed no files",
    "test_an_app_without_the_scope_drafts_in_words_and_says_what_is_missing": "a bot in a channel is handed no files",
}

#: What the usual run tells in Teams, on SQLite.
CORE = frozenset(
    {
        "test_from_a_customers_post_to_the_approved_reply",
        "test_a_hold_stops_the_reply_that_waits_until_somebody_resumes",
        "test_the_home_shows_what_one_has_what_waits_for_ones_yes_and_who_waits",
        "test_help_lists_every_command_and_a_slip_is_answered_with_the_nearest",
        "test_talk_in_a_thread_goes_nowhere",
        "test_handing_over_mentions_the_new_holder_and_carries_the_note",
        "test_claim_alone_takes_the_one_that_waits_longest_and_shows_what_one_has",
        "test_deleting_while_a_draft_waits_sets_it_aside",
        "test_two_edits_at_once_are_merged",
        "test_a_colleagues_message_becomes_the_draft",
        "test_what_only_the_team_understands_blocks_a_draft",
        "test_an_edit_while_a_draft_waits_voids_approvals_and_shows_the_draft_again",
        "test_a_lead_settles_what_nobody_knows",
        "test_what_comes_twice_is_done_once",
        "test_a_yes_taken_away_while_the_bot_was_down_does_not_count",
        "test_an_objection_given_while_the_bot_was_down_stops_what_buttons_and_words_approved",
        "test_hostile_words_ping_nobody_and_format_nothing",
        "test_a_thumb_counts_in_any_skin_tone_where_a_channel_wants_it",
        "test_a_yes_on_an_old_draft_is_answered_with_the_way_to_the_current_one",
        "test_a_yes_that_is_taken_away_during_the_hold_stops_the_reply",
        "test_a_no_blocks_until_it_is_taken_back",
        "test_a_typed_approval_names_its_draft",
        "test_a_draft_that_somebody_deleted_is_posted_anew_and_approved_there",
        "test_a_left_over_copy_of_a_draft_is_answered_with_the_right_link",
        "test_our_reply_is_corrected_after_approval",
        "test_named_approvers_are_called_once_and_only_they_count",
        "test_writing_again_after_the_answer_opens_the_conversation",
        "test_from_a_bulb_to_telling_who_asked_each_once_after_approval",
        "test_one_card_stands_for_many_and_one_answer_is_approved_for_those_it_lists",
    }
)


#: And of these `make test`, where each story is told in one way.
FIRST_IN_TEAMS = frozenset(
    {
        "test_from_a_customers_post_to_the_approved_reply",
        "test_handing_over_mentions_the_new_holder_and_carries_the_note",
        "test_two_edits_at_once_are_merged",
        "test_an_edit_while_a_draft_waits_voids_approvals_and_shows_the_draft_again",
        "test_hostile_words_ping_nobody_and_format_nothing",
        "test_a_yes_that_is_taken_away_during_the_hold_stops_the_reply",
        "test_named_approvers_are_called_once_and_only_they_count",
    }
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run does not tell, unless somebody asks for it by name."""
    everything = bool(config.getoption("keyword")) or os.environ.get("TWOWAY_RUNS") == "all"
    left = []
    firsts: dict[Path, pytest.Item] = {}
    for item in items:
        if "stories" not in item.path.parts:
            continue
        first = firsts.setdefault(item.path, item) is item
        pair, name = _pair(item), getattr(item, "originalname", item.name)
        if "teams" in pair and name in NOT_IN_TEAMS:
            item.add_marker(pytest.mark.skip(reason=f"Teams: {NOT_IN_TEAMS[name]}"))
        of_one_platform = item.path.stem.removeprefix("test_") in PLATFORMS
        if not everything and not _told(pair, name, first=first or not of_one_platform):
            left.append(item)
    leave_out(config, items, left)


def _told(pair: set[object], name: str, *, first: bool) -> bool:
    """Whether a run that is not of everything tells a story in this way. `first`: not one more of a single platform."""
    once = _told_once(pair, name)
    in_one_way = once and first and ("teams" not in pair or name in FIRST_IN_TEAMS)
    match ways():
        case "one":
            return in_one_way
        case "rest":
            return _told_in_pairs(pair, name) and not in_one_way
        case _:
            return _told_in_pairs(pair, name) if os.environ.get("TWOWAY_RUNS") == "pairs" else once


def _told_once(pair: set[object], name: str) -> bool:
    if "teams" in pair:
        return "sqlite" in pair and name in CORE
    return len(pair) < 2 or pair == USUAL[crc32(name.encode()) % 2]


def _told_in_pairs(pair: set[object], name: str) -> bool:
    return _told_once(pair, name) if "teams" in pair or len(pair) < 2 else pair in USUAL


def _pair(item: pytest.Item) -> set[object]:
    """The database and the mode of a story; fewer than two for a test that needs no town."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    pair = {params[name] for name in ("new_database", "mode") if name in params}
    if "mode" in params and len(pair) != 2:
        raise pytest.UsageError(f"{item.nodeid}: which database?")
    return pair


@pytest.fixture(params=["socket", "http", "teams"])
def mode(request: pytest.FixtureRequest) -> str:
    """How Slack reaches the bot; or Teams."""
    return str(request.param)


@pytest.fixture
async def quiet_town(tmp_path: Path, database: str, mode: str) -> AsyncIterator[Town]:
    """A town whose bot does not run yet."""
    async with teams_town(tmp_path, database) if mode == "teams" else town(tmp_path, database, mode) as made:
        yield made


@pytest.fixture
async def here(quiet_town: Town) -> Town:
    """A town with its bot."""
    await quiet_town.start()
    return quiet_town
