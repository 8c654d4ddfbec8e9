"""What customers suggest: who asks for it, what it is called, what is one with what, and what became of it.

Each verb is one transaction. A conversation's part stands in its own journal, an idea's in the service's. Near ideas
are only ever offered for merging; a rep says that they are one. The reader's hint is one more mark, of nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.desk.alike import nearest, same
from bot.desk.asking import objection
from bot.desk.closing import is_address
from bot.desk.outcomes import Actor, IdeaChanged, Refused, Shipped, Supported, Why
from models import ideas, news
from models.conversation import Post
from models.ideas import Idea, IdeaState, NoSuchIdea, Support
from models.journal import words_digest
from models.permits import Right, denied
from models.quiet import quiet_among
from models.reading.supporters import by_idea, texts, voices
from models.steps import Dossier
from models.store import Work
from models.telling import EventKind
from models.wakes import Topic

#: A title is a line on a card.
LONGEST_TITLE = 120


def source_of(who: Actor | None) -> str:
    """Whose mark it is."""
    return ideas.READER if who is None else f"rep {who.rep}"


async def support(dossier: Dossier, who: Actor | None, *, given: bool, at: datetime) -> Supported | Refused:
    """Somebody marks a conversation as asking for something, or takes their mark away. `who` None: the reader's hint
    does. `at` is the sign's own time: the latest wins. The first mark makes an idea, or joins the one whose words are
    the very same."""
    refused = None if who is None else objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    number, source = dossier.conversation.id, source_of(who)
    marks = await ideas.marks_of(dossier.work, number)
    mine = next((mark for mark in marks if mark.source == source), None)
    if mine is not None and (mine.given is given or at < mine.at):
        mine.at = max(mine.at, at)
        return Supported(number, await _root(dossier.work, mine.idea_id), mine.given, changed=False)
    if not given:
        if mine is None:
            return Refused(Why.NOT_ASKED_FOR, number)
        mine.given, mine.at = False, at
        await _write_down(dossier, EventKind.IDEA_WITHDRAWN, who, {"idea": mine.idea_id, "source": source})
        return Supported(number, await _root(dossier.work, mine.idea_id), given=False)
    post = wish(dossier)
    if post is None:
        return Refused(Why.NOTHING_THERE, number)
    new, near, idea = False, tuple[int, ...](), marks[0].idea_id if marks else None
    if idea is None:
        known = await texts(dossier.work.session)
        idea = next((root for root, said in known.items() if any(same(post.words, one) for one in said)), None)
        if idea is None:
            new, idea = True, (await ideas.new_idea(dossier.work)).id
            near = tuple(one for one, _ in nearest(post.words, known))
    await _mark(dossier, who, post, idea=idea, source=source, at=at, mine=mine)
    return Supported(number, await _root(dossier.work, idea), given=True, new=new, near=near)


def wish(dossier: Dossier) -> Post | None:
    """The words that a mark is about: the last that whoever began the conversation wrote and did not delete."""
    theirs = [post for post in dossier.customer_posts if post.identity_id == dossier.conversation.identity_id]
    return theirs[-1] if theirs else None


async def join(dossier: Dossier, who: Actor, idea: int) -> Supported | Refused:
    """The conversation asks for this idea, and for no other from now on."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    work, number = dossier.work, dossier.conversation.id
    root = await _known(work, idea)
    if root is None:
        return Refused(Why.NO_SUCH_IDEA, number, idea=idea)
    marks = await ideas.marks_of(work, number)
    was = next((mark.idea_id for mark in marks if mark.given), None)
    if was is not None and await _root(work, was) == root:
        return Supported(number, root, given=True, changed=False)
    for mark in marks:
        mark.idea_id = root
    if was is not None:
        await work.flush()
        await _write_down(dossier, EventKind.IDEA_MOVED, who, {"idea": root, "was": was})
        return Supported(number, root, given=True)
    post = wish(dossier)
    if post is None:
        return Refused(Why.NOTHING_THERE, number)
    mine = next((mark for mark in marks if mark.source == source_of(who)), None)
    await _mark(dossier, who, post, idea=root, source=source_of(who), at=work.now, mine=mine)
    return Supported(number, root, given=True)


