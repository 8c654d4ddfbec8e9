"""What every verb asks first: has this person the right, and is it possible now?"""

from __future__ import annotations

from bot.desk.outcomes import Actor, Refused, Why
from models.lifecycle import Step, allows
from models.permits import Right, denied
from models.steps import Dossier


def objection(dossier: Dossier, who: Actor, right: Right, step: Step | None = None) -> Refused | None:
    """None when `who` may do it and the conversation is where it can be done."""
    number = dossier.conversation.id
    sentence = denied(who.standing, right)
    if sentence is not None:
        return Refused(Why.NO_RIGHT, number, sentence=sentence)
    if step is not None and not allows(dossier.state, step):
        return Refused(Why.NOT_NOW, number, state=dossier.state, step=step)
    return None
