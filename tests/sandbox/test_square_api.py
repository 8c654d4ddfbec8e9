"""The square's client API by raw requests: what a Mastodon server answers, and what it refuses."""

import asyncio
import io
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from tests.sandbox.square_client import raw_square


async def test_a_post_that_names_us_becomes_a_notification_with_its_status() -> None:
    async with raw_square() as raw:
        status = await raw.square.post("@kim@elsewhere.example", "@acme my parcel is late", language="en")
        (told,) = await raw.get("/api/v1/notifications")
    assert told["type"] == "mention"
    assert told["status"]["id"] == status.id
    assert told["status"]["account"]["acct"] == "kim@elsewhere.example"
    assert told["status"]["mentions"][0]["acct"] == "acme"
    assert told["id"] != status.id
    assert isinstance(told["id"], str)


async def test_a_post_that_does_not_name_us_is_no_notification() -> None:
    async with raw_square() as raw:
        await raw.square.post("@lea", "nice weather")
        assert await raw.get("/api/v1/notifications") == []


async def test_a_reply_stands_in_the_thread_and_on_the_account() -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@lea", "@acme hello")
        status, reply, _ = await raw.reply("@lea hello yourself", to=post.id, visibility="unlisted", language="en")
        assert status == 200
        context = await raw.get(f"/api/v1/statuses/{post.id}/context")
        ours = await raw.get(f"/api/v1/accounts/{reply['account']['id']}/statuses")
        above = await raw.get(f"/api/v1/statuses/{reply['id']}/context")
        assert [one.id for one in raw.square.replies_to(post)] == [reply["id"]]
        assert [one.id for one in raw.square.posted_by_us()] == [reply["id"]]
    assert [one["id"] for one in context["descendants"]] == [reply["id"]]
    assert [one["id"] for one in above["ancestors"]] == [post.id]
    assert [one["id"] for one in ours] == [reply["id"]]
    assert reply["in_reply_to_id"] == post.id
    assert reply["visibility"] == "unlisted"
    assert reply["application"] == {"name": "Twoway", "website": None}


async def test_a_reply_posted_twice_with_one_key_is_one_status_with_the_first_words() -> None:
    async with raw_square() as raw:
        answers = await asyncio.gather(*(raw.reply(f"words {n}", key="k") for n in range(8)))
        assert {status for status, _, _ in answers} == {200}
        assert len({body["id"] for _, body, _ in answers}) == 1
        assert len(raw.square.posted_by_us()) == 1
        assert sum(call.made for call in raw.square.publish_calls) == 1
        assert {call.accepted for call in raw.square.publish_calls} == {raw.square.posted_by_us()[0].id}


async def test_a_key_is_forgotten_after_an_hour() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    async with raw_square(clock=lambda: now) as raw:
        await raw.reply("a", key="k")
        now += timedelta(minutes=59)
        await raw.reply("b", key="k")
        assert len(raw.square.posted_by_us()) == 1
        now += timedelta(minutes=2)
        await raw.reply("c", key="k")
        assert [one.now.text for one in raw.square.posted_by_us()] == ["a", "c"]


async def test_a_status_can_be_sent_as_a_form_too() -> None:
    async with raw_square() as raw:
        form = {"status": "hello", "sensitive": "true", "spoiler_text": "careful"}
        status, body, _ = await raw.call("POST", "/api/v1/statuses", data=form)
    assert (status, body["sensitive"], body["spoiler_text"]) == (200, True, "careful")


async def test_501_graphemes_are_refused_and_500_are_not() -> None:
    async with raw_square() as raw:
        refused = await raw.reply("👩🏽‍💻" * 501)
        accepted = await raw.reply("👩🏽‍💻" * 500)
    assert refused[:2] == (422, {"error": "Validation failed: Text character limit of 500 exceeded"})
    assert accepted[0] == 200


async def test_an_empty_status_is_refused() -> None:
    async with raw_square() as raw:
        answer = await raw.reply("  ")
    assert answer[:2] == (422, {"error": "Validation failed: Text can't be blank"})


