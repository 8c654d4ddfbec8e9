"""A day is played on the page, and ends with its summary and chart in the channel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.page.conftest import Opened, Rep

pytestmark = [pytest.mark.ways, pytest.mark.needs("browser"), pytest.mark.asyncio(loop_scope="module")]

# Everything that is posted is heard, told and drawn meanwhile, on a busy machine.
A_DAY = 90_000
ANSWERS = {
    "Lea": "Sorry for the wait: your bike leaves today, and the shipping is on us.",
    "Marta": "¡Hola! Mejor dentro de casa: el frío le quita autonomía.",
    "Nia": "Thank you, Nia! I have told the workshop.",
}


async def acts(page: Page, doing: str, **what: object) -> None:
    answer = await page.request.post(f"{page.url.rstrip('/')}/slack/control/{doing}", data=what)
    assert answer.ok, await answer.text()


async def test_a_played_day_ends_with_its_summary_and_chart(opened: Opened, pictures: Path) -> None:
    page = await opened()
    ana = Rep(page, 1)
    for customer, words in ANSWERS.items():
        number = await ana.number(customer)
        text = f"draft {number} {words}"
        await acts(page, "command", user="U0ANA", channel="C0CARE", command="/twoway", text=text)
        await expect(ana.draft(customer, 1)).to_be_attached()
        text = f"approve {number} 1"
        await acts(page, "command", user="U0BEA", channel="C0CARE", command="/twoway", text=text)
    await page.request.post(f"{page.url.rstrip('/')}/control/day/start", data={"seconds": 6})
    told = ana.pane.locator(".message.bot").filter(has_text="so far:").last
    await expect(told).to_contain_text(re.compile(r"\d+ posts came"), timeout=A_DAY)
    picture = told.locator(".b-image img")
    await expect(picture).to_have_attribute("alt", re.compile(r"\d+ posts on .* answers? within 60 min"), timeout=A_DAY)
    await told.evaluate("message => message.scrollIntoView({block: 'start'})")
    await expect(picture).to_have_js_property("complete", True)  # only what is in sight is loaded
    assert await picture.evaluate("image => image.naturalWidth") == 720
    await page.screenshot(path=pictures / "summary.png")
