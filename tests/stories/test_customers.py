"""Who a customer is: the profile, and two accounts that are one person because a rep says so."""

from __future__ import annotations

from tests.stories.stages import answered
from tests.stories.town import ANA, BEA, GUEST, Town


async def test_who_it_is_and_what_they_wrote_before_is_shown_to_who_asks(here: Town) -> None:
    await answered(here)
    await here.asks("lea", "@acme and now it is broken")
    await here.command(BEA, "customer 2")
    said = await here.told(BEA, "@lea", "Mastodon (acme)", "this one")
    assert "#1 · " in said
    assert "answered after" in said


async def test_two_accounts_are_one_person_when_a_rep_says_so_until_it_is_taken_back(here: Town) -> None:
    await here.asks("lea", "@acme my parcel is late")
    await here.asks("lea_reads_books", "@acme me again, from my other account")
    await here.mention(ANA, "customer join 1", number=2)
    await here.in_thread("same customer as in #1", "Ana", number=2)
    await here.in_thread("same customer as in #2", "Ana", number=1)
    await here.command(BEA, "customer 1")
    await here.told(BEA, "@lea ", "@lea_reads_books", "One person, said Ana")
    await here.mention(BEA, "customer part", number=2)
    await here.in_thread("somebody of their own again, says Bea", number=2)
    await here.command(ANA, "customer 1")
    assert "@lea_reads_books" not in await here.told(ANA, "Customer ", "since", "#1")


async def test_nobody_is_joined_by_guess_and_slips_are_answered(here: Town) -> None:
    await here.asks("lea", "@acme my parcel is late")
    await here.asks("lea_reads_books", "@acme my parcel is late")
    await here.command(ANA, "customer 2")
    assert "@lea ·" not in await here.told(ANA, "@lea_reads_books", "join NUMBER")
    await here.command(ANA, "customer 1 marry 2")
    await here.told(ANA, "says that it is the same person")
    await here.command(ANA, "customer 1 join 99")
    await here.told(ANA, "Nobody has the number 99")
    await here.command(ANA, "customer")
    await here.told(ANA, "Which conversation?")
    await here.command(GUEST, "customer 1 join 2")
    await here.told(GUEST, "guest")
