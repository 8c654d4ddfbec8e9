"""The world outside fails and comes back; nothing is lost, and nobody has to restart the bot."""

from __future__ import annotations

import time
from datetime import timedelta

import aiohttp
import psycopg
import pytest

from models.cipher import Cipher
from models.keeping import Keeping, ask_consent, take_answer
from models.wakes import Topic
from sandbox.square import Fault
from tests.stories import stages
from tests.stories.town import ANA, BEA, CARE, CYD, Town


async def test_a_platform_that_is_cut_off_is_told_and_its_posts_come_when_it_is_back(quiet_town: Town) -> None:
    here = quiet_town
    here.account_settings["poll"] = '"200ms"'
    await here.start()
    await stages.opened(here)
    here.square.fault(Fault.CUT_OFF)
    await here.square.post("kim", "@acme said while you were away")
    here.square.clear_faults()
    await here.card("said while you were away", number=2)


async def test_a_dead_token_of_the_platform_is_told_with_its_remedy_and_heals(quiet_town: Town) -> None:
    here = quiet_town
    here.deaf()
    await here.start()
    await stages.opened(here)
    token = here.square.token
    here.square.server.token = "another"
    await here.channel_says("Trouble with acme", "token", "make a new one")
    await here.square.post("kim", "@acme said while the token was dead")
    here.square.server.token = token
    await here.card("said while the token was dead", number=2)
    await here.channel_says("acme is back")


async def test_access_that_ends_soon_is_told_in_the_channel_with_its_remedy(here: Town) -> None:
    assert here.app is not None
    store = here.app.store
    keeping = Keeping(store, "acme", Cipher.of(here.environment["TWOWAY_KEY"]))
    await keeping.keep("tokens", ends=store.clock() + timedelta(days=3, seconds=2))
    async with store.work() as work:
        work.wake(Topic.TIME)  # as whoever starts the bot does
    await here.channel_says("Our access to acme ends in 3 days", "connects it again", "twoway connect acme")
    assert here.in_store("tokens") == []


async def test_the_answer_that_twoway_connect_waits_for_comes_in_at_the_running_bot(here: Town) -> None:
    assert here.app is not None
    store, cipher = here.app.store, Cipher.of(here.environment["TWOWAY_KEY"])
    async with store.work() as work:
        await ask_consent(work, 1, "a word", lasts=timedelta(minutes=1))
    address = f"http://127.0.0.1:{here.port}/connect/callback"
    async with aiohttp.ClientSession() as session:
        for state, status in [("another", 400), ("a word", 200), ("a word", 400)]:
            async with session.get(address, params={"state": state, "code": "a code"}) as answer:
                assert (answer.status, answer.headers["Cache-Control"]) == (status, "no-store")
    assert here.in_store("a code") == []
    async with store.work() as work:
        assert "a code" in await take_answer(work, "a word", cipher)


async def test_a_dead_slack_token_degrades_the_bot_and_heals(here: Town) -> None:
    await stages.opened(here)
    here.slack.kill_token()
    await here.square.post("kim", "@acme nobody sees this yet")
    async with aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{here.port}"
        async with session.get(f"{address}/healthz") as answer:
            assert answer.status == 200
    assert here.card_now(2) is None
    here.slack.kill_token(None)
    await here.card("nobody sees this yet", number=2)


async def test_slack_asks_us_to_wait_and_the_cards_come_later_folded(here: Town) -> None:
    post = await stages.opened(here)
    here.slack.fail_next("chat.update", "429", times=1, retry_after=1)
    before = len(here.slack.calls("chat.update"))
    for number in range(1, 6):
        await here.square.edit(post, f"@acme version {number}")
    began = time.monotonic()
    await here.card("version 5")
    updates = here.slack.calls("chat.update")[before:]
    assert updates[0].status == 429
    assert time.monotonic() - began >= 0.9
    # Five changes of one card, and at most what was on its way before the pause.
    cards = [call for call in updates[1:] if call.args["ts"] == here.card_now().ts]
    assert len(cards) <= 2


async def test_the_database_goes_away_for_a_moment_and_nothing_is_lost(here: Town) -> None:
    if not here.database.startswith("postgresql"):
        pytest.skip("SQLite is a file beside the bot: it does not go away")
    await stages.drafted(here)
    await here.all_shown()
    for round in range(3):
        _end_connections(here.database)
        await here.square.post("kim", f"@acme in the outage {round}")
    # Whatever was being done is done again, at the latest when its lease has ended.
    draft = await here.draft_message(1)
    _end_connections(here.database)
    await here.reacts(BEA, draft)
    await here.card("Answered", limit=30)
    for round in range(3):
        await here.channel_says(f"in the outage {round}")
    assert here.public()[0].now.text == f"@lea {stages.REPLY}"
    assert len(here.public()) == 1


def _end_connections(database: str) -> None:
    """As a server that restarts: every connection but this one ends."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )


async def test_a_card_that_somebody_deleted_is_posted_anew(here: Town) -> None:
    await stages.opened(here)
    old = here.card_now()
    await here.removed(old)
    assert here.card_now() is None
    await here.command(ANA, "claim 1")
    new = await here.card("Ana", "has it until")
    assert new.ts != old.ts


async def test_a_draft_that_somebody_deleted_is_posted_anew_and_approved_there(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["approvals"] = "2"
    await here.start()
    await stages.drafted(here)
    old = await here.draft_message(1)
    await here.removed(old)
    await here.mention(BEA, "approve 1")
    new = await here.draft_message(1, "Approved 1 of 2")
    assert new.ts != old.ts
    await here.reacts(CYD, new)
    await here.answered()


async def test_a_left_over_copy_of_a_draft_is_answered_with_the_right_link(here: Town) -> None:
    """The bot crashed between posting a message and storing that it did: two stand, one of them is a stranger."""
    await stages.drafted(here)
    draft = await here.draft_message(1)
    copy = await here.copied(draft)
    assert len([m for m in here.thread_now() if "Draft 1, last words by" in here.slack.text_of(m)]) == 2
    await here.reacted_before(BEA, copy, seconds=60)
    await here.told(BEA, "left-over copy", "Here is the current draft")
    (whisper,) = here.slack.ephemerals(BEA)
    assert here.leads_to(whisper, draft)
    await here.until(lambda: here.slack.ws.message(CARE, copy.ts) is None)
    assert here.square.publish_calls == []
    await here.reacts(BEA, draft)
    await here.answered()
