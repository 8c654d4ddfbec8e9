"""Words that are commands elsewhere: to a database, to a template, to a shell, a spreadsheet. Here they are words."""

from __future__ import annotations

from models.reading.people import find_customers
from tests.stories.town import ANA, BEA, Town

EVIL = (
    "'); DROP TABLE post; -- \" OR 1=1 {0.__class__.__mro__} {rep} {{7*7}} ${7*7} #{7*7} <%= 7*7 %> "
    "%s %(name)s %n $(reboot) `reboot` =HYPERLINK(1) \\u0041 ../../etc/passwd"
)


async def test_commands_to_a_database_or_a_template_go_the_whole_way_as_words(here: Town) -> None:
    """In, on the card, into the draft, out, and looked at by the people who ask."""
    name = "Robert'); DROP TABLE customer;-- {0} %s"
    await here.square.post("lea", f"@acme {EVIL}", display_name=name)
    card = await here.card("DROP TABLE post", "{0.__class__.__mro__}", "${7*7}")
    assert "49" not in here.slack.text_of(card).replace("#1", "")
    await here.mention(ANA, f"note {EVIL}")
    await here.told(ANA, "Noted")
    await here.mention(ANA, f"draft {EVIL}")
    await here.reacts(BEA, await here.draft_message(1))
    reply = await here.answered()
    assert EVIL in reply.now.text
    await here.mention(ANA, "customer 1")
    await here.told(ANA, "Robert'); DROP TABLE customer;-- {0} %s")
    assert here.in_store("DROP TABLE post")[-1:] != [], "the tables stand"


async def test_no_name_of_a_customer_asks_the_database_for_more(world) -> None:
    await world.heard(handle="lou")
    async with world.store.reading() as session:
        for asked in (
            "' OR '1'='1",
            "%",
            "_ou",
            "lou' --",
            "lou%00",
            "*",
            "1 OR 1=1",
            "1; DELETE FROM post",
            "٣",
            "²",
            "9" * 40,
        ):
            assert await find_customers(session, asked) == (), asked
        assert len(await find_customers(session, "@LOU")) == 1
