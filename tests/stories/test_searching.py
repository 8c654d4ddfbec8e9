"""Somebody speaks of us and not to us: a saved search brings it to the team, and the answer goes out as any other."""

from __future__ import annotations

from tests.stories.town import ANA, BEA, Town

REPLY = "Hi Lea, bring it in, we look at it."


async def test_who_misspells_us_is_found_by_a_search_and_answered_once(quiet_town: Town) -> None:
    here = quiet_town
    here.account_settings |= {"searches": '["akme bike"]', "search_every": '"10s"'}
    await here.square.post("lea", "my akme bike is xylophone squeaky")
    await here.square.post("lea", "my akme bike, for friends only", visibility="private")
    await here.start()
    await here.card("🔎 Found by the search “akme bike”.", "xylophone")
    await here.mention(ANA, f"draft {REPLY}")
    await here.reacts(BEA, await here.draft_message(1, f"@lea {REPLY}"))
    await here.answered()
    await here.card("Answered")
    assert here.card_now(2) is None
