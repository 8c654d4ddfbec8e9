"""Who praises us gets an answer by somebody with a name, and is quoted only with permission."""

from __future__ import annotations

from sandbox.square.world import Status
from tests.stories.town import ANA, BEA, CYD, Town


async def test_praise_is_thanked_by_name_and_quoted_with_permission_only(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["signs"] = '{ tada = "praise" }'
    await here.start()
    await here.asks("lea", "@acme you made my xylophone day")
    await here.asks("noor", "@acme where is my bike?")
    await here.reacts(BEA, await here.card(number=1), "tada")
    await here.card("🎉 Praise.", number=1)
    await here.told(BEA, "#1 is praise", "signed with your name")
    await here.command(CYD, "queue")
    listed = await here.told(CYD, "2 waiting in #care")
    assert listed.index("#2") < listed.index("#1"), "who needs help comes first"

    await here.mention(ANA, "praise ask", number=1)
    draft = await here.draft_message(1, "May we quote what you wrote, with your name? – Ana", number=1)
    await here.card("asked whether we may quote it", number=1)
    await here.reacts(BEA, draft)
    reply = await here.answered()
    assert isinstance(reply, Status)
    assert reply.now.text.endswith("– Ana")
    await here.card("Answered", number=1)
    await here.mention(ANA, "praise ask", number=1)
    await here.told(ANA, "They were asked already")
    await here.command(CYD, "summary week")
    assert "xylophone" not in await here.told(CYD, "Praise worth reading aloud", "praise 1 of 1 (100 %)")
    await here.mention(BEA, "praise yes https://square.example/@lea/2", number=1)
    await here.in_thread("We may quote this", "says Bea", number=1)
    await here.card("we may quote it", number=1)
    await here.command(CYD, "summary week")
    await here.told(CYD, "Praise worth reading aloud", "you made my xylophone day")
    await here.unreacts(BEA, await here.card(number=1), "tada")
    await here.until(lambda: "Praise" not in here.slack.text_of(here.card_now(1)))
