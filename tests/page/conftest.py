"""A real `python -m sandbox` with the real bot, and a real browser that looks at it.

Both take seconds of processor time to start, so the tests of a file share them: each speaks as a customer of its own.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from tests.plugins.not_run import ROOT, chromium

# Flags for a machine without a screen or a way out.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_START_SECONDS = 120
# For everything that has no promised time: as long as a busy machine needs.
_PATIENCE = 60_000

Opened = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where the sandbox of this file's tests is to be found."""
    tmp_path = tmp_path_factory.mktemp("sandbox")
    command = (sys.executable, "-m", "sandbox", "--port", "0", "--data", str(tmp_path / "data"))
    command += ("--no-browser", "--reader", "rules")
    with (tmp_path / "errors").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=errors, start_new_session=True
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START_SECONDS):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("Twoway sandbox: "), (tmp_path / "errors").read_text()
        yield line.removeprefix("Twoway sandbox: ").strip()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            await process.wait()


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def opened(address: str, browser: Browser) -> AsyncIterator[Opened]:
    """Opens the page; fails the test at its end if a script of the page failed."""
    failures: list[str] = []
    expect.set_options(timeout=_PATIENCE)
    contexts: list[BrowserContext] = []

    async def open_page(*, width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(_PATIENCE)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("dialog", lambda dialog: failures.append(f"a dialog of the browser: {dialog.message}"))
        await page.goto(address)
        await expect(page.locator('.pane[data-pane="1"] .message.bot').nth(2)).to_be_attached()
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert failures == []


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: the folder in TWOWAY_SCREENSHOTS, else one that is thrown away."""
    folder = Path(os.environ.get("TWOWAY_SCREENSHOTS") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Rep:
    """One rep's window on the page."""

    def __init__(self, page: Page, number: int) -> None:
        self.page = page
        self.pane = page.locator(f'.pane[data-pane="{number}"]')

    async def become(self, name: str) -> None:
        await self.pane.get_by_label("Who you are").select_option(label=name)

    async def write(self, text: str) -> None:
        field = self.pane.get_by_label("Message to the channel")
        await field.fill(text)
        await field.press("Enter")

    def card(self, customer: str) -> Locator:
        """The entry of the channel, card and thread, about this customer."""
        return self.pane.locator(".list > .entry").filter(has=self.page.locator(".b-header", has_text=customer))

    async def number(self, customer: str) -> str:
        """The number of the conversation with this customer, as its card says it."""
        found = re.search(r"#(\d+)", await self.card(customer).locator(".b-header").inner_text())
        assert found is not None
        return found[1]

    def draft(self, customer: str, number: int) -> Locator:
        """The message of a draft, as long as it is the current one."""
        return self.card(customer).locator(".replies > .message").filter(has_text=f"Draft {number}, last words by")

    @property
    def dialog(self) -> Locator:
        return self.pane.get_by_role("dialog")

    async def react(self, message: Locator, sign: str) -> None:
        await message.locator(f'[data-focus="react:{sign}"]').click()
