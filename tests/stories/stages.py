"""Bringing a conversation to any place in its life, for stories of what then happens there."""

from __future__ import annotations

from sandbox.square import Fault
from sandbox.square.world import Status
from tests.stories.town import ANA, BEA, Town

ASKED = "@acme my parcel is xylophone late"
REPLY = "Sorry, Lea! It comes today."


async def opened(here: Town, words: str = ASKED) -> Status:
    """OPEN: Lea wrote."""
    post = await here.asks("lea", words)
    await here.card("Nobody has claimed it.")
    assert isinstance(post, Status)
    return post


async def drafted(here: Town, words: str = ASKED) -> Status:
    """DRAFTED: Ana has it and wrote draft 1."""
    post = await opened(here, words)
    await here.mention(ANA, f"draft {REPLY}")
    await here.draft_message(1)
    return post


async def approves(here: Town, draft: int = 1, user: str = BEA) -> None:
    """Somebody's ✅ on the open draft."""
    await here.reacts(user, await here.draft_message(draft))


async def approved(here: Town, words: str = ASKED) -> Status:
    """APPROVED, during the hold, which has to be long."""
    assert here.channel_settings["hold"] == '"1h"'
    post = await drafted(here, words)
    await approves(here)
    await here.card("is approved and goes out at")
    return post


async def sending(here: Town, words: str = ASKED) -> Status:
    """SENDING: the platform accepts nothing and does not answer; `square.clear_faults()` lets the call go."""
    post = await drafted(here, words)
    here.square.fault(Fault.HANG)
    await approves(here)
    await here.card("is going out.")
    await here.square.wait_for(lambda square: len(square.publish_calls) == 1)
    return post


async def unsure(here: Town, words: str = ASKED) -> Status:
    """UNSURE: the line broke, and nothing arrived."""
    post = await drafted(here, words)
    here.square.fault(Fault.FAIL_BEFORE)
    await approves(here)
    await here.card("nobody knows whether it arrived")
    return post


async def answered(here: Town, words: str = ASKED) -> Status:
    """ANSWERED: our reply stands."""
    post = await drafted(here, words)
    await approves(here)
    await here.answered()
    await here.card("Answered")
    return post


async def closed(here: Town, words: str = ASKED) -> Status:
    """CLOSED by Ana."""
    post = await opened(here, words)
    await here.mention(ANA, "close")
    await here.card("Closed")
    return post