async def drop(dossier: Dossier, who: Actor, idea: int) -> Supported | Refused:
    """The conversation does not ask for this idea, whoever marked it."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    number = dossier.conversation.id
    root = await _known(dossier.work, idea)
    if root is None:
        return Refused(Why.NO_SUCH_IDEA, number, idea=idea)
    standing = [mark for mark in await ideas.marks_of(dossier.work, number) if mark.given]
    if not standing or await _root(dossier.work, standing[0].idea_id) != root:
        return Refused(Why.NOT_ASKED_FOR, number, idea=idea)
    for mark in standing:
        mark.given, mark.at = False, dossier.work.now
    sources: list[object] = [mark.source for mark in standing]
    await _write_down(dossier, EventKind.IDEA_WITHDRAWN, who, {"idea": standing[0].idea_id, "sources": sources})
    return Supported(number, root, given=False)


async def split_off(dossier: Dossier, who: Actor, idea: int) -> Supported | Refused:
    """The conversation asks for something else: an idea of its own."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    work, number = dossier.work, dossier.conversation.id
    root = await _known(work, idea)
    if root is None:
        return Refused(Why.NO_SUCH_IDEA, number, idea=idea)
    marks = await ideas.marks_of(work, number)
    was = next((mark.idea_id for mark in marks if mark.given), None)
    if was is None or await _root(work, was) != root:
        return Refused(Why.NOT_ASKED_FOR, number, idea=idea)
    made = await ideas.new_idea(work)
    for mark in marks:
        mark.idea_id = made.id
    await work.flush()
    await _write_down(dossier, EventKind.IDEA_MOVED, who, {"idea": made.id, "was": was})
    return Supported(number, made.id, given=True, new=True)


# ------------------------------------------------------------------------------------------- one idea, or two


async def name(work: Work, who: Actor, idea: int, title: str) -> IdeaChanged | Refused:
    """What the team calls it. Its own number is named: two merged ideas keep two names, and the root's is shown."""
    found = await _to_change(work, who, idea)
    if isinstance(found, Refused):
        return found
    title = " ".join(title.split())[:LONGEST_TITLE]
    if not title:
        return Refused(Why.EMPTY, idea=idea)
    found.title = title
    return await _changed(work, who, found, EventKind.IDEA_NAMED, {"digest": words_digest(title)})


async def merge(work: Work, who: Actor, idea: int, into: int) -> IdeaChanged | Refused:
    """Both are one from now on: `into` has the supporters and the decisions of both."""
    refused = _denied(who)
    if refused is not None:
        return refused
    try:
        roots = await ideas.lock_roots(work, [idea, into])
    except NoSuchIdea as missing:
        return Refused(Why.NO_SUCH_IDEA, idea=missing.number)
    gone, kept = roots[idea], roots[into]
    if gone.id == kept.id:
        return Refused(Why.ONE_IDEA, idea=kept.id)
    gone.into_id = kept.id
    await work.flush()
    group = [one.id for one in await ideas.group_of(work, gone.id)]
    await ideas.move_root(work, group, was=gone.id, to=kept.id)
    return await _changed(work, who, kept, EventKind.IDEA_MERGED, {"idea": gone.id, "into": kept.id})


async def split(work: Work, who: Actor, idea: int) -> IdeaChanged | Refused:
    """Undo: it stands for itself again, with all that had been merged into it."""
    root = await _to_change(work, who, idea)
    if isinstance(root, Refused):
        return root
    group = {one.id: one for one in await ideas.group_of(work, root.id)}
    leaving = group[idea]
    if leaving.into_id is None:
        return Refused(Why.NOT_MERGED, idea=idea)
    was, leaving.into_id = leaving.into_id, None
    await work.flush()
    await ideas.move_root(work, _below(group.values(), idea), was=root.id, to=idea)
    await ideas.show_supporters(work, [root.id])
    return await _changed(work, who, leaving, EventKind.IDEA_SPLIT, {"idea": idea, "was": was})


def _below(group: Iterable[Idea], top: int) -> list[int]:
    """The idea, and what was merged into it directly or by way of others."""
    into = {one.id: one.into_id for one in group}
    found = [top]
    for number in found:
        found += [one for one, parent in into.items() if parent == number]
    return found


async def link(work: Work, who: Actor, idea: int, address: str) -> IdeaChanged | Refused:
    """Where the work on it is followed; no address takes the link away."""
    root = await _to_change(work, who, idea)
    if isinstance(root, Refused):
        return root
    if address and not is_address(address):
        return Refused(Why.NO_LINK, idea=idea)
    root.url = address or None
    return await _changed(work, who, root, EventKind.IDEA_LINKED, {"url": root.url})


async def vote(work: Work, who: Actor, idea: int, count: int, source: str) -> IdeaChanged | Refused:
    """So many ask for it on a feedback board. None at all takes that source away."""
    root = await _to_change(work, who, idea)
    if isinstance(root, Refused):
        return root
    source = " ".join(source.split())[:200]
    if not source:
        return Refused(Why.EMPTY, idea=idea)
    await ideas.set_votes(work, root.id, source, count, rep=who.rep)
    return await _changed(work, who, root, EventKind.IDEA_VOTED, {"source": source, "count": count})


async def decline(work: Work, who: Actor, idea: int) -> IdeaChanged | Refused:
    """We will not do it. Nobody is told by this."""
    return await _decide(work, who, idea, IdeaState.DECLINED, EventKind.IDEA_DECLINED)


