"""Stops: what is held, and the lock that decides between a hold and a reply about to leave."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import InstrumentedAttribute

from models.chat import CardKind
from models.conversation import Conversation
from models.places import Account, Hold
from models.reply import Delivery, DeliveryState
from models.store import Session, Work

ALL = "all"


def of_account(account_id: int) -> str:
    return f"account:{account_id}"


def of_conversation(number: int) -> str:
    return f"conversation:{number}"


async def held(work: Work, conversation: Conversation) -> Hold | None:
    """The stop that covers this conversation, if one stands. Ask in the transaction that commits the intent: it
    shares the account's lock with `stop`, so that a hold acknowledged before that commit always wins."""
    account = select(Account.id).where(Account.id == conversation.account_id).with_for_update(read=True)
    await work.session.execute(account)
    return await stands(work.session, conversation)


async def stands(session: Session, conversation: Conversation) -> Hold | None:
    """The stop that covers this conversation as far as it is committed, without waiting for one that is on its way."""
    scopes = (ALL, of_account(conversation.account_id), of_conversation(conversation.id))
    query = select(Hold).where(Hold.scope.in_(scopes), Hold.ended_at.is_(None)).order_by(Hold.id).limit(1)
    hold: Hold | None = await session.scalar(query)
    return hold


async def stop(work: Work, scope: str, *, by: int) -> tuple[Hold, bool]:
    """Let nothing that `scope` covers go out; the standing hold, and whether it is new."""
    await _lock(work, scope)
    standing = await _standing(work, scope)
    if standing is not None:
        return standing, False
    hold = Hold(scope=scope, by_id=by, since=work.now)
    work.add(hold)
    await work.flush()
    return hold, True


async def resume(work: Work, scope: str, *, by: int) -> Hold | None:
    """End the stop of exactly this scope; None when none stands."""
    await _lock(work, scope)
    standing = await _standing(work, scope)
    if standing is not None:
        standing.ended_at = work.now
        standing.ended_by_id = by
        covered = _covered(scope, Delivery.conversation_id, Delivery)
        waits = (Delivery.state == DeliveryState.WAITING, Delivery.due_at.is_not(None))
        await work.session.execute(update(Delivery).where(*waits, *covered).values(due_at=Delivery.hold_until))
    return standing


async def show(work: Work, scope: str) -> None:
    """Every conversation with a draft that the scope covers is shown anew: what waits says for what."""
    query = select(Conversation.id, Conversation.message_id).where(
        Conversation.message_id.is_not(None), *_covered(scope, Conversation.id, Conversation)
    )
    for number, message in (await work.session.execute(query)).all():
        if message is not None:
            work.want(CardKind.CONVERSATION, number)
            work.want(CardKind.DRAFT, message)


def _covered(
    scope: str, number: InstrumentedAttribute[int], table: type[Delivery] | type[Conversation]
) -> list[ColumnElement[bool]]:
    kind, _, which = scope.partition(":")
    if kind == ALL:
        return []
    return [(table.account_id if kind == "account" else number) == int(which)]


async def _standing(work: Work, scope: str) -> Hold | None:
    return await work.session.scalar(select(Hold).where(Hold.scope == scope, Hold.ended_at.is_(None)))


async def _lock(work: Work, scope: str) -> None:
    """Every account that the scope covers, in the order of their ids, so that two stops never wait in a circle."""
    query = select(Account.id).order_by(Account.id).with_for_update()
    if scope.startswith("account:"):
        query = query.where(Account.id == int(scope.partition(":")[2]))
    if scope == ALL or scope.startswith("account:"):
        await work.session.execute(query)
