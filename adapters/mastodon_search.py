"""Looking for words, or for one hashtag, on a Mastodon server: what it may show to anybody, oldest first.

Full-text search finds what its authors let be found, and only where the server has it; a hashtag's timeline is there
on every server. Where from: docs.joinmastodon.org/methods/search and /methods/timelines, 2026-07.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from adapters.http import Http, good_body
from adapters.mastodon_read import read_statuses
from adapters.payload import read_object
from adapters.posts import Audience, Batch, Cursor, Posted, PublicPost

PAGE = 40  # both calls' highest limit
MOST_PAGES = 5  # at once: more than 200 posts since the last look are no search but a firehose
_TAG = re.compile(r"#(\w+)")


async def search(http: Http, words: str, since: Cursor | None, *, me: str | None, domain: str) -> Batch:
    """Since a cursor everything, as far as `MOST_PAGES` reach; without one the newest page."""
    tag = _TAG.fullmatch(words.strip())
    found: dict[str, PublicPost] = {}
    after = since or ""
    for page in range(MOST_PAGES if since else 1):
        if tag:
            asked = [("limit", str(PAGE)), *([("min_id", after)] if after else [])]
            body: object = good_body(await http.get(f"/api/v1/timelines/tag/{quote(tag[1])}", asked), "hashtag")
        else:
            asked = [("q", words), ("type", "statuses"), ("resolve", "false"), ("limit", str(PAGE))]
            asked += [("min_id", since), ("offset", str(page * PAGE))] if since else []
            body = read_object(good_body(await http.get("/api/v2/search", asked), "search"), "search").get("statuses")
        posts = read_statuses(body, me=me, domain=domain)
        found |= {post.ref.id: post for post in posts}
        after = max((after, *(post.ref.id for post in posts)), key=_order)
        if len(posts) < PAGE:
            break
    # A search also finds what only we may see: that is heard as a mention, with its own audience.
    public = [post for post in found.values() if post.visibility in (Audience.PUBLIC, Audience.UNLISTED)]
    return Batch(tuple(map(Posted, sorted(public, key=lambda post: _order(post.ref.id)))), Cursor(after))


def _order(id: str) -> tuple[int, str]:
    """Ids rise; some servers' are longer than a number of 64 bits, some are no numbers."""
    return len(id), id
