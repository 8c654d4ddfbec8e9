"""Payloads read a second, for each platform: from the bytes to our values, beside the bare parser of the same bytes:
`json.loads`, and what else a platform speaks.

    python -m bench.payloads

Each is one comment or mention as the platform sends it, with made-up ids and words.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from statistics import median

import feedparser

from adapters.bluesky_read import read_notification as read_from_bluesky
from adapters.canny import read_comment as read_from_canny
from adapters.discourse_read import Forum
from adapters.discourse_read import read_post as read_from_discourse
from adapters.facebook_hooks import read_call as read_from_facebook
from adapters.feeds_read import parse as parse_feed
from adapters.feeds_read import read_feed as read_from_feed
from adapters.github_read import read_node as read_from_github
from adapters.graph import Graph
from adapters.graph_chats import Box, Chats
from adapters.http import utc_now
from adapters.inbound_read import read_event as read_from_inbound
from adapters.inbound_settings import Settings as FormSettings
from adapters.instagram_read import read_comment as read_from_instagram
from adapters.mail_read import read_letter as read_from_mail
from adapters.mastodon_read import read_notification as read_from_mastodon
from adapters.posts import Author
from adapters.reddit_lists import read_page as read_from_reddit
from adapters.threads_read import read_call as read_from_threads
from adapters.uservoice import read_comment as read_from_uservoice
from adapters.wordpress_read import read_comment as read_from_wordpress
from adapters.x_hooks import read_events
from adapters.x_read import Us
from adapters.youtube_read import read_thread as read_from_youtube

ROUNDS, LASTS = 5, 0.1  # turns of each, seconds a turn
BARE = json.loads  # the baseline: the function itself, nothing around it
WORDS = "my parcel has been on its way for two weeks now, could you have a look, please?"
NOW = datetime(2026, 11, 21, 10, 1, tzinfo=UTC)
US, THEIRS = "104500000000001", "9100000000000007"


@dataclass(frozen=True)
class Sample:
    """What came from one platform, how it is read, and the parser beneath that."""

    raw: bytes
    read: Callable[[bytes], object]
    bare: Callable[[bytes], object] = BARE

    @property
    def beneath(self) -> str:
        """The parser's name."""
        return f"{self.bare.__module__.partition('.')[0]}.{self.bare.__qualname__}"


def _parsed(read: Callable[[object], object]) -> Callable[[bytes], object]:
    return lambda raw: read(json.loads(raw))


def _sample(value: object, read: Callable[[object], object]) -> Sample:
    return Sample(json.dumps(value).encode(), _parsed(read))


# What they send


def _bluesky() -> Sample:
    lea = {"did": "did:plc:lea", "handle": "lea.test", "displayName": "Lea", "labels": [], "followersCount": 3}
    root = {"uri": "at://did:plc:acme/app.bsky.feed.post/3m5z2yxqzpk2v", "cid": "bafyroot"}
    record = {
        "$type": "app.bsky.feed.post",
        "text": WORDS,
        "createdAt": "2026-11-21T10:00:00.000Z",
        "langs": ["en"],
        "reply": {"root": root, "parent": root},
    }
    notification = {
        "uri": "at://did:plc:lea/app.bsky.feed.post/3m5z2yxqzpk2w",
        "cid": "bafyone",
        "author": lea,
        "record": record,
        "reason": "reply",
        "isRead": False,
        "indexedAt": "2026-11-21T10:00:01.000Z",
        "labels": [],
    }
    return _sample(notification, lambda value: read_from_bluesky(value, me="did:plc:acme"))


def _facebook() -> Sample:
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": "9100000000000014_9100000000000021",
        "post_id": f"{US}_9100000000000014",
        "parent_id": f"{US}_9100000000000014",
        "message": WORDS,
        "created_time": 1763719200,
        "from": {"id": THEIRS, "name": "Lea"},
        "post": {"id": f"{US}_9100000000000014", "status_type": "added_photos", "is_published": True},
    }
    entry = {"id": US, "time": 1763719200, "changes": [{"field": "feed", "value": value}]}

    async def token() -> str:
        return ""

    # Nothing is asked while a call is read: the address is never used.
    chats = Chats(Graph("http://127.0.0.1", version="v26.0", token=token), home="/me", clock=utc_now)
    chats.box = Box(US, "https://inbox.example", "messenger", "Somebody")
    return _sample({"object": "page", "entry": [entry]}, lambda value: read_from_facebook(value, chats=chats))


