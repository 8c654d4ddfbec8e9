"""Lists: the queue, what is mine, a conversation's history, the help, and everybody's own page."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.cards.conversation import STATES
from bot.chat.cards.parts import DELETED, ERASED, about, button, link, moment, on_word, pictures, spoken, value, who
from bot.chat.commands import COMMANDS, Verb
from bot.chat.contract import Block, Buttons, Card, Divider, Heading, Line, Part, Plain, Quote, Words
from models.conversation import Post
from models.lifecycle import State
from models.reading.card import CardFacts
from models.reading.queue import QueueRow
from models.reading.values import PostFacts


def _row(row: QueueRow) -> list[Block]:
    mark = "🎉" if row.praise else STATES[State(row.state)][0]
    claimed: list[Part] = [Plain(" · "), Words(row.claim.rep.name), Plain(" has it")] if row.claim is not None else []
    asleep: list[Part] = [Plain(" · 😴 until "), moment(row.snoozed_until)] if row.snoozed_until is not None else []
    head: list[Part] = [
        Plain(f"{mark} "),
        link(row.link, f"#{row.number}"),
        Plain(" "),
        Words(who(row.who)),
        Plain(f" · waiting {about(row.waited)}"),
        *claimed,
        *asleep,
    ]
    said: Part = Words(row.line[:140]) if row.line else Plain(ERASED if row.who.erased else DELETED, italic=True)
    return [Line(tuple(head)), Line((said,), small=True)]


def queue_card(
    rows: Sequence[QueueRow],
    waiting: int,
    channel: str,
    snoozed: Sequence[QueueRow] = (),
    asleep: int = 0,
    zone: str = "UTC",
) -> Card:
    """Who waits, most urgent first; below that the first of those that are snoozed, and how many they are."""
    hidden = _snoozed(snoozed, asleep, zone)
    if not rows:
        return Card(summary="Nobody waits", blocks=(Line((Plain(f"Nobody waits in #{channel}. 🎉"),)), *hidden))
    blocks: list[Block] = [Line((Plain(f"{waiting} waiting in #{channel}", bold=True),))]
    for row in rows:
        blocks += _row(row)
    if waiting > len(rows):
        blocks.append(Line((Plain(f"and {waiting - len(rows)} more."),), small=True))
    free = next((row for row in rows if row.claim is None), None)
    if free is not None:
        blocks.append(Buttons((button(f"Claim #{free.number}", Verb.CLAIM, value(free.number), style="primary"),)))
    return Card(summary=f"{waiting} waiting", blocks=(*blocks, *hidden))


def _snoozed(rows: Sequence[QueueRow], count: int, zone: str) -> list[Line]:
    """What is out of sight, and until when."""
    if not rows:
        return []
    parts: list[Part] = [Plain(f"😴 {count} snoozed: ")]
    for index, row in enumerate(rows):
        parts += [Plain(" · ")] if index else []
        parts.append(link(row.link, f"#{row.number}"))
        parts += [Plain(" until "), moment(row.snoozed_until, zone)] if row.snoozed_until is not None else []
    return [Line((*parts, Plain("." if count <= len(rows) else " …")), small=True)]


def member_rows(storm: int, rows: Sequence[QueueRow], in_all: int) -> Card:
    """Who is in a storm, who waits longest first, each as its line in the queue."""
    blocks: list[Block] = [Line((Plain(f"{in_all} in storm {storm}", bold=True),))]
    for row in rows:
        blocks += _row(row)
    if in_all > len(rows):
        blocks.append(Line((Plain(f"and {in_all - len(rows)} more."),), small=True))
    return Card(summary=f"{in_all} in storm {storm}", blocks=tuple(blocks))


def mine_card(mine: Sequence[QueueRow], to_approve: Sequence[QueueRow]) -> Card:
    """What one has, and what waits for one's yes."""
    blocks: list[Block] = [Line((Plain("Yours", bold=True),))]
    for row in mine:
        blocks += _row(row)
    if not mine:
        blocks.append(Line((Plain("You have nothing. "), Plain("/claim", code=True), Plain(" takes the next one."))))
    blocks += [Divider(), Line((Plain("Waiting for your approval", bold=True),))]
    for row in to_approve:
        blocks += _row(row)
    if not to_approve:
        blocks.append(Line((Plain("Nothing."),)))
    return Card(summary=f"You have {len(mine)}", blocks=tuple(blocks))


