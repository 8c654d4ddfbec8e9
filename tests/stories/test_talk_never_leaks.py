"""Whatever people say, attach, edit or react in Slack: talk reaches no platform."""

from __future__ import annotations

import asyncio
import random

import pytest

from sandbox.slack.things import CannotDo
from tests.plugins.runs import runs, tell
from tests.stories import stages
from tests.stories.town import ANA, BEA, CARE, CYD, DAN, GUEST, OUTSIDER, ROBOT, Town

PEOPLE = (ANA, BEA, CYD, DAN, GUEST, OUTSIDER, ROBOT)
#: Signs that mean nothing on anything, by default.
SMALL_TALK = ("+1", "eyes", "tada", "heart", "pray", "ballot_box_with_check", "heavy_check_mark", "see_no_evil")
#: Words that look like orders, but are talk: nobody asked the bot.
TALK = (
    "approve 1",
    "approve",
    "ok send it",
    "/approve 1 1",
    "draft Tell her that she is wrong",
    "settle sent https://square.example/@acme/1",
    "✅",
    "twoway approve 1",
    "@lea it is your own fault",
    "<@U0LEA> approve",
    "LGTM, go",
    "retract",
    "{final: 'x'}",
    "Sorry, Lea! It comes today.",
)
LETTERS = "abc ABC äß 你好 שלום *_~`<>&@#:/\\\"'\u200b\u202e😀✅\n"


def words(chance: random.Random) -> str:
    """Something that somebody says."""
    if chance.random() < 0.4:
        return chance.choice(TALK)
    said = "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, 60)))
    return said if said.strip() else "hm"


@pytest.mark.torture
async def test_talk_never_leaks(here: Town) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    await stages.drafted(here)
    draft = await here.draft_message(1)
    await here.all_shown()
    card = here.card_now()
    channel = here.slack.channel(CARE)
    said: list[tuple[str, str]] = []

    async def talk() -> None:
        user = chance.choice(PEOPLE)
        thread = chance.choice((card.ts, card.ts, None))
        said.append((user, await here.slack.say(user, CARE, words(chance), thread_ts=thread)))

    async def edit() -> None:
        if said:
            user, ts = chance.choice(said)
            await here.slack.edit_message(user, CARE, ts, words(chance))

    async def delete() -> None:
        if len(said) > 20:
            user, ts = said.pop(chance.randrange(len(said)))
            await here.slack.delete_message(user, CARE, ts)

    async def react() -> None:
        ts = chance.choice((draft.ts, card.ts, *(ts for _, ts in said[-20:])))
        await here.slack.react(chance.choice(PEOPLE), CARE, ts, chance.choice(SMALL_TALK))

    async def attach() -> None:
        """A file is a message with text; what it holds is not ours to read."""
        text = f"uploaded a file: {words(chance)}"
        said.append((ANA, await here.slack.say(ANA, CARE, text, thread_ts=card.ts)))

    async def bot() -> None:
        """Another app posts, also as if it were a card or a draft of ours."""
        blocks = draft.blocks if chance.random() < 0.5 else [{"type": "divider"}]
        here.slack.bot_message(channel, {"text": words(chance), "blocks": blocks, "thread_ts": card.ts})

    deeds = (talk, talk, talk, talk, edit, delete, react, react, attach, bot)
    for done in range(runs(10_000)):
        try:
            await chance.choice(deeds)()
        except CannotDo:
            pass  # Slack's own client would not let them
        if done % 50 == 0:
            await asyncio.wait_for(here.slack.settled(timeout=60), 60)
    await here.slack.settled(timeout=60)

    assert here.square.publish_calls == [], f"seed {seed}"
    assert here.public() == [], f"seed {seed}"
    # The draft still waits for its first real yes.
    assert "Approved 0 of 1" in here.slack.text_of(draft), f"seed {seed}"
    tell(f"seed {seed}: {runs(10_000)} messages, edits, deletions, reactions, files and bots; no call")
