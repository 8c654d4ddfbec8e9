"""What all shops of reviews have in common: answering where there is one place for an answer, and following it.

A platform brings a `Shop` (its calls) and its settings; hearing is in `reviews_listen`, the values are in
`reviews_values`.

**One place.** A second answer to a review takes the first one's place, whoever wrote that. So an answer is only ever
written where none stands, and one that stands is only ever corrected: by whoever says which words are to be replaced.
Both look right before the call and refuse when something else stands there. What no look can close is the way of one
call: an answer that somebody writes elsewhere in that very moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, Protocol

from adapters.capabilities import Capabilities
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.http import Clock
from adapters.polling import Rhythm
from adapters.posts import (
    THE_ANSWER,
    Absent,
    Author,
    Batch,
    CannotTell,
    Cursor,
    Fit,
    Gone,
    Hook,
    HookAnswer,
    Limits,
    PostRef,
    PublicPost,
    Ready,
    Receipt,
    Refusal,
    Reply,
    Unavailable,
    Unit,
    Visibility,
)
from adapters.reviews_listen import Listener, Memory
from adapters.reviews_values import Answer, Page, Review, answer_post, answer_to, is_answer, review_of
from adapters.text import Mark, Text, same_words

SKEW = timedelta(minutes=10)  # how far the shop's clock and ours may be apart
AGAIN = timedelta(seconds=10)  # what could not be read right before a call, though it could a moment ago
SINGLES = 2  # so many are asked for one by one; of more the list's beginning is read first
LIST_PAGES = 3  # of it, then
UNSEEN = "it is not there any more, or not for us: the shop does not say which"
TAKEN = (
    "An answer in our name stands there already, and a review has one: a new one would take its place. "
    "Once it is heard, a draft here corrects it."
)
CHANGED = "Our answer there reads differently by now: somebody changed it elsewhere. It was left as it stands."
AWAY = "Our answer is not there any more."


class Given(Protocol):
    """What the settings of every shop hold."""

    @property
    def poll(self) -> timedelta: ...
    @property
    def overlap(self) -> timedelta: ...
    @property
    def sweep_every(self) -> timedelta: ...
    @property
    def sweep_back(self) -> timedelta: ...
    @property
    def look_back(self) -> timedelta: ...
    @property
    def longest(self) -> int: ...
    @property
    def call_limit(self) -> timedelta: ...
    @property
    def late_bound(self) -> timedelta | None: ...
    @property
    def listing_lag(self) -> timedelta | None: ...


class Shop(Protocol):
    """The calls of one shop. Reading raises as reading does; `put` and `remove` are one call each, and raise as
    writing does. Whatever they need besides (a token) they have from the reading before."""

    async def open(self) -> Author: ...

    async def close(self) -> None: ...

    async def page(self, more: str) -> Page: ...

    async def one(self, id: str) -> Review | None:
        """None: it is not there, or not for us."""

    async def put(self, review: Review, words: str, limit: timedelta) -> Answer:
        """What stands there then, as the shop says."""

    async def remove(self, review: Review, limit: timedelta) -> None:
        """Takes away what stands there."""


class Reviews:
    """See `adapters.contract.Platform`, which a platform of reviews is once it has name, settings and shop."""

    declares: ClassVar[Capabilities]
    unit: ClassVar[Unit] = Unit.CODE_POINTS
    remark: ClassVar[str] = ""  # of what everybody should know before they answer there

    def __init__(self, given: Given, shop: Shop, *, clock: Clock) -> None:
        self._given = given
        self._shop = shop
        self._clock = clock
        self._memory = Memory(clock)
        self._me: Author | None = None
        self._notes: tuple[str, ...] = ()
        self._asking: dict[str, asyncio.Task[Review | None]] = {}

    @property
    def can(self) -> Capabilities:
        given = self._given
        return replace(
            self.declares,
            call_limit=given.call_limit,
            late_bound=given.late_bound,
            listing_lag=given.listing_lag,
        )

    async def open(self) -> Author:
        self._me = await self._shop.open()
        return self._me

    async def close(self) -> None:
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        await self._shop.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    def limits(self) -> Limits:
        return Limits(length=self._given.longest, unit=self.unit)

    # Hearing

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        given = self._given
        rhythm = Rhythm(given.poll, given.overlap, given.sweep_every, given.sweep_back, given.look_back)
        if self._me is None:
            await self._patiently()
        ears = Listener(self._shop, self._memory, me=self.me, rhythm=rhythm, clock=self._clock)
        async for batch in ears.run(since):
            yield batch

    async def _patiently(self) -> None:
        """Who we are may have to be asked; an outage does not end listening."""
        while self._me is None:
            try:
                await self.open()
            except Throttled as error:
                await asyncio.sleep(max(0.1, (error.until - self._clock()).total_seconds()))
            except (Unreachable, Malformed):
                await asyncio.sleep(self._given.poll.total_seconds())

    def me(self) -> Author:
        """Who we are there; asked for by `open`."""
        assert self._me is not None
        return self._me

    async def hook(self, request: Hook) -> HookAnswer:
        return HookAnswer(status=404)  # nobody calls us

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        review = await self._one(review_of(ref))
        if review is None:
            return ()
        return tuple(one for one in (self._memory.post(review), await self._ours(review)) if one is not None)

    async def fetch(self, refs: Sequence[PostRef]) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        ids = list(dict.fromkeys(review_of(ref) for ref in refs))
        found: dict[str, Review | None] = {}
        if len(ids) > SINGLES:
            found |= await self._listed(set(ids))
        for id in ids:
            if id not in found:
                found[id] = await self._one(id)
        return {ref: await self._as_it_is(ref, found[review_of(ref)]) for ref in refs}

    async def search(self, words: str, since: Cursor | None) -> Batch:
        return Batch((), since or Cursor(""))

    # Answering

    def compose(self, words: Text, parent: PublicPost) -> Text:
        """As it is: shops tell the author of an answer themselves."""
        return words

    def fit(self, text: Text, *, warning: str | None = None) -> Fit:
        lost = [mark.value for mark in sorted(text.marks() - {Mark.LINK}, key=lambda one: one.value)]
        spoilt = self.spoils(text.plain)
        said = (*(f"{one} becomes plain words" for one in lost), *((spoilt,) if spoilt else ()))
        return Fit(self.length(text.plain), self._given.longest, self.unit, said)

    def length(self, words: str) -> int:
        """As the shop counts."""
        return len(words.encode("utf-8")) if self.unit is Unit.BYTES else len(words)

    def spoils(self, words: str) -> str:
        """What the shop would make of these words so that they are not these words any more; "" if nothing."""
        return ""

    async def preflight(self, reply: Reply) -> Ready | Refusal:
        refused = self._unfit(reply.text)
        if refused is not None:
            return Refusal(refused.reason, refused.sentence)
        try:
            review = await self._one(review_of(reply.parent))
        except AuthFailed as error:
            return Refusal(Reason.AUTH, error.sentence)
        if review is None:
            return Refusal(Reason.GONE, "The review is not there any more, or not for us.")
        if review.answer is not None and not same_words(review.answer.words, reply.text.plain):
            return Refusal(Reason.CLOSED, TAKEN)
        return Ready(notes=(self.remark,) if self.remark else ())

    async def publish(self, reply: Reply, key: str) -> Receipt:
        """Only where nothing stands. These very words standing there already are what was asked for."""
        if (refused := self._unfit(reply.text)) is not None:
            raise refused
        review = await self._before_a_call(review_of(reply.parent))
        standing = review.answer
        if standing is not None:
            if same_words(standing.words, reply.text.plain):
                return _receipt(review, standing)
            raise Refused(Reason.CLOSED, TAKEN)
        return await self._put(review, reply.text.plain)

    async def find_own_reply(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        try:
            review = await self._one(review_of(reply.parent))
        except (AuthFailed, Unreachable, Throttled, Malformed) as error:
            return CannotTell(f"we could not look: {error}")
        if review is None:
            return CannotTell("the review cannot be seen any more, and what stands under it neither")
        answer = review.answer
        if answer is None or answer_to(review.id) in reply.known:
            return Absent()
        if same_words(answer.words, reply.text.plain):
            return _receipt(review, answer)
        first = min(reply.attempts, default=None)
        if first is not None and answer.at >= first - SKEW:
            return CannotTell("another answer in our name stands there by now, and may have taken the place of ours")
        return Absent()  # it stood there before we tried, and we write over nothing

    async def look(self, receipt: Receipt) -> Visibility:
        review = await self._one(review_of(receipt.ref))
        return Visibility.REJECTED if review is None or review.answer is None else review.answer.shown

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        if not self.declares.corrects:
            raise Refused(Reason.UNSUPPORTED, "This platform cannot do that.")
        if (refused := self._unfit(text)) is not None:
            raise refused
        review = await self._before_a_call(review_of(receipt.ref))
        standing = review.answer
        if standing is None:
            raise Refused(Reason.GONE, AWAY)
        if same_words(standing.words, text.plain):
            return _receipt(review, standing)
        self._is_still(standing, receipt)
        return await self._put(review, text.plain)

    async def retract(self, receipt: Receipt) -> None:
        if not self.declares.retracts:
            raise Refused(Reason.UNSUPPORTED, "An answer to a review cannot be taken back there, only changed.")
        try:
            review = await self._before_a_call(review_of(receipt.ref))
        except Refused as error:
            if error.reason is Reason.GONE:
                return  # with the review
            raise
        if review.answer is None:
            return
        self._is_still(review.answer, receipt)
        await self._shop.remove(review, self._given.call_limit * 3 / 4)

    # Inside

    def _is_still(self, standing: Answer, receipt: Receipt) -> None:
        """What stands there is what is to be replaced, and nobody else's words."""
        if receipt.text is None or not same_words(standing.words, receipt.text):
            raise Refused(Reason.DIFFERENT, CHANGED)

    async def _put(self, review: Review, words: str) -> Receipt:
        answer = await self._shop.put(review, words, self._given.call_limit * 3 / 4)
        if not same_words(answer.words, words):
            raise Lost("accepted, but the shop shows other words")
        return _receipt(review, answer)

    async def _before_a_call(self, id: str) -> Review:
        """The review as it stands right before it is answered. Nothing was sent yet, whatever goes wrong here."""
        try:
            async with asyncio.timeout((self._given.call_limit / 4).total_seconds()):
                review = await self._shop.one(id)  # asked anew, whoever else may be asking
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed, TimeoutError) as error:
            raise Throttled(self._clock() + AGAIN, "The review could not be read, so nothing was sent.") from error
        if review is None:
            raise Refused(Reason.GONE, "The review is not there any more, or not for us.")
        return review

    def _unfit(self, text: Text) -> Refused | None:
        fit = self.fit(text)
        if not text.plain.strip():
            return Refused(Reason.INVALID, "The answer is empty.")
        if not fit.fits:
            return Refused(Reason.TOO_LONG, f"The answer has {fit.length} {_UNITS[fit.unit]}, {fit.limit} are allowed.")
        spoilt = self.spoils(text.plain)
        return Refused(Reason.INVALID, spoilt) if spoilt else None

    async def _one(self, id: str) -> Review | None:
        """One review. Whoever asks for it while somebody else does gets the same answer: questions are counted."""
        asking = self._asking.get(id)
        if asking is None:
            asking = self._asking[id] = asyncio.create_task(self._shop.one(id))
            asking.add_done_callback(lambda done: self._asked(id, done))
        return await asyncio.shield(asking)

    def _asked(self, id: str, done: asyncio.Task[Review | None]) -> None:
        self._asking.pop(id, None)
        if not done.cancelled():
            done.exception()  # whoever waited has it; if nobody does any more, it is nobody's

    async def _listed(self, wanted: set[str]) -> dict[str, Review | None]:
        """Those of these that stand at the beginning of the list."""
        found: dict[str, Review | None] = {}
        more = ""
        for _ in range(LIST_PAGES):
            page = await self._shop.page(more)
            found |= {one.id: one for one in page.reviews if one.id in wanted}
            more = page.more
            if not more or len(found) == len(wanted):
                break
        return found

    async def _as_it_is(self, ref: PostRef, review: Review | None) -> PublicPost | Gone | Unavailable:
        if review is None:
            return Unavailable(ref, UNSEEN)
        if not is_answer(ref):
            return self._memory.post(review)
        return await self._ours(review) or Gone(ref)

    async def _ours(self, review: Review) -> PublicPost | None:
        if review.answer is None:
            return None
        me = self._me or await self.open()
        return answer_post(review, review.answer, me=me)


_UNITS: Mapping[Unit, str] = {
    Unit.GRAPHEMES: "characters",
    Unit.WEIGHTED: "characters",
    Unit.CODE_POINTS: "characters",
    Unit.BYTES: "bytes",
}


def _receipt(review: Review, answer: Answer) -> Receipt:
    return Receipt(
        ref=answer_to(review.id),
        url=review.url,
        at=answer.at,
        text=answer.words,
        visibility=answer.shown,
        extra={THE_ANSWER: True},
    )
