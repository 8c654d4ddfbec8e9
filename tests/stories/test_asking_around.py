"""Questions that people ask the bot: the queue, their own page, help; and stopping everything."""

from __future__ import annotations

from tests.stories.town import ANA, BEA, CARE, CYD, DAN, GUEST, Town


async def test_a_hold_stops_the_reply_that_waits_until_somebody_resumes(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.press(ANA, await here.card("waits for approval"), "Hold")
    await here.told(ANA, "on hold: nothing that has not left yet goes out")
    await here.in_thread("This conversation's reply is on hold by Ana")
    await here.reacts(BEA, draft)
    await here.draft_message(
        1, "Waits for the hold to end", "✋ On hold by Ana: it does not go out until somebody resumes."
    )
    assert here.public() == []
    await here.press(CYD, await here.card("is approved", "This is on hold"), "Resume")
    await here.answered()
    await here.in_thread("may go out again: resumed by Cyd.")


async def test_a_hold_of_everything_stops_every_reply(here: Town) -> None:
    await here.asks("lea")
    await here.asks("noor", "@acme and mine?")
    await here.waits("Sorry, Lea!", number=1)
    await here.waits("Sorry, Noor!", number=2)
    await here.command(ANA, "hold all")
    await here.told(ANA, "Everything is on hold")
    await here.card("waits for approval", "✋ Everything is on hold", number=1)
    await here.command(BEA, "approve 1 1")
    await here.command(BEA, "approve 2 1")
    await here.card("is approved and waits for the hold to end", "✋ Everything is on hold", number=1)
    await here.card("is approved and waits for the hold to end", "✋ Everything is on hold", number=2)
    assert here.public() == []
    assert any("Every reply of ours is on hold by Ana" in here.slack.text_of(one) for one in here.slack.messages(CARE))
    await here.command(CYD, "resume")
    await here.told(CYD, "Which conversation?")
    await here.command(CYD, "resume all")
    await here.answered(2)
    await here.card("Answered", number=2)


async def test_the_home_shows_what_one_has_what_waits_for_ones_yes_and_who_waits(here: Town) -> None:
    await here.asks("lea")
    await here.asks("noor", "@acme and mine?")
    await here.waits(number=1)
    ana, bea = await home(here, ANA), await home(here, BEA)
    assert "#1" in part(ana, "You have", "Waiting for your approval")
    assert "Nothing." in part(ana, "Waiting for your approval", "Waiting longest")
    assert here.spelled("Nothing. /claim takes") in part(bea, "You have", "Waiting for your approval")
    assert "#1" in part(bea, "Waiting for your approval", "Waiting longest")
    assert "#2" in bea[bea.index("Waiting longest") :]


async def test_the_queue_lists_who_waits_and_offers_the_next(here: Town) -> None:
    await here.command(DAN, "", "/queue")
    await here.told(DAN, "Nobody waits in #care.")
    await here.asks("lea")
    await here.asks("noor", "@acme and mine?")
    await here.command(ANA, "1", "/claim")
    await here.told(ANA, "is yours")
    await here.command(BEA, "", "/queue")
    shown = await here.whisper(BEA, "2 waiting in #care", "where is my bike?", "and mine?", "Ana has it")
    await here.press(BEA, shown, "Claim #2")
    await here.told(BEA, "#2 is yours until")


async def test_help_lists_every_command_and_a_slip_is_answered_with_the_nearest(here: Town) -> None:
    await here.command(GUEST, "help")
    said = await here.told(GUEST, "What I do here")
    assert all(
        here.spelled(f"/twoway {word}") in said for word in ("claim", "draft", "approve", "hold", "settle", "signoff")
    )
    await here.command(ANA, "calim 1")
    await here.told(ANA, "I do not know “calim”.", "Did you mean “claim”?")
    await here.command(ANA, "")
    await here.told(ANA, "What I do here")
    await here.command(ANA, "999", "/claim")
    await here.told(ANA, "Nobody has the number 999.")
    await here.command(ANA, "show abc")
    said = "“abc” is no conversation's number. It stands on the card after #, as in /twoway show 142"
    await here.told(ANA, here.spelled(said))


async def test_only_languages_can_be_read(here: Town) -> None:
    await here.command(ANA, "me languages de pt-BR kab")
    await here.told(ANA, "You read de, pt-br, kab.")
    await here.command(ANA, "me languages de xx")
    await here.told(ANA, "I do not know the language “xx”, and changed nothing.")
    await here.command(ANA, "me")
    await here.until(lambda: len(here.slack.ephemerals(ANA)) == 3)
    assert "You read de, pt-br, kab." in here.slack.text_of(here.slack.ephemerals(ANA)[-1])


async def test_talk_in_a_thread_goes_nowhere(here: Town) -> None:
    await here.asks()
    card = await here.card()
    await here.slack.say(ANA, CARE, "approve 1", thread_ts=card.ts)
    await here.slack.say(BEA, CARE, "send it: sorry, Lea!", thread_ts=card.ts)
    await here.mention(CYD, "")
    await here.told(CYD, "What I do here")
    assert here.public() == []
    assert here.square.publish_calls == []


async def home(here: Town, user: str) -> str:
    """Somebody's own page, freshly opened."""
    await here.slack.open_home(user)
    view = await here.until(lambda: here.slack.home(user))
    return here.slack.text_of(view)


def part(text: str, begin: str, end: str) -> str:
    """What stands between two titles."""
    return text[text.index(begin) : text.index(end)]


async def test_what_was_said_is_found_by_its_words_and_no_more_once_it_is_deleted(here: Town) -> None:
    status = await here.asks("lea", "@acme where is my bicycle?")
    await here.asks("noor", "@acme my parcel is late")
    await here.command(BEA, "search bicycle")
    found = await here.told(BEA, "1 conversation in #care", "“bicycle”", "#1", "where is my bicycle")
    assert "#2" not in found
    await here.command(BEA, "search")
    await here.told(BEA, "What do you look for?")
    await here.square.delete(status)
    await here.card("deleted", number=1)
    await here.command(BEA, "search bicycle")
    await here.told(BEA, "Nothing that was said in #care has", "“bicycle”")
