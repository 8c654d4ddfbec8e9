"""The one call into drafting: from commands, dialogs, shortcuts and lists alike."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.attaching import shows
from bot.chat.handling import Room
from bot.chat.plain import leftovers, room_of
from bot.desk.answers import word_for_word
from bot.desk.drafting import Composed, Writing, draft
from bot.desk.outcomes import Actor, Outcome
from bot.desk.picturing import standing
from models.answers import answers_of
from models.attachments import Pictured
from models.conversation import Post
from models.people import Rep
from models.praise import is_praise
from models.reading.people import customers
from models.reply import DraftKind
from models.steps import Dossier


async def save(
    room: Room,
    dossier: Dossier,
    actor: Actor,
    typed: str,
    base: int | None,
    kind: DraftKind,
    *,
    parent: int | None = None,
    claims: bool = True,
    suggestion: int | None = None,
    read: bool = False,
    pictures: tuple[Pictured, ...] | None = None,
    awaits: bool = False,
) -> Outcome:
    """What somebody wrote becomes a draft. `parent` is a post other than the
    customer's last; without `claims` nobody has the conversation by it; `suggestion` is what it was begun with, and
    `read` says that its writer read every word of that. `pictures` None: those that the draft has; `awaits`: more are
    on their way."""
    carries = standing(dossier.revision, kind) if pictures is None else pictures
    account = dossier.conversation.account_id
    writing = Writing(
        typed=typed.strip(),
        base=base,
        kind=kind,
        leftovers=leftovers(typed),
        signoff=await signoff_of(dossier, actor),
        parent=parent,
        claims=claims,
        suggestion=suggestion,
        read=read,
        pictures=pictures,
        awaits=awaits,
        takes=room.takes(account),
        shows=shows(room, typed, carries),
    )

    authors = await customers(dossier.work.session, [post.identity_id for post in dossier.posts])
    saved = word_for_word(writing.typed, await answers_of(dossier.work.session, dossier.conversation.channel_id))

    def compose(*, parent: Post, typed: str, signoff: str) -> Composed:
        author = authors.get(parent.identity_id) if parent.identity_id is not None else None
        composed = room.compose(account, parent, author, typed, signoff)
        fit = composed.fit if saved is None else {**composed.fit, "saved": saved}
        return replace(composed, fit=fit, shows=room_of(composed.final) <= room.surface.can.shows_whole)

    return await draft(dossier, actor, writing, compose)


async def signoff_of(dossier: Dossier, actor: Actor) -> str:
    """How a rep signs. Thanks for praise come from somebody with a name, also where they sign nothing else."""
    rep = await dossier.work.session.get(Rep, actor.rep)
    if rep is None:
        return ""
    first = (rep.name.split() or [""])[0]
    named = first and not rep.signoff and await is_praise(dossier.work.session, dossier.conversation.id)
    return f"– {first}" if named else rep.signoff