async def test_an_unknown_visibility_is_refused() -> None:
    async with raw_square() as raw:
        status, _, _ = await raw.reply("hi", visibility="everybody")
    assert status == 422


async def test_a_reply_to_a_post_that_is_gone_is_refused() -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@lea", "@acme hello")
        await raw.square.delete(post)
        answer = await raw.reply("@lea hi", to=post.id)
    assert answer[:2] == (404, {"error": "The post you are trying to reply to does not appear to exist."})


@pytest.mark.parametrize("path", ["", "/context", "/history", "/source"])
async def test_a_status_that_is_gone_is_not_found(path: str) -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@lea", "@acme hello")
        await raw.square.delete(post)
        answer = await raw.call("GET", f"/api/v1/statuses/{post.id}{path}")
    assert answer[:2] == (404, {"error": "Record not found"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/accounts/verify_credentials"),
        ("POST", "/api/v1/statuses"),
        ("GET", "/api/v1/notifications"),
        ("GET", "/api/v1/streaming/user"),
        ("GET", "/api/v2/search?q=x"),
    ],
)
@pytest.mark.parametrize("token", [None, "wrong"])
async def test_a_wrong_token_or_none_is_401(method: str, path: str, token: str | None) -> None:
    async with raw_square() as raw:
        answer = await raw.call(method, path, token=token)
    assert answer[:2] == (401, {"error": "The access token is invalid"})


async def test_a_token_without_the_scope_is_403() -> None:
    async with raw_square(scopes=["read"]) as raw:
        answer = await raw.reply("hi")
        assert raw.square.posted_by_us() == []
    assert answer[:2] == (403, {"error": "This action is outside the authorized scopes"})


async def test_anybody_may_read_public_posts_and_nobody_else_private_ones() -> None:
    async with raw_square() as raw:
        public = await raw.square.post("@lea", "@acme hello")
        private = await raw.square.post("@lea", "@acme only for you", visibility="direct")
        foreign = await raw.square.post("@lea", "@kim only for you", visibility="direct")
        assert (await raw.call("GET", f"/api/v1/statuses/{public.id}", token=None))[0] == 200
        assert (await raw.call("GET", f"/api/v1/statuses/{private.id}", token=None))[0] == 404
        assert (await raw.call("GET", f"/api/v1/statuses/{private.id}"))[0] == 200
        assert (await raw.call("GET", f"/api/v1/statuses/{foreign.id}"))[0] == 404


async def test_a_call_over_the_limit_is_throttled_until_the_window_ends() -> None:
    now = datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
    async with raw_square(clock=lambda: now, rate_limit=20) as raw:
        for _ in range(20):
            status, _, headers = await raw.call("GET", "/api/v1/accounts/verify_credentials")
            assert status == 200
        assert headers["X-RateLimit-Limit"] == "20"
        assert headers["X-RateLimit-Remaining"] == "0"
        assert headers["X-RateLimit-Reset"] == "2026-11-21T12:05:00.000000Z"
        answer = await raw.call("GET", "/api/v1/accounts/verify_credentials")
        assert answer[:2] == (429, {"error": "Too many requests"})
        now += timedelta(minutes=5)
        assert (await raw.call("GET", "/api/v1/accounts/verify_credentials"))[0] == 200


async def test_min_id_gives_the_page_just_after_and_since_id_the_newest() -> None:
    async with raw_square() as raw:
        for n in range(1, 8):
            await raw.square.post("@lea", f"@acme {n}")

        async def ids(query: str) -> list[str]:
            return [one["id"] for one in await raw.get(f"/api/v1/notifications?{query}")]

        assert await ids("limit=2") == ["7", "6"]
        assert await ids("limit=2&min_id=2") == ["4", "3"]
        assert await ids("limit=2&since_id=2") == ["7", "6"]
        assert await ids("limit=2&max_id=3") == ["2", "1"]


