"""The newcomer's first minute in a real browser: from a post to the approved reply, and what may go wrong."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.page.conftest import Opened, Rep

# One sandbox and one browser for all of them.
pytestmark = [pytest.mark.needs("browser"), pytest.mark.asyncio(loop_scope="module")]

WORDS = "@acme my parcel has been in Leipzig for nine days. Is it coming?"
FIRST = "Hello Kim, sorry: it got stuck in sorting. A new one leaves today."
SECOND = "Hello Kim, sorry: it got stuck in sorting. A new one leaves today, by express."


async def speak_as(page: Page, name: str) -> None:
    """Be a customer whom no other test knows."""
    await page.get_by_label("You are the customer").select_option(label="somebody new…")
    await page.get_by_label("The new customer's name").fill(name)


async def post(page: Page, words: str) -> None:
    """Write on the square as whoever one is there: Kim, to begin with."""
    await page.get_by_label("What you say in public").fill(words)
    await page.get_by_role("button", name="Post", exact=True).click()


async def ticked(page: Page, *names: str) -> None:
    for name in names:
        await expect(page.locator(f'[data-step="{name}"]')).to_have_class(re.compile(r"\bdone\b"))


async def test_a_newcomer_gets_from_a_post_to_the_approved_reply(opened: Opened, pictures: Path) -> None:
    page = await opened()
    ana, bea = Rep(page, 1), Rep(page, 2)

    await post(page, WORDS)
    await expect(ana.card("Kim")).to_be_visible()
    await page.screenshot(path=pictures / "1-a-card.png")

    await ana.write(f"/claim {await ana.number('Kim')}")
    await expect(ana.card("Kim")).to_contain_text("ana has it until", ignore_case=True)
    await ticked(page, "claim")

    await ana.card("Kim").get_by_role("button", name="Draft", exact=True).click()
    await ana.dialog.locator("textarea").first.fill(FIRST)
    await page.screenshot(path=pictures / "2-a-dialog.png")
    await ana.dialog.locator("button.primary").click()
    await expect(ana.draft("Kim", 1)).to_contain_text(re.compile(r"\d+ of 500 characters by Mastodon's rules"))
    await expect(bea.draft("Kim", 1)).to_be_in_viewport(ratio=0.8)
    await ticked(page, "draft")

    await ana.react(ana.draft("Kim", 1), "white_check_mark")
    await expect(ana.pane.locator(".whisper").last).to_contain_text(re.compile(r"somebody else|does not count|own"))
    await expect(bea.pane.locator(".whisper")).to_have_count(0)

    await bea.draft("Kim", 1).get_by_role("button", name="Edit", exact=True).click()
    await bea.dialog.locator("textarea").first.fill(SECOND)
    await bea.dialog.locator("button.primary").click()
    await expect(bea.draft("Kim", 2)).to_contain_text("Changed since draft 1")
    await ticked(page, "edit")

    await bea.react(bea.draft("Kim", 2), "white_check_mark")
    await expect(bea.draft("Kim", 2)).to_contain_text("bea's ✅ does not count", ignore_case=True)
    await page.screenshot(path=pictures / "3-two-reps.png")

    await bea.become("Cyd")
    await expect(bea.draft("Kim", 2)).to_be_in_viewport(ratio=0.8)
    await bea.react(bea.draft("Kim", 2), "white_check_mark")
    await expect(ana.draft("Kim", 2)).to_contain_text("Goes out at")
    await expect(ana.draft("Kim", 2).get_by_role("timer")).to_have_text(re.compile(r"in \d s|now"))
    await expect(ana.draft("Kim", 2).get_by_role("button", name="Take back")).to_be_visible()
    await page.screenshot(path=pictures / "4-the-hold.png")
    await ticked(page, "approve")

    talk = page.locator(".talk").filter(has_text=WORDS)
    await expect(talk.locator(".post.ours .words")).to_have_text(f"@kim@elsewhere.example {SECOND}")
    await expect(ana.card("Kim")).to_contain_text("Answered")
    await expect(ana.card("Kim")).to_contain_text("approved by cyd", ignore_case=True)
    link = ana.card("Kim").get_by_role("link", name="our reply").first
    assert await link.get_attribute("href") == await talk.locator(".post.ours a.at").get_attribute("href")
    await ticked(page, "claim", "draft", "edit", "approve", "see")
    await ana.card("Kim").evaluate("card => card.scrollIntoView({block: 'start'})")
    await page.screenshot(path=pictures / "5-answered.png")


async def test_a_draft_that_waits_comes_into_sight_for_everybody_who_looks(opened: Opened) -> None:
    page = await opened()
    ana, bea = Rep(page, 1), Rep(page, 2)
    await speak_as(page, "pia")
    for more in range(2):
        await post(page, f"{WORDS} {more}")
    await expect(ana.card("pia").last).to_be_visible()
    await bea.pane.get_by_label("Message to the channel").click()
    await ana.card("Nia").get_by_role("button", name="Draft", exact=True).click()
    await ana.dialog.locator("textarea").first.fill(FIRST)
    await ana.dialog.locator("button.primary").click()
    for rep in (ana, bea):
        await expect(rep.draft("Nia", 1)).to_be_in_viewport(ratio=0.8)
    await bea.become("Cyd")
    await expect(bea.draft("Nia", 1)).to_be_in_viewport(ratio=0.8)


async def test_everything_can_be_done_by_the_keyboard_alone(opened: Opened) -> None:
    page = await opened()
    keys = page.keyboard
    ana = Rep(page, 1)
    await keys.press("Tab")
    await expect(page.get_by_role("link", name="To the square")).to_be_focused()
    await keys.press("Enter")
    await expect(page.get_by_label("What you say in public")).to_be_focused()
    await speak_as(page, "tom")
    await page.get_by_label("What you say in public").focus()
    await keys.press("End")
    await keys.type("where is my helmet?")
    await keys.press("Enter")
    await expect(ana.card("tom")).to_be_visible()
    number = await ana.number("tom")

    await page.locator(".skip").nth(1).focus()
    await keys.press("Enter")
    field = ana.pane.get_by_label("Message to the channel")
    await expect(field).to_be_focused()
    await keys.type("/cl")
    await expect(ana.pane.get_by_role("option", name="/claim")).to_have_attribute("aria-selected", "true")
    await keys.press("Tab")
    await expect(field).to_have_value("/claim ")
    await keys.type(number)
    await keys.press("Enter")
    await expect(ana.card("tom")).to_contain_text("has it until")
    await expect(field).to_have_value("")
    await expect(field).to_be_focused()

    draft = ana.card("tom").get_by_role("button", name="Draft", exact=True)
    await draft.focus()
    await keys.press("Enter")
    await expect(ana.dialog.locator("textarea").first).to_be_focused()
    await keys.press("Escape")
    await expect(ana.dialog).to_have_count(0)
    await expect(draft).to_be_focused()
    await keys.press("Enter")
    await expect(ana.dialog.locator("textarea").first).to_be_focused()
    await keys.type("In the post since Monday.")
    for _ in range(8):  # Tab stays inside the dialog
        await keys.press("Tab")
        assert await page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    await keys.press("Control+Enter")
    await expect(ana.dialog).to_have_count(0)
    await expect(ana.draft("tom", 1)).to_be_visible()

    more = ana.draft("tom", 1).get_by_role("button", name="More")
    await more.focus()
    await keys.press("Enter")
    await expect(ana.pane.get_by_role("menuitem").first).to_be_focused()
    await keys.press("ArrowDown")
    await keys.press("Escape")
    await expect(more).to_be_focused()

    sign = ana.draft("tom", 1).locator('[data-focus="react:eyes"]')
    await sign.focus()
    await keys.press("Space")
    await expect(sign).to_have_attribute("aria-pressed", "true")
    await expect(sign).to_be_focused()
    await keys.press("Space")
    await expect(sign).not_to_have_attribute("aria-pressed", "true")


async def nothing_is_cut_off(page: Page) -> None:
    """Nothing on the two sides reaches beyond the right edge."""
    too_far = "e => e.getBoundingClientRect().right > innerWidth + 1"
    assert await page.evaluate(f"[...document.querySelectorAll('main *')].filter({too_far}).length") == 0


async def test_a_phone_shows_one_side_and_nothing_wider_than_itself(opened: Opened, pictures: Path) -> None:
    page = await opened(width=390, height=844)
    ana = Rep(page, 1)
    await expect(page.locator("#square")).to_be_hidden()
    await expect(page.locator('.pane[data-pane="2"]')).to_be_hidden()
    await page.screenshot(path=pictures / "phone-team.png")
    await page.get_by_role("tab", name="Square").click()
    await expect(page.locator("#team")).to_be_hidden()
    await speak_as(page, "ida")
    await post(page, "@acme " + "Donaudampfschifffahrtsgesellschaft" * 4)
    await expect(page.locator(".talk").first).to_contain_text("Donaudampf")
    await page.screenshot(path=pictures / "phone-square.png")
    await page.get_by_role("tab", name="Team").click()
    await expect(ana.card("ida")).to_be_visible()
    await ana.card("ida").get_by_role("button", name="Draft", exact=True).click()
    await ana.dialog.locator("textarea").first.fill("Hello Ida!")
    await nothing_is_cut_off(page)
    await page.screenshot(path=pictures / "phone-dialog.png")
    await ana.dialog.locator("button.primary").click()
    await expect(ana.draft("ida", 1)).to_be_visible()
    await page.screenshot(path=pictures / "phone-draft.png")
    await nothing_is_cut_off(page)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


HOSTILE = [
    "@acme <img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>",
    "@acme *bold* _no_ ~no~ `no` <!channel> <@U0ANA> <https://evil.example|acme.com> :tada:",
    "@acme \u202egnp.exe <b>x</b> javascript:alert(1) &lt;i&gt; {{7*7}} </blockquote></article>",
]


async def test_hostile_words_stay_words_everywhere(opened: Opened) -> None:
    page = await opened()
    ana = Rep(page, 1)
    await speak_as(page, "mallory")
    for words in HOSTILE:
        await post(page, words)
        await expect(page.locator(".post .words", has_text=words[:24]).first).to_be_visible()
    for words in HOSTILE:
        await expect(ana.pane.locator("blockquote", has_text=words[6:24]).first).to_be_visible()
    quotes = ana.pane.locator("blockquote")
    assert await quotes.locator("*").count() == 0  # no mention, no link, no bold: text only
    assert await page.locator("main script, main img[src='x'], main b:text-is('x')").count() == 0
    assert await page.title() == "Twoway sandbox"
    await ana.write("a colleague says <img src=x onerror=alert(1)> & *bold* :tada: @bea")
    said = ana.pane.locator(".message .said").last
    await expect(said).to_contain_text("<img src=x onerror=alert(1)> & bold 🎉 @bea")
    await expect(said.locator("strong")).to_have_text("bold")


@pytest.mark.ways
async def test_a_post_on_another_square_gets_its_card_and_its_answer_stands_there(
    opened: Opened, pictures: Path
) -> None:
    page = await opened()
    ana, bea = Rep(page, 1), Rep(page, 2)
    await page.get_by_label("Which public square").select_option(label="Bluesky")
    await expect(page.locator("#square")).to_contain_text("300 characters · edits leave no mark")
    await speak_as(page, "zoe")
    words = page.get_by_label("What you say in public")
    await expect(words).to_have_value("@acme.test ")
    await words.fill("@acme.test " + "👩‍👩‍👧" * 290)
    await expect(page.locator(".write .count")).to_contain_text("5,231 of 3,000 bytes")
    await post(page, "@acme.test")
    await expect(page.locator(".write")).to_contain_text("Say something")
    await post(page, "@acme.test does the basket fit the City 2?")
    await expect(ana.card("zoe")).to_contain_text("Bluesky")
    await ana.card("zoe").get_by_role("button", name="Draft", exact=True).click()
    await ana.dialog.locator("textarea").first.fill("It does, Zoe.")
    await ana.dialog.locator("button.primary").click()
    await expect(ana.draft("zoe", 1)).to_contain_text("13 of 300")
    await bea.react(bea.draft("zoe", 1), "white_check_mark")
    # Whoever looks at another square meanwhile is told.
    await page.get_by_label("Which public square").select_option(label="Mastodon")
    await page.get_by_role("button", name="Bluesky: 1 new").click()
    await expect(page.get_by_label("Which public square")).to_be_focused()
    talk = page.locator(".talk").filter(has_text="basket")
    await expect(talk.locator(".post.ours .words")).to_have_text("It does, Zoe.")
    await expect(ana.card("zoe")).to_contain_text("Answered")
    await page.screenshot(path=pictures / "another-square.png")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("tab", name="Square").click()
    await nothing_is_cut_off(page)
    await page.screenshot(path=pictures / "phone-another-square.png")


@pytest.mark.ways
async def test_the_bot_is_killed_and_started_and_the_platform_cut_off(opened: Opened) -> None:
    page = await opened()
    ana = Rep(page, 1)
    world = page.locator("#world")
    await world.get_by_role("button", name="Kill it").click()
    await expect(world).to_contain_text("The bot is down")
    await ana.write("/claim")
    await expect(ana.pane.get_by_role("alert").first).to_contain_text("/claim failed")
    await expect(ana.pane.get_by_label("Message to the channel")).to_have_value("/claim")
    await world.get_by_role("button", name="Start it again").click()
    await expect(world).to_contain_text("The bot runs")
    await world.get_by_role("button", name="Cut the platform off").click()
    await expect(page.locator(".cutoff")).to_be_visible()
    await world.get_by_role("button", name="Bring the platform back").click()
    await expect(page.locator(".cutoff")).to_be_hidden()
    await speak_as(page, "udo")
    await post(page, WORDS)
    await expect(ana.card("udo")).to_be_visible()


async def test_nobody_can_write_before_the_square_is_there(opened: Opened) -> None:
    """What somebody began would be written over, and a post would have no place to go."""
    page = await opened()
    there = asyncio.Event()

    async def late(route: Route) -> None:
        await there.wait()
        await route.continue_()

    await page.route("**/control/squares", late)
    await page.reload()
    words = page.get_by_label("What you say in public")
    await expect(words).not_to_be_editable()
    await words.press("Enter")
    await expect(page.get_by_role("button", name="Post", exact=True)).to_be_disabled()
    there.set()
    await expect(words).to_have_value("@acme ")
    await expect(words).to_be_editable()
