"""Comments of a site as they are now: lists, single ones, whole threads, and where in its thread each one stands."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum

from adapters.errors import AuthFailed, Unreachable
from adapters.http import Answer, Clock, Http, Params, good_body
from adapters.posts import Gone, PostRef, PublicPost, Unavailable
from adapters.wordpress_read import Comment, Me, Status, read_comment, read_comments, read_me

log = logging.getLogger(__name__)

API = "/wp-json/wp/v2"
PAGE = 100  # the most that per_page takes
MOST_PAGES = 10  # of one question
DEEPEST = 50  # levels of a thread: WordPress itself shows ten
KEPT = 20_000


class Missing(Enum):
    """Why a comment is not shown."""

    GONE = "it is deleted"
    UNSEEN = "this account may not see it: it waits for approval, or is among the spam"


class Posts:
    """Reads one site with one account. Errors are those of reading."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self.me: Me | None = None
        self._above: OrderedDict[int, int] = OrderedDict()  # a comment -> its parent
        self._versions: OrderedDict[int, tuple[str, datetime | None]] = OrderedDict()  # and when it was seen to change

    async def open(self) -> Me:
        """Who we are. A wrong password looks like none at all elsewhere, so this is asked."""
        answer = await self._http.get(f"{API}/users/me", [("context", "edit")])
        if answer.status in (401, 403):
            raise AuthFailed("WordPress does not take the application password: make a new one under Users, Profile.")
        if answer.status == 404 or (answer.good and not answer.is_json):
            raise Unreachable("there is no REST API at /wp-json/: it needs permalinks other than plain")
        self.me = read_me(good_body(answer, "me"))
        return self.me

    async def page(self, number: int, params: Params = ()) -> tuple[Sequence[Comment], bool]:
        """One page of a list, and whether there may be another."""
        me = self.me or await self.open()
        seen = [("context", "edit"), ("status", "all")] if me.moderates else []
        seen = [pair for pair in seen if pair[0] not in {key for key, _ in params}]
        asked = [*params, *seen, ("per_page", str(PAGE)), ("page", str(number))]
        answer = await self._http.get(f"{API}/comments", asked)
        if answer.status == 400 and number > 1:
            return (), False  # past the end, in older versions
        self._trusted(answer)
        comments, left = read_comments(good_body(answer, "comments"), me=me.id)
        if left:
            log.info("%d of a list are no comments that we can read", left)
        for one in comments:
            self._keep(one)
        return comments, len(comments) + left >= PAGE

    async def all(self, params: Params) -> tuple[list[Comment], bool]:
        """A whole list as far as we read, and whether that was its end."""
        found: list[Comment] = []
        for number in range(1, MOST_PAGES + 1):
            comments, more = await self.page(number, params)
            found += comments
            if not more:
                return found, True
        return found, False

    async def some(self, ids: Iterable[int]) -> dict[int, Comment]:
        """Those of these that are in a list: approved, or held. Many at once."""
        wanted = list(dict.fromkeys(ids))
        found: dict[int, Comment] = {}
        for at in range(0, len(wanted), PAGE):
            include = ",".join(str(one) for one in wanted[at : at + PAGE])
            comments, _ = await self.page(1, [("include", include)])
            found |= {one.id: one for one in comments}
        return found

    async def one(self, id: int) -> Comment | Missing:
        """A single one, wherever it stands."""
        me = self.me or await self.open()
        answer = await self._http.get(f"{API}/comments/{id}", [("context", "edit")] if me.moderates else [])
        if answer.status in (404, 410):
            return Missing.GONE
        if answer.status == 403:
            return Missing.UNSEEN
        comment = read_comment(good_body(answer, "comment"), me=me.id)
        self._keep(comment)
        return comment

    async def fetch(self, refs: Sequence[PostRef]) -> dict[PostRef, PublicPost | Gone | Unavailable]:
        ids = {ref: int(ref.id) for ref in refs if ref.id.isascii() and ref.id.isdecimal()}
        listed = await self.some(ids.values())
        comments = {ref: listed.get(id) or await self.one(id) for ref, id in ids.items()}
        whole = await self.whole([one for one in comments.values() if isinstance(one, Comment)])
        now = {ref: self._as_it_is(ref, comments.get(ref, Missing.GONE)) for ref in refs}
        return {ref: whole[ref] if isinstance(one, PublicPost) else one for ref, one in now.items()}

    def _as_it_is(self, ref: PostRef, comment: Comment | Missing) -> PublicPost | Gone | Unavailable:
        if comment is Missing.UNSEEN:
            return Unavailable(ref, comment.value)
        if isinstance(comment, Missing) or comment.status in (Status.TRASH, Status.SPAM):
            return Gone(ref)
        if comment.status is Status.HELD:
            return Unavailable(ref, "it waits for approval")
        return comment.post

    async def whole(self, comments: Sequence[Comment]) -> dict[PostRef, PublicPost]:
        """These as posts with their thread's beginning, and with when they were seen to change."""
        missing = {one.parent for one in comments} - self._above.keys() - {0}
        for _ in range(DEEPEST):
            if not missing:
                break
            found = await self.some(missing)
            for id in missing - found.keys():
                self._above[id] = 0  # gone, or not for us: the thread begins below it as far as we see
            missing = {one.parent for one in found.values()} - self._above.keys() - {0}
        return {one.post.ref: self._placed(one) for one in comments}

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        """The top comment above `ref` and all below it that people can see, oldest first."""
        comment = await self.one(int(ref.id)) if ref.id.isascii() and ref.id.isdecimal() else Missing.GONE
        if isinstance(comment, Missing):
            return ()
        (post,) = (await self.whole([comment])).values()
        beside, complete = await self.all([("post", str(comment.page)), ("orderby", "date_gmt"), ("order", "desc")])
        if not complete:
            log.warning("a page has more comments than are read")
        posts = (await self.whole([one for one in beside if one.status is Status.APPROVED])).values()
        return sorted((one for one in posts if one.root == post.root), key=lambda one: (one.at, int(one.ref.id)))

    # Inside

    def _placed(self, comment: Comment) -> PublicPost:
        top, steps = comment.id, 0
        while (above := self._above.get(top, 0)) and steps < DEEPEST:
            top, steps = above, steps + 1
        _, changed = self._versions.get(comment.id, ("", None))
        edited = None if changed is None else max(changed, comment.post.at)
        return replace(comment.post, root=PostRef(str(top)), edited_at=edited)

    def _keep(self, comment: Comment) -> None:
        self._above[comment.id] = comment.parent
        now = comment.fingerprint
        before, changed = self._versions.pop(comment.id, (now, None))
        self._versions[comment.id] = (now, changed if before == now else self._clock())
        for kept in (self._above, self._versions):
            while len(kept) > KEPT:
                kept.popitem(last=False)

    def _trusted(self, answer: Answer) -> None:
        if answer.status in (401, 403):
            raise AuthFailed("WordPress does not let this account read comments: it needs the role Editor.")
