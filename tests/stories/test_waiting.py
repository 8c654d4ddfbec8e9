"""An approved reply that cannot leave now says that it waits, and for what, instead of a time that is not true."""

from __future__ import annotations

from sandbox.square import Fault
from tests.stories import stages
from tests.stories.town import ANA, BEA, Town


async def test_an_approved_reply_on_hold_waits_and_says_so_everywhere(here: Town) -> None:
    await stages.drafted(here)
    await here.mention(ANA, "hold")
    await here.card("✋ This is on hold")
    await here.mention(BEA, "approve 1")
    assert "goes out at" not in await here.told(BEA, "Approved: draft 1 waits for the hold to end.")
    card = await here.card("Draft 1 is approved and waits for the hold to end.")
    draft = await here.draft_message(1, "⏳ Waits for the hold to end. Until it leaves it can be taken back.")
    for shown in (card, draft):
        assert "oes out at" not in here.slack.text_of(shown)
    await here.mention(BEA, "resume")
    await here.answered()
    await here.card("Answered")


async def test_a_reply_for_a_platform_that_is_cut_off_waits_and_says_for_what(here: Town) -> None:
    await stages.drafted(here)
    here.square.fault(Fault.CUT_OFF)
    await stages.approves(here)
    card = await here.card("Draft 1 is approved and waits until Mastodon (acme) can be reached.")
    draft = await here.draft_message(1, "⏳ Waits until Mastodon (acme) can be reached.")
    for shown in (card, draft):
        assert "oes out at" not in here.slack.text_of(shown)
    here.square.clear_faults()
    await here.answered()
    assert len(here.public()) == 1
