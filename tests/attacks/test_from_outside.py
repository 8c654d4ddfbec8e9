"""Customers who try to make us look inside, to speak with our voice, or to be read where they must not be."""

from __future__ import annotations

from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox.serving import serving
from tests.stories import stages
from tests.stories.town import ANA, BEA, Town


async def test_nobody_follows_a_customers_links(here: Town) -> None:
    """Neither we nor, for our sake, Slack: what is named may be a machine inside, or tell who reads when."""
    asked: list[str] = []

    async def trap(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="<title>secret</title>")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", trap)
    async with serving(app) as address:
        await here.square.post("lea", f"@acme look at {address}/inside")
        await here.card("look at")
        await here.mention(ANA, f"draft We looked at {address}/inside")
        await here.reacts(BEA, await here.draft_message(1))
        await here.answered()
    assert asked == []
    posted = [call.args for call in here.slack.calls("chat.postMessage")]
    assert posted
    assert all(str(args.get(kind)).lower() == "false" for args in posted for kind in ("unfurl_links", "unfurl_media"))


async def test_who_takes_our_name_and_says_our_words_is_not_taken_for_us(quiet_town: Town) -> None:
    """A look for a reply that may have arrived goes by who wrote it, never by what is called so or says the same."""
    here = quiet_town
    here.brisk()
    await here.start()
    post = await stages.unsure(here)
    us = here.square.server.world.us
    await here.square.post("acmee", f"@lea {stages.REPLY}", reply_to=post, display_name=us.display_name)
    await here.answered()
    await here.card("Answered")
    assert [one.author for one in here.public()] == [us]
    assert len(here.square.publish_calls) == 2, "the call that was lost, and one that nobody else's words excused"


async def test_no_secret_stands_in_the_database(here: Town) -> None:
    """Whoever steals the file has what customers said, which they said in public, and nothing to act with."""
    await stages.answered(here)
    await here.all_shown()
    for name, secret in here.environment.items():
        assert here.in_store(secret) == [], name
        for path in Path(here.folder).glob("*.db*"):
            assert secret.encode() not in path.read_bytes(), name


async def test_what_anybody_may_ask_the_web_server_tells_no_secret_and_no_customer(here: Town) -> None:
    await stages.opened(here)
    async with aiohttp.ClientSession() as session:
        for path in ("healthz", "readyz", "metrics", "connect/callback?code=x&state=y", "nothing"):
            async with session.get(f"http://127.0.0.1:{here.port}/{path}") as answer:
                said = await answer.text() + repr(answer.headers)
                secrets = [name for name, secret in here.environment.items() if secret in said]
                assert (secrets, "xylophone" in said, "@lea" in said) == ([], False, False), path
