"""What YouTube's Data API says: recorded answers all parse, and anything else gives a value or a named error."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.errors import Malformed, PlatformError
from adapters.http import Answer
from adapters.posts import Audience, Author, Cursor, MediaKind, PostRef, Receipt, Visibility
from adapters.youtube_calls import judge
from adapters.youtube_find import receipt_of
from adapters.youtube_listen import State
from adapters.youtube_read import (
    HELD,
    is_handle,
    read_author,
    read_channel,
    read_comment,
    read_count,
    read_page,
    read_reason,
    read_said,
    read_thread,
    read_video,
    thread_of,
    version_of,
    with_profile,
)
from adapters.youtube_videos import read_found, read_published
from tests.adapters.shared_data import shared

US = "UCacmeacmeacmeacmeacmeac"
SNIPPET: dict[str, object] = {
    "textDisplay": 'Lot&#39;s of <a href="https://shop.example/a">bikes</a><br>here',
    "authorDisplayName": "@lea",
    "authorProfileImageUrl": "https://yt3.example/lea",
    "authorChannelUrl": "http://www.youtube.com/@lea",
    "authorChannelId": {"value": "UClealealealealealealeal"},
    "channelId": US,
    "videoId": "JE8xdDp5B8Q",
    "publishedAt": "2026-11-21T10:00:00Z",
    "updatedAt": "2026-11-21T10:00:00Z",
    "likeCount": 3,
}
COMMENT: dict[str, object] = {"kind": "youtube#comment", "id": "UgxOne4AaABAg", "snippet": SNIPPET}
ANSWER = {**COMMENT, "id": "UgxOne4AaABAg.9iPXEClD9lW9iP", "snippet": {**SNIPPET, "parentId": "UgxOne4AaABAg"}}
THREAD: dict[str, object] = {
    "kind": "youtube#commentThread",
    "id": "UgxOne4AaABAg",
    "snippet": {"videoId": "JE8xdDp5B8Q", "topLevelComment": COMMENT, "canReply": True, "totalReplyCount": 1},
    "replies": {"comments": [ANSWER]},
}
CHANNEL: dict[str, object] = {
    "id": "UClealealealealealealeal",
    "snippet": {
        "title": "Lea on Bikes",
        "customUrl": "@lea",
        "thumbnails": {"default": {"url": "https://yt3.example/lea"}},
    },
    "statistics": {"subscriberCount": "18446744073709551615", "hiddenSubscriberCount": False},
}

_WORDS = """
snippet replies comments topLevelComment statistics status thumbnails items nextPageToken error errors details reason
message textOriginal parentId moderationStatus heldForReview likelySpam rejected imageUrl isPublic canReply
totalReplyCount subscriberCount hiddenSubscriberCount privacyStatus madeForKids quotaExceeded processingFailure value
2026-01-01T00:00:00Z 0001-01-01T00:00:00+23:59 9999-12-31T23:59:59-23:59 https://a.example seen threads start until
"""
_known = st.sampled_from([*_WORDS.split(), *SNIPPET, *COMMENT, *THREAD, *CHANNEL])
_words = st.text(max_size=12) | _known | st.sampled_from(["\ud800", "a\x00b", "\u202e\u200b", "<b", "<![x"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**53, 2**70) | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_known | st.text(max_size=5), inner, max_size=8),
    max_leaves=20,
)
# A whole comment in which one thing is wrong reaches deeper than wholly random values.
nearly = st.builds(lambda key, value: {**COMMENT, "snippet": {**SNIPPET, key: value}}, _known, anything)
nearly_thread = st.builds(lambda key, value: {**THREAD, key: value}, _known, anything)
nearly_inside = st.builds(
    lambda key, value: {**THREAD, "snippet": {"topLevelComment": COMMENT, "canReply": True, key: value}},
    _known,
    anything | nearly,
)

READERS: dict[str, Callable[[object], object]] = {
    "comment": lambda value: receipt_of(read_comment(value, me=US)),
    "comment with": lambda value: read_comment({**COMMENT, "snippet": value}, me=US),
    "thread": lambda value: read_thread(value, me=US),
    "thread with": lambda value: read_thread({**THREAD, "replies": {"comments": [value, ANSWER]}}, me=US),
    "channel": read_channel,
    "channel with": lambda value: read_channel({**CHANNEL, "snippet": value, "statistics": value}),
    "video": read_video,
    "video with": lambda value: read_video({"id": "x", "status": value, "snippet": value}),
    "found": read_found,
    "found with": lambda value: read_found({"items": [value, {"id": value}, {"id": {"videoId": value}}]}),
    "published": read_published,
    "published with": lambda value: read_published(
        {"id": "x", "snippet": {"channelId": value, "title": value, "description": value, "publishedAt": value}}
    ),
    "page": lambda value: read_page(value, "page"),
    "count": lambda value: read_count(value, "count"),
    "reason": read_reason,
    "said": read_said,
    "error": lambda value: judge(Answer(403, {}, value, True), datetime.now(UTC)),
    "error with": lambda value: judge(Answer(400, {}, {"error": value}, True), datetime.now(UTC)),
    "cursor": lambda value: State.read(Cursor(json.dumps(value))),
    "cursor with": lambda value: State.read(
        Cursor(json.dumps({"start": "2026-01-01", "until": "2026-01-01", "seen": [], "threads": value}))
    ),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=25)  # 20 readers: 500 payloads in all
@given(value=anything | nearly | nearly_thread | nearly_inside)
def test_any_json_gives_a_value_or_a_named_error(name: str, value: object) -> None:
    try:
        READERS[name](value)
    except PlatformError:
        pass


@settings(max_examples=50)
@given(value=nearly)
def test_what_was_read_can_be_stored(value: object) -> None:
    try:
        post = read_comment(value, me=US)
    except Malformed:
        return
    stored = json.dumps([post.text.to_json(), post.author.to_json(), dict(post.extra)], ensure_ascii=False)
    assert "\x00" not in stored.encode().decode()
    assert Author.from_json(post.author.to_json()) == post.author
    assert post.at.year >= 1970
    assert len(version_of(post)) == 12
    assert post.root == PostRef(thread_of(post.ref)) or post.parent is not None


def test_a_comment_is_read_whole() -> None:
    picture = {**SNIPPET, "imageUrl": "https://yt3.example/gif?expire=1", "updatedAt": "2026-11-21T11:00:00Z"}
    post = read_comment({**COMMENT, "snippet": picture}, me=US)
    assert post.text.plain == "Lot's of bikes (https://shop.example/a)\nhere"
    assert post.url == "https://www.youtube.com/watch?v=JE8xdDp5B8Q&lc=UgxOne4AaABAg"
    assert (post.author.handle, post.author.ref) == ("lea", "UClealealealealealealeal")
    assert post.edited_at == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert [one.kind for one in post.media] == [MediaKind.IMAGE]
    assert not post.ours
    assert read_comment(COMMENT, me="UClealealealealealealeal").ours
    assert Receipt.from_json(receipt_of(post).to_json()).extra == {"by": post.author.ref}


def test_what_was_typed_wins_over_what_is_shown() -> None:
    typed = "a < b &amp; <b>c</b>\n\nhttps://www.youtube.com/watch?v=JE8xdDp5B8Q"
    post = read_comment({**COMMENT, "snippet": {**SNIPPET, "textOriginal": typed}}, me=US)
    assert post.text.plain == typed


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<script>alert(1)</script>hi", "hi"),
        ('<a href="javascript:alert(1)">press</a>', "press"),
        ('<a href="https://www.youtube.com/watch?v=x&amp;t=62">1:02</a>', "1:02"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("‮right to left‬ and \u200bzero\u200d width", "‮right to left‬ and \u200bzero\u200d width"),
        ("<" * 20_000, None),
    ],
)
def test_html_that_tries_to_be_clever_is_words(html: str, plain: str | None) -> None:
    post = read_comment({**COMMENT, "snippet": {**SNIPPET, "textDisplay": html}}, me=US)
    assert plain is None or post.text.plain == plain


def test_an_answer_belongs_to_its_thread_and_to_its_video() -> None:
    thread = read_thread(THREAD, me=US)
    (answer,) = thread.shown
    assert thread.whole
    assert answer.root == answer.parent == thread.top.ref
    assert answer.url == "https://www.youtube.com/watch?v=JE8xdDp5B8Q&lc=UgxOne4AaABAg.9iPXEClD9lW9iP"
    assert thread_of(answer.ref) == thread.id


@pytest.mark.parametrize(("status", "shown"), list(HELD.items()))
def test_what_is_held_is_not_public(status: str, shown: Visibility) -> None:
    post = read_comment({**COMMENT, "snippet": {**SNIPPET, "moderationStatus": status}}, me=US)
    assert post.visibility is Audience.DIRECT
    assert post.shown is shown
    hidden = {**THREAD, "snippet": {"topLevelComment": COMMENT, "isPublic": False}}
    assert read_thread(hidden, me=US).top.visibility is Audience.DIRECT


def test_words_are_the_same_whether_youtube_gives_what_was_typed_or_what_it_shows() -> None:
    page = "https://www.youtube.com"
    for typed, shown in {
        "at 1:23 it squeaks": f'at <a href="{page}/watch?v=abc&amp;t=83">1:23</a> it squeaks',
        "#bike of 2026": f'<a href="{page}/results?search_query=%23bike">#bike</a> of 2026',
        "@acme hello": f'<a href="{page}/channel/UCx">@acme</a> hello',
        "a & b < c\nline two": "a &amp; b &lt; c<br>line two",
        "https://shop.example/orders/4711?a=1&b=2 late": (
            '<a href="https://shop.example/orders/4711?a=1&amp;b=2">https://shop.example/orders/4711?a=...</a> late'
        ),
    }.items():
        reads = [{**SNIPPET, "textOriginal": typed, "textDisplay": shown}, {**SNIPPET, "textDisplay": shown}]
        reads[1].pop("textOriginal", None)
        assert [read_comment({"id": "x", "snippet": one}, me=US).text.plain for one in reads] == [typed, typed]


def test_a_link_whose_words_hide_where_it_leads_shows_both() -> None:
    snippet = {**SNIPPET, "textDisplay": '<a href="https://evil.example/">https://shop.example/...</a>'}
    snippet.pop("textOriginal", None)
    assert "evil.example" in read_comment({"id": "x", "snippet": snippet}, me=US).text.plain


def test_one_broken_answer_does_not_hide_its_thread() -> None:
    broken = {**THREAD, "replies": {"comments": [{"id": 7}, None, ANSWER]}}
    assert len(read_thread(broken, me=US).shown) == 1


def test_a_profile_gives_the_name_and_the_subscribers_unless_they_are_hidden() -> None:
    author = read_author(SNIPPET, PostRef("x"))
    known = with_profile(author, read_channel(CHANNEL))
    assert (known.handle, known.name, known.followers) == ("lea", "Lea on Bikes", 2**64 - 1)
    hidden = read_channel({**CHANNEL, "statistics": {"hiddenSubscriberCount": True, "subscriberCount": "0"}})
    assert with_profile(author, hidden).followers is None
    assert with_profile(author, None) == author
    old = read_author({**SNIPPET, "authorDisplayName": "Lea on Bikes"}, PostRef("x"))  # as until 2023
    assert (old.handle, old.name) == ("", "Lea on Bikes")
    assert with_profile(old, read_channel(CHANNEL)).handle == "lea"


def test_who_has_no_channel_is_taken_for_nobody_else() -> None:
    nameless = {key: value for key, value in SNIPPET.items() if not key.startswith("author")}
    one, other = (read_author(nameless, PostRef(id)) for id in ("a", "b"))
    assert one.ref != other.ref
    assert (one.handle, one.name) == ("", "Somebody on YouTube")


@pytest.mark.parametrize(("words", "yes"), [("lea", True), ("ÄÖ-ü.x", True), ("kun liu", False), ("a", False)])
def test_only_what_can_be_mentioned_is_a_handle(words: str, yes: bool) -> None:
    assert is_handle(words) is yes


def test_an_error_is_told_by_its_reason_whichever_way_it_is_written() -> None:
    message = "The <code>comment</code> has too many characters. See <a href='/x'>the docs</a>."
    old = {"error": {"code": 400, "message": message, "errors": [{"domain": "x", "reason": "commentTextTooLong"}]}}
    assert read_reason(old) == "commentTextTooLong"
    assert read_said(old) == "The comment has too many characters. See the docs."
    new = {"error": {"status": "PERMISSION_DENIED", "details": [{"@type": "x", "reason": "SERVICE_DISABLED"}]}}
    assert read_reason(new) == "SERVICE_DISABLED"
    assert read_reason({"error": {"status": "UNAUTHENTICATED"}}) == "UNAUTHENTICATED"
    assert read_reason({"error": "error message"}) == ""


def test_the_cursor_of_a_very_busy_channel_stays_small_and_comes_back() -> None:
    now = datetime(2026, 11, 21, 10, tzinfo=UTC)
    state = State(start=now, until=now)
    for number in range(3000):
        thread = read_thread({**THREAD, "id": f"Ug{number}", "replies": None}, me=US)
        state.told(f"Ug{number}", "0123456789ab")
        state.looked(thread, now, now)
    cursor = state.cursor()
    assert len(cursor) < 100_000
    again = State.read(cursor)
    assert list(again.seen)[-1] == "Ug2999"
    assert len(again.threads) == 300
    assert again.cursor() == cursor


# Recorded answers


@pytest.mark.needs("shared")
def test_every_recorded_comment_and_thread_is_read() -> None:
    threads = comments = 0
    for path in sorted(shared("youtube", "python-youtube-testdata").glob("*/*.json")):
        document = json.loads(path.read_text("utf-8"))
        items, _ = read_page(document, path.name) if "items" in document else ([document], None)
        for item in items:
            if path.parent.name == "comments":
                post = read_comment(item, me="UCa-vrCLQHviTOVnEKDOdetQ")
                comments += 1
            else:
                thread = read_thread(item, me="UCa-vrCLQHviTOVnEKDOdetQ")
                post, threads = thread.top, threads + 1
                assert thread.can_reply
                assert thread.public
            assert post.text.plain, path.name
            assert post.author.ref.startswith("UC")
            assert post.root == PostRef(thread_of(post.ref))
            assert (post.parent is None) is ("." not in post.ref.id)
    assert threads > 15
    assert comments > 5


@pytest.mark.needs("shared")
def test_recorded_html_and_what_was_typed_say_the_same() -> None:
    folder = shared("youtube", "python-youtube-testdata", "comment_threads")
    (item,) = read_page(json.loads((folder / "comment_thread_single.json").read_text("utf-8")), "x")[0]
    typed = read_thread(item, me=US).top.text.plain
    del item["snippet"]["topLevelComment"]["snippet"]["textOriginal"]  # type: ignore[index]  # as it was recorded
    assert " ".join(read_thread(item, me=US).top.text.plain.split()) == " ".join(typed.split())


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("name", "reason"), [("error_response.json", "keyInvalid"), ("error_response_simple.json", "")]
)
def test_recorded_errors_are_read(name: str, reason: str) -> None:
    assert read_reason(json.loads(shared("youtube", name).read_text("utf-8"))) == reason


@pytest.mark.needs("shared")
def test_every_parameter_and_field_that_we_count_on_is_in_the_discovery_document() -> None:
    document = json.loads(shared("youtube", "discovery-youtube.v3.json").read_text("utf-8"))
    threads = document["resources"]["commentThreads"]["methods"]["list"]["parameters"]
    asked = {"part", "allThreadsRelatedToChannelId", "id", "videoId", "maxResults", "moderationStatus", "order"}
    assert asked | {"pageToken", "searchTerms", "textFormat"} <= set(threads)
    assert threads["maxResults"]["maximum"] == "100"
    assert {"heldForReview", "likelySpam"} <= set(threads["moderationStatus"]["enum"])
    comments = document["resources"]["comments"]["methods"]
    assert {"id", "parentId", "maxResults", "pageToken", "textFormat", "part"} <= set(comments["list"]["parameters"])
    assert [comments[name]["httpMethod"] for name in ("insert", "update", "delete")] == ["POST", "PUT", "DELETE"]
    fields = document["schemas"]["CommentSnippet"]["properties"]
    assert set(SNIPPET) | {"textOriginal", "parentId", "moderationStatus", "imageUrl"} <= set(fields)
    assert "madeForKids" in document["schemas"]["VideoStatus"]["properties"]