async def reopen(work: Work, who: Actor, idea: int) -> IdeaChanged | Refused:
    """Undo of shipped and declined: who has no draft yet gets none. Drafts that wait are approved or thrown away as
    always."""
    return await _decide(work, who, idea, IdeaState.OPEN, EventKind.IDEA_REOPENED)


async def _decide(work: Work, who: Actor, idea: int, state: IdeaState, kind: EventKind) -> IdeaChanged | Refused:
    root = await _to_change(work, who, idea)
    if isinstance(root, Refused):
        return root
    if root.state == state:
        return Refused(Why.DECIDED, idea=root.id, sentence=state.value)
    await news.stop_telling(work, root.id)
    root.state, root.state_at, root.rep_id = state.value, work.now, who.rep
    return await _changed(work, who, root, kind, {})


# --------------------------------------------------------------------------------------------------- shipped


async def ship(work: Work, who: Actor, idea: int, text: str) -> Shipped | Refused:
    """It is there: a draft is prepared for each person who asked and was not told yet, with `text` as its words and
    `who` as its author. Marking it again tells those who asked since."""
    root = await _to_change(work, who, idea)
    if isinstance(root, Refused):
        return root
    text = text.strip()
    if not text:
        return Refused(Why.EMPTY, idea=root.id)
    asked = by_idea(await voices(work.session, roots=[root.id])).get(root.id, [])
    told = await news.told_customers(work, root.id)
    customers = {voice.customer for voice in asked} - told
    quiet = await quiet_among(work.session, customers)
    # Each in the thread in which they asked last.
    where = {voice.customer: voice for voice in asked if voice.customer in customers and not voice.gone}
    known_by = await news.first_identities(work, where)
    to: list[object] = []
    for customer, voice in where.items():
        if customer in quiet:
            continue
        person = news.Person(known_by[customer], voice.conversation, voice.idea)
        if await news.tell_later(work, root.id, person, rep=who.rep, text=text):
            to.append(voice.conversation)
    if root.state == IdeaState.SHIPPED and not to:
        return Refused(Why.ALL_TOLD, idea=root.id)
    root.state, root.state_at, root.rep_id, root.text = IdeaState.SHIPPED.value, work.now, who.rep, text
    work.wake(Topic.TIME)
    await _changed(work, who, root, EventKind.IDEA_SHIPPED, {"digest": words_digest(text), "to": to})
    return Shipped(root.id, len(to), deleted=len(customers - set(where)), quiet=len(quiet & set(where)))


# ------------------------------------------------------------------------------------------------------ pieces


def _denied(who: Actor) -> Refused | None:
    sentence = denied(who.standing, Right.WORK)
    return None if sentence is None else Refused(Why.NO_RIGHT, sentence=sentence)


async def _to_change(work: Work, who: Actor, idea: int) -> Idea | Refused:
    """The root of this idea, locked, if `who` may change it."""
    refused = _denied(who)
    if refused is not None:
        return refused
    try:
        return (await ideas.lock_roots(work, [idea]))[idea]
    except NoSuchIdea:
        return Refused(Why.NO_SUCH_IDEA, idea=idea)


async def _known(work: Work, idea: int) -> int | None:
    """The root of an idea, locked; None: nobody has this number."""
    try:
        return (await ideas.lock_roots(work, [idea]))[idea].id
    except NoSuchIdea:
        return None


async def _changed(work: Work, who: Actor, idea: Idea, kind: EventKind, data: dict[str, object]) -> IdeaChanged:
    await work.flush()
    await work.write_down_service(kind, rep=who.rep, data={"idea": idea.id, **data})
    await ideas.show_supporters(work, [one.id for one in await ideas.group_of(work, idea.root_id)])
    return IdeaChanged(idea.id)


async def _root(work: Work, idea: int) -> int:
    found = await work.session.get(Idea, idea)
    return idea if found is None else found.root_id


async def _mark(
    dossier: Dossier, who: Actor | None, post: Post, *, idea: int, source: str, at: datetime, mine: Support | None
) -> None:
    number = dossier.conversation.id
    if mine is None:
        mine = Support(conversation_id=number, source=source, identity_id=dossier.conversation.identity_id)
        dossier.work.add(mine)
    mine.idea_id, mine.post_id, mine.given, mine.at = idea, post.id, True, at
    await dossier.work.flush()
    data: dict[str, object] = {"idea": idea, "post": post.id, "digest": post.digest, "source": source}
    await _write_down(dossier, EventKind.IDEA, who, data)


async def _write_down(dossier: Dossier, kind: EventKind, who: Actor | None, data: dict[str, object]) -> None:
    await dossier.work.flush()
    await dossier.work.write_down(dossier.conversation, kind, rep=None if who is None else who.rep, data=data)
    dossier.conversation.version += 1
    dossier.want_cards()
