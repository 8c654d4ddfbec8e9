"""WordPress' adapter against WordPress, which we did not write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.conformance.parts import new_key, reply_to, the_post
from adapters.conformance.suite import Conformance
from adapters.conformance.world import Ears, World
from adapters.contract import AuthFailed, Gone, Lost, Posted, Reason, Receipt, Refusal, Refused, Unavailable, Visibility
from tests.live.wordpress_site import Press, Template, running, set_up, wordpress_world

pytestmark = pytest.mark.needs("wordpress")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return set_up(tmp_path_factory.mktemp("wordpress"))


@pytest.fixture
async def world(template: Template, tmp_path: Path) -> AsyncIterator[World]:
    with running(template, tmp_path) as site:
        async with wordpress_world(site) as one:
            yield one


class TestWordPress(Conformance):
    """Every test of the suite that WordPress can play."""


async def test_a_comment_is_heard_once_somebody_approves_it(world: Press) -> None:
    platform = world.platform()
    async with Ears(platform) as ears:
        held = await world.post("first words", held=True)
        await ears.post(await world.post("later words", author="kim"))
        assert not any(isinstance(one, Posted) and one.post.ref == held for one in ears.heard)
        await world.move(held, "approved")
        post = (await ears.post(held)).post
    assert (post.text.plain, post.author.name) == ("first words", "lea")
    await world.move(held, "spam")
    assert isinstance((await platform.fetch([held]))[held], Gone | Unavailable)


async def test_what_people_write_into_the_form_is_heard_as_they_meant_it(world: Press) -> None:
    async with Ears(world.platform()) as ears:
        await world.by_form("Where's my <b>bike</b>?\n\nIt costs 5 < 7 & more — <script>alert(1)</script>")
        heard = await ears.until(lambda all_: any(isinstance(one, Posted) for one in all_))
    (post,) = [one.post for one in heard if isinstance(one, Posted)]
    assert post.text.plain.startswith("Where’s my bike?\n\nIt costs 5 < 7 & more — ")
    assert "<script>" not in post.text.plain


async def test_the_same_again_is_called_a_duplicate_found_and_stands_once(world: Press) -> None:
    platform = world.platform()
    await platform.open()
    reply = await reply_to(platform, await world.post("help"), 'We\'re on it: 5 < 7 & "more"…', tried=True)
    first = await platform.publish(reply, new_key())
    with pytest.raises(Lost):  # ours may be there: it is looked for
        await platform.publish(reply, new_key())
    found = await platform.find_own_reply(reply, new_key())
    assert isinstance(found, Receipt)
    assert found.ref == first.ref
    assert len(await world.replies(reply.parent)) == 1
    assert await platform.look(first) is Visibility.VISIBLE
    await world.move(first.ref, "hold")
    assert await platform.look(first) is Visibility.PENDING


async def test_under_a_closed_post_it_says_so_before_anybody_approves(world: Press) -> None:
    platform = world.platform()
    await platform.open()
    ref = await world.post("help", page=world.site.template.closed)
    reply = await reply_to(platform, ref, "We are on it.")
    refusal = await platform.preflight(reply)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.CLOSED
    with pytest.raises(Refused):
        await platform.publish(reply, new_key())
    assert await world.replies(ref) == []


async def test_a_password_that_was_taken_back_is_told_as_such(world: Press) -> None:
    platform = world.platform()
    await platform.open()
    ref = await world.post("help")
    assert (await the_post(platform, ref)).at <= datetime.now(UTC)
    (mine,) = await world.ask("GET", "users/me/application-passwords")
    await world.ask("DELETE", f"users/me/application-passwords/{mine['uuid']}")
    with pytest.raises(AuthFailed):
        await platform.open()