def home_card(name: str, mine: Sequence[QueueRow], to_approve: Sequence[QueueRow], waits: Sequence[QueueRow]) -> Card:
    """Somebody's own page."""
    blocks: list[Block] = [Heading(f"Hello {name}"[:150])]
    for title, rows, empty in (
        ("You have", mine, "Nothing. /claim takes the most urgent one."),
        ("Waiting for your approval", to_approve, "Nothing."),
        ("Waiting longest", waits, "Nobody waits. 🎉"),
    ):
        blocks += [Divider(), Line((Plain(title, bold=True),))]
        for row in rows:
            blocks += _row(row)
        if not rows:
            blocks.append(Line((Plain(empty),)))
    return Card(summary="Your page", blocks=tuple(blocks))


def history_card(facts: CardFacts, zone: str = "UTC") -> Card:
    """The conversation as it was said, oldest first."""
    mark, word = STATES[State(facts.state)]
    blocks: list[Block] = [
        Line(
            (
                Plain(f"{mark} "),
                link(facts.link, f"#{facts.number}"),
                Plain(" "),
                Words(who(facts.customer)),
                Plain(f" · {word}"),
            )
        )
    ]
    if facts.posts_in_all > len(facts.posts):
        blocks.append(
            Line((Plain(f"{facts.posts_in_all - len(facts.posts)} earlier ones are not shown."),), small=True)
        )
    for post in facts.posts:
        blocks += _said(post, zone)
    if facts.round.address is not None:
        blocks.append(Line((Plain("Answered: "), *on_word(facts.round, facts.reps), Plain("."))))
    for earlier in facts.earlier:
        blocks.append(
            Line((Plain(f"Earlier: #{earlier.number}, {earlier.state}, "), moment(earlier.opened_at, zone)), small=True)
        )
    return Card(summary=f"#{facts.number}", blocks=tuple(blocks))


def _said(post: PostFacts, zone: str) -> list[Block]:
    author: Part = Plain("We") if post.ours else Words(who(post.who))
    edited = f" · edited, version {post.version}" if post.edited_at is not None and not post.gone else ""
    opened: list[Part] = [Plain(" · "), link(post.url, "open")] if post.url and not post.gone else []
    head = Line((author, Plain(" · "), moment(post.at, zone), Plain(edited), *opened), small=True)
    return [head, spoken(post), *pictures(post)]


def help_card(channel: str) -> Card:
    """Every command with its line."""
    blocks: list[Block] = [
        Line((Plain("What I do here", bold=True),)),
        Line(
            (
                Plain(
                    "A card is a conversation with a customer. Claim it, draft an answer, and a colleague approves the "
                    "draft with ✅. Then it goes out, once, exactly as approved. ❌ blocks a draft. What you write in "
                    "a thread stays here."
                ),
            )
        ),
    ]
    blocks += [Line((Plain(f"/twoway {command.usage}", code=True), Plain(f"  {command.help}"))) for command in COMMANDS]
    blocks.append(
        Line(
            (
                Plain("In a thread also "),
                Plain("@twoway claim", code=True),
                Plain(" and so on."),
            ),
            small=True,
        )
    )
    return Card(summary=f"How to work in #{channel}", blocks=tuple(blocks))


def above_the_draft(posts: Sequence[Post], writing: Sequence[str]) -> tuple[Block, ...]:
    """What the customer says, above the field in which one answers."""
    theirs = [post for post in posts if not post.ours and post.gone_at is None]
    blocks: list[Block] = [Quote((Words(post.words[:1_000]),)) for post in theirs[-2:] if post.words]
    if writing:
        names = " and ".join(writing)
        verb = "is" if len(writing) == 1 else "are"
        blocks.append(
            Line(
                (
                    Words(names),
                    Plain(f" {verb} writing too. If you both save, you see both together."),
                )
            )
        )
    return tuple(blocks)


def instead_of(name: str, draft: int, *, private: bool) -> tuple[Block, ...]:
    """What a second editor sees where one of the two answers is for its author alone: they are not mixed."""
    theirs, mine = ("in public", "for its author alone") if private else ("for its author alone", "in public")
    sentence = f" saved draft {draft} while you wrote. It is {theirs}, yours is {mine}: save to have yours instead."
    return (Line((Words(name), Plain(sentence))),)


def above_the_merge(name: str, draft: int, conflicts: Sequence[tuple[str, str]]) -> tuple[Block, ...]:
    """What a second editor sees: both edits are in the text below; where they touch, both stand side by side."""
    blocks: list[Block] = [
        Line(
            (
                Words(name),
                Plain(f" saved draft {draft} while you wrote. Both edits are in the text below; look at it and save."),
            )
        )
    ]
    for theirs, mine in conflicts[:5]:
        blocks.append(
            Line(
                (
                    Plain("You both changed the same words. "),
                    Words(name),
                    Plain(": “"),
                    Words(theirs.strip() or "(took it out)"),
                    Plain("” · you: “"),
                    Words(mine.strip() or "(took it out)"),
                    Plain("”"),
                )
            )
        )
    return tuple(blocks)
