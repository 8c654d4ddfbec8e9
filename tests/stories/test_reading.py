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


async def test_what_a_post_is_about_is_said_by_its_words_or_by_people(quiet_town: Town) -> None:
    here = quiet_town
    here.reader = "rules"
    here.more_settings += (
        '[[topics]]\nname = "delivery"\nwords = ["parcel"]\n[[topics]]\nname = "umbrellas"\nwords = ["umbrella"]\n'
    )
    await here.start()
    await here.asks("lea", "@acme my parcel is late")
    await here.card("About delivery", number=1)
    await here.command(ANA, "hint 1")
    asked = await here.told(ANA, "What is #1 really?")
    assert asked.index("about delivery") < asked.index("about umbrellas") < asked.index("about none of these")

    await here.command(ANA, "hint 1 topic=Umbrellas")
    await here.told(ANA, "#1 is now topic: umbrellas.")
    await here.card("About umbrellas", number=1)
    await here.command(ANA, "hint 1 topic=hats")
    await here.told(ANA, "I do not understand “topic=hats”", "hint 142 topic=delivery")
    await here.command(ANA, "hint 1 topic=none")
    await here.told(ANA, "#1 is now topic: none.")
    await here.until(lambda: "About" not in here.slack.text_of(here.card_now(1)))
    await here.command(ANA, "stats reader")
    await here.told(ANA, "people said of 1 hints", "topic 0 of 1")
