"""The card of a conversation: who says what, how it stands, what can be done. Edited in place as things change."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.contract import Visibility
from adapters.registry import declared
from bot.chat.cards.beside import beside_lines, give_button, snooze_button
from bot.chat.cards.parts import (
    about,
    button,
    clock,
    link,
    moment,
    named,
    of,
    on_word,
    pictures,
    profile,
    spoken,
    value,
    waits,
    who,
)
from bot.chat.cards.praise import QUOTES
from bot.chat.cards.reading import hint_parts
from bot.chat.cards.seen import seen_blocks
from bot.chat.commands import Verb
from bot.chat.contract import Block, Button, Buttons, Card, Heading, Line, Part, Plain, Words
from models.lifecycle import State, Step, allows
from models.permits import Policy
from models.reading.card import CardFacts
from models.reading.values import PostFacts

#: A word and a mark for each state, for people who skim.
STATES = {
    State.OPEN: ("🟡", "open"),
    State.DRAFTED: ("📝", "draft waits for approval"),
    State.APPROVED: ("⏳", "approved, about to go out"),
    State.SENDING: ("📤", "going out"),
    State.UNSURE: ("⚠️", "nobody knows yet whether the reply arrived"),
    State.ANSWERED: ("✅", "answered"),
    State.CLOSED: ("⚪", "closed"),
}

#: "Bea is writing" is believed for so long.
WRITING_FOR = timedelta(minutes=15)


def conversation_card(
    facts: CardFacts,
    policy: Policy,
    now: datetime,
    zone: str = "UTC",
    *,
    movable: bool = False,
    storm: int | None = None,
    suggests: bool = False,
) -> Card:
    """What stands in the channel for one conversation. `movable`: there are other channels to move it to; `storm`:
    others say the same; `suggests`: a model can be asked for a draft."""
    state = State(facts.state)
    mark, word = STATES[state]
    if state is State.APPROVED and facts.waits is not None:
        word = f"approved, {waits(facts.waits, facts.account)}"
    customer = who(facts.customer)
    blocks: list[Block] = [Heading(f"{mark} #{facts.number} · {customer}"[:150]), _profile(facts)]
    if facts.search is not None:
        blocks.append(Line((Plain("🔎 Found by the search “"), Words(facts.search), Plain("”.")), small=True))
    blocks += _words(facts)
    blocks += [Line(tuple(row)) for row in _status(facts, state, policy, zone) if row]
    if facts.hint is not None and (hint := hint_parts(facts.hint)):
        blocks.append(Line(hint, small=True))
    if storm is not None:
        blocks.append(Line((Plain(f"Others say the same: storm {storm}."),), small=True))
    blocks += seen_blocks(facts, zone)
    blocks += beside_lines(facts, state, now, zone)
    blocks += [Line(tuple(row), small=True) for row in _small(facts, now) if row]
    blocks.append(_buttons(facts, state, now, movable=movable, suggests=suggests))
    waiting = f", waiting since {facts.waiting_since:%H:%M} UTC" if facts.waiting_since is not None else ""
    urgent = "urgent: " if facts.urgency > 0 else ""
    summary = f"{urgent}#{facts.number} {customer} on {of(facts.account)}, {word}{waiting}"
    return Card(summary=summary[:150], blocks=tuple(blocks))


def _profile(facts: CardFacts) -> Line:
    customer = facts.customer
    parts: list[Part] = []
    if customer.handle or customer.url:
        parts += [profile(customer, facts.account), Plain(" · ")]
    if customer.followers is not None:
        parts.append(Plain(f"{customer.followers:,} followers · "))
    parts.append(Plain(of(facts.account)))
    if customer.bot:
        parts.append(Plain(" · an automated account"))
    if facts.language:
        parts.append(Plain(f" · {facts.language}"))
    if facts.earlier:
        parts.append(Plain(f" · {len(facts.earlier)} earlier"))
    if facts.url:
        parts += [Plain(" · "), link(facts.url, "open the post")]
    return Line(tuple(parts), small=True)


def _words(facts: CardFacts) -> list[Block]:
    """The first thing said that is in sight, and the last; what lies between is in the thread."""
    theirs = [post for post in facts.posts if not post.ours]
    if not theirs:
        return []
    shown = [theirs[-1]] if len(theirs) == 1 else [theirs[0], theirs[-1]]
    blocks: list[Block] = []
    for index, post in enumerate(shown):
        if index:
            blocks.append(Line((Plain("and the latest:", italic=True),), small=True))
        blocks.append(spoken(post, facts.folded))
        blocks += pictures(post) if post.id not in facts.folded else []
        blocks += _remarks(post)
    more = facts.posts_in_all - len(shown)
    if more > 0:
        blocks.append(Line((Plain(f"{more} more in the thread, ours included."),), small=True))
    return blocks


def _remarks(post: PostFacts) -> list[Block]:
    said: list[str] = []
    if post.votes is not None and not post.gone:
        said.append(f"👍 {post.votes:,} vote{'' if post.votes == 1 else 's'} there.")
    if post.visibility not in {"public", "unlisted"}:
        said.append(f"Not public: only {'those it names' if post.visibility == 'direct' else 'followers'} can see it.")
    if post.edited_at is not None and not post.gone:
        said.append(f"Edited by its author (version {post.version}).")
    if post.hidden_at is not None and not post.gone:
        said.append("We cannot see this post just now: deleted, private, or blocked; the platform does not say.")
    return [Line((Plain(" ".join(said)),), small=True)] if said else []


def _status(facts: CardFacts, state: State, policy: Policy, zone: str) -> list[list[Part]]:
    rows: list[list[Part]] = []
    claim = facts.claim
    if claim is not None and state not in {State.ANSWERED, State.CLOSED}:
        until = clock(claim.until, zone) if facts.snoozed_until is None else moment(claim.until, zone)
        rows.append([Words(claim.rep.name), Plain(" has it", bold=True), Plain(" until "), until, Plain(".")])
    elif state is State.OPEN:
        rows.append([Plain("Nobody has claimed it.", bold=True)])
    if facts.waiting_since is not None and state in {State.OPEN, State.DRAFTED, State.APPROVED}:
        rows.append([Plain("Waiting since "), moment(facts.waiting_since, zone), Plain(".")])
    rows += _by_hand(facts, state)
    rows.append(_draft_line(facts, state, policy, zone))
    if state is State.ANSWERED:
        rows.append(_answered(facts, zone))
    if state is State.CLOSED:
        rows.append([Plain("Closed"), *_at(facts.closed_at, zone), Plain(".")])
    for hold in facts.holds:
        what = "Everything is" if hold.scope == "all" else "This is" if "conv" in hold.scope else "This account is"
        rows.append(
            [
                Plain(f"✋ {what} on hold", bold=True),
                Plain(" since "),
                clock(hold.since, zone),
                Plain(" by "),
                Words(hold.by.name),
                Plain(": nothing goes out until somebody resumes."),
            ]
        )
    if facts.pending:
        rows.append([Plain("News came while a reply was going out; it is taken in when we know what became of it.")])
    if facts.account.problem:
        rows.append([Plain(f"⚠️ Trouble with {facts.account.name}: ", bold=True), Plain(facts.account.problem)])
    return rows


def _by_hand(facts: CardFacts, state: State) -> list[list[Part]]:
    """Said before anybody writes what could not go out."""
    theirs = [post for post in facts.posts if not post.ours]
    if state not in {State.OPEN, State.DRAFTED} or not theirs or not theirs[-1].by_hand:
        return []
    return [
        [
            Plain("⚠️ I may not answer this one. ", bold=True),
            Words(theirs[-1].by_hand),
            Plain(" Then a lead says where the answer stands: "),
            Plain(f"settle {facts.number} sent ADDRESS", code=True),
        ]
    ]


def _draft_line(facts: CardFacts, state: State, policy: Policy, zone: str) -> list[Part]:
    draft, delivery = facts.draft, facts.delivery
    if draft is None:
        return []
    title = link(draft.link, f"Draft {draft.revision.number}")
    if state is State.DRAFTED:
        tally = draft.tally(policy)
        return [title, Plain(f" waits for approval: {len(tally.counted)} of {tally.needed}.")]
    if state is State.APPROVED and facts.waits is not None:
        return [title, Plain(f" is approved and {waits(facts.waits, facts.account)}.")]
    if state is State.APPROVED and delivery is not None:
        return [title, Plain(" is approved and goes out at "), clock(delivery.hold_until, zone), Plain(".")]
    if state is State.SENDING:
        return [title, Plain(" is going out.")]
    if state is State.UNSURE:
        return [
            title,
            Plain(" went out, but nobody knows whether it arrived. I look for it; until then nothing is sent again."),
        ]
    return []


def _answered(facts: CardFacts, zone: str) -> list[Part]:
    course, delivery = facts.round, facts.delivery
    parts: list[Part] = [Plain("Answered", bold=True)]
    if course.address is not None:
        parts += [Plain(": "), *on_word(course, facts.reps)]
    elif delivery is not None and delivery.url and delivery.state == "sent":
        parts += [Plain(": "), link(delivery.url, "our reply")]
    if course.took is not None:
        parts.append(Plain(f", {about(course.took)} after the customer wrote"))
    parts.append(Plain("."))
    if delivery is not None and delivery.visible == Visibility.PENDING.value:
        parts.append(Plain(" Nobody sees it yet: it waits for the platform's own approval.", bold=True))
    if course.writers:
        parts += [Plain(" Written by "), *named(facts.reps, course.writers)]
        if course.approvers:
            parts += [Plain(", approved by "), *named(facts.reps, course.approvers)]
        parts.append(Plain("."))
    elif course.reps:
        parts += [Plain(" "), *named(facts.reps, course.reps), Plain(" took part.")]
    return parts


def _at(at: datetime | None, zone: str) -> list[Part]:
    return [] if at is None else [Plain(" "), moment(at, zone)]


def _small(facts: CardFacts, now: datetime) -> list[list[Part]]:
    rows: list[list[Part]] = []
    fresh = [
        int(rep)
        for rep, since in facts.writing.items()
        if isinstance(since, str) and now < datetime.fromisoformat(since) + WRITING_FOR
    ]
    known = {rep: facts.reps[rep] for rep in fresh if rep in facts.reps}
    if facts.claim is not None and facts.claim.rep.id in fresh:
        known[facts.claim.rep.id] = facts.claim.rep
    if known:
        verb = " is writing …" if len(known) == 1 else " are writing …"
        rows.append([*named(known, known), Plain(verb)])
    elif fresh:
        rows.append([Plain("Somebody is writing …")])
    if facts.praise is not None:
        rows.append([Plain(f"🎉 Praise{QUOTES[facts.praise]}.")])
    if facts.idea is not None:
        title: list[Part] = [Plain(": "), Words(facts.idea.title)] if facts.idea.title else []
        rows.append([Plain(f"💡 Asks for idea {facts.idea.id}"), *title, Plain(".")])
    if facts.notes:
        rows.append([Plain(f"{facts.notes} note{'s' if facts.notes > 1 else ''} in the thread.")])
    return rows


def _buttons(facts: CardFacts, state: State, now: datetime, *, movable: bool, suggests: bool = False) -> Buttons:
    """Three in sight, the rest behind the menu; only what can be done now."""
    of = value(facts.number)
    claim = button("Claim", Verb.CLAIM, of, style="primary")
    release = button("Give back", Verb.RELEASE, of)
    write = button("Draft", Verb.DRAFT, of, dialog=True)
    edit = button("Edit draft", Verb.EDIT, of, dialog=True)
    close = button("Close", Verb.CLOSE, of, confirm="Close it? A draft that waits is thrown away.")
    reopen = button("Reopen", Verb.REOPEN, of)
    show = button("History", Verb.SHOW, of)
    hold = button("Hold", Verb.HOLD, of)
    resume = button("Resume", Verb.RESUME, of)
    taken = facts.claim is not None
    mine = release if taken else claim
    stop = resume if any(hold.scope.startswith("conversation") for hold in facts.holds) else hold
    shown: dict[State, tuple[Button, ...]] = {
        State.OPEN: (mine, write, close),
        State.DRAFTED: (mine, edit, stop),
        State.APPROVED: (button("Take back", Verb.TAKE_BACK, of, style="danger"), stop),
        State.SENDING: (),
        State.UNSURE: (button("It is not there", Verb.SETTLE, f"{facts.number}:absent", confirm=_SURE),),
        State.ANSWERED: (write, close, reopen),
        State.CLOSED: (reopen,),
    }
    can = declared(facts.account.platform)
    private = (button("Answer privately", Verb.PRIVATE, of, dialog=True),) if can.answers_privately else ()
    correct = (button("Correct our reply", Verb.CORRECT, of, dialog=True),) if can.corrects else ()
    retract = (button("Take our reply back", Verb.RETRACT, of),) if can.retracts else ()
    later = (snooze_button(facts),)
    asking = (button("Suggest a draft", Verb.SUGGEST, of),) if suggests else ()
    more: dict[State, tuple[Button, ...]] = {
        State.OPEN: (*private, *asking, *later, show),
        State.DRAFTED: (close, *later, show),
        State.ANSWERED: (*correct, *retract, *private, *later, show),
    }
    give = give_button(facts, state, now)
    if give is not None:
        shown[State.OPEN] = (mine, give, write)
        more[State.OPEN] = (close, *more[State.OPEN])
    rest = more.get(state, (show,))
    if facts.hint is not None and facts.hint.read:
        rest = (*rest, button("The hint is wrong …", Verb.HINT, of))
    if movable and allows(state, Step.MOVE):
        rest = (*rest, button("Move …", Verb.MOVE, of))
    return Buttons(shown[state], rest)


_SURE = "Have you looked on the platform? If the reply is there after all, the customer gets it twice."
