"""What was answered before begins the next answer, and what belonged to the other customer does not go out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
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
    private = "words of your own"  # in the dialog that opened, or, where none could, to who asked
    await here.until(
        lambda: private in str([here.slack.views(CYD), *map(here.slack.text_of, here.slack.ephemerals(CYD))])
    )
    await here.command(CYD, f"seen {noor}")
    await here.told(CYD, "words of your own")


class Model:
    """A server that speaks OpenAI's way: the world outside."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.says = "So sorry! We look for it right now."
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.text())
        return web.json_response({"choices": [{"message": {"content": self.says}}]})


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    made = Model()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield made
    finally:
        await runner.cleanup()


async def test_what_a_model_suggests_goes_out_only_as_somebodys_own_words(quiet_town: Town, model: Model) -> None:
    here = quiet_town
    here.more_settings = f'[suggestions]\nname = "tiny"\nurl = "{model.url}"\n'
    await here.start()
    await here.asks("lea", "@acme where is my parcel 4711?")
    lea = await number_of(here, "Lea")
    await here.card("Suggest a draft", number=lea)
    assert model.asked == [], "it is never asked by itself"
    await here.command(CYD, f"suggest {lea}")
    shown = await here.whisper(CYD, "Suggested by the model tiny")
    assert "4711" not in model.asked[0]
    view = await here.opens(CYD, shown, "Write with it")
    assert model.says in str(view)
    assert "Nobody read it yet" in str(view)
    await here.saves(CYD, view, model.says)
    draft = await here.draft_message(1, "word for word what the model tiny suggested", number=lea)
    await here.reacts(BEA, draft)
    await here.told(BEA, "nobody said that they read it")
    view = await here.opens(CYD, draft, "Edit")
    await here.saves(CYD, view, "So sorry, Lea! I ask our depot right now.")
    draft = await here.draft_message(2, "Begun with a suggestion of the model tiny", "last words by Cyd", number=lea)
    await here.reacts(BEA, draft)
    await here.answered()

    await here.asks("noor", "@acme my lawyer will sue you in court")
    noor = await number_of(here, "Noor")
    await here.command(CYD, f"suggest {noor}")
    await here.told(CYD, "words of your own")
    assert len(model.asked) == 1, "what is about the law is told to no model"
