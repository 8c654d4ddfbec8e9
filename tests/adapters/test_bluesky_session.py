"""Signing in on Bluesky: one session, kept, renewed, and what is said when it is not taken."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.bluesky import Bluesky
from adapters.bluesky_session import Session
from adapters.contract import (
    AuthFailed,
    PostRef,
    Reason,
    Refused,
    Throttled,
)
from adapters.keeping import Forgetful
from sandbox.bluesky import Fault, SkyStandIn, Where
from tests.adapters.sky import AT, bluesky, reply_to


async def test_one_session_serves_everybody_and_is_made_once(sky: SkyStandIn) -> None:
    platform = bluesky(sky)
    await asyncio.gather(*[platform.open() for _ in range(8)])
    assert sky.server.sessions_made == 1


async def test_a_session_that_has_ended_is_renewed_once_and_reading_goes_on(sky: SkyStandIn, platform: Bluesky) -> None:
    post = await sky.post("lea", f"{AT} hello")
    sky.server.expire()
    await asyncio.gather(*[platform.fetch([PostRef(post.uri)]) for _ in range(8)])
    assert sky.server.sessions_made == 2


async def test_a_session_that_ends_right_before_a_reply_makes_it_wait_not_repeat(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    reply = await reply_to(platform, await sky.post("lea", f"{AT} hello"))
    sky.server.expire()
    with pytest.raises(Throttled):
        await platform.publish(reply, "k")
    assert sky.posted_by_us() == []
    await platform.publish(reply, "k")
    assert len(sky.posted_by_us()) == 1


async def test_a_session_that_nobody_renews_is_made_anew(sky: SkyStandIn, platform: Bluesky) -> None:
    sky.server.end_sessions()
    await platform.open()
    assert sky.server.sessions_made == 2


async def test_a_session_is_renewed_before_it_ends_and_kept_before_it_is_used(sky: SkyStandIn) -> None:
    kept: list[str] = []

    class Keeper(Forgetful):
        async def keep(self, secret: str, *, ends: datetime | None = None) -> None:
            kept.append(secret)
            await super().keep(secret, ends=ends)

    keeper = Keeper()
    platform = bluesky(sky, keeper=keeper)
    me = await platform.open()
    assert len(kept) == 1
    # Another life of the process: no signing in.
    again = bluesky(sky, keeper=keeper)
    assert await again.open() == me
    assert sky.server.sessions_made == 1
    # Close to the end of the token, the clock says, it is renewed without being refused first.
    late = bluesky(sky, clock=lambda: datetime.now(UTC) + timedelta(minutes=116), keeper=keeper)
    await late.open()
    assert sky.server.sessions_made == 2
    assert kept[1] != kept[0]


@pytest.mark.parametrize("kept", ["", "{}", "7", '{"did": "did:plc:x"}', "[" * 10_000])
async def test_a_kept_session_that_cannot_be_read_is_made_anew(sky: SkyStandIn, kept: str) -> None:
    keeper = Forgetful()
    await keeper.keep(kept)
    platform = bluesky(sky, keeper=keeper)
    await platform.open()
    assert sky.server.sessions_made == 1


async def test_a_kept_session_of_another_account_is_not_used(sky: SkyStandIn) -> None:
    keeper = Forgetful()
    await keeper.keep(Session("did:plc:x", "other.test", "a", "b", sky.base_url).to_json())
    platform = bluesky(sky, keeper=keeper)
    assert (await platform.open()).handle == "acme.test"


async def test_a_wrong_password_is_told_and_not_tried_again_soon(sky: SkyStandIn) -> None:
    platform = bluesky(sky, password="wrong")
    for _ in range(40):
        with pytest.raises(AuthFailed, match="app password"):
            await platform.open()
    good = bluesky(sky)
    await good.open()  # the 30 in five minutes are not used up


async def test_too_many_sign_ins_are_a_pause_and_no_lost_password(sky: SkyStandIn) -> None:
    sky.fault(Fault.THROTTLE, where=Where.SESSION)
    platform = bluesky(sky)
    with pytest.raises(Throttled):
        await platform.open()


async def test_a_suspended_account_is_told_as_such_while_reading_and_writing(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    reply = await reply_to(platform, await sky.post("lea", f"{AT} hello"))
    sky.fault(Fault.TAKEDOWN)
    with pytest.raises(AuthFailed, match="suspended"):
        await platform.open()
    with pytest.raises(Refused, match="suspended") as caught:
        await platform.publish(reply, "k")
    assert caught.value.reason is Reason.AUTH


async def test_what_our_own_settings_leave_out_is_told_to_the_operator(sky: SkyStandIn) -> None:
    sky.server.quiet = {"mention"}
    sky.account.labels.clear()
    platform = bluesky(sky)
    await platform.open()
    labelled, quiet = platform.notes()
    assert "bot" in labelled
    assert "(mention)" in quiet
