"""What is asked of a Discourse forum, and what is written there. See `adapters.boards.Calls`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.boards import TOPIC, Entry, Standing
from adapters.boards_words import from_markdown, to_markdown
from adapters.discourse_read import (
    OP_LIKES,
    VOTE_COUNT,
    Forum,
    Topic,
    ids_after,
    judge,
    place_of,
    read_errors,
    read_hits,
    read_me,
    read_pending,
    read_post,
    read_posts,
    read_topic,
    read_votes,
    ref_of,
)
from adapters.discourse_settings import Counted, Settings
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Unreachable
from adapters.http import Answer, Clock, Http, Params, good_body
from adapters.payload import read_object
from adapters.posts import VOTES, Author, Gone, PostRef, PublicPost, Receipt, Reply, Unavailable
from adapters.text import Text

log = logging.getLogger(__name__)

MOST_PAGES = 10  # of the newest posts, 50 each
MOST_POSTS = 400  # of one topic
AT_ONCE = 20  # posts of a topic in one question: what the site itself asks for
QUEUED = "queued:"  # a reply of ours that waits for a moderator has no number yet


class DiscourseCalls:
    """One forum, one account."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        server = settings.server.rstrip("/")
        self.forum = Forum(server, settings.username, settings.counts is Counted.LIKES)
        headers = {"Api-Key": settings.token, "Api-Username": settings.username, "User-Agent": "Twoway"}
        self._http = Http(server, headers={**headers, "Accept": "application/json"}, clock=clock)

    async def open(self) -> Author:
        answer = await self._http.get("/session/current.json")
        if answer.status in (403, 404):
            raise AuthFailed(
                "The forum does not take the API key for this user name: make a key of the scope Global for that user "
                "under Admin, API."
            )
        me = read_me(good_body(answer, "session"), self.forum)
        if me.handle.casefold() != self._settings.username.casefold():
            raise AuthFailed(f"The API key is {me.handle}'s, and not {self._settings.username}'s.")
        return me

    async def close(self) -> None:
        await self._http.close()

    def notes(self) -> tuple[str, ...]:
        notes = []
        if not self._settings.hook_secret:
            notes.append("No webhook is set: edits and deletions are seen only when posts are asked for again.")
        if not self._settings.server.startswith("https://") and "127.0.0.1" not in self._settings.server:
            notes.append("The address begins with http://: the API key goes over the line in the clear.")
        return tuple(notes)

    async def newest(self, floor: datetime) -> Sequence[Entry]:
        found: dict[PostRef, Entry] = {}
        before: int | None = None
        for _ in range(MOST_PAGES):
            params: Params = () if before is None else [("before", str(before))]
            body = read_object(good_body(self._trusted(await self._http.get("/posts.json", params)), "posts"), "posts")
            entries, whole = read_posts(body.get("latest_posts"), self.forum)
            found |= {one.post.ref: one for one in entries if self._heard_here(whole, one)}
            numbers = [id for one in whole if isinstance(id := one.get("id"), int)]
            oldest = min((one.post.at for one in entries), default=None)
            ends = not numbers or (before is not None and min(numbers) >= before)
            if ends or (oldest is not None and oldest < floor):
                break
            before = min(numbers)
        else:
            log.warning("more posts since than are read: what came before is not heard")
        return sorted(found.values(), key=lambda one: int(str(one.post.extra["id"])))

    async def counted(self) -> Mapping[PostRef, int]:
        """The topics with the most votes, or likes: lists of posts do not change with them for long."""
        order, key = ("votes", VOTE_COUNT) if self._settings.counts is Counted.VOTES else ("op_likes", OP_LIKES)
        answer = self._trusted(await self._http.get("/latest.json", [("order", order)]))
        return read_votes(good_body(answer, "list"), key)

    async def some(self, refs: Sequence[PostRef]) -> Mapping[PostRef, Standing]:
        found: dict[PostRef, Standing] = {}
        topics: dict[int, Topic | Gone | Unavailable] = {}
        for ref in refs:
            if ref.id.startswith(QUEUED):
                found[ref] = Unavailable(ref, "it waits for a moderator")
                continue
            place = place_of(ref)
            if place is None:
                found[ref] = Gone(ref)
                continue
            if place[0] not in topics:
                topics[place[0]] = await self._topic(place[0], ref)
            topic = topics[place[0]]
            match topic:
                case Gone():
                    found[ref] = Gone(ref)
                case Unavailable(_, why):
                    found[ref] = Unavailable(ref, why)
                case Topic():
                    found[ref] = await self._of(topic, ref, place[1])
        return found

    async def under(self, topic: str, *, since: datetime | None) -> tuple[Sequence[Entry], bool]:
        number = int(topic) if topic.isascii() and topic.isdecimal() else 0
        standing = await self._topic(number, ref_of(number, 1)) if number else None
        if not isinstance(standing, Topic):
            return (), True
        entries = {one.post.ref: one for one in standing.posts}
        loaded = [int(str(one.post.extra["id"])) for one in standing.posts]
        left, complete = ids_after(standing.stream, loaded, MOST_POSTS)
        for at in range(0, len(left), AT_ONCE):
            asked = [("post_ids[]", str(one)) for one in left[at : at + AT_ONCE]]
            answer = await self._http.get(f"/t/{number}/posts.json", [*asked, ("include_raw", "true")])
            stream = read_object(read_object(good_body(answer, "posts"), "posts").get("post_stream"), "post_stream")
            more, _ = read_posts(stream.get("posts"), self.forum, title=standing.title, closed=standing.closed)
            entries |= {one.post.ref: one for one in more}
        tail = min((one.post.at for one in entries.values() if one.post.extra["number"] != "1"), default=None)
        # What waits for a moderator stands in no topic yet; whoever looks for it has to see it all the same.
        for at, raw in enumerate(await self._waiting(number), start=1):
            waiting = self._queued(topic, at, raw)
            entries[waiting.post.ref] = waiting
        reaches = since is not None and tail is not None and tail < since
        in_order = sorted(entries.values(), key=lambda one: (one.post.at, int(str(one.post.extra["number"]))))
        return in_order, complete or reaches

    async def found(self, words: str) -> Sequence[Entry]:
        hits = read_hits(good_body(self._trusted(await self._http.get("/search.json", [("q", words)])), "search"))
        return [one for one in (await self.some(hits)).values() if isinstance(one, Entry)]

    def source(self, words: str, key: str) -> str:
        return to_markdown(words)

    async def write(self, reply: Reply, key: str) -> Entry:
        topic, number = str(reply.extra["topic"]), reply.extra.get("number")
        body: dict[str, object] = {"topic_id": int(topic), "raw": self.source(reply.text.plain, key)}
        if isinstance(number, str) and number.isdecimal() and number != "1":
            body["reply_to_post_number"] = int(number)
        answer = await self._write("POST", "/posts.json", body)
        if isinstance(answer.body, dict) and answer.body.get("action") == "enqueued":
            return self._queued(topic, 1, str(body["raw"]))
        return self._ours(answer.body)

    async def change(self, receipt: Receipt, words: str, key: str) -> Entry:
        answer = await self._write(
            "PUT", f"/posts/{_id_of(receipt)}.json", {"post": {"raw": self.source(words, key), "edit_reason": ""}}
        )
        return self._ours(answer.body.get("post") if isinstance(answer.body, dict) else None)

    async def remove(self, receipt: Receipt) -> None:
        await self._write("DELETE", f"/posts/{_id_of(receipt)}.json", None)

    # Inside

    def _heard_here(self, whole: Sequence[Mapping[str, object]], entry: Entry) -> bool:
        wanted = self._settings.heard
        if not wanted:
            return True
        return any(
            one.get("category_id") in wanted for one in whole if str(one.get("id")) == str(entry.post.extra["id"])
        )

    async def _topic(self, number: int, ref: PostRef) -> Topic | Gone | Unavailable:
        answer = await self._http.get(f"/t/{number}.json", [("include_raw", "true")])
        if answer.status in (404, 410):
            return Gone(ref)
        if answer.status == 403:
            if "api" in read_errors(answer.body).lower():
                raise AuthFailed("The forum does not take the API key.")
            return Unavailable(ref, "the topic is not for this account to see")
        topic = read_topic(good_body(answer, "topic"), self.forum)
        return Gone(ref) if topic.gone else topic

    async def _of(self, topic: Topic, ref: PostRef, number: int) -> Standing:
        entry = next((one for one in topic.posts if one.post.ref == ref), None)
        if entry is None:
            answer = await self._http.get(f"/posts/by_number/{topic.id}/{number}.json", [("include_raw", "true")])
            if answer.status in (404, 410):
                return Gone(ref)
            if answer.status == 403:
                return Unavailable(ref, "the post is not for this account to see")
            entry = read_post(good_body(answer, "post"), self.forum, title=topic.title, closed=topic.closed)
        if entry is None:
            return Gone(ref)
        counts = self._settings.counts is Counted.VOTES and number == 1 and topic.votes is not None
        if not counts:
            return entry
        return replace(entry, post=replace(entry.post, extra={**entry.post.extra, VOTES: topic.votes}))

    async def _waiting(self, topic: int) -> tuple[str, ...]:
        """Replies of ours in the queue for this topic; none where the forum does not tell."""
        answer = await self._http.get(f"/posts/{self._settings.username}/pending.json")
        return read_pending(answer.body, topic) if answer.good and answer.is_json else ()

    def _queued(self, topic: str, number: int, raw: str) -> Entry:
        name = self._settings.username
        post = PublicPost(
            ref=PostRef(f"{QUEUED}{topic}.{number}"),
            root=ref_of(int(topic), 1),
            parent=None,
            author=Author(ref=f"name:{name}", handle=name, name=name),
            text=Text.of(from_markdown(raw)),
            at=self._clock(),
            ours=True,
            extra={TOPIC: topic, "number": "0", "id": "0"},
        )
        return Entry(post=post, topic=topic, held=True)

    async def _write(self, method: str, path: str, body: Mapping[str, object] | None) -> Answer:
        limit = self._settings.call_limit
        return await self._http.write_once(method, path, body=body, limit=limit, judge=judge)

    def _ours(self, body: object) -> Entry:
        try:
            entry = read_post(body, self.forum)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error
        if entry is None or not entry.post.ours:
            raise Lost("accepted, but the answer shows no post of ours")
        return entry

    def _trusted(self, answer: Answer) -> Answer:
        if answer.status == 403:
            raise AuthFailed("The forum does not let this API key read: it needs the scope Global.")
        if answer.status == 404:
            raise Unreachable("there is no Discourse at this address")
        return answer


def _id_of(receipt: Receipt) -> int:
    id = receipt.extra.get("id")
    if not isinstance(id, str) or not id.isdecimal() or id == "0":
        raise Refused(Reason.GONE, "The reply still waits for a moderator, or its number is not known.")
    return int(id)
