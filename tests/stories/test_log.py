"""What the log keeps of a day, with everything on: ids and verbs, never anybody's words, never a token."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from bot import log
from sandbox.square import Fault
from tests.stories import stages
from tests.stories.town import ANA, BEA, CARE, CYD, NO, Town


@pytest.fixture
def everything() -> Iterator[io.StringIO]:
    """All that is logged at DEBUG, written as `twoway run` writes it, but with no secret named to be kept out."""
    names = ["", *log.LIBRARIES, *log.OURS]
    before = {name: logging.getLogger(name).level for name in names}
    root = logging.getLogger()
    handlers = root.handlers
    lines = io.StringIO()
    log.setup(level=logging.DEBUG, stream=lines, human=False)
    try:
        yield lines
    finally:
        root.handlers = handlers
        logging.captureWarnings(False)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


async def test_no_line_at_debug_carries_words_or_tokens(quiet_town: Town, everything: io.StringIO) -> None:
    here = quiet_town
    here.brisk()
    await here.start()
    post = await stages.drafted(here, "@acme my xylophone is late")
    await here.slack.say(CYD, CARE, "what a marimba", thread_ts=here.card_now().ts)
    await here.mention(CYD, "note ask the glockenspiel first")
    await here.mention(CYD, "celesta please")
    await here.square.edit(post, "@acme my xylophone is broken")
    await here.in_thread("changed the post")
    await here.drafts(BEA, "Sorry for the vibraphone, Lea!", draft=2)
    await here.reacts(ANA, await here.draft_message(2), NO)
    await here.draft_message(2, "objects")
    await here.unreacts(ANA, await here.draft_message(2), NO)
    here.square.fault(Fault.REFUSE, status=422)
    await here.reacts(CYD, await here.draft_message(2))
    await here.in_thread("Draft 2: shown again below: the platform refused it")
    here.square.fault(Fault.FAIL_BEFORE)
    await here.reacts(ANA, await here.draft_message(2, "Approved 0 of 1"))
    await here.answered()
    await here.square.delete(post)
    await here.in_thread("deleted everything here")
    await here.stop()

    said = everything.getvalue()
    surface = "bot.chat.teams" if here.mode == "teams" else "bot.chat.slack"
    assert all(f'"from": "{name}' in said for name in ("twoway.publishing", "twoway.app", surface))
    words = ("xylophone", "marimba", "glockenspiel", "celesta", "vibraphone", "Lea", "lea")
    tokens = [value for name, value in here.environment.items() if name != "TWOWAY_KEY"]
    for unwanted in (*words, *tokens, here.environment["TWOWAY_KEY"]):
        assert unwanted not in said, [line for line in said.splitlines() if unwanted in line]
