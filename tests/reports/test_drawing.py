"""Charts drawn in a process of their own: what is on them, what becomes of a failure, and that the bot stays small."""

from __future__ import annotations

import json
import logging
import struct
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.chat.cards.chart import chart, trend
from bot.chat.cards.summary import Told, summary_card
from bot.chat.contract import Card, Picture
from bot.chat.easel import Easel
from bot.reports.daily import count
from bot.reports.drawing import read_chart
from bot.reports.easel import NotDrawn, draw, draw_due
from models.chat import Card as CardRow
from models.chat import CardKind
from models.drawings import Drawing, png_of
from models.places import Channel
from tests.chat.days import ALWAYS, BERLIN, OFFICE, berlin, ordinary, storm
from tests.chat.plain_text import text_of
from tests.conftest import Clock
from tests.reading.world import World

MONDAY = date(2026, 11, 23)
NAMES = {1: ("acme", "mastodon"), 2: ("acme-shop", "bluesky")}
FAKE = (sys.executable, "-c", r"import sys; sys.stdin.read(); sys.stdout.buffer.write(b'\x89PNG\r\n\x1a\nfake')")
BROKEN = (sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit('no library')")
SLOW = (sys.executable, "-c", "import time; time.sleep(60)")


def of_monday() -> Picture:
    numbers = count(ordinary(), OFFICE, MONDAY, MONDAY, now=berlin("2026-11-24 00:01"), accounts=NAMES)
    picture = chart(numbers, BERLIN)
    assert picture is not None
    return picture


async def test_a_chart_is_drawn_as_wide_as_a_phone() -> None:
    png = await draw(of_monday().drawing)
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == (720, 700)
    assert len(png) < 100_000


def test_posts_and_answers_stand_in_their_bars() -> None:
    drawn = read_chart(json.loads(of_monday().drawing))
    assert list(drawn.labels) == ["8", "9", "10", "11", "12", "13"]
    assert [(name, list(row)) for name, row in drawn.series] == [
        ("Mastodon", [3, 4, 0, 0, 0, 1]),
        ("Bluesky", [0, 0, 0, 0, 0, 4]),
    ]
    assert (list(drawn.in_time), list(drawn.late)) == ([0, 2, 0, 0, 0, 2], [0, 1, 0, 0, 0, 0])
    assert drawn.answers_title == "4 of 5 answers within 30 min"


def test_where_praise_has_a_target_of_its_own_the_chart_names_none() -> None:
    """Four of the five were in time by half an hour, the praise by its day."""
    day, own = ordinary(), replace(OFFICE, thanks=timedelta(days=1))
    numbers = count(day, own, MONDAY, MONDAY, now=berlin("2026-11-24 00:01"), accounts=NAMES)
    picture = chart(numbers, BERLIN)
    assert picture is not None
    assert "4 of 5 answers within 30 min" in picture.alt, "nobody praised us"
    day.praise = {144}
    praised = count(day, own, MONDAY, MONDAY, now=berlin("2026-11-24 00:01"), accounts=NAMES)
    picture = chart(praised, BERLIN)
    assert picture is not None
    assert "5 of 5 answers in time" in picture.alt
    told = text_of(summary_card(Told(praised, {}, BERLIN)))
    assert "The target is 30 min of working time, for praise 24 h." in told


def test_a_busy_hour_is_shown_by_minutes_and_a_doubled_hour_twice() -> None:
    tuesday = date(2026, 11, 24)
    stormy = chart(count(storm(), OFFICE, tuesday, tuesday, now=berlin("2026-11-25 00:01"), accounts=NAMES), BERLIN)
    assert stormy is not None
    assert read_chart(json.loads(stormy.drawing)).labels[:3] == ["11:50", "12:00", "12:10"]
    from tests.chat.days import _back

    back = date(2026, 10, 25)
    day = _back()
    day.by_minute[1][12 * 60] = 1
    clocks = chart(count(day, ALWAYS, back, back, now=berlin("2026-10-26 00:01"), accounts=NAMES), BERLIN)
    assert clocks is not None
    labels = read_chart(json.loads(clocks.drawing)).labels
    assert labels[:4] == ["2", "2", "3", "4"]


def test_a_week_says_each_day_by_itself() -> None:
    first = date(2026, 11, 17)
    day = ordinary()
    day.start -= timedelta(days=6)
    shift = 6 * 24 * 60
    day.by_minute = {one: {at + shift: n for at, n in minutes.items()} for one, minutes in day.by_minute.items()}
    week = count(day, OFFICE, first, MONDAY, now=berlin("2026-11-24 00:01"), accounts=NAMES)
    days = trend(week, BERLIN)
    assert [one.posts for one in days] == [0, 0, 0, 0, 0, 0, 12]
    assert (days[-1].answers, days[-1].in_time) == (5, 4)
    picture = chart(week, BERLIN)
    assert picture is not None
    assert "Mon 23 12 posts, 4 of 5 answers in time" in picture.alt


@pytest.mark.parametrize(
    "said", [[], {"labels": []}, {"labels": ["1"], "series": [["a", [1, 2]]], "in_time": [0], "late": [0]}]
)
def test_what_is_no_chart_is_refused(said: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_chart(said)


async def test_a_drawing_that_fails_or_hangs_leaves_no_process_and_says_why() -> None:
    with pytest.raises(NotDrawn, match="no library"):
        await draw("{}", program=BROKEN)
    with pytest.raises(NotDrawn, match="not within"):
        await draw("{}", program=SLOW, within=timedelta(milliseconds=200))
    with pytest.raises(NotDrawn, match="not started"):
        await draw("{}", program=("/nowhere/at/all",))


def test_the_running_bot_never_loads_the_library() -> None:
    code = "import bot.app, bot.chat.slack.app, sys; print([m for m in ('matplotlib', 'PIL') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


async def test_a_summary_gets_its_picture_once_it_is_drawn(world: World, clock: Clock) -> None:
    easel, picture = Easel(takes_files=True), of_monday()
    card = Card("Monday", (picture,))
    async with world.store.work() as work:
        work.add(CardRow(kind=CardKind.SUMMARY, ref=7, channel_id=world.channel, shown=1))
    for _ in range(2):
        await easel.ask(world.store, [picture.drawing], kind="summary", ref=7)
    assert await draw_due(world.store, program=FAKE)
    assert not await draw_due(world.store, program=FAKE)
    async with world.store.reading() as session:
        (shown,) = (await easel.with_pictures(session, card, kind="summary", ref=7))[0].blocks
        assert isinstance(shown, Picture)
        assert shown.png.startswith(b"\x89PNG")
        assert repr(shown) != repr(picture)  # so that the board shows it anew
        assert await session.scalar(select(CardRow.wanted).where(CardRow.kind == "summary")) == 2
        assert await session.scalar(select(Channel.id).where(Channel.id == world.channel))


async def test_a_day_that_goes_on_shows_its_last_picture_instead_of_one_for_each_post(
    world: World, clock: Clock
) -> None:
    easel, old = Easel(takes_files=True), json.dumps({"alt": "12 posts"})
    new = Card("x", (Picture(url="", alt="13 posts", drawing=json.dumps({"alt": "13 posts"})),))

    async def shown() -> tuple[str, int]:
        async with world.store.reading() as session:
            card, missing = await easel.with_pictures(session, new, kind="summary", ref=7, now=clock())
        (picture,) = card.blocks
        assert isinstance(picture, Picture)
        return picture.alt if picture.png else "", len(missing)

    assert await shown() == ("", 1)
    await easel.ask(world.store, [old], kind="summary", ref=7)
    assert await draw_due(world.store, program=FAKE)
    assert await shown() == ("12 posts", 0)
    clock.forward(timedelta(minutes=11))
    assert await shown() == ("12 posts", 1)  # until the next is drawn
    clock.forward(timedelta(hours=2))
    assert await shown() == ("", 1)


async def test_where_pictures_are_loaded_from_us_the_address_cannot_be_guessed(world: World, clock: Clock) -> None:
    async def drawing(_drawn: str) -> bytes:
        return b"\x89PNG\r\n\x1a\nfake"

    easel = Easel(takes_files=False, public_url="https://care.example.com", drawing=drawing)
    shown = (await easel.at_once(world.store, Card("Monday", (of_monday(),)))).blocks[0]
    assert isinstance(shown, Picture)
    assert shown.url == f"https://care.example.com/pictures/{shown.name}.png"
    assert len(shown.name) == 43
    async with world.store.reading() as session:
        assert await png_of(session, shown.name) == b"\x89PNG\r\n\x1a\nfake"
        assert await png_of(session, "x" * 43) is None
    nowhere = Easel(takes_files=False, drawing=drawing)
    assert (await nowhere.at_once(world.store, Card("Monday", (of_monday(),)))).blocks == (of_monday(),)


async def test_a_picture_that_cannot_be_drawn_is_tried_three_times_and_the_log_says_so(
    world: World, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await Easel(takes_files=True).ask(world.store, [of_monday().drawing], kind="summary", ref=7)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert await draw_due(world.store, program=BROKEN)
            assert not await draw_due(world.store, program=BROKEN)
            clock.forward(timedelta(minutes=2))
    assert [record.getMessage() for record in caplog.records] == ["picture not drawn"] * 3
    async with world.store.reading() as session:
        assert await session.scalar(select(Drawing.due_at)) is None


async def test_a_newer_picture_of_a_card_takes_the_older_away(world: World, clock: Clock) -> None:
    easel = Easel(takes_files=True)
    for drawing in ("{}", "[]", "1"):
        await easel.ask(world.store, [drawing], kind="summary", ref=7)
        await easel.ask(world.store, [drawing], kind="summary", ref=8)
        while await draw_due(world.store, program=FAKE):
            pass
        clock.forward(timedelta(hours=1))
    async with world.store.reading() as session:
        left = (await session.execute(select(Drawing.ref, Drawing.drawn).order_by(Drawing.ref, Drawing.id))).all()
    assert [tuple(row) for row in left] == [(7, "[]"), (7, "1"), (8, "[]"), (8, "1")]
