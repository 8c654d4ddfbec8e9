"""Abuse is folded where everybody reads, and nothing that a customer says is lost by that."""

from __future__ import annotations

from tests.stories.town import ANA, CYD, Town


async def test_abuse_is_folded_on_the_card_and_in_the_thread_and_shown_to_who_wants_to_read_it(
    quiet_town: Town,
) -> None:
    here = quiet_town
    await here.start()
    post = await here.asks("lea", "@acme you idiots, where is my xylophone?")
    card = await here.card("⚠️ Abusive words, folded.", "Waiting since")
    await here.square.post("lea", "@acme fuck you, answer me about the xylophone", reply_to=post)
    await here.in_thread("wrote again", "⚠️ Abusive words, folded.")
    shown = [here.slack.text_of(card), *(here.slack.text_of(one) for one in here.thread_now())]
    assert not [text for text in shown if "idiots" in text or "fuck" in text]
    await here.chooses(CYD, card, "History")
    await here.told(CYD, "you idiots, where is my xylophone?", "fuck you, answer me")
    await here.command(ANA, "draft 1")
    assert "you, answer me about the xylophone" in str(await here.dialog(ANA))
    await here.asks("noor", "@acme this fucking app is down again")
    await here.card("this fucking app is down again", number=2)
