"""People with hours: a shift that ends, a conversation put aside, a customer who comes back to who knows them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from models.conversation import Claim
from models.duty import Duty
from models.store import Store, utcnow
from tests.stories.pings import pinged
from tests.stories.stages import answered
from tests.stories.town import ANA, BEA, CYD, GUEST, Town


async def test_who_goes_home_hands_over_with_a_note_to_who_is_on_shift_or_to_the_queue(here: Town) -> None:
    await here.asks()
    await here.asks("noor", "@acme and where is mine?")
    await here.command(ANA, "me hours daily 0-24")
    await here.told(ANA, "You work daily 00:00-24:00", "Europe/Berlin", "You are on shift.")
    for number in (1, 2):
        await here.command(ANA, f"{number}", "/claim")
        await here.card("Ana has it", number=number)
    await here.mention(ANA, "note the depot calls back")
    await here.in_thread("Ana noted, for us only:")
    await here.command(BEA, "me hours daily 0-24")
    await here.told(BEA, "You are on shift.")
    await here.command(ANA, "keep 2")
    await here.told(ANA, "#2 stays with you anyway")
    await here.command(CYD, "shift")
    await here.told(CYD, "On shift in #care now", "Ana", "Bea")
    await here.command(ANA, "me away until tomorrow")
    handed = await here.in_thread("Ana's shift has ended. This is yours now.", "the depot calls back")
    assert pinged(handed) == [BEA]
    await here.card("Bea has it until")
    await here.press(ANA, handed, "Ana keeps it after all")
    await here.in_thread("Ana keeps it after all.")
    await here.card("Ana has it until")


async def test_the_end_of_a_days_work_is_seen_to_once_through_a_restart(here: Town) -> None:
    """The row is due at the end that the hours name; nobody waits here until five."""
    await here.asks()
    await here.command(ANA, "1", "/claim")
    await here.card("Ana has it")
    await here.command(ANA, "me hours daily 0-24")
    await here.told(ANA, "You are on shift.")
    await here.stop()
    await _went_home_an_hour_ago(here)
    await here.start()
    await here.in_thread("Ana's shift has ended. Anybody can take it:")
    await here.card("Nobody has claimed it.")
    await here.stop()
    await here.start()
    await here.command(BEA, "1", "/claim")
    await here.card("Bea has it")
    assert here.transcript().count("shift has ended") == 1


async def test_what_is_snoozed_is_back_at_its_time_and_at_once_when_the_customer_writes(here: Town) -> None:
    first = await here.asks()
    await here.asks("noor", "@acme and where is mine?")
    await here.command(ANA, "1", "/claim")
    await here.chooses(ANA, await here.card("Ana has it"), "Snooze until tomorrow")
    await here.told(ANA, "#1", "is snoozed until", "or as soon as the customer writes")
    await here.card("😴 Snoozed until", "by Ana")
    await here.command(BEA, "", "/queue")
    await here.told(BEA, "1 waiting in #care", "😴 1 snoozed: #1")
    await here.square.post("lea", "@acme hello?", reply_to=first)
    await here.in_thread("wrote again")
    await here.until(lambda: "Snoozed" not in here.slack.text_of(here.card_now()))
    await here.card("Ana has it")

    await here.command(ANA, "snooze 1 for a while")
    await here.told(ANA, "Until when?")
    await here.mention(BEA, "snooze 1s", number=2)
    back = "is back from the snooze, and nobody has it."
    await here.until(lambda: [one for one in here.slack.messages(here.room) if back in here.slack.text_of(one)])
    await here.command(GUEST, "snooze 1 2h")
    await here.told(GUEST, "You are a guest here.")


async def test_a_customer_who_comes_back_is_offered_to_who_answered_them(here: Town) -> None:
    await here.command(ANA, "me hours daily 0-24")
    await here.told(ANA, "You are on shift.")
    await answered(here)
    await here.asks("lea", "@acme and now it is broken")
    card = await here.card("👋 Ana knows this customer and is on shift.", "Before: #1 · answered after", number=2)
    await here.told(ANA, "Lea", "is back: #2", "You know each other from #1.")
    await here.press(BEA, card, "Give to Ana")
    await here.in_thread("Bea hands this over to you.", number=2)
    await here.card("Ana has it until", number=2)
    await here.command(BEA, "customer 2")
    await here.told(BEA, "They know Ana (1 reply)")


async def test_what_one_says_of_oneself_is_changed_in_a_dialog(here: Town) -> None:
    await here.command(ANA, "me")
    shown = await here.whisper(ANA, "You have told no hours")
    view = await here.opens(ANA, shown, "Change …")
    answer = await _fills(here, ANA, view, hours="Mon-Fri 9-25", zone="Europe/Lisbon", languages="de en")
    assert not answer.closed
    await here.command(ANA, "me")
    await here.told(ANA, "You have told no hours")
    view = await here.opens(ANA, shown, "Change …")
    answer = await _fills(here, ANA, view, hours="Mon-Fri 9-17", zone="Europe/Lisbon", languages="de en", signoff="^AN")
    assert answer.closed
    await here.command(ANA, "me")
    await here.told(ANA, "You work Mon-Fri 09:00-17:00, by the clock of Europe/Lisbon.", "“^AN”", "You read de, en.")


async def _fills(here: Town, user: str, view: object, **words: str) -> object:
    """Write into the dialog's fields, by their names, and save it."""
    values = {}
    for block in view.blocks:
        if block.get("type") == "input":
            element, block_id = block["element"]["action_id"], block["block_id"]
            name = next((one for one in words if one in f"{block_id} {element}"), None)
            if name is not None:
                values[block_id, element] = words[name]
    return await here.slack.submit(user, view.id, values)


async def _went_home_an_hour_ago(here: Town) -> None:
    """As if Ana's hours had ended then: a day that is twenty-three hours long, and a claim from before."""
    store = Store(here.database, clock=utcnow, owner="the test")
    try:
        async with store.work() as work:
            ended = (work.now - timedelta(hours=1)).replace(second=0, microsecond=0)
            hours = [[list(range(7)), f"{ended + timedelta(hours=2):%H:%M}", f"{ended:%H:%M}"]]
            await work.session.execute(update(Duty).values(hours=hours, zone="UTC", due_at=ended))
            await work.session.execute(update(Claim).values(since=ended - timedelta(minutes=5)))
    finally:
        await store.close()
