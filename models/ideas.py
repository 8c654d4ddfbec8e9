"""What customers suggest, as rows: ideas, which conversations ask for them, votes elsewhere, and who is told of it.

The rows are what the journal's events add up to (`reading/ledger.py` counts them out of it), kept so that nobody reads
a year of events to count supporters. They hold reps' words (a title, what people are told), never a customer's: those
stand in their posts alone, and leave with them. Who may do what is left to the desk.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.chat import CardKind
from models.store import Work


class IdeaState(StrEnum):
    """What the team decided. Any of them can be taken back."""

    OPEN = "open"
    SHIPPED = "shipped"
    DECLINED = "declined"


class Idea(Base):
    """Something that customers suggest. `into_id` is the idea that it was merged into, `root_id` the one at the end of
    those, which has the decisions and all supporters; its own id where it was merged into none. `text` is what those
    who asked are told, `title` what reps call it."""

    __tablename__ = "idea"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    root_id: Mapped[int] = mapped_column(default=0, index=True)
    into_id: Mapped[int | None]
    title: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(16), default=IdeaState.OPEN)
    state_at: Mapped[datetime | None]
    rep_id: Mapped[int | None] = mapped_column(ForeignKey("rep.id"))
    url: Mapped[str | None]
    text: Mapped[str] = mapped_column(default="")


#: Whose mark it is, where no rep's: the reader's hint.
READER = "reader"


class Support(Base):
    """One mark that a conversation asks for an idea: a rep's ("rep 7"), by sign or word, or the reader's hint. The
    latest event time wins. All marks of a conversation are for one idea; while one stands, its author supports it."""

    __tablename__ = "support"
    __table_args__ = (UniqueConstraint("conversation_id", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    source: Mapped[str] = mapped_column(String(32))
    given: Mapped[bool]
    at: Mapped[datetime]


class Votes(Base):
    """How many ask for it on a feedback board: a number that a rep gave, with its source. A newer one replaces it."""

    __tablename__ = "votes"
    __table_args__ = (UniqueConstraint("idea_id", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"))
    source: Mapped[str] = mapped_column(String(200))
    count: Mapped[int]
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    at: Mapped[datetime]


class NewsState(StrEnum):
    """How far telling somebody is. Who is left out after all has no row: they may be told later."""

    WAITING = "waiting"
    DRAFTED = "drafted"


class News(Due, Base):
    """That somebody is to be told that their idea has shipped: unique by idea and person, so that nobody is told twice.

    `identity_id` is the first account of theirs, `idea_id` the root, also after merging; `made_for` what they asked
    for. Due until its draft, `revision`, stands. `rep_id` is who marked it shipped, and the draft's author.
    """

    __tablename__ = "news"
    __table_args__ = (UniqueConstraint("idea_id", "identity_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"))
    made_for: Mapped[int]
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    text: Mapped[str]
    state: Mapped[str] = mapped_column(String(16), default=NewsState.WAITING)
    revision: Mapped[int | None]
    at: Mapped[datetime]


#: A change of an idea shows so many cards anew: a channel takes about one update a second.
SHOWN_ANEW = 100


class NoSuchIdea(Exception):
    """Nobody has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"no idea {number}")
        self.number = number


# ------------------------------------------------------------------------------------------------ ideas


async def lock_roots(work: Work, numbers: Collection[int]) -> dict[int, Idea]:
    """The roots of these ideas by the numbers that were asked for, locked in the order of their ids until the Work
    ends. Raises NoSuchIdea."""
    while True:
        found = await work.session.execute(select(Idea.id, Idea.root_id).where(Idea.id.in_(numbers)))
        roots = {row.id: row.root_id for row in found}
        for number in numbers:
            if number not in roots:
                raise NoSuchIdea(number)
        locked = await work.session.scalars(
            select(Idea)
            .where(Idea.id.in_(set(roots.values())))
            .order_by(Idea.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        by_id = {idea.id: idea for idea in locked}
        if all(idea.root_id == idea.id for idea in by_id.values()):
            return {number: by_id[roots[number]] for number in numbers}
        # Merged while we waited for the lock: what is locked stays so, and the way is looked up again.


async def new_idea(work: Work) -> Idea:
    """An idea of its own, without supporters yet."""
    idea = Idea(at=work.now)
    work.add(idea)
    await work.flush()
    idea.root_id = idea.id
    await work.flush()
    return idea


async def group_of(work: Work, root: int) -> Sequence[Idea]:
    """Every idea that was merged into this one, itself among them."""
    return (await work.session.scalars(select(Idea).where(Idea.root_id == root).order_by(Idea.id))).all()


async def move_root(work: Work, ideas: Collection[int], *, was: int, to: int) -> None:
    """These ideas are of another root now; so is who was told for their sake, unless they were told there too."""
    await work.session.execute(
        update(Idea).where(Idea.id.in_(ideas)).values(root_id=to).execution_options(synchronize_session="fetch")
    )
    told_there = select(News.identity_id).where(News.idea_id == to)
    moved = update(News).where(News.idea_id == was, News.made_for.in_(ideas), News.identity_id.not_in(told_there))
    await work.session.execute(moved.values(idea_id=to).execution_options(synchronize_session="fetch"))


async def set_votes(work: Work, idea: int, source: str, count: int, *, rep: int) -> None:
    """So many there; none at all takes the source away."""
    if count == 0:
        await work.session.execute(delete(Votes).where(Votes.idea_id == idea, Votes.source == source))
        return
    row = await work.session.scalar(select(Votes).where(Votes.idea_id == idea, Votes.source == source))
    if row is None:
        row = Votes(idea_id=idea, source=source, count=count, rep_id=rep, at=work.now)
        work.add(row)
    row.count, row.rep_id, row.at = count, rep, work.now
    await work.flush()


# --------------------------------------------------------------------------------------------- supporters


async def marks_of(work: Work, conversation: int) -> Sequence[Support]:
    """Every mark that a conversation ever had, those taken away among them. Its dossier is open: nobody adds one."""
    query = select(Support).where(Support.conversation_id == conversation).order_by(Support.id)
    return (await work.session.scalars(query)).all()


async def show_supporters(work: Work, ideas: Collection[int]) -> None:
    """The cards of who asked for these last name them: shown anew. The others are when something happens there."""
    query = select(Support.conversation_id).where(Support.idea_id.in_(ideas), Support.given.is_(True)).distinct()
    for number in await work.session.scalars(query.order_by(Support.conversation_id.desc()).limit(SHOWN_ANEW)):
        work.want(CardKind.CONVERSATION, number)
