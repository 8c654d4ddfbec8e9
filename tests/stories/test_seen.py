"""What was answered before begins the next answer, and what belonged to the other customer does not go out."""

from __future__ import annotations

import re

from sqlalchemy import select

from models import resembling
from models.conversation import Post
from models.resembling import Alike
from models.triage import Hint, keep_hints
from tests.stories.town import ANA, BEA, CYD, YES, Town


async def resembles(here: Town, number: int, other: int) -> None:
    """As the reader writes it down: told to it here, since no model reads in stories."""
    assert here.app is not None
    store = here.app.store
    async with store.reading() as session:
        posts = {
            one.conversation_id: one
            for one in await session.scalars(select(Post).where(Post.ours.is_(False)).order_by(Post.id.desc()))
        }
    async with store.work() as work:
        rows = [Hint(posts[one].id, one, posts[one].version, "", vector=b"\0\0") for one in (number, other)]
        await keep_hints(work, rows)
    async with store.work() as work:
        found = [Alike(other, posts[other].id, 0.8)]
        await resembling.keep_likeness(work, posts[number].id, posts[number].version, number, found)


async def number_of(here: Town, name: str) -> int:
    """Of the conversation that somebody began."""

    def look() -> re.Match[str] | None:
        texts = map(here.slack.text_of, here.slack.messages(here.room))
        return next((found for text in texts if (found := re.search(rf"#(\d+) · {name}", text))), None)

    return int((await here.until(look))[1])


async def test_an_earlier_answer_begins_a_draft_whose_gaps_must_be_filled(here: Town) -> None:
    await here.asks("lea", "@acme where is my parcel?")
    draft = await here.drafts(ANA, "Sorry Lea! Parcel 4711 is on its way.")
    await here.reacts(BEA, draft)
    await here.answered()
    await here.asks("noor", "@acme and where is mine?")
    noor = await number_of(here, "Noor")
    await resembles(here, noor, 1)
    card = await here.card("Seen before: #1", "Sorry Lea! Parcel 4711", "Ana", number=noor)
    view = await here.opens(CYD, card, "Start from #1")
    assert "Sorry ⟦name⟧! Parcel ⟦number⟧ is on its way." in str(view)
    assert "It cannot be approved before" in str(view)
    await here.saves(CYD, view, "Sorry Noor! Parcel ⟦number⟧ is on its way.")
    shown = await here.draft_message(1, "Something is missing that belongs to this customer: ⟦number⟧", number=noor)
    await here.reacts(BEA, shown)
    await here.told(BEA, "Something is missing")
    assert len(here.public()) == 1
    view = await here.opens(CYD, shown, "Edit")
    await here.saves(CYD, view, "Sorry Noor! Parcel 815 is on its way.")
    await here.reacts(BEA, await here.draft_message(2, "Parcel 815", number=noor), YES)
    await here.answered(2)


async def test_danger_and_law_are_answered_in_words_of_ones_own(here: Town) -> None:
    await here.asks("lea", "@acme where is my parcel?")
    draft = await here.drafts(ANA, "It is on its way.")
    await here.reacts(BEA, draft)
    await here.answered()
    await here.asks("noor", "@acme my lawyer will sue you in court")
    noor = await number_of(here, "Noor")
    await resembles(here, noor, 1)
    await here.command(CYD, f"start {noor} 1")
    await here.until(lambda: "words of your own" in str(here.slack.views(CYD)))
    await here.command(CYD, f"seen {noor}")
    await here.told(CYD, "words of your own")
