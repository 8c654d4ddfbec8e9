"""Giving a draft its pictures, once their bytes are there: the same words, shown anew with them, for approval."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.pictures import TakenPictures
from bot.desk.asking import objection
from bot.desk.drafting import digest_of, saved
from bot.desk.outcomes import Actor, Drafted, Refused, Why
from bot.desk.picturing import AWAITED, about_its_text, objections, standing
from models.attachments import Pictured, without_pictures
from models.lifecycle import Step
from models.permits import Right
from models.reply import ANSWERS, DraftKind, Revision
from models.steps import Dossier

#: In a draft's `fit`: why pictures that were given to it were not taken, one sentence each.
NOT_TAKEN = "not_taken"


async def attach(
    dossier: Dossier,
    who: Actor,
    given: Sequence[Pictured],
    *,
    takes: TakenPictures | None,
    not_taken: Sequence[str] = (),
    shows: bool = True,
) -> Drafted | Refused:
    """The draft that stands, with these pictures after its own. What was approved of it counts no more.

    `not_taken` are sentences about those that could not be had: they stand on the draft. `shows` is as in
    `picturing.objections`.
    """
    refused = objection(dossier, who, Right.WORK, Step.DRAFT)
    if refused is not None:
        return refused
    number, current = dossier.conversation.id, dossier.revision
    if current is None:
        return Refused(Why.NO_DRAFT, number)
    kind = DraftKind(current.kind)
    if kind not in ANSWERS:
        return Refused(Why.NO_PICTURES_HERE, number)
    parent = next((post for post in dossier.posts if post.id == current.parent_id), None)
    if parent is None:
        return Refused(Why.NOTHING_THERE, number)
    known = standing(current, kind)
    pictures = (*known, *[one for one in given if one.digest not in {other.digest for other in known}])
    if pictures == known and not not_taken and current.blocked != AWAITED:
        return Refused(Why.UNCHANGED, number, draft=current.number)
    blocked = current.blocked
    if not about_its_text(blocked):
        blocked = objections(pictures, dossier.rules, takes, awaited=False, shows=shows)
    fit = {**current.fit, NOT_TAKEN: list(not_taken)} if not_taken else {**current.fit}
    if not not_taken:
        fit.pop(NOT_TAKEN, None)
    made = Revision(
        conversation_id=number,
        number=dossier.conversation.revisions + 1,
        base=current.number,
        kind=kind.value,
        parent_id=parent.id,
        typed=current.typed,
        final=current.final,
        spans=[*without_pictures(current.spans), *[one.span() for one in pictures]],
        digest=digest_of(
            kind=kind.value,
            account=dossier.conversation.account_id,
            parent=parent,
            final=current.final,
            pictures=pictures,
        ),
        rep_id=who.rep,
        authors=[*[author for author in current.authors if author != who.rep], who.rep],
        fit=fit,
        blocked=blocked,
        at=dossier.work.now,
    )
    return await saved(dossier, who, made)
