"""What Reddit says: recorded answers all parse, and anything else gives a value or a named error."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.errors import Malformed, PlatformError
from adapters.posts import Author, Cursor, MediaKind, Receipt
from adapters.reddit_find import receipt_of
from adapters.reddit_lists import read_more, read_page, read_places, read_tree
from adapters.reddit_markdown import read_html, to_reddit
from adapters.reddit_read import (
    Thing,
    fingerprint,
    placed,
    read_me,
    read_pictures,
    read_suspended,
    read_thing,
)
from adapters.reddit_said import read_reason, read_said
from adapters.remembering import Told
from sandbox.reddit.markdown import to_html, visible
from tests.adapters.shared_data import shared

COMMENT: dict[str, object] = {
    "name": "t1_abc",
    "id": "abc",
    "author": "lea",
    "author_fullname": "t2_lea",
    "body": "hello *you*",
    "body_html": '<div class="md"><p>hello <em>you</em></p>\n</div>',
    "created_utc": 1763719200.0,
    "edited": False,
    "parent_id": "t1_abb",
    "link_id": "t3_xyz",
    "permalink": "/r/acme/comments/xyz/title/abc/",
    "subreddit": "acme",
    "subreddit_id": "t5_sub",
    "archived": False,
    "locked": False,
    "replies": "",
}
LETTER = {key: value for key, value in COMMENT.items() if key not in ("link_id", "permalink", "edited")}
LETTER |= {"context": "/r/acme/comments/xyz/title/abc/?context=3", "was_comment": True, "type": "username_mention"}
POST: dict[str, object] = {
    "name": "t3_xyz",
    "author": "lea",
    "author_fullname": "t2_lea",
    "title": "My bike",
    "selftext": "is *late*",
    "selftext_html": '<div class="md"><p>is <em>late</em></p></div>',
    "created_utc": 1763719200,
    "edited": 1763719260.5,
    "permalink": "/r/acme/comments/xyz/my_bike/",
    "subreddit_id": "t5_sub",
    "num_comments": 3,
    "removed_by_category": None,
}
GALLERY = {
    "gallery_data": {"items": [{"media_id": "b", "caption": "a wet floor"}, {"media_id": "a"}]},
    "media_metadata": {
        "a": {"status": "valid", "e": "AnimatedImage", "s": {"gif": "https://i.example/a.gif"}},
        "b": {"status": "valid", "e": "Image", "s": {"u": "https://i.example/b.png"}},
        "c": {"status": "failed"},
    },
}
SAID = {"json": {"errors": [], "data": {"things": [{"kind": "t1", "data": COMMENT}]}}}


def comment(**more: object) -> Thing:
    thing = read_thing({"kind": "t1", "data": {**COMMENT, **more}}, me="t2_us")
    assert thing is not None
    return thing


def post(**more: object) -> Thing:
    thing = read_thing({"kind": "t3", "data": {**POST, **more}}, me="t2_us")
    assert thing is not None
    return thing


_WORDS = """
kind data children json errors things media reddit_video s u e gif items media_id caption t1 t2 t3 t4 t5 more Listing
t1_abc t3_xyz t5_sub [deleted] [removed] [unavailable] RATELIMIT ratelimit https://a.example /r/a/comments/xyz/b/c/
post_hint image url url_overridden_by_dest collapsed_reason_code reason subscribers
"""
_known = st.sampled_from([*_WORDS.split(), *COMMENT, *POST, *LETTER])
_words = st.text(max_size=12) | _known | st.sampled_from(["\ud800", "a\x00b", "\u202e\u200b", "9 minutes"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**53, 2**70) | st.floats() | _words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_known | st.text(max_size=5), inner, max_size=8),
    max_leaves=20,
)
# A whole thing in which one thing is wrong reaches deeper than wholly random values.
nearly = st.builds(lambda key, value: {"kind": "t1", "data": {**COMMENT, key: value}}, _known, anything) | st.builds(
    lambda key, value: {"kind": "t3", "data": {**POST, **GALLERY, key: value}}, _known, anything
)
nearly_letter = st.builds(lambda key, value: {"kind": "t1", "data": {**LETTER, key: value}}, _known, anything)
any_thing = anything | nearly | nearly_letter


def listing(*children: object) -> object:
    return {"kind": "Listing", "data": {"children": list(children), "after": None}}


READERS: dict[str, Callable[[object], object]] = {
    "thing": lambda value: read_thing(value, me="t2_us"),
    "page": lambda value: read_page(value, me="t2_us"),
    "page with": lambda value: read_page(listing(value), me=None),
    "places": read_places,
    "places with": lambda value: read_places(listing({"kind": "t5", "data": value})),
    "tree": lambda value: read_tree(value, me=None),
    "tree with": lambda value: read_tree(
        [
            listing({"kind": "t3", "data": POST}),
            listing({"kind": "t1", "data": {**COMMENT, "replies": listing(value, value)}}),
        ],
        me=None,
    ),
    "more": lambda value: read_more(value, me=None),
    "more with": lambda value: read_more({"json": {"data": {"things": [value]}}}, me=None),
    "said": lambda value: read_said(value, me=None),
    "said with": lambda value: read_said({"json": value}, me=None),
    "said errors": lambda value: read_said({"json": {"errors": [value], "ratelimit": value}}, me=None),
    "me": read_me,
    "me with": lambda value: read_me({"name": "us", "id": "us", "subreddit": value, "icon_img": value}),
    "suspended": read_suspended,
    "pictures": read_pictures,
    "pictures with": lambda value: read_pictures({"t2_lea": value}),
    "reason": read_reason,
    "cursor": lambda value: Told.read(Cursor(json.dumps(value))),
    "cursor with": lambda value: Told.read(Cursor(json.dumps({"start": "2026-01-01", "until": value, "seen": value}))),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=25)  # 20 readers: 500 payloads in all
@given(value=any_thing)
def test_any_json_gives_a_value_or_a_named_error(name: str, value: object) -> None:
    try:
        READERS[name](value)
    except PlatformError:
        pass


@settings(max_examples=50)
@given(value=nearly | nearly_letter)
def test_what_was_read_can_be_stored(value: object) -> None:
    try:
        thing = read_thing(value, me="t2_us")
    except Malformed:
        return
    if thing is None:
        return
    for under_ours in (True, False):
        one = placed(thing, under_ours=under_ours)
        stored = json.dumps([one.text.to_json(), one.author.to_json(), dict(one.extra)], ensure_ascii=False)
        assert "\x00" not in stored.encode().decode()
        assert Author.from_json(one.author.to_json()) == one.author
    assert Receipt.from_json(receipt_of(thing).to_json()) == receipt_of(thing)
    fingerprint(thing)


@settings(max_examples=50)
@given(value=nearly)
def test_one_thing_that_cannot_be_read_hides_no_other(value: object) -> None:
    try:
        page = read_page(listing({"kind": "t1", "data": COMMENT}, value, {"kind": "t4", "data": {}}), me=None)
    except Malformed as error:
        raise AssertionError("a listing as such is readable") from error
    assert page.things[0].name == "t1_abc"
    assert len(page.things) + len(page.broken) <= 2


# Markdown


@given(st.text(alphabet="ab \n*_`~^\\<>[]()#+-=.!|&;:/1ux©\u202e", max_size=40))
def test_any_words_show_as_they_are_but_for_spacing(words: str) -> None:
    written = to_reddit(words)
    assert "".join(visible(written).split()) == "".join(words.split()), written
    assert "".join(read_html(to_html(written)).plain.split()) == "".join(words.split())


def test_lines_and_paragraphs_stay() -> None:
    words = "one\ntwo\n\nthree"
    assert visible(to_reddit(words)) == words
    assert read_html(to_html(to_reddit(words))).plain == words


def test_html_that_tries_to_be_clever_is_words() -> None:
    html = '<div class="md"><p>&lt;script&gt;</p><script>x()</script><a href="javascript:x">y</a><a href="/u/a">b</a>'
    text = read_html(html)
    assert text.plain == "<script>\n\nyb (https://www.reddit.com/u/a)"


# Things


def test_a_comment_is_read_whole() -> None:
    thing = comment()
    assert (thing.name, thing.link, thing.place, thing.source) == ("t1_abc", "t3_xyz", "t5_sub", "hello *you*")
    one = placed(thing, under_ours=False)
    assert (one.ref.id, one.root and one.root.id, one.parent and one.parent.id) == ("t1_abc", "t3_xyz", "t1_abb")
    assert one.text.plain == "hello you"
    assert one.at == datetime.fromtimestamp(1763719200, UTC)
    assert one.edited_at is None
    assert one.url == "https://www.reddit.com/r/acme/comments/xyz/title/abc/"
    assert (one.author.ref, one.author.handle) == ("t2_lea", "lea")


def test_the_inbox_gives_the_same_comment_without_its_link() -> None:
    thing = read_thing({"kind": "t1", "data": LETTER}, me=None)
    assert thing is not None
    assert (thing.link, thing.whole) == ("t3_xyz", False)
    assert fingerprint(thing) == fingerprint(comment())
    assert thing.post.url == comment().post.url


def test_pictures_come_in_their_order_with_what_is_written_under_them() -> None:
    media = post(**GALLERY).post.media
    assert [(one.kind, one.url, one.description) for one in media] == [
        (MediaKind.IMAGE, "https://i.example/b.png", "a wet floor"),
        (MediaKind.IMAGE, "https://i.example/a.gif", None),
    ]
    single = post(post_hint="image", url="https://i.example/1.png", url_overridden_by_dest="https://i.example/1.png")
    assert [one.url for one in single.post.media] == ["https://i.example/1.png"]
    assert single.post.text.plain == "My bike\n\nis late"
    video = {"reddit_video": {"fallback_url": "https://v.example/1.mp4"}}
    assert [one.kind for one in post(media=video).post.media] == [MediaKind.VIDEO]


@pytest.mark.parametrize(
    ("more", "gone"),
    [
        ({"author": "[deleted]", "body": "[deleted]"}, True),
        ({"author": "[deleted]", "body": "[removed]"}, True),
        ({"author": "[deleted]", "body": "[ Removed by Reddit ]"}, True),
        ({"author": None, "body": "[deleted]"}, True),
        ({"author": "lea", "body": "[removed]", "collapsed_reason_code": "DELETED"}, True),
        ({"body": "[deleted]"}, False),  # somebody wrote that
        ({"author": "[deleted]"}, False),  # the account is deleted, the words stand
        ({"removed": True}, True),  # as moderators see it
        ({"removed": None, "spam": False}, False),
    ],
)
def test_what_was_taken_away_is_told_from_what_somebody_wrote(more: dict[str, object], gone: bool) -> None:
    assert comment(**more).gone is gone


def test_nobody_is_taken_for_the_same_nobody() -> None:
    one, other = comment(author="[deleted]"), comment(author="[deleted]", name="t1_abd")
    assert one.post.author.ref != other.post.author.ref


@pytest.mark.parametrize(
    ("json_", "wait"),
    [
        ({"errors": [["RATELIMIT", "you are doing that too much. try again in 9 minutes.", "ratelimit"]]}, 600),
        ({"errors": [["RATELIMIT", "Take a break for 3 seconds before trying again.", "ratelimit"]]}, 4),
        ({"errors": [["RATELIMIT", "try again in 202 milliseconds.", "ratelimit"]]}, 0.203),
        ({"errors": [["RATELIMIT", "try again in 1 hour.", "ratelimit"]], "ratelimit": 3599.5}, 3599.5),
        ({"errors": [["RATELIMIT", "Подождите 4 с", "ratelimit"]]}, None),
        ({"errors": [["TOO_OLD", "9 minutes ago", "parent"]]}, None),
    ],
)
def test_how_long_to_wait_is_read_from_a_number_or_from_the_sentence(json_: object, wait: float | None) -> None:
    said = read_said({"json": json_}, me=None)
    assert said.wait == (None if wait is None else timedelta(seconds=wait))


def test_a_thread_of_many_levels_is_read_without_as_many_calls_deep() -> None:
    node: object = ""
    for at in range(400):
        node = listing({"kind": "t1", "data": {**COMMENT, "name": f"t1_{at}", "replies": node}})
    assert len(read_tree([listing({"kind": "t3", "data": POST}), node], me=None).things) == 401
    for at in range(200):
        node = listing({"kind": "t1", "data": {**COMMENT, "name": f"t1_{at}", "replies": node}})
    with pytest.raises(Malformed):
        read_tree([listing({"kind": "t3", "data": POST}), node], me=None)


# Recorded answers


def _recorded(name: str) -> list[tuple[str, str, int, object]]:
    """Method, address, status and body of what was recorded."""
    document = json.loads(shared("reddit", "asyncpraw-cassettes", name).read_text("utf-8"))
    found = []
    for one in document.get("http_interactions") or document.get("interactions"):
        body = one["response"]["body"]
        text = body["string"] if isinstance(body, dict) else body
        status = one["response"]["status"]["code"]
        found.append((one["request"]["method"], one["request"]["uri"], status, json.loads(text)))
    return found


@pytest.mark.needs("shared")
def test_every_recorded_listing_thread_and_form_is_read() -> None:
    read = dict.fromkeys(("listings", "trees", "forms", "things", "accounts", "places"), 0)
    problems = []
    for path in sorted(shared("reddit", "asyncpraw-cassettes").glob("*.json")):
        for method, uri, status, body in _recorded(path.name):
            try:
                if status != 200 or "access_token" in uri:
                    assert status == 200 or not read_reason(body)
                elif method == "POST":
                    read_said(body, me=None)
                    read["forms"] += 1
                elif isinstance(body, list):
                    read["things"] += len(read_tree(body, me=None).things)
                    read["trees"] += 1
                elif uri.partition("?")[0].rstrip("/").endswith("/v1/me"):
                    read["accounts"] += bool(read_me(body).handle)
                elif isinstance(body, dict) and body.get("kind") == "Listing":
                    page = read_page(body, me=None)
                    assert page.broken == ()
                    read["things"] += len(page.things)
                    read["listings"] += 1
                    read["places"] += len(read_places(body))
            except (PlatformError, AssertionError) as error:
                problems.append(f"{path.name} {uri}: {error!r}")
    assert problems == []
    assert read["things"] > 1200
    assert all(read.values()), read


@pytest.mark.needs("shared")
def test_recorded_deletions_and_removals_are_seen() -> None:
    for name in ("deleted_comment", "removed_comment"):
        for _, uri, _, body in _recorded(f"TestComment.test_refresh__{name}.json"):
            if "/api/info" in uri:
                assert [thing.gone for thing in read_page(body, me=None).things] == [True]
    ((_, _, _, tree),) = [one for one in _recorded("TestSubmission.test_delete.json") if "/comments/" in one[1]]
    (gone, *others) = read_tree(tree, me=None).things
    assert gone.gone
    assert not any(one.gone for one in others)


@pytest.mark.needs("shared")
def test_a_comment_that_reddit_did_not_show_is_no_receipt() -> None:
    (*_, (_, _, _, body)) = _recorded("TestComment.test_reply__none.json")
    assert read_said(body, me=None).thing is None
    (*_, (_, _, _, body)) = _recorded("TestComment.test_reply.json")
    made = read_said(body, me=None).thing
    assert made is not None
    assert (made.post.parent and made.post.parent.id, made.source) == ("t1_fx1ec2p", "Comment reply")
