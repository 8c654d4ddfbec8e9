"""The stop button: nothing that is not yet on the wire goes out, for one conversation, one account, or all."""

from __future__ import annotations

from bot.desk.asking import objection
from bot.desk.outcomes import Actor, OnHold, Refused, Resumed, Why
from models import holds
from models.permits import Right, denied
from models.steps import Dossier
from models.store import Work
from models.telling import EventKind
from models.wakes import Topic


async def hold_conversation(dossier: Dossier, who: Actor) -> OnHold | Refused:
    """Stop this conversation's reply until somebody resumes."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    work, conversation = dossier.work, dossier.conversation
    scope = holds.of_conversation(conversation.id)
    _, new = await holds.stop(work, scope, by=who.rep)
    if new:
        await work.write_down(conversation, EventKind.HELD, rep=who.rep, data={"scope": scope})
        dossier.want_cards()
    return OnHold(scope, new, waiting=int(dossier.delivery is not None))


async def resume_conversation(dossier: Dossier, who: Actor) -> Resumed | Refused:
    """Let this conversation's reply go out again."""
    refused = objection(dossier, who, Right.APPROVE)
    if refused is not None:
        return refused
    work, conversation = dossier.work, dossier.conversation
    scope = holds.of_conversation(conversation.id)
    if await holds.resume(work, scope, by=who.rep) is None:
        return Refused(Why.NOT_HELD, conversation.id)
    await work.write_down(conversation, EventKind.RESUMED, rep=who.rep, data={"scope": scope})
    work.wake(Topic.DELIVER)
    dossier.want_cards()
    return Resumed(scope)


async def hold_all(work: Work, who: Actor, scope: str) -> OnHold | Refused:
    """Stop an account's replies, or all. Anybody who works here may: stopping is always safe."""
    sentence = denied(who.standing, Right.WORK)
    if sentence is not None:
        return Refused(Why.NO_RIGHT, sentence=sentence)
    _, new = await holds.stop(work, scope, by=who.rep)
    if new:
        await work.tell_channels(EventKind.HELD, rep=who.rep, data={"scope": scope})
        await holds.show(work, scope)
    return OnHold(scope, new)


async def resume_all(work: Work, who: Actor, scope: str) -> Resumed | Refused:
    """Let them go out again. Needs the right to approve."""
    sentence = denied(who.standing, Right.APPROVE)
    if sentence is not None:
        return Refused(Why.NO_RIGHT, sentence=sentence)
    if await holds.resume(work, scope, by=who.rep) is None:
        return Refused(Why.NOT_HELD)
    await work.tell_channels(EventKind.RESUMED, rep=who.rep, data={"scope": scope})
    await holds.show(work, scope)
    work.wake(Topic.DELIVER)
    return Resumed(scope)
