"""What is read before people read it: the card says so, the queue begins with it, people are called, and correct it."""

from __future__ import annotations

from tests.stories.town import ANA, BEA, Town

GRAVE = "@acme I want to kill myself, nobody at your office answers"


async def test_who_may_come_to_harm_is_called_out_by_name_and_goes_first(quiet_town: Town) -> None:
    here = quiet_town
    here.reader = "rules"
    here.channel_settings["danger_to"] = f'["{BEA}"]'
    await here.start()
    await here.asks("noor", "@acme love the new colour")
    await here.asks("lea", GRAVE)
    await here.card("urgent, at once", number=2)

    def called() -> str | None:
        texts = map(here.slack.text_of, here.slack.messages(here.room))
        return next((text for text in texts if "may be speaking of self-harm or suicide" in text), None)

    assert BEA in await here.until(called)
    await here.command(ANA, "", "/queue")
    listed = await here.told(ANA, "2 waiting in #care")
    assert listed.index("#2") < listed.index("#1")
    await here.mention(BEA, "hint urgency=none", number=2)
    await here.told(BEA, "Thank you. #2 is now urgency: none.")
    await here.until(lambda: "urgent, at once" not in here.slack.text_of(here.card_now(2)))
    await here.command(BEA, "stats reader")
    await here.told(BEA, "people said of 1 hints", "urgency 0 of 1")
