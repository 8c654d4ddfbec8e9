"""What was written for one pair of eyes never comes out in public, whoever writes what at the same time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.facebook import PageStandIn
from sandbox.slack import SlackStandIn
from tests.stories.test_drafting import text_in, titled
from tests.stories.test_facebook import PageTown
from tests.stories.town import ANA, BEA, CYD

SECRET = "Dear Lea, your order xylophone 4711 goes to 1 Main Street."


@pytest.fixture
async def page(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[PageTown]:
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with PageStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = PageTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]  # the square
        made.account_settings |= {"poll": '"1h"', "streaming": "false"}
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def test_a_public_draft_saved_beside_a_private_one_takes_none_of_its_words(page: PageTown) -> None:
    await page.asks("Lea", "where is my bike?")
    public = await page.drafts(ANA, "Sorry, Lea!")
    edit = await page.opens(CYD, public, "Edit")
    await page.mention(BEA, f"private {SECRET}")  # a colleague's draft stands: not replaced without being seen
    await page.told(BEA, "stands, so yours was not saved")
    await page.command(BEA, "private 1")
    answer = await page.dialog(BEA)
    assert "xylophone" not in text_in(answer)
    assert (await page.saves(BEA, answer, SECRET)).closed
    private = await page.in_thread("Private answer 2, last words by")
    assert not (await page.saves(CYD, edit, "Sorry, Lea! It comes today.")).closed
    both = await page.until(lambda: titled(page, CYD, "Another draft stands"))
    assert text_in(both) == "Sorry, Lea! It comes today."
    assert "It is for its author alone, yours is in public" in page.slack.text_of(both)
    assert (await page.slack.submit(CYD, both.id)).closed
    third = await page.draft_message(3, "Sorry, Lea! It comes today.")
    # Approvals of the private one, old or new, send neither.
    await page.reacts(ANA, private)
    await page.told(ANA, "That draft is no longer current")
    assert page.square.publish_calls == []
    await page.reacts(ANA, third)
    await page.card("Answered")
    assert [one.words for one in page.square.posted_by_us()] == ["Sorry, Lea! It comes today."]
    assert page.square.written_by_us() == []


async def test_a_private_answer_approved_before_a_restart_is_private_after_it(page: PageTown) -> None:
    page.channel_settings["hold"] = '"4s"'
    await page.stop()
    await page.start()
    await page.asks("Lea", "where is my bike?")
    await page.mention(ANA, "draft Sorry, Lea!")
    public = await page.draft_message(1)
    await page.mention(ANA, f"private {SECRET}")
    private = await page.in_thread("Private answer 2, last words by")
    await page.reacts(BEA, public)
    await page.reacts(BEA, private)
    await page.card("Take back")
    await page.stop()
    assert page.square.publish_calls == []
    await page.start()
    await page.card("Answered")
    assert page.public() == []
    assert [one.words for one in page.square.written_by_us()] == [SECRET]
