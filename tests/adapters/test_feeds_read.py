"""What feeds and mentions say: every form there is, broken ones as far as they go, and errors only by their names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.errors import Malformed, PlatformError
from adapters.feeds_listen import State
from adapters.feeds_mentions import Mention, read_html, read_mention, read_page, read_ref
from adapters.feeds_read import Feed, Words, parse, read_feed, read_item
from adapters.feeds_settings import Settings
from adapters.fetching import Page
from adapters.posts import BY_HAND, Cursor, MediaKind, PostRef
from adapters.settings import SettingError
from sandbox.feeds import Form
from sandbox.feeds.forms import Line, written

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
HOME = "https://blog.example"
US = "https://acme.example/bikes/7"
SITES = ("https://acme.example",)


def read(body: str | bytes, *, kind: str = "application/xml") -> Feed:
    raw = body.encode() if isinstance(body, str) else body
    return read_feed(parse(raw, {"content-type": kind}, f"{HOME}/feed"), address=f"{HOME}/feed", now=NOW)


def line(number: int = 1, *, html: str = "<p>The <b>Acme</b> bike &amp; me</p>") -> Line:
    picture = f"{HOME}/wet.png"
    return Line(f"tag:{number}", f"{HOME}/posts/{number}", "Lea Kim", html, AT, None, f"Title {number}", picture)


@pytest.mark.parametrize("form", list(Form))
def test_every_form_is_read(form: Form) -> None:
    kind, body = written(form, HOME, [line(2), line(1)])
    feed = read(body, kind=kind)
    assert (feed.title, feed.broken, len(feed.items)) == ("A blog", False, 2)
    item = feed.items[0]
    post = item.post
    assert post.text.plain == "Title 2\n\nThe Acme bike & me"
    assert post.url == f"{HOME}/posts/2"
    assert post.extra[BY_HAND]
    assert post.root == post.ref
    dated = form is not Form.OLD
    assert item.dated is dated
    assert post.at == (AT if dated else NOW)
    assert post.author.name == ("Lea Kim" if dated else "A blog")
    assert post.ref.id == ("tag:2" if form in (Form.RSS, Form.ATOM) else f"{HOME}/posts/2")
    if form is Form.RSS:
        assert [(one.kind, one.url) for one in post.media] == [(MediaKind.IMAGE, f"{HOME}/wet.png")]


def test_a_broken_feed_is_read_as_far_as_it_goes() -> None:
    _, body = written(Form.RSS, HOME, [line(2), line(1)])
    cut = read(body[: body.rindex("<item>") + 30])
    assert cut.broken
    assert cut.items[0].post.ref == PostRef("tag:2")
    unescaped = body.replace("&amp;amp;", "&").replace("Title 2", "R&D <now>")
    assert len(read(unescaped).items) == 2
    assert len(read(body.encode("utf-8").replace(b"utf-8", b"windows-1255")).items) == 2
    assert len(read(b"\xef\xbb\xbf" + body.encode()).items) == 2
    for nothing in (b"", b"<html><p>hello</html>", b"{}", b"\x00\xff" * 50, b"/etc/passwd", b"http://127.0.0.1/"):
        with pytest.raises(Malformed):
            read(nothing)


def test_entities_that_grow_and_files_from_here_are_not_read() -> None:
    grows = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    for entities in (f'<!ENTITY a0 "x">{grows}', '<!ENTITY a9 SYSTEM "file:///etc/passwd">'):
        body = f"<!DOCTYPE rss [{entities}]><rss version='2.0'><channel><title>x</title><item><guid>1</guid>"
        body += "<description>&a9;</description></item></channel></rss>"
        try:
            feed = read(body)
        except Malformed:
            continue
        assert all("root:" not in one.post.text.plain and len(one.post.text.plain) < 1000 for one in feed.items)


def test_odd_items_are_read_or_left_out() -> None:
    long = "x" * 2000
    feed = read(
        "<rss version='2.0'><channel><title>x</title><ttl>90</ttl>"
        "<item><description>names nothing</description></item>"
        f"<item><guid>{long}</guid><title>a long id</title><pubDate>never</pubDate></item>"
        "<item><link>javascript:alert(1)</link><guid>3</guid><title>&lt;script&gt;alert(1)&lt;/script&gt;‮</title></item>"
        "<item><guid>4</guid><title>tomorrow</title><pubDate>Mon, 01 Jan 2035 00:00:00 GMT</pubDate></item>"
        f"<item><guid>5</guid><title>much</title><description>{'word ' * 10_000}</description></item>"
        "<item><guid>4</guid><title>twice</title></item>"
        "</channel></rss>"
    )
    assert feed.pause == timedelta(minutes=90)
    assert len(feed.items) == 4
    assert [len(one.post.ref.id) < 500 for one in feed.items] == [True] * 4
    assert feed.items[1].post.url is None
    assert "script" not in feed.items[1].post.text.plain
    assert feed.items[2].post.at == NOW
    assert feed.items[3].post.text.plain.endswith("[…]")


def test_words_are_found_whole_whatever_the_case() -> None:
    words = Words(("acme", "Straße 7", "東京"))
    _, body = written(Form.RSS, HOME, [line(1)])
    post = read(body).items[0].post

    def heard(said: str) -> bool:
        _, one = written(Form.RSS, HOME, [line(1, html=said)])
        return words.heard_in(read(one).items[0].post)

    assert words.heard_in(post)
    assert heard("ACME's")
    assert heard("STRASSE\n7!")
    assert heard("東京")
    assert not heard("acmeology")
    assert Words(()).heard_in(post)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
KEYS = ["id", "link", "title", "content", "summary_detail", "author_detail", "published_parsed", "links", "entries"]


@settings(max_examples=30, deadline=None)
@given(value=anything, key=st.sampled_from(KEYS))
def test_any_value_is_read_or_named(value: object, key: str) -> None:
    entry = {"id": "1", "link": f"{HOME}/1", "title": "x", key: value}
    for given_value in (value, entry, {"entries": [entry], "feed": value, "version": "rss20"}, {"entries": value}):
        for reader in (
            lambda one: read_item(one, feed="x", address=HOME, now=NOW),
            lambda one: read_feed(one, address=HOME, now=NOW),
        ):
            try:
                reader(given_value)
            except PlatformError as error:
                assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure


@settings(max_examples=40, deadline=None)
@given(words=st.text(max_size=200), raw=st.binary(max_size=100))
def test_any_page_any_call_and_any_cursor_is_read_or_named(words: str, raw: bytes) -> None:
    mention = Mention(f"{HOME}/1", US)
    read_html(words, base=HOME)
    read_ref(PostRef(words or "x"))
    for kind in ("text/html; charset=x", "application/json", "text/plain; charset=utf-16", "image/png"):
        read_page(Page(200, HOME, None, {"content-type": kind}, words.encode("utf-8", "replace")), mention, now=NOW)
    for reader in (lambda: read_mention(raw, sites=SITES), lambda: State.read(Cursor(words))):
        try:
            reader()
        except PlatformError as error:
            assert type(error) is Malformed  # noqa: PT017 - every other error is the test's own failure


# Webmentions

PAGE = f"""<!doctype html><html><head><title>A blog - my bike</title><style>x</style></head><body>
<div class="h-entry"><h1 class="p-name">My bike</h1>
<a class="p-author h-card" href="/about"><img src="/me.png" alt="">Lea <b>Kim</b></a>
<a class="u-url" href="/posts/1"><time class="dt-published" datetime="2026-11-22T09:00:00+01:00">today</time></a>
<div class="e-content"><p>I ride an <a href="{US}#top">Acme</a>.<br>It squeaks.<script>alert(1)</script></p></div></div>
<div class="h-entry"><div class="e-content">A comment</div></div></body></html>"""


def page(body: str, *, kind: str = "text/html") -> Page:
    return Page(200, f"{HOME}/posts/1", None, {"content-type": kind}, body.encode())


def test_a_page_that_links_to_us_is_read_with_its_author_and_time() -> None:
    mention = Mention(f"{HOME}/posts/1", US)
    post = read_page(page(PAGE), mention, now=NOW)
    assert post is not None
    assert post.text.plain.startswith("My bike\n\nI ride an Acme.\nIt squeaks.")
    assert post.text.plain.endswith(US)
    assert "alert" not in post.text.plain
    assert "comment" not in post.text.plain
    assert post.author.name == "Lea Kim"
    assert post.at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert read_ref(post.ref) == mention


def test_a_page_has_to_link_and_not_only_to_name() -> None:
    mention = Mention(f"{HOME}/posts/1", US)
    for body in ("", f"<p>{US}</p>", f'<a href="{US}0">x</a>', f'<a name="{US}">x</a>', f'<!-- <a href="{US}"> -->'):
        assert read_page(page(body), mention, now=NOW) is None
    assert read_page(page(f'<![x <a href="{US}">'), mention, now=NOW) is None
    assert read_page(page(f'<a href="{US}/">x</a>'), mention, now=NOW) is not None
    assert read_page(page(f'<video src="{US}">'), mention, now=NOW) is not None
    assert read_page(page(f'{{"a": ["{US}"]}}', kind="application/json"), mention, now=NOW) is not None
    assert read_page(page(f'{{"a": "see {US}"}}', kind="application/json"), mention, now=NOW) is None
    assert read_page(page(f"see {US}", kind="text/plain"), mention, now=NOW) is not None


def test_a_call_names_two_pages_one_of_them_ours() -> None:
    good = f"source={HOME}/1&target={US}".encode()
    assert read_mention(good, sites=SITES) == Mention(f"{HOME}/1", US)
    assert read_mention(
        f"source={HOME}/1&target=https://acme.example/shop/1".encode(), sites=("https://acme.example/shop",)
    )
    for body in (
        b"",
        b"\xff",
        b"source=x&target=y",
        f"source={HOME}/1".encode(),
        f"source={HOME}/1&source={HOME}/2&target={US}".encode(),
        f"source={HOME}/1&target=https://other.example/".encode(),
        f"source={HOME}/1&target=https://acme.example.evil.example/".encode(),
        f"source={US}&target={US}%23x".encode(),
        f"source=file:///etc/passwd&target={US}".encode(),
        f"source={HOME}/{'x' * 500}&target={US}".encode(),
        f"source={HOME}/1%202&target={US}".encode(),
    ):
        with pytest.raises(Malformed):
            read_mention(body, sites=SITES)
    with pytest.raises(Malformed):
        read_mention(
            f"source={HOME}/1&target=https://acme.example/shopping".encode(), sites=("https://acme.example/shop",)
        )


def test_settings_that_cannot_be_meant_are_told() -> None:
    for wrong in (
        {},
        {"feeds": "blog.example"},
        {"sites": "acme.example"},
        {"feeds": HOME, "inside": "everything"},
        {"feeds": HOME, "poll": timedelta(0)},
    ):
        with pytest.raises(SettingError):
            Settings(**wrong)  # type: ignore[arg-type]
