"""Looking for our own reply where our own server keeps our records, which shows them as soon as it took them.

It answers only what those records prove: the reply is there, it is not, or we cannot tell.
"""

from __future__ import annotations

from datetime import timedelta

from adapters.bluesky_calls import Calls
from adapters.bluesky_read import Own, error_name, read_own, read_page
from adapters.bluesky_refs import POSTS, Uri, floor_of, page, parse, reply_key, tid
from adapters.errors import Malformed, Unreachable
from adapters.http import good_body
from adapters.posts import Absent, CannotTell, PostRef, Receipt, Reply
from adapters.text import same_words

PAGE = 100  # lexicons/com/atproto/repo/listRecords.json
MOST_PAGES = 10
# How far the server's clock and ours may be apart, or ours may have jumped since the attempt.
SKEW = timedelta(minutes=10)
FAR_BACK = timedelta(hours=1)  # so far before the first attempt our records are read


async def own_record(calls: Calls, uri: Uri) -> Own | None:
    """A record of ours, or None if there is none under that key. Raises as reading does."""
    asked = [("repo", uri.owner), ("collection", uri.collection), ("rkey", uri.key)]
    answer = await calls.ask("com.atproto.repo.getRecord", asked)
    if error_name(answer.body) == "RecordNotFound":
        return None
    return read_own(good_body(answer, "getRecord"))


async def find(calls: Calls, reply: Reply, key: str, *, me: str, handle: str) -> Receipt | Absent | CannotTell:
    """Whether an earlier attempt of `reply` arrived.

    What was sent with `key` stands under the record key that follows from it, or nowhere. Our other records are read
    as well, back to the time of the post we answer: one of ours under that post with the same words is the reply,
    whatever its key; one with other words from after the first attempt may be a colleague's, and a person decides.
    Raises as reading does.
    """
    sent = await own_record(calls, Uri(me, POSTS, reply_key(key, reply.parent)))
    others = [] if sent is not None and _same(sent, reply) else await _under(calls, reply, me=me)
    candidates = [one for one in ([sent] if sent else []) + others if PostRef(one.uri) not in reply.known]
    for one in candidates:
        if _same(one, reply):
            return receipt_of(one, handle)
    first = min(reply.attempts, default=None)
    strange = [one for one in candidates if one is sent or (first is not None and one.at >= first - SKEW)]
    if strange:
        return CannotTell(f"our account answered there at that time with other words: {_page(strange[0], handle)}")
    return Absent()


def receipt_of(own: Own, handle: str) -> Receipt:
    return Receipt(
        ref=PostRef(own.uri),
        url=_page(own, handle),
        at=own.at,
        text=own.words,
        extra={"cid": own.cid},
        pictures=len(own.pictures),
    )


def _same(own: Own, reply: Reply) -> bool:
    words = [alt for _, alt in own.pictures]
    same = same_words(own.words, reply.text.plain) and words == [one.alt for one in reply.pictures]
    return own.parent == reply.parent.id and same


def _page(own: Own, handle: str) -> str | None:
    uri = parse(own.uri)
    return None if uri is None else page(uri, handle)


async def _under(calls: Calls, reply: Reply, *, me: str) -> list[Own]:
    """Our records under the post we answer, newest keys first, as far back as answers to it can be.

    An account that has posted more than the pages hold is not read to the end: what was sent with our key was
    asked for by itself.
    """
    back = [floor_of(reply.parent), *(at - FAR_BACK for at in reply.attempts)]
    last = tid(min(back), 0)
    found: list[Own] = []
    before: list[tuple[str, str]] = []
    for _ in range(MOST_PAGES):
        asked = [("repo", me), ("collection", POSTS), ("limit", str(PAGE)), *before]
        answer = await calls.ask("com.atproto.repo.listRecords", asked)
        items, cursor = read_page(good_body(answer, "listRecords"), "records")
        keys = [_key(item) for item in items]
        found += [own for item in items if (own := _readable(item)) is not None and own.parent == reply.parent.id]
        if cursor is None or not keys or min(keys) < last:
            return found
        before = [("cursor", cursor)]
    return found


def _key(item: object) -> str:
    uri = parse(str(item.get("uri"))) if isinstance(item, dict) else None
    if uri is None:
        raise Unreachable("our own records cannot be read")
    return uri.key


def _readable(item: object) -> Own | None:
    """A record that some other program wrote, and that no client could show, is no answer of ours."""
    try:
        return read_own(item)
    except Malformed:
        return None
