"""`twoway run` in Microsoft's own playground for Teams: a customer, a team, and nothing of ours in between."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from sandbox.ports import free_port
from sandbox.square import SquareStandIn
from tests.live.playground import ANA, APP_ID, BEA, CARE, LIMIT, STRANGER, TENANT, Playground, Shown, playing
from tests.page.conftest import browsing
from tests.plugins.not_run import ROOT

# Real processes: node, the bot, a browser. On a machine that does much else they take their time.
pytestmark = [pytest.mark.needs("playground"), pytest.mark.timeout(300)]

CHECK = "2705_whiteheavycheckmark"


@dataclass
class Story:
    """The customers' side, the team's side, and what is still the same between two starts of the bot."""

    square: SquareStandIn
    teams: Playground
    folder: Path
    port: int

    def settings(self, **channel: str) -> dict[str, str]:
        own = "\n".join(f"{key} = {value}" for key, value in {"hold": '"0s"', **channel}.items())
        path = self.folder / "twoway.toml"
        path.write_text(
            f"""
[service]
database = "sqlite:///{self.folder}/twoway.db"
listen = "127.0.0.1:{self.port}"
public_url = "http://127.0.0.1:{self.port}"

[reader]
use = "off"

[teams]
app_id = "{APP_ID}"
tenant = "{TENANT}"
service_url = "{self.teams.service_url}"
anonymous = true
targeted = false  # the playground shows them to everybody
post_every = "10ms"

[[accounts]]
name = "acme"
platform = "mastodon"
server = "{self.square.base_url}"
poll = "1s"
call_limit = "2s"
late_bound = "1s"
listing_lag = "500ms"

