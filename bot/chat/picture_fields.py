"""Pictures in the dialog that drafts: the fields that ask for them and for their words, and what was chosen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.pictures import TakenPictures
from bot.chat.contract import Block, Field, Line, Option, Plain, Submitted
from bot.chat.plain import leftovers
from models.attachments import Given, Pictured
from models.reply import ANSWERS, DraftKind

FILES, WORDS, KEEP = "files", "words", "keep"
ALL, NONE = "all", "none"

#: So many characters describe a picture at most, whatever a platform takes: what is approved has to be shown whole.
MOST_WORDS = 1_000

_HINT = "For people who cannot see it, and where it does not load. Several pictures: one line each, in their order."


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a dialog came to: the draft's own pictures as they are from now on (None: it showed none of them), and what
    was given besides. `mistakes` by field."""

    pictures: tuple[Pictured, ...] | None = None
    given: tuple[Given, ...] = ()
    mistakes: Mapping[str, str] | None = None


def fields(
    takes: TakenPictures | None, kind: DraftKind, current: Sequence[Pictured], *, asks: bool
) -> tuple[Field, ...]:
    """What the dialog asks about pictures. `asks`: it can ask for files."""
    if kind not in ANSWERS or (takes is None and not current):
        return ()
    most = min(MOST_WORDS, (takes.alt if takes is not None else None) or MOST_WORDS)
    found = [
        Field(
            name=_field_of(one),
            label=f"Picture {nth} is read aloud as",
            kind="text",
            value=one.alt,
            optional=True,
            max_length=most,
        )
        for nth, one in enumerate(current, 1)
    ]
    if current:
        options = [Option(ALL, "Keep all" if len(current) > 1 else "Keep it")]
        if len(current) > 1:
            options += [Option(_field_of(one), f"Take picture {nth} off") for nth, one in enumerate(current, 1)]
        options.append(Option(NONE, "Take all off" if len(current) > 1 else "Take it off"))
        label = "The draft's pictures" if len(current) > 1 else "The draft's picture"
        found.append(Field(name=KEEP, label=label, kind="choice", value=ALL, options=tuple(options), optional=True))
    free = 0 if takes is None else takes.count - len(current)
    if asks and free > 0:
        label = "Add a picture" if free == 1 else f"Add pictures (up to {free})"
        found.append(Field(name=FILES, label=label, kind="file", optional=True, most=free))
        found.append(
            Field(name=WORDS, label="What they show", hint=_HINT, optional=True, max_length=min(3_000, most * free))
        )
    return tuple(found)


def said(takes: TakenPictures | None, kind: DraftKind, *, asks: bool, how: str, where: str) -> tuple[Block, ...]:
    """What to know about pictures where the dialog asks for none."""
    if kind not in ANSWERS:
        return ()
    if takes is None:
        return (Line((Plain(f"{where} takes no pictures from us: this answer is words alone."),), small=True),)
    if not asks and how:
        return (Line((Plain(how),), small=True),)
    return ()


def chosen(saved: Submitted, current: Sequence[Pictured]) -> Chosen:
    """What was chosen. A picture that the dialog did not show stays as it is."""
    shown = [one for one in current if _field_of(one) in saved.values]
    kept = saved.values.get(KEEP, "") or ALL
    pictures = tuple(
        replace(one, alt=_one_line(saved.values[_field_of(one)])) if one in shown else one
        for one in current
        if one not in shown or kept not in {NONE, _field_of(one)}
    )
    files = saved.files.get(FILES, ())
    lines = [_one_line(line) for line in saved.values.get(WORDS, "").splitlines() if line.strip()]
    if not files and lines:
        return Chosen(mistakes={WORDS: "There is no picture that these words could describe. Choose it as well."})
    if len(files) == 1:
        lines = [_one_line(" ".join(lines))]
    if len(lines) > len(files) > 0:
        many = f"{len(files)} pictures and {len(lines)} lines"
        return Chosen(mistakes={WORDS: f"There are {many}: write one line for each picture, in their order."})
    for field, words in (
        (WORDS, " ".join(lines)),
        *[(_field_of(one), one.alt) for one in pictures if _field_of(one) in saved.values],
    ):
        if left := leftovers(words):
            return Chosen(mistakes={field: f"These work only here in chat, not in public: {' '.join(left)}."})
    if any(len(line) > MOST_WORDS for line in lines):
        return Chosen(mistakes={WORDS: f"Describe a picture in {MOST_WORDS} characters at most."})
    lines += [""] * (len(files) - len(lines))
    given = tuple(Given({"id": file.id, "url": file.url}, alt) for file, alt in zip(files, lines, strict=True))
    return Chosen(pictures if shown else None, given)


def _field_of(one: Pictured) -> str:
    """The field with a picture's words is known by its hash: another dialog may have other pictures."""
    return f"alt{one.digest[:16]}"


def _one_line(words: str) -> str:
    return " ".join(words.split())