def _instagram() -> Sample:
    comment = {
        "id": "17858154961981086",
        "text": WORDS,
        "timestamp": "2026-11-21T10:00:00+0000",
        "from": {"id": THEIRS, "username": "lea"},
        "username": "lea",
        "hidden": False,
        "media": {"id": "1", "permalink": "https://www.instagram.com/p/x/", "is_comment_enabled": True},
        "replies": {"data": [{"id": "2", "text": "yes", "timestamp": "2026-11-21T10:00:01+0000", "username": "acme"}]},
    }
    me = Author(ref="17841400000000001", handle="acme", name="Acme")
    return _sample(comment, lambda value: read_from_instagram(value, me=me))


def _mastodon() -> Sample:
    account = {
        "id": "1",
        "username": "lea",
        "acct": "lea@far.example",
        "display_name": "Lea",
        "url": "https://far.example/@lea",
        "avatar": "https://far.example/lea.png",
        "followers_count": 3,
        "emojis": [],
    }
    profile = "https://mastodon.example/@acme"
    mention = f'<span class="h-card"><a href="{profile}" class="u-url mention">@<span>acme</span></a></span>'
    status = {
        "id": "115600000000000007",
        "created_at": "2026-11-21T10:00:00.000Z",
        "in_reply_to_id": None,
        "content": f"<p>{mention} {WORDS}</p>",
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": "https://far.example/users/lea/statuses/7",
        "url": "https://far.example/@lea/7",
        "account": account,
        "mentions": [{"id": "2", "username": "acme", "acct": "acme", "url": profile}],
        "media_attachments": [],
        "edited_at": None,
    }
    notification = {
        "id": "9",
        "type": "mention",
        "created_at": "2026-11-21T10:00:01.000Z",
        "account": account,
        "status": status,
    }
    return _sample(notification, lambda value: read_from_mastodon(value, me="2", domain="mastodon.example"))


