"""What the reader says, in few words: the hint on a card, the buttons that correct it, and how often it was right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from bot.chat.cards.parts import Said, button, lines, link, spoken, who
from bot.chat.commands import Verb
from bot.chat.contract import Block, Buttons, Card, Heading, Line, Part, Plain, Words
from models.learning import Judged
from models.reading.hint import HintFacts
from models.reading.notice import NoticeFacts
from models.triage import Lesson

#: How urgent, by band.
URGENT: Mapping[int, str] = {1: "urgent today", 2: "urgent now", 3: "urgent, at once"}

#: The names on the buttons that correct a hint, by task.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": ("complaint", "question", "praise", "idea", "other", "spam"),
    "mood": ("negative", "neutral", "positive"),
    "urgency": ("none", "danger", "outage", "legal", "fraud", "leaving", "stranded", "self_harm", "violence"),
}

#: What people read, where a name is not a word.
LABELS = {"none": "not urgent", "self_harm": "self-harm"}

#: A share of fewer is chance.
ENOUGH = 3

#: More buttons nobody reads; a topic beyond can be typed.
MOST_TOPICS = 20


def hint_parts(hint: HintFacts) -> tuple[Part, ...]:
    """One small line; nothing where there is nothing to say."""
    said: list[Part] = []
    if hint.read:
        said.append(Plain("Reads like: " + (" and ".join(hint.kinds) if hint.kinds else "unsure what it is")))
        if hint.mood:
            said.append(Plain(f" · {hint.mood}"))
    if hint.topic:
        said += [Plain(" · about " if said else "About "), Words(hint.topic)]
    if hint.band:
        said.append(Plain(f"{' · ' if said else ''}{URGENT[hint.band]}", bold=True))
        if hint.reasons:
            said += [Plain(": "), Words("; ".join(LABELS.get(one, one) for one in hint.reasons))]
    return tuple(said)


#: What a post that calls for people by name may speak of.
_GRAVE = {"self_harm": "self-harm or suicide", "violence": "violence"}


def grave_notice(facts: NoticeFacts, zone: str) -> Said:
    """Somebody may come to harm: people are called, and read at once what was said."""
    about = _GRAVE.get(str(facts.data.get("about")), "harm")
    head: tuple[Part, ...] = (
        Plain("🆘 "),
        link(facts.card_link, f"#{facts.number}"),
        Plain(" "),
        Words(who(facts.customer)),
        Plain(f" may be speaking of {about}.", bold=True),
    )
    said: list[Block] = [spoken(facts.posts[0].post)] if facts.posts else []
    source = "A colleague says so." if facts.data.get("said") else "I read this in the words; I may be wrong."
    small = Line((Plain(f"{source} A person should look now."),), small=True)
    return [Line(head), *said, small], f"may be about {about}"


def choices(number: int, hint: HintFacts, topics: Sequence[str] = ()) -> Card:
    """What it really is, by one click."""
    rows: list[Block] = [Line((Plain(f"What is #{number} really?", bold=True), Plain(" The reader learns from it.")))]
    said = hint_parts(hint)
    if said:
        rows.append(Line(said, small=True))
    for task, names in CHOICES.items():
        rows.append(Buttons(tuple(button(LABELS.get(one, one), Verb.HINT, f"{number}:{task}={one}") for one in names)))
    if topics:
        about = [*((f"about {one}", one) for one in topics[:MOST_TOPICS]), ("about none of these", "none")]
        rows.append(Buttons(tuple(button(label, Verb.HINT, f"{number}:topic={one}") for label, one in about)))
    rows.append(Buttons((button("All of it is right", Verb.HINT, f"{number}:right", style="primary"),)))
    return Card(summary=f"What is #{number} really?", blocks=tuple(rows))


def corrected(number: int, said: Mapping[str, Sequence[str]]) -> Card:
    words = "; ".join(
        f"{task}: {', '.join(LABELS.get(one, one) for one in names) if names else 'none'}"
        for task, names in said.items()
    )
    return lines([Plain(f"Thank you. #{number} is now {words}. I learn from that.")], summary="Thank you")


def not_read(number: int) -> Card:
    return lines([Plain(f"I have not read #{number} yet, so there is nothing to correct.")], summary="Not read yet")


def how_to_correct(wrong: str, topics: Sequence[str] = ()) -> Card:
    named: list[Part] = [Plain(", or "), Plain(f"hint 142 topic={topics[0]}", code=True)] if topics else []
    return lines(
        [
            Plain("I do not understand “"),
            Words(wrong[:40]),
            Plain("”. Write for example "),
            Plain("hint 142 kind=complaint,question mood=negative urgency=none language=de", code=True),
            Plain(", or "),
            Plain("hint 142 right", code=True),
            *named,
            Plain("."),
        ],
        summary="I do not understand this",
    )


def how_to_ask_the_reader() -> Card:
    return lines(
        [
            Plain("/twoway reader", code=True),
            Plain(" says how often it was right; "),
            Plain("/twoway reader back kind", code=True),
            Plain(" (or mood, urgency, topic) goes back to what it knew before."),
        ],
        summary="What of the reader?",
    )


def went_back(task: str, numbers: tuple[int, int] | None) -> Card:
    if numbers is None:
        said = f"For {task} nothing of this channel's own stands: it is as it came."
    else:
        now = f"number {numbers[1]} reads" if numbers[1] else "the one that came with me reads"
        said = f"For {task} number {numbers[0]} is put aside; {now} again."
    return lines([Plain(said)], summary="The reader went back")


def stats_card(channel: str, read: int, judged: Sequence[Judged], lessons: Sequence[Lesson]) -> Card:
    """How often it was right, as people say: by what was asked, by language, over time, and what was learnt."""
    blocks: list[Block] = [Heading(f"The reader in #{channel}"[:150])]
    count = f"{read:,} posts read; people said of {len(judged)} hints whether they are right."
    blocks.append(Line((Plain(count),)))
    if judged:
        blocks.append(
            Line((Plain("Mostly what is wrong gets a word: of all hints more are right than of these."),), small=True)
        )
    for title, key in (("By what", _by_kind), ("By language", _by_language)):
        groups: dict[str, list[Judged]] = {}
        for one in judged:
            groups.setdefault(key(one), []).append(one)
        if groups:
            shares = (f"{name} {_share(group)}" for name, group in sorted(groups.items()))
            blocks.append(Line((Plain(f"{title}: ", bold=True), Words(" · ".join(shares)))))
    if len(judged) >= 2 * ENOUGH:
        blocks.append(Line((Plain("From the first to the last: ", bold=True), Plain(" → ".join(_curve(judged))))))
    blocks += [Line((Plain(_lesson(one)),), small=True) for one in lessons[:6]]
    return Card(summary=f"The reader in #{channel}"[:150], blocks=tuple(blocks))


def _by_kind(one: Judged) -> str:
    return f"{one.task} ({', '.join(one.meant)})" if one.task == "kind" and one.meant else one.task


def _by_language(one: Judged) -> str:
    return one.language or "unknown"


def _share(group: Iterable[Judged]) -> str:
    rights = [one.right for one in group]
    return f"{sum(rights)} of {len(rights)}"


def _curve(judged: Sequence[Judged]) -> list[str]:
    """Up to five parts, each as large as the next."""
    parts = min(5, len(judged) // ENOUGH)
    edges = [len(judged) * part // parts for part in range(parts + 1)]
    groups = (judged[start:end] for start, end in pairwise(edges))
    return [f"{round(100 * sum(one.right for one in group) / len(group))} %" for group in groups]


def _lesson(one: Lesson) -> str:
    state = "reads now" if one.standing else f"refused ({one.refused})" if one.refused else "was before"
    kept = f"; of {one.held} kept aside {one.after} right, before {one.before}" if one.held else ""
    return f"{one.task}, number {one.number}: from {one.learnt} corrections{kept}; {state}"
