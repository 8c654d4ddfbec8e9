"""What a reply that was sent, or may have been sent, came to: receipts, verdicts, looks, and the look afterwards.

Everything here is written in a transaction that has the conversation's dossier open, together with its step.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from adapters.contract import (
    JSON,
    THE_ANSWER,
    Absent,
    Audience,
    Platform,
    PlatformError,
    PostRef,
    PublicPost,
    Receipt,
    Text,
    Visibility,
)
from bot.publishing.protocol import Bounds, Found, Protocol, Verdict
from bot.publishing.saying import look_for
from bot.publishing.views import delivery_view
from models import sending
from models.attachments import pictures_of, without_pictures
from models.chat import CardKind
from models.conversation import Conversation, Post
from models.journal import words_digest
from models.lifecycle import Step
from models.permits import Policy
from models.reply import ANSWERS, AttemptOutcome, Delivery, DeliveryState, DraftKind
from models.sending import Saying, Taken
from models.steps import Dossier, open_dossier, take
from models.store import Store, Work
from models.telling import EventKind
from models.worklist import finish

log = logging.getLogger("twoway.publishing")

#: When to look at what was posted: so long after it was. Moderation and spam filters work late.
LOOKS_AFTER = (timedelta(seconds=10), timedelta(minutes=10), timedelta(days=1))

#: While it waits for a moderator, it is looked at until it is visible or rejected: ever more rarely, and so long.
PENDING_AGAIN = (timedelta(minutes=5), timedelta(hours=6))
PENDING_FOR = timedelta(days=30)

#: How a report is called in the journal.
KINDS: Mapping[Step, EventKind] = {
    Step.LOST: EventKind.LOST,
    Step.THROTTLED: EventKind.THROTTLED,
    Step.REFUSED: EventKind.REFUSED,
    Step.ABSENT: EventKind.ABSENT,
    Step.UNFIT: EventKind.UNFIT,
}


async def report(
    dossier: Dossier,
    delivery: Delivery,
    verdict: Verdict,
    *,
    bounds: Bounds,
    looked_for: Sequence[int] = (),
    until: datetime | None = None,
    reason: str = "",
    sentence: str = "",
    of: Sequence[int] = (),
) -> None:
    """Tell the conversation a verdict that is no receipt. The caller has seen to it that it may be told.

    `looked_for` are the deliveries whose attempts a look did not find. `sentence` is the platform's and may name
    people: it stays on the delivery, the journal gets `reason`, its code. `of` are the reps whom it is about.
    """
    work = dossier.work
    facts: dict[str, object] = {"delivery": delivery.id}
    if verdict.why or reason:
        facts["why"] = verdict.why or reason
    if of:
        facts["of"] = list(of)
    if verdict.outcome is AttemptOutcome.ABSENT:
        await sending.write_outcomes(work, AttemptOutcome.ABSENT, deliveries=[delivery.id, *looked_for])
    elif verdict.outcome is AttemptOutcome.LOST:
        await sending.write_lost(work, delivery.id)
    if verdict.step is Step.LOST:
        delivery.state = DeliveryState.UNSURE
        delivery.why = ""
    await take(dossier, verdict.step, KINDS[verdict.step], data=facts, until=until)
    if verdict.step is Step.LOST:
        look_at = work.now + bounds.wait
        finish(delivery, due_at=look_at)
        if not bounds.tells:
            await ask_person(dossier, delivery)
    elif verdict.step is Step.THROTTLED:
        delivery.why = verdict.step.value
    elif verdict.step in {Step.REFUSED, Step.UNFIT}:
        delivery.why = sentence or verdict.why or reason or verdict.step.value


async def ask_person(dossier: Dossier, delivery: Delivery) -> None:
    """Say once, by mention, that nobody but a person can tell what became of it."""
    if delivery.why == "asked":
        return
    delivery.why = "asked"
    await dossier.work.write_down(dossier.conversation, EventKind.UNSURE, data={"delivery": delivery.id})
    dossier.conversation.version += 1
    dossier.want_cards()


async def learn(dossier: Dossier, saying: Saying, receipt: Receipt, *, protocol: Protocol, how: str) -> bool:
    """Our reply is there: a fact, whenever it comes and whoever brings it. False when it was known before."""
    work = dossier.work
    delivery = await sending.delivery_now(work, saying.delivery.id)
    if delivery.receipt is not None or delivery.state == DeliveryState.SENT:
        return False
    view = delivery_view(delivery)
    step = protocol.news_of(delivery.id, view)
    delivery.receipt = dict(receipt_json(receipt))
    await sending.write_outcomes(work, AttemptOutcome.SENT, deliveries=[delivery.id], detail=how)
    data: dict[str, object] = {
        "delivery": delivery.id,
        "ref": receipt.ref.id,
        "url": receipt.url,
        "how": how,
        "digest": saying.revision.digest,
    }
    meant = len(pictures_of(saying.revision.spans))
    if receipt.pictures is not None and receipt.pictures < meant:  # a fact all the same: it stands there, and is told
        data["pictures_missing"] = meant - receipt.pictures
        log.error("a reply stands without its pictures", extra={"delivery": delivery.id, "missing": meant})
    if receipt.visibility is Visibility.PENDING:  # what is worse is told by the first look
        data["visible"] = delivery.visible = receipt.visibility.value
    await record(dossier, saying, receipt)
    kind = EventKind.SENT if step is Step.SENT else EventKind.SURFACED
    await take(dossier, step, kind, data=data)
    delivery.state = DeliveryState.SENT
    delivery.ended_at = work.now
    delivery.why = ""
    finish(delivery, due_at=work.now + LOOKS_AFTER[0])
    return True


def receipt_json(receipt: Receipt) -> Mapping[str, object]:
    """A receipt as the row keeps it: the words are known already."""
    return {"ref": receipt.ref.id, "url": receipt.url, "at": receipt.at.isoformat(), "extra": dict(receipt.extra)}


async def record(dossier: Dossier, saying: Saying, receipt: Receipt) -> None:
    """What we said, as a post of the conversation: new, corrected, or taken away."""
    work, revision, parent = dossier.work, saying.revision, saying.parent
    kind = DraftKind(revision.kind)
    if kind not in ANSWERS:
        # The order was read before this transaction: change the row that this one holds.
        row = next((post for post in dossier.posts if post.id == parent.id), None)
        if row is None:
            return
        if kind is DraftKind.RETRACTION:
            row.gone_at = work.now
        else:
            row.words, row.spans, row.version = revision.final, without_pictures(revision.spans), row.version + 1
            row.digest, row.edited_at = words_digest(revision.final, row.warning), work.now
        return
    post = Post(
        account_id=dossier.conversation.account_id,
        conversation_id=dossier.conversation.id,
        delivery_id=saying.delivery.id,
        ours=True,
        ref=receipt.ref.id,
        parent=parent.ref,
        words=revision.final,
        spans=without_pictures(revision.spans) or _spans(revision.final),
        warning=parent.warning,
        visibility=Audience.DIRECT.value if kind is DraftKind.PRIVATE else parent.visibility,
        url=receipt.url,
        at=receipt.at,
        heard_at=work.now,
        digest=words_digest(revision.final, parent.warning),
        extra=_place(receipt.extra),
    )
    sending.record_post(dossier, post)


def _place(extra: Mapping[str, JSON]) -> dict[str, bool]:
    """Of what a platform says beside our words, what counts for a post: that it is the one answer there."""
    return {THE_ANSWER: True} if extra.get(THE_ANSWER) is True else {}


def _spans(words: str) -> list[object]:
    spans = Text.of(words).to_json()
    return list(spans) if isinstance(spans, list) else []


# ------------------------------------------------------------------------------------------ looks


async def look(
    platform: Platform, order: sending.Order, wanted: Mapping[int, Sequence[datetime]]
) -> tuple[Found, Saying | None, Receipt | None]:
    """Look for the attempts of every delivery in `wanted` (delivery -> when its calls were made)."""
    cannot = False
    for saying in (order.saying, *order.earlier):
        times = wanted.get(saying.delivery.id)
        if not times:
            continue
        found = await look_for(platform, saying, order.conversation, times)
        if isinstance(found, Receipt):
            ours = saying.delivery.id == order.saying.delivery.id
            return (Found.OURS if ours else Found.OTHER), saying, found
        cannot = cannot or not _absent(found)
    return (Found.CANNOT_TELL if cannot else Found.NOTHING), None, None


def _absent(found: object) -> bool:
    return isinstance(found, Absent)


class Surfaced:
    """Hearing's question about words of ours that it heard: is it a reply whose fate nobody knew?"""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    async def __call__(self, work: Work, dossier: Dossier, post: PublicPost) -> bool:
        """Take it as the receipt that it is. False: it is none of ours that we look for."""
        for saying in await sending.unproven(work, dossier.conversation.id):
            if saying.revision.kind not in ANSWERS or post.text.plain.strip() != saying.revision.final.strip():
                continue
            if post.parent is not None and post.parent != PostRef(saying.parent.ref):
                continue
            extra = _place(post.extra)
            receipt = Receipt(ref=post.ref, url=post.url, at=post.at, visibility=post.shown, extra=extra)
            return await learn(dossier, saying, receipt, protocol=self._protocol, how="heard")
        return False