async def test_links_lead_to_the_older_and_the_newer_page() -> None:
    async with raw_square() as raw:
        for n in range(5):
            await raw.square.post("@lea", f"@acme {n}")
        _, first, headers = await raw.call("GET", "/api/v1/notifications?limit=2&types[]=mention&min_id=0")
        assert [one["id"] for one in first] == ["2", "1"]
        links = {
            link.split('rel="')[1].rstrip('"'): link.split(">")[0].strip(" <") for link in headers["Link"].split(",")
        }
        async with raw.http.get(links["prev"], headers={"Authorization": f"Bearer {raw.square.token}"}) as newer:
            assert [one["id"] for one in await newer.json()] == ["4", "3"]
        assert links["next"].startswith(raw.square.base_url + "/api/v1/notifications?limit=2&types%5B%5D=mention")


async def test_types_choose_and_exclude_notifications() -> None:
    async with raw_square() as raw:
        status = await raw.square.post("@lea", "@acme hello")
        raw.square.notify("favourite", "@kim", status)
        raw.square.notify("follow", "@kim")
        mentions = await raw.get("/api/v1/notifications?types[]=mention")
        rest = await raw.get("/api/v1/notifications?exclude_types[]=mention")
    assert [one["type"] for one in mentions] == ["mention"]
    assert [one["type"] for one in rest] == ["follow", "favourite"]


async def test_filtered_notifications_show_only_when_asked_for_and_dropped_ones_never() -> None:
    async with raw_square() as raw:
        raw.square.person("@stranger", followed=False)
        raw.square.policy(for_not_following="filter")
        await raw.square.post("@stranger", "@acme hello")
        assert await raw.get("/api/v1/notifications") == []
        (told,) = await raw.get("/api/v1/notifications?include_filtered=true")
        assert told["filtered"] is True
        raw.square.policy(for_not_following="drop")
        await raw.square.post("@stranger", "@acme hello?")
        assert len(await raw.get("/api/v1/notifications?include_filtered=true")) == 1
        policy = await raw.get("/api/v2/notifications/policy")
        assert policy["for_not_following"] == "drop"
        assert policy["summary"]["pending_notifications_count"] == 1


async def test_a_reply_to_us_is_never_unsolicited() -> None:
    async with raw_square() as raw:
        raw.square.person("@stranger", followed=False)
        raw.square.policy(for_not_following="drop")
        _, ours, _ = await raw.reply("good morning everybody")
        await raw.square.post("@stranger", "@acme good morning", reply_to=ours["id"])
        assert len(await raw.get("/api/v1/notifications")) == 1


async def test_a_colleague_answers_by_hand_past_the_bot() -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@lea", "@acme hello", visibility="unlisted")
        await raw.square.answer_by_hand(post, "@lea hello from the web")
        (reply,) = (await raw.get(f"/api/v1/statuses/{post.id}/context"))["descendants"]
        assert raw.square.publish_calls == []
    assert (reply["account"]["acct"], reply["visibility"], reply["application"]) == ("acme", "unlisted", None)


async def test_an_edit_changes_words_date_and_history_and_keeps_the_notification() -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@lea", "@acme it is broken")
        before = await raw.get(f"/api/v1/statuses/{post.id}")
        await raw.square.edit(post, "@acme it works")
        after = await raw.get(f"/api/v1/statuses/{post.id}")
        history = await raw.get(f"/api/v1/statuses/{post.id}/history")
        (told,) = await raw.get("/api/v1/notifications")
    assert before["edited_at"] is None
    assert after["edited_at"] is not None
    assert "it works" in after["content"]
    assert ["broken" in one["content"] for one in history] == [True, False]
    assert told["status"]["content"] == after["content"]


async def test_a_deleted_post_takes_its_notification_along_and_leaves_our_reply() -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@lea", "@acme hello")
        _, reply, _ = await raw.reply("@lea hi", to=post.id)
        await raw.square.delete(post)
        assert await raw.get("/api/v1/notifications") == []
        shown = await raw.get(f"/api/v1/statuses/{reply['id']}")
        assert shown["in_reply_to_id"] is None
        assert shown["in_reply_to_account_id"] == post.author.id
        assert [one.id for one in raw.square.replies_to(post)] == [reply["id"]]


