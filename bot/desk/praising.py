"""Praise: a rep says that a conversation is, whether its words may be quoted is asked in public, and the answer kept.

The question goes out as a draft like every other. A permission is about one post in one version of it.
"""

from __future__ import annotations

from datetime import datetime

from bot.desk.asking import objection
from bot.desk.closing import is_address
from bot.desk.ideas import wish
from bot.desk.outcomes import Actor, Praised, QuoteKept, Refused, Why
from models.customers import identity_of
from models.journal import words_digest
from models.permits import Right
from models.praise import Praise, Quote, has_gone_out, praise_in
from models.quiet import quiet_among
from models.steps import Dossier
from models.telling import EventKind
from models.waiting import look_again


async def mark(
    dossier: Dossier, who: Actor | None, *, given: bool, at: datetime, own: bool = False
) -> Praised | Refused:
    """Into the lane of praise, or out of it. `who` None: the reader's hint says so. `at` is the sign's own time: the
    latest wins. `own`: what somebody else said is not taken back by it."""
    refused = None if who is None else objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    number, rep = dossier.conversation.id, None if who is None else who.rep
    row = await praise_in(dossier.work.session, number)
    stands = row is not None and row.given
    late = row is not None and at < row.at
    others = own and not given and row is not None and row.rep_id != rep
    if stands is given or late or others:
        return Praised(number, stands, changed=False)
    if given and wish(dossier) is None:
        return Refused(Why.NOTHING_THERE, number)
    if row is None:
        row = Praise(conversation_id=number)
        dossier.work.add(row)
    row.given, row.rep_id, row.at = given, rep, at
    await _write_down(dossier, EventKind.PRAISE if given else EventKind.PRAISE_WITHDRAWN, who, {})
    await look_again(dossier.work, number)
    return Praised(number, given)


async def may_ask(dossier: Dossier, who: Actor) -> Refused | None:
    """Why it may not be asked in public whether we may quote: None when nothing speaks against it."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    number, session = dossier.conversation.id, dossier.work.session
    row = await praise_in(session, number)
    if row is None or not row.given:
        return Refused(Why.NO_PRAISE, number)
    if row.quote in {Quote.YES, Quote.NO} or (
        row.asked is not None and await has_gone_out(dossier.work, number, row.asked)
    ):
        return Refused(Why.ASKED_ALREADY, number)
    customer = (await identity_of(dossier.work, number)).customer_id
    if await quiet_among(session, [customer]):
        return Refused(Why.QUIET, number)
    return None


async def asked(dossier: Dossier, who: Actor, draft: int) -> None:
    """This draft asks whether the customer's words, as they stand now, may be quoted."""
    row = await praise_in(dossier.work.session, dossier.conversation.id)
    post = wish(dossier)
    assert row is not None
    if post is None:
        return
    row.asked, row.quote = draft, Quote.ASKED.value
    row.post_id, row.post_digest = post.id, post.digest
    data: dict[str, object] = {"revision": draft, "post": post.id, "digest": post.digest}
    await _write_down(dossier, EventKind.QUOTE_ASKED, who, data)


async def answered(dossier: Dossier, who: Actor, *, allowed: bool, address: str) -> QuoteKept | Refused:
    """The customer said yes or no, there, says `who`. A later word replaces it."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    number = dossier.conversation.id
    row = await praise_in(dossier.work.session, number)
    if row is None or not row.given:
        return Refused(Why.NO_PRAISE, number)
    if not is_address(address):
        return Refused(Why.NO_LINK, number)
    post = next((post for post in dossier.customer_posts if post.id == row.post_id), None)
    if row.asked is None or post is None:
        post = wish(dossier)  # said without being asked, or of what stands there now
    if post is None:
        return Refused(Why.NOTHING_THERE, number)
    if row.asked is None or row.post_id != post.id:
        row.post_id, row.post_digest = post.id, post.digest
    row.quote = (Quote.YES if allowed else Quote.NO).value
    row.quote_url, row.quote_at, row.quote_rep_id = address, dossier.work.now, who.rep
    data: dict[str, object] = {
        "post": row.post_id,
        "digest": row.post_digest,
        "address": words_digest(address),
        "on_word_of": who.rep,
    }
    await _write_down(dossier, EventKind.QUOTE_ALLOWED if allowed else EventKind.QUOTE_REFUSED, who, data)
    return QuoteKept(number, allowed)


async def _write_down(dossier: Dossier, kind: EventKind, who: Actor | None, data: dict[str, object]) -> None:
    await dossier.work.flush()
    await dossier.work.write_down(dossier.conversation, kind, rep=None if who is None else who.rep, data=data)
    dossier.conversation.version += 1
    dossier.want_cards()
