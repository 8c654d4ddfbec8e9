"""Feeds and webmentions over HTTP on loopback: what is read again, what moves, what ends, and who is turned away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from adapters.conformance.world import Ears, refs
from adapters.contract import AsHeard, Edited, Gone, Hook, HookAnswer, Posted, PostRef, PublicPost, Removed, Unavailable
from adapters.feeds import Feeds
from adapters.feeds_listen import State
from adapters.feeds_settings import Settings
from sandbox.feeds import Blog, Fault, Form

OURS = "https://acme.example/bikes/7"


@pytest.fixture
async def blog() -> AsyncIterator[Blog]:
    async with Blog.serve() as one:
        yield one


def account(blog: Blog, **changed: object) -> Feeds:
    table = {"feeds": blog.feed, "poll": timedelta(milliseconds=50), "inside": "127.0.0.1", **changed}
    return Feeds(Settings(**table))  # type: ignore[arg-type]


async def mentioned(one: Feeds, source: str, target: str = OURS) -> HookAnswer:
    body = urlencode({"source": source, "target": target}).encode()
    return await one.hook(Hook(method="POST", path="webmention", query={}, headers={}, body=body))


async def test_only_what_says_our_words_is_heard_and_an_edit_may_bring_them(blog: Blog) -> None:
    async with Ears(account(blog, words="acme bikes")) as ears:
        other = await blog.post("lea", "about something else")
        await ears.post(PostRef((await blog.post("lea", "Acme  Bikes squeak", title="Help")).id))
        await blog.edit(other, "about acme bikes after all")
        await ears.post(PostRef(other.id))
        await blog.edit(other, "about acme bikes, again")
        await ears.until(lambda heard: any(isinstance(one, Edited) for one in heard))


async def test_a_feed_that_has_not_changed_is_not_sent_again(blog: Blog) -> None:
    async with Ears(account(blog)) as ears:
        await ears.post(PostRef((await blog.post("lea", "one")).id))
        await blog.wait_for(lambda one: one.unchanged >= 2)
        await ears.post(PostRef((await blog.post("lea", "two")).id))
        assert len(refs(ears.heard)) == 2


async def test_what_moved_for_good_is_remembered_and_what_was_lent_is_not(blog: Blog) -> None:
    for fault, after in ((Fault.LENT, "/feed"), (Fault.MOVED, "/new")):
        blog.clear_faults()
        blog.fault(fault)
        async with Ears(account(blog)) as ears:
            await ears.post(PostRef((await blog.post("lea", f"{fault}")).id))
            cursor = ears.cursors[-1]
        blog.asked.clear()
        async with Ears(account(blog), cursor) as ears:
            await blog.wait_for(lambda one: len(one.asked) >= 1)
            assert blog.asked[0] == after
    assert State.read(cursor).moved == {blog.feed: f"{blog.base_url}/new"}


async def test_one_feed_that_is_broken_or_ended_keeps_no_other_from_being_heard(blog: Blog) -> None:
    async with Blog.serve(form=Form.ATOM) as bad:
        for fault in (Fault.NONSENSE, Fault.ENDED, Fault.BUSY, Fault.CUT_OFF):
            bad.clear_faults()
            bad.fault(fault)
            one = account(blog, feeds=f"{bad.feed}, {blog.feed}")
            await one.open()
            assert len(one.notes()) == 1
            assert one.notes()[0].startswith(bad.feed)
            async with Ears(one) as ears:
                await ears.post(PostRef((await blog.post("lea", f"{fault}")).id))


async def test_old_items_are_no_news_and_late_ones_are(blog: Blog) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=3)
    await blog.post("lea", "old", at=long_ago)
    async with Ears(account(blog)) as ears:
        await blog.wait_for(lambda one: len(one.asked) >= 3)
        assert refs(ears.heard) == []
        late = await blog.post("lea", "dated back", at=long_ago)
        await ears.post(PostRef(late.id))


async def test_what_leaves_the_feed_is_as_heard_until_its_page_is_gone(blog: Blog) -> None:
    one = account(blog)
    entry = await blog.post("lea", "hello")
    ref = PostRef(entry.id)
    assert isinstance((await one.fetch([ref]))[ref], PublicPost)
    entry.left = True
    assert await one.fetch([ref]) == {ref: AsHeard(ref)}
    blog.fault(Fault.CUT_OFF)
    assert await one.fetch([ref]) == {ref: AsHeard(ref)}
    blog.clear_faults()
    await blog.delete(entry)
    assert await one.fetch([ref]) == {ref: Gone(ref)}
    assert await account(blog).fetch([ref]) == {ref: AsHeard(ref)}, "where its page is, nobody knows any more"


async def test_a_cursor_from_within_a_feed_repeats_rather_than_skips(blog: Blog) -> None:
    written = [PostRef((await blog.post("lea", f"number {number}")).id) for number in range(60)]
    async with aclosing(account(blog).listen(None)) as ears:  # type: ignore[type-var]
        batches = [await anext(ears) for _ in range(3)]
    assert [len(one.heard) for one in batches] == [0, 25, 25]
    told = {one.post.ref for batch in batches for one in batch.heard if isinstance(one, Posted)}
    async with Ears(account(blog), batches[-1].cursor) as again:
        await again.until(lambda heard: set(written) - told <= set(refs(heard)))


# Webmentions


async def test_a_mention_is_stored_before_it_is_answered_and_followed_when_it_changes(blog: Blog) -> None:
    one = account(blog, feeds="", sites="https://acme.example")
    source = blog.page("nice", f'<title>Nice</title><p>I like <a href="{OURS}">this</a>.')
    answer = await mentioned(one, source)
    assert answer.status == 200
    (heard,) = answer.heard
    assert isinstance(heard, Posted)
    ref = heard.post.ref
    assert heard.post.text.plain.startswith("Nice")
    blog.page("nice", f'<p>I do not like <a href="{OURS}">this</a>.')
    (again,) = (await mentioned(one, source)).heard
    assert isinstance(again, Posted)
    assert (again.post.ref, "do not like" in again.post.text.plain) == (ref, True)
    assert isinstance((await one.fetch([ref]))[ref], PublicPost)
    blog.page("nice", "<p>Nothing to see")
    assert isinstance((await one.fetch([ref]))[ref], Unavailable)
    blog.page("nice", "", status=410)
    assert await one.fetch([ref]) == {ref: Gone(ref)}
    assert (await mentioned(one, source)).heard == (Removed(ref),)


async def test_a_mention_that_cannot_be_taken_is_told_why(blog: Blog) -> None:
    one = account(blog, sites="https://acme.example")
    link = f'<a href="{OURS}">x</a>'
    assert (await mentioned(one, blog.page("plain", "<p>no link"))).status == 400
    assert (await mentioned(one, f"{blog.base_url}/nothing")).status == 400
    assert (await mentioned(one, blog.page("there", link), target="https://other.example/")).status == 400
    assert (await mentioned(one, blog.page("ill", link, status=500))).status == 503
    for inside in ("http://169.254.169.254/", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/"):
        assert (await mentioned(one, inside)).status == 400
    get = Hook(method="GET", path="webmention", query={}, headers={}, body=b"")
    assert (await one.hook(get)).status == 405
    elsewhere = Hook(method="POST", path="", query={}, headers={}, body=b"")
    assert (await one.hook(elsewhere)).status == 404
    assert (await mentioned(account(blog), blog.base_url)).status == 404, "no sites are set"


async def test_too_many_mentions_are_put_off(blog: Blog) -> None:
    one = account(blog, sites="https://acme.example", mentions=3)
    source = blog.page("nice", f'<a href="{OURS}">x</a>')
    assert [(await mentioned(one, source)).status for _ in range(5)] == [200, 200, 200, 429, 429]


async def test_by_itself_it_fetches_nothing_on_this_machine(blog: Blog) -> None:
    one = account(blog, inside="", sites="https://acme.example")
    await one.open()
    assert "inside a network" in one.notes()[0]
    assert (await mentioned(one, blog.page("nice", f'<a href="{OURS}">x</a>'))).status == 400
    assert blog.asked == []