# ------------------------------------------------------------------------------------------ afterwards


async def read_back(
    store: Store, platform: Platform, taken: Taken, order: sending.Order, policies: Mapping[int, Policy]
) -> None:
    """Look at what was posted: accepted is not visible. Says so when the customer cannot see it."""
    delivery = order.saying.delivery
    ref = (delivery.receipt or {}).get("ref")
    seen: Visibility | None = None
    if isinstance(ref, str) and order.saying.revision.kind != DraftKind.RETRACTION:
        try:
            seen = await platform.look(_receipt(order.conversation, delivery, ref))
        except PlatformError as error:
            log.info("look failed", extra={"delivery": delivery.id, "error": type(error).__name__})
    async with store.work() as work:
        dossier = await open_dossier(work, taken.conversation, policies)
        row = await sending.delivery_held(work, taken)
        if row is None:
            return
        before = row.visible
        row.visible = before if seen is None else seen.value
        finish(row, due_at=_next_look(row, work.now))
        if seen is None or seen.value == before:
            return
        hidden = seen in {Visibility.HIDDEN, Visibility.REJECTED}
        kind = EventKind.HIDDEN if hidden else EventKind.VISIBLE
        tell = hidden or Visibility.PENDING.value in (before, seen.value)  # else it is as everybody expected
        data: dict[str, object] = {"delivery": row.id, "visible": seen.value}
        await work.write_down(dossier.conversation, kind, data=data, tell=tell)
        work.want(CardKind.CONVERSATION, dossier.conversation.id)


def _receipt(conversation: Conversation, delivery: Delivery, ref: str) -> Receipt:
    known = delivery.receipt or {}
    url, at = known.get("url"), known.get("at")
    moment = datetime.fromisoformat(at) if isinstance(at, str) else conversation.opened_at
    return Receipt(ref=PostRef(ref), url=url if isinstance(url, str) else None, at=moment)


def _next_look(row: Delivery, now: datetime) -> datetime | None:
    if row.receipt is None:
        return None
    ended = row.ended_at or now
    since = now - ended
    looks = [ended + after for after in LOOKS_AFTER if after > since]
    if row.visible == Visibility.PENDING.value and since < PENDING_FOR:
        soonest, latest = PENDING_AGAIN
        looks.append(now + min(max(since / 4, soonest), latest))
    return min(looks, default=None)