async def test_we_correct_and_retract_what_is_ours_and_nothing_else() -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@lea", "@acme hello")
        _, reply, _ = await raw.reply("@lea helo", to=post.id)
        mine, theirs = f"/api/v1/statuses/{reply['id']}", f"/api/v1/statuses/{post.id}"
        status, corrected, _ = await raw.call("PUT", mine, json={"status": "@lea hello"})
        assert status == 200
        assert corrected["edited_at"] is not None
        assert (await raw.get(f"{mine}/source"))["text"] == "@lea hello"
        assert (await raw.call("PUT", theirs, json={"status": "x"}))[0] == 404
        assert (await raw.call("DELETE", theirs))[0] == 404
        assert (await raw.call("GET", f"{theirs}/source"))[0] == 403
        status, deleted, headers = await raw.call("DELETE", mine)
        assert (status, deleted["text"]) == (200, "@lea hello")
        assert headers["X-RateLimit-Limit"] == "30"
        assert (await raw.call("DELETE", mine))[0] == 404


async def test_a_batch_gives_those_that_stand() -> None:
    async with raw_square() as raw:
        kept, gone = await raw.square.post("@lea", "@acme 1"), await raw.square.post("@lea", "@acme 2")
        await raw.square.delete(gone)
        found = await raw.get(f"/api/v1/statuses?id[]={kept.id}&id[]={gone.id}&id[]=7")
        many = "&".join(f"id[]={n}" for n in range(21))
        refused = await raw.call("GET", f"/api/v1/statuses?{many}")
    assert [one["id"] for one in found] == [kept.id]
    assert refused[0] == 422


PNG = b"\x89PNG\r\n\x1a\n"


async def test_media_are_uploaded_attached_and_refused_while_they_are_processed() -> None:
    async with raw_square() as raw:
        form = aiohttp.FormData()
        form.add_field("file", PNG, filename="a.png", content_type="image/png")
        form.add_field("description", "a picture")
        status, media, _ = await raw.call("POST", "/api/v2/media", data=form)
        assert (status, media["description"]) == (200, "a picture")
        _, posted, _ = await raw.reply("look", media_ids=[media["id"]])
        assert posted["media_attachments"][0]["id"] == media["id"]
        async with raw.http.get(f"{raw.square.base_url}/media/{media['id']}") as answer:
            assert await answer.read() == PNG

        raw.square.server.media_takes = 60
        slow = aiohttp.FormData()
        slow.add_field("file", PNG, filename="b.png", content_type="image/png")
        status, media, _ = await raw.call("POST", "/api/v2/media", data=slow)
        assert (status, media["url"]) == (202, None)
        assert (await raw.call("GET", f"/api/v1/media/{media['id']}"))[0] == 206
        assert (await raw.reply("look", media_ids=[media["id"]]))[0] == 422


async def test_media_that_are_not_what_they_say_or_too_much_are_refused() -> None:
    async with raw_square() as raw:
        for body, kind, description in (
            (b"x", "application/x-dosexec", ""),
            (b"MZ, and no picture", "image/png", ""),
            (PNG + bytes(16_777_216), "image/png", ""),
            (PNG, "image/png", "x" * 1_501),
        ):
            form = aiohttp.FormData()
            form.add_field("file", io.BytesIO(body), filename="a.png", content_type=kind)
            form.add_field("description", description)
            assert (await raw.call("POST", "/api/v2/media", data=form))[0] == 422


async def test_media_stand_in_one_status_and_in_no_other() -> None:
    async with raw_square() as raw:
        form = aiohttp.FormData()
        form.add_field("file", PNG, filename="a.png", content_type="image/png")
        _, media, _ = await raw.call("POST", "/api/v2/media", data=form)
        assert (await raw.reply("look", media_ids=[media["id"]]))[0] == 200
        assert (await raw.reply("again", media_ids=[media["id"]]))[0] == 422
        assert (await raw.reply("look", media_ids=["17"]))[0] == 422