def _reddit() -> Sample:
    comment = {
        "name": "t1_abc",
        "id": "abc",
        "author": "lea",
        "author_fullname": "t2_lea",
        "body": WORDS,
        "body_html": f'<div class="md"><p>{WORDS}</p>\n</div>',
        "created_utc": 1763719200.0,
        "edited": False,
        "parent_id": "t3_xyz",
        "link_id": "t3_xyz",
        "permalink": "/r/acme/comments/xyz/title/abc/",
        "subreddit": "acme",
        "subreddit_id": "t5_sub",
        "archived": False,
        "locked": False,
        "replies": "",
    }
    page = {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": comment}], "after": None}}
    return _sample(page, lambda value: read_from_reddit(value, me="t2_us"))


def _threads() -> Sample:
    reply = {
        "id": "18012345678901234",
        "text": f"@acme {WORDS}",
        "username": "lea.l",
        "permalink": "https://www.threads.net/@lea.l/post/Pp",
        "timestamp": "2026-11-21T10:00:00+0000",
        "media_type": "TEXT_POST",
        "shortcode": "Pp",
        "root_post": {"id": "17900000000000001", "owner_id": "1", "username": "acme"},
        "replied_to": {"id": "17900000000000002"},
    }
    call = {"app_id": "1", "topic": "moderate", "values": {"field": "replies", "value": reply}}
    return _sample(call, lambda value: read_from_threads(value, me="acme"))


def _uservoice() -> Sample:
    comment = {
        "id": 4711,
        "body": WORDS,
        "body_mime_type": "text/plain",
        "state": "published",
        "created_at": "2026-11-21T10:00:00Z",
        "links": {"suggestion": 12, "created_by": 7},
    }
    people = {"7": Author(ref="user:7", handle="", name="Lea")}
    return _sample(comment, lambda value: read_from_uservoice(value, people, me="2"))


def _x() -> Sample:
    lea, acme = "1790000000000000007", "1790000000000000001"
    post = {
        "id": "1790000000000000021",
        "text": f"@acme {WORDS}",
        "author_id": lea,
        "created_at": "2026-11-21T10:00:00.000Z",
        "conversation_id": "1790000000000000021",
        "edit_history_tweet_ids": ["1790000000000000021"],
        "lang": "en",
        "reply_settings": "everyone",
        "entities": {"mentions": [{"start": 0, "end": 5, "username": "acme", "id": acme}]},
    }
    user = {
        "id": lea,
        "name": "Lea",
        "username": "lea",
        "profile_image_url": "https://pbs.example/lea_normal.png",
        "protected": False,
        "public_metrics": {"followers_count": 3, "following_count": 1, "tweet_count": 3},
    }
    data = {
        "event_uuid": "1",
        "event_type": "post.mention.create",
        "filter": {"user_id": acme},
        "payload": post,
        "includes": {"users": [user], "tweets": [], "media": []},
    }
    us = Us(acme, "acme")
    return Sample(json.dumps({"data": data}).encode(), lambda raw: read_events(raw, us=us))


def _youtube() -> Sample:
    us = "UCacmeacmeacmeacmeacmeac"
    snippet = {
        "textDisplay": f'{WORDS} <a href="https://shop.example/a">https://shop.example/a</a>',
        "authorDisplayName": "@lea",
        "authorProfileImageUrl": "https://yt3.example/lea",
        "authorChannelUrl": "http://www.youtube.com/@lea",
        "authorChannelId": {"value": "UClealealealealealealeal"},
        "channelId": us,
        "videoId": "JE8xdDp5B8Q",
        "publishedAt": "2026-11-21T10:00:00Z",
        "updatedAt": "2026-11-21T10:00:00Z",
        "likeCount": 3,
    }
    top = {"kind": "youtube#comment", "id": "UgxOne4AaABAg", "snippet": snippet}
    about = {"videoId": "JE8xdDp5B8Q", "topLevelComment": top, "canReply": True, "totalReplyCount": 0}
    thread = {"kind": "youtube#commentThread", "id": "UgxOne4AaABAg", "snippet": about}
    return _sample(thread, lambda value: read_from_youtube(value, me=us))


def _wordpress() -> Sample:
    comment = {
        "id": 4711,
        "post": 7,
        "parent": 0,
        "author": 0,
        "author_name": "Lea",
        "author_url": "",
        "date": "2026-11-21T11:00:00",
        "date_gmt": "2026-11-21T10:00:00",
        "content": {"rendered": f"<p>{WORDS}</p>\n", "raw": WORDS},
        "link": "https://blog.example/bikes/#comment-4711",
        "status": "approved",
        "type": "comment",
        "author_avatar_urls": {"96": "https://secure.gravatar.com/avatar/x?s=96"},
        "meta": [],
    }
    return _sample(comment, lambda value: read_from_wordpress(value, me=2))


def _inbound() -> Sample:
    data = {
        "id": "m-4711",
        "text": WORDS,
        "author": {"id": "p-lea", "name": "Lea", "handle": "lea"},
        "at": "2026-11-21T10:00:00+00:00",
        "url": "https://forms.example/m-4711",
    }
    event = {"type": "message.posted", "timestamp": "2026-11-21T10:00:01+00:00", "data": data}
    asked = FormSettings(secret="whsec_" + "QUJD" * 8)  # made up, for nobody
    return _sample(event, lambda value: read_from_inbound(value, at=NOW, settings=asked))


def _mail() -> Sample:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Lea <lea@customers.example>", "care@acme.example", "My parcel"
    mail["Date"], mail["Message-ID"] = "Sat, 21 Nov 2026 10:00:00 +0000", "<4711@customers.example>"
    mail["In-Reply-To"] = mail["References"] = "<4710@acme.example>"
    mail.set_content(f"{WORDS}\n\nOn Fri, 20 Nov 2026 at 18:00, Acme Care wrote:\n> On its way.\n", charset="utf-8")
    return Sample(mail.as_bytes(), lambda raw: read_from_mail(raw, arrived=NOW), message_from_bytes)


def _canny() -> Sample:
    lea = {"id": "u7", "name": "Lea", "avatarURL": None, "url": "https://acme.canny.io/admin/users/lea"}
    comment = {
        "id": "c4711",
        "author": lea,
        "value": WORDS,
        "created": "2026-11-21T10:00:00.000Z",
        "internal": False,
        "private": False,
        "parentID": None,
        "post": {"id": "p1", "title": "Bikes", "url": "https://acme.canny.io/bikes/p/one", "score": 3},
    }
    return _sample(comment, lambda value: read_from_canny(value, me="u2"))


def _discourse() -> Sample:
    post = {
        "id": 4711,
        "username": "lea",
        "name": "Lea",
        "user_id": 7,
        "avatar_template": "/user_avatar/forum.example/lea/{size}/1_2.png",
        "created_at": "2026-11-21T10:00:00.000Z",
        "updated_at": "2026-11-21T10:00:00.000Z",
        "cooked": f"<p>{WORDS}</p>",
        "post_number": 2,
        "post_type": 1,
        "reply_to_post_number": None,
        "topic_id": 12,
        "topic_slug": "bikes",
        "version": 1,
        "hidden": False,
        "actions_summary": [{"id": 2, "count": 3}],
    }
    forum = Forum("https://forum.example", "acme", likes=True)
    return _sample(post, lambda value: read_from_discourse(value, forum))


def _github() -> Sample:
    comment = {
        "__typename": "IssueComment",
        "id": "IC_kwDOA",
        "issue": {"id": "I_kwDOA", "locked": False},
        "createdAt": "2026-11-21T10:00:00Z",
        "lastEditedAt": None,
        "author": {"__typename": "User", "login": "lea", "databaseId": 7, "url": "https://github.example/lea"},
        "body": WORDS,
        "url": "https://github.example/acme/bikes/issues/1#issuecomment-1",
        "isMinimized": False,
    }
    return _sample(comment, lambda value: read_from_github(value, me="user:2"))


def _feeds() -> Sample:
    page = "https://blog.example/bikes"
    item = (
        f"<item><title>Bikes</title><link>{page}</link><guid>{page}</guid><dc:creator>Lea</dc:creator>"
        f"<pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate><description>&lt;p&gt;{WORDS}&lt;/p&gt;</description></item>"
    )
    feed = (
        '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>A blog</title><link>https://blog.example</link>{item}</channel></rss>"
    )

    def read(raw: bytes) -> object:
        return read_from_feed(parse_feed(raw, {}, page), address=page, now=NOW)

    return Sample(feed.encode(), read, feedparser.parse)


SAMPLES: Mapping[str, Callable[[], Sample]] = {
    "bluesky": _bluesky,
    "canny": _canny,
    "discourse": _discourse,
    "facebook": _facebook,
    "feeds": _feeds,
    "github": _github,
    "inbound": _inbound,
    "instagram": _instagram,
    "mail": _mail,
    "mastodon": _mastodon,
    "reddit": _reddit,
    "threads": _threads,
    "uservoice": _uservoice,
    "wordpress": _wordpress,
    "x": _x,
    "youtube": _youtube,
}


# How fast


def measured(name: str) -> tuple[float, float]:
    """Payloads a second, ours and bare, in turns: the median of each."""
    sample = SAMPLES[name]()
    if WORDS not in repr(sample.read(sample.raw)):
        raise RuntimeError(f"{name} passes its sample over: there is nothing to measure")
    ours: list[float] = []
    bare: list[float] = []
    for turn in range(ROUNDS + 1):
        own, other = _a_second(sample.read, sample.raw), _a_second(sample.bare, sample.raw)
        if turn:  # the first turn warms both up
            ours.append(own)
            bare.append(other)
    return median(ours), median(bare)


def _a_second(read: Callable[[bytes], object], raw: bytes) -> float:
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < LASTS:
        for _ in range(50):
            read(raw)
        done += 50
    return done / took


if __name__ == "__main__":
    for each in SAMPLES:
        ours_, bare_ = measured(each)
        print(
            f"{each:10} {ours_:10,.0f} payloads/s   bare {SAMPLES[each]().beneath} {bare_:10,.0f}/s   "
            f"ratio {ours_ / bare_:.3f}"
        )
