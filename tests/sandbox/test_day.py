"""The script of the sandbox's people, and how it is played."""

import asyncio
import re
from pathlib import Path

import pytest

from sandbox.day import SCRIPT as PATH
from sandbox.day import Player, read_script
from sandbox.square import SquareStandIn
from sandbox.square.words import length
from sandbox.squares.mastodon import Mastodon

SCRIPT = read_script()


def test_the_day_is_varied() -> None:
    day = SCRIPT.day
    posts = [step for step in day if not step.edits and not step.deletes]
    assert len(day) >= 60
    assert len({step.language for step in posts}) >= 6
    assert [bool(step.edits) for step in day].count(True) >= 1
    assert [bool(step.deletes) for step in day].count(True) >= 1
    assert any(step.cw for step in posts)
    assert any(step.media for step in posts)
    assert any(step.answers for step in posts)
    assert max(SCRIPT.people[step.who].followers for step in posts) > 50_000
    assert any("smoke" in step.words for step in posts)


def test_everything_said_fits_and_names_us() -> None:
    said = [step for step in (*SCRIPT.first, *SCRIPT.day, *SCRIPT.storm_others) if not step.deletes]
    assert all(length(step.words, step.cw or "") <= 500 for step in said)
    assert all(re.search(r"@acme\b", step.words) for step in said)


async def test_a_day_ends_as_it_was_told_to() -> None:
    ended: list[int] = []

    async def ends() -> None:
        ended.append(player.done)

    async with SquareStandIn.serve() as square:
        player = Player([Mastodon(square)], SCRIPT, ends=ends)
        await player.start(seconds=0.01)
        while player.playing:
            await asyncio.sleep(0.01)
    assert ended == [len(SCRIPT.day)]


async def test_the_first_minute_is_three_posts_in_two_languages() -> None:
    async with SquareStandIn.serve() as square:
        await Player([Mastodon(square)], SCRIPT).first_minute()
        assert [status.language for status in square.statuses()] == ["en", "es", "en"]
        assert len(square.server.world.notifications()) == 3


async def test_a_day_is_played_to_its_end_with_its_edits_and_deletions() -> None:
    async with SquareStandIn.serve() as square:
        player = Player([Mastodon(square)], SCRIPT)
        await player.start(seconds=0.05)
        assert player.playing
        await player.changes.until(lambda: not player.playing, timeout=60)
        assert player.as_json()["done"] == len(SCRIPT.day)
        edits = sum(bool(step.edits) for step in SCRIPT.day)
        deletes = sum(bool(step.deletes) for step in SCRIPT.day)
        assert len(square.statuses()) == len(SCRIPT.day) - edits - 2 * deletes
        assert sum(len(status.versions) > 1 for status in square.statuses()) == edits


async def test_who_writes_again_answers_our_reply() -> None:
    async with SquareStandIn.serve() as square:
        player = Player([Mastodon(square)], SCRIPT)
        await player.start(seconds=3)
        first = await square.wait_for(lambda one: one.statuses())
        ours = square.server.world.post(square.account, f"@{first[0].author.acct} sorry", parent=first[0])
        follow_up = await square.wait_for(lambda one: one.replies_to(ours))
        assert follow_up[0].author is first[0].author
        await player.stop()


async def test_what_was_deleted_by_others_is_passed_over() -> None:
    async with SquareStandIn.serve() as square:
        player = Player([Mastodon(square)], SCRIPT)
        await player.start(seconds=3)
        (first, *_) = await square.wait_for(lambda one: one.statuses())
        await square.delete(first)
        await player.changes.until(lambda: player.done > 10, timeout=60)
        await player.stop()
        assert not player.playing


async def test_a_storm_is_one_complaint_many_copies_and_those_who_must_not_drown() -> None:
    async with SquareStandIn.serve() as square:
        player = Player([Mastodon(square)], SCRIPT)
        player.storm(count=40, seconds=0.05)
        await player.changes.until(lambda: player.as_json()["storming"] is False, timeout=60)
        texts = [status.now.text for status in square.statuses()]
        assert len(texts) == 41
        assert texts.count(SCRIPT.storm_first.words) >= 4
        assert any("insulin" in text for text in texts)
        assert len({status.author.id for status in square.statuses()}) == 41


def test_a_script_that_refers_to_nothing_is_refused(tmp_path: Path) -> None:
    text = PATH.read_text(encoding="utf-8")
    wrong = tmp_path / "day.toml"
    wrong.write_text(text.replace('id = "rain"', 'id = "snow"'), encoding="utf-8")
    with pytest.raises(ValueError, match="'rain', not posted before"):
        read_script(wrong)