async def test_a_customers_pictures_can_be_loaded() -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@lea", "@acme look", media=["A broken wheel"], cw="broken things")
        shown = await raw.get(f"/api/v1/statuses/{post.id}")
        (media,) = shown["media_attachments"]
        assert (media["type"], media["description"]) == ("image", "A broken wheel")
        assert shown["spoiler_text"] == "broken things"
        for url in (media["url"], shown["account"]["avatar"]):
            async with raw.http.get(url) as answer:
                assert answer.content_type == "image/png"
                assert (await answer.read()).startswith(b"\x89PNG\r\n")


async def test_search_finds_words_people_and_addresses() -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@kim@elsewhere.example", "@acme the Bell is broken")
        shown = await raw.get(f"/api/v1/statuses/{post.id}")
        by_words = await raw.get("/api/v2/search?q=bell&type=statuses")
        by_url = await raw.get("/api/v2/search", params={"q": shown["url"], "resolve": "true"})
        by_name = await raw.get("/api/v2/search?q=@kim&type=accounts")
    assert [one["id"] for one in by_words["statuses"]] == [post.id]
    assert [one["id"] for one in by_url["statuses"]] == [post.id]
    assert [one["acct"] for one in by_name["accounts"]] == ["kim@elsewhere.example"]


async def test_a_search_goes_on_from_an_id_page_by_page_and_a_hashtag_has_its_timeline() -> None:
    async with raw_square() as raw:
        posts = [await raw.square.post("@lea", f"bell {number} #Bells, again") for number in range(4)]
        await raw.square.post("@lea", "#bells for us alone", visibility="unlisted")
        later = await raw.get("/api/v2/search", params={"q": "bell 1", "type": "statuses", "min_id": posts[0].id})
        last = await raw.get("/api/v2/search", params={"q": "again", "type": "statuses", "offset": "3", "limit": "2"})
        status, *_ = await raw.call("GET", "/api/v2/search?q=again&offset=2", token=raw.square.token)
        newest = await raw.get("/api/v1/timelines/tag/bells?limit=2")
        after = await raw.get(f"/api/v1/timelines/tag/bells?limit=2&min_id={posts[0].id}")
        none = await raw.get("/api/v1/timelines/tag/bell")
    assert [one["id"] for one in later["statuses"]] == [posts[1].id]
    assert [one["id"] for one in last["statuses"]] == [posts[0].id]
    assert status == 400
    assert [one["id"] for one in newest] == [posts[3].id, posts[2].id]
    assert [one["id"] for one in after] == [posts[2].id, posts[1].id]
    assert none == []


async def test_the_instance_tells_its_limits_and_where_it_streams() -> None:
    async with raw_square(max_characters=640) as raw:
        second = await raw.get("/api/v2/instance", token=None)
        first = await raw.get("/api/v1/instance", token=None)
    assert second["configuration"]["statuses"]["max_characters"] == 640
    assert second["configuration"]["urls"]["streaming"].startswith("ws://127.0.0.1:")
    assert first["urls"]["streaming_api"] == second["configuration"]["urls"]["streaming"]


async def test_a_person_reads_a_post_and_its_thread_at_its_address() -> None:
    async with raw_square() as raw:
        post = await raw.square.post("@lea", "@acme <b>hello</b>")
        await raw.reply("@lea welcome", to=post.id)
        url = (await raw.get(f"/api/v1/statuses/{post.id}"))["url"]
        async with raw.http.get(url) as answer:
            page = await answer.text()
        assert answer.content_type == "text/html"
        assert "&lt;b&gt;hello" in page
        assert "welcome" in page
        await raw.square.delete(post)
        async with raw.http.get(url) as answer:
            assert answer.status == 404


async def test_what_the_api_does_not_have_is_404() -> None:
    async with raw_square() as raw:
        assert (await raw.call("GET", "/api/v1/timelines/home"))[:2] == (404, {"error": "Not Found"})


async def test_a_handle_that_is_none_is_refused() -> None:
    async with raw_square() as raw:
        with pytest.raises(ValueError, match="no handle"):
            await raw.square.post("not a handle", "hi")
        with pytest.raises(ValueError, match="our own account"):
            await raw.square.post("@acme", "hi")