[[channels]]
name = "care"
chat = "teams:{CARE}"
accounts = ["acme"]
timezone = "Europe/Berlin"
{own}
""",
            "utf-8",
        )
        return {
            **os.environ,
            "TWOWAY_CONFIG": str(path),
            "TWOWAY_ACME_TOKEN": self.square.token,
            "TWOWAY_KEY": "A" * 43 + "=",
        }

    @asynccontextmanager
    async def running(self, **channel: str) -> AsyncIterator[None]:
        """The real bot as an operator starts it."""
        environment = self.settings(**channel)

        async def start(*words: str) -> asyncio.subprocess.Process:
            with (self.folder / "bot.log").open("ab") as log:
                return await asyncio.create_subprocess_exec(
                    sys.executable, "-P", "-m", "bot", *words, cwd=ROOT, env=environment, stdout=log, stderr=log
                )

        environment["PYTHONPATH"] = str(ROOT)
        assert await (await start("db", "upgrade")).wait() == 0, (self.folder / "bot.log").read_text()
        bot = await start("run")
        try:
            await self._ready(bot)
            yield
        finally:
            if bot.returncode is None:
                bot.terminate()
            await bot.wait()

    async def _ready(self, bot: asyncio.subprocess.Process) -> None:
        async with asyncio.timeout(60):
            while bot.returncode is None:
                try:
                    async with self.teams.http.get(f"http://127.0.0.1:{self.port}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
        raise AssertionError((self.folder / "bot.log").read_text())

    async def asks(self, words: str = "@acme where is my bike?") -> Shown:
        """A customer writes, and nobody asked the bot to show it."""
        await self.square.post("lea", words)
        return await self.teams.says("Lea", words, "Nobody has claimed it.")

    async def drafts(self, card: Shown, words: str = "Sorry, Lea!") -> Shown:
        """Ana writes it in the dialog."""
        dialog = await self.teams.opens(ANA, card, "Draft", card)
        saved = await self.teams.saves(ANA, dialog, words, card, card)
        assert saved["statusCode"] == 200
        return await self.teams.says(words, "last words by Ana Lindt")

    async def answered(self, count: int = 1) -> str:
        """The words of our latest public reply, once there are so many."""
        await self.square.wait_for(lambda one: len(one.posted_by_us()) >= count, timeout=LIMIT)
        assert len(self.square.posted_by_us()) == count
        return self.square.posted_by_us()[-1].versions[-1].text


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    port = free_port()
    async with (
        SquareStandIn.serve() as square,
        playing(tmp_path / "playground", f"http://127.0.0.1:{port}/api/messages") as teams,
    ):
        yield Story(square, teams, tmp_path, port)


async def test_a_question_is_claimed_drafted_approved_and_answered(story: Story):
    teams = story.teams
    async with story.running():
        card = await story.asks()
        assert "Claim" in card.titles

        # A mention in the channel is answered to the one who asked: here in the chat of two.
        await teams.mention(ANA, "queue")
        assert "where is my bike?" in (await teams.says("1 waiting", place="")).text

        # A button, and the card is another for everybody: the same message.
        answer = await teams.press(ANA, card, "Claim")
        assert answer["type"] == "application/vnd.microsoft.activity.message"
        claimed = await teams.says("Ana Lindt has it", updates=1)
        assert claimed.id == card.id

        draft = await story.drafts(card)
        assert draft.id != card.id
        assert draft.place.startswith(CARE)

        # Neither the words' own author, nor somebody who is no member, nor a thumb in this channel.
        await teams.react(ANA, draft, CHECK, card)
        await teams.says("Ana Lindt's ✅ does not count")
        assert (await teams.react(STRANGER, draft, CHECK, card))["statusCode"] == 200
        assert (await teams.react(BEA, draft, "like-tone3", card))["statusCode"] == 200
        # A mention after them that was answered: whatever they would have done is done.
        told = len(teams.elsewhere())
        await teams.mention(BEA, "show 1")
        await teams.until(lambda: len(teams.elsewhere()) > told)
        assert "Approved 0 of 1." in draft.text
        assert story.square.posted_by_us() == []

        await teams.react(BEA, draft, CHECK, card)
        assert await story.answered() == "@lea Sorry, Lea!"
        await teams.says("Answered", "approved by Bea Roth")

        # The next one is drafted by a mention in the thread, and approved by the button.
        other = await story.asks("@acme and my helmet?")
        await teams.mention(ANA, "draft We are on it.", f"{CARE};messageid={other.id}")
        typed = await teams.says("We are on it.", "last words by Ana Lindt")
        await teams.press(BEA, typed, "Approve", other)
        assert await story.answered(2) == "@lea We are on it."


@pytest.mark.ways
async def test_a_thumb_of_any_colour_approves_where_the_channel_says_so_and_is_taken_back(story: Story):
    teams = story.teams
    async with story.running(hold='"10m"', signs='{ thumbsup = "approve" }'):
        card = await story.asks()
        draft = await story.drafts(card)
        await teams.react(BEA, draft, "like-tone3", card)
        await teams.says("Approved 1 of 1")
        await teams.react(BEA, draft, "like-tone3", card, added=False)
        await teams.says("Approved 0 of 1", updates=2)
        assert story.square.posted_by_us() == []


@pytest.mark.ways
@pytest.mark.needs("browser")
async def test_the_card_is_shown_and_pressed_in_the_playgrounds_own_page(story: Story, tmp_path: Path):
    """The picture in docs/pictures is made here, by `make pictures`."""
    folder = Path(os.environ.get("TWOWAY_SCREENSHOTS") or tmp_path / "pictures")
    async with story.running(), browsing() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(LIMIT * 1000)
        await page.route(lambda url: not url.startswith(story.teams.base), lambda route: route.abort())  # its CDN
        await page.goto(story.teams.base, wait_until="domcontentloaded")
        await page.get_by_text("care", exact=True).click()
        card = await story.asks("@acme my bike was promised for Tuesday, and nobody answers the phone. Where is it?")
        await story.teams.press(BEA, card, "Claim")
        await expect(page.get_by_text("has it")).to_be_visible(timeout=LIMIT * 1000)
        await story.drafts(card, "Sorry, Lea! Your bike left our warehouse this morning.")
        approve = page.get_by_role("button", name="Approve")
        await expect(approve).to_be_visible(timeout=LIMIT * 1000)
        await expect(page.get_by_role("button", name="Edit draft")).to_be_visible(timeout=LIMIT * 1000)
        await page.screenshot(path=folder / "teams.png", clip={"x": 360, "y": 305, "width": 560, "height": 635})
        await approve.click()
        await story.teams.says("Ana Lindt's ✅ does not count")
        await expect(page.get_by_text("does not count")).to_be_visible(timeout=LIMIT * 1000)
