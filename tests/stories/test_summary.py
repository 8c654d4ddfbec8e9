"""The day's summary, as the team sees it: at any moment for whoever asks, and once a day for everybody."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update

from models.days import Summary, expect
from models.store import Store, utcnow
from tests.stories import stages
from tests.stories.town import ANA, BEA, GUEST, Town


async def test_whoever_asks_reads_what_the_day_was_so_far(here: Town) -> None:
    await stages.drafted(here)
    await stages.approves(here)
    await here.answered()
    await here.card("Answered")
    await here.asks("lou", "@acme and where is mine?")
    await here.card("Nobody has claimed it.", number=2)
    await here.command(BEA, "summary")
    said = await here.told(BEA, "so far:", "2 posts came", "1 was answered, in time. 1 still waits")
    assert "#1" in said
    assert "Ana" not in said  # nobody's figures unless the channel wants them
    await here.command(GUEST, "summary week waiting")
    assert "#2" in await here.told(GUEST, "Still waiting", ": 1")
    await here.command(BEA, "summary someday")
    await here.told(BEA, "is no day that I can tell about")


async def test_the_channel_gets_its_summary_and_what_comes_late_corrects_it(here: Town) -> None:
    """The row is what the clock makes at `summary_at`: nobody waits here until half past five."""
    await stages.opened(here)
    await _is_due(here)
    told = await here.until(lambda: _summary(here, "1 post came", "1 still waits"))
    await _answers(here)
    await here.card("Answered")
    await _is_due(here, again=True)
    corrected = await here.until(lambda: _summary(here, "1 was answered", "Nobody waits"))
    assert corrected == told  # the same message


async def test_a_summary_that_is_wanted_now_comes_at_once_and_never_twice(here: Town) -> None:
    await stages.opened(here)
    await here.command(BEA, "summary now")
    told = await here.until(lambda: _summary(here, "1 post came"))
    await here.command(BEA, "summary now")
    await here.told(BEA, "stands in the channel already")
    assert _summary(here, "1 post came") == told
    await here.command(GUEST, "summary now")
    await here.told(GUEST, "You are a guest here")


async def test_the_days_chart_comes_into_the_channel_with_its_summary(here: Town) -> None:
    """One message: the sentence, the numbers, and the picture, which says the same to who cannot see it."""
    await stages.opened(here)
    await _answers(here)
    await here.card("Answered")
    await _is_due(here)
    chart = await here.picture(lambda: _message(here))
    assert chart.body.startswith(b"\x89PNG")
    assert "1 post on " in chart.alt
    assert "1 of 1 answer within 60 min" in chart.alt
    assert _summary(here, "1 post came", "1 was answered") is not None, "it is the summary itself, and the only one"


def _message(here: Town) -> object | None:
    """The summary that stands in the channel: never two."""
    found = [one for one in here.slack.messages(here.room) if "so far:" in here.slack.text_of(one)]
    assert len(found) <= 1
    return found[0] if found else None


def _summary(here: Town, *words: str) -> str | None:
    """Where it stands, once it says all of this."""
    found = _message(here)
    return found.ts if found is not None and all(word in here.slack.text_of(found) for word in words) else None


async def _answers(here: Town) -> None:
    await here.mention(ANA, f"draft {stages.REPLY}")
    await stages.approves(here)
    await here.answered()


async def _is_due(here: Town, *, again: bool = False) -> None:
    today: date = datetime.now(ZoneInfo("Europe/Berlin")).date()
    store = Store(here.database, clock=utcnow, owner="the test")
    try:
        async with store.work() as work:
            now = work.now - timedelta(seconds=1)
            if not again:
                await expect(work, 1, today, now)
            await work.session.execute(update(Summary).where(Summary.day == today.isoformat()).values(due_at=now))
    finally:
        await store.close()
