"""What the operator's commands print for people: at most 80 columns wide, times in the channel's zone.

Customers' words are shown without control characters: nobody outside writes on an operator's terminal.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.ops.looking import ChannelQueue, Queues, Sealed, Standing, Waiting
from models.audit import Fault, Report
from models.reading.history import EventFacts, History
from models.reading.values import CustomerFacts, numbers_in, whole

WIDTH = 80
DELETED = "[deleted by its author]"
ERASED = "[erased by us]"
NOT_COUNTED = "    which does not count: own words"


# ------------------------------------------------------------------------------------------------ queue


def queue(found: Queues) -> str:
    """Each channel with who waits in it."""
    return "\n\n".join(_channel(one, found.at) for one in found.channels) or "There are no channels."


def _channel(one: ChannelQueue, now: datetime) -> str:
    if not one.conversations:
        return f"{one.channel}: nobody waits."
    zone = ZoneInfo(one.timezone)
    shown = len(one.conversations)
    more = f", the first {shown}" if shown < one.waiting else ""
    rows = [_line(row, now, zone) for row in one.conversations]
    return f"{one.channel}: {one.waiting} wait{more} (times in {one.timezone})\n" + table(
        ("No.", "Urgent", "Waits", "Who", "State", "With", "Says"), rows, (7, 6, 7, 18, 8, 12), right=(0, 1, 2)
    )


def _line(row: Waiting, now: datetime, zone: tzinfo) -> Sequence[str]:
    until = "" if row.claimed_until is None else f" to {row.claimed_until.astimezone(zone):%H:%M}"
    name = "" if row.claimed_by is None else clip(clean(row.claimed_by), 12 - width(until)) + until
    return (
        str(row.number),
        str(row.urgency) if row.urgency else "",
        ago(now - row.waiting_since),
        row.handle or row.name or "[erased]",
        row.state if row.snoozed_until is None else "snoozed",
        name,
        (DELETED if row.handle or row.name else ERASED) if row.line is None else row.line,
    )


# ------------------------------------------------------------------------------------------------ show


def conversation(told: History, zone: tzinfo | None) -> str:
    """The whole of a conversation, line by line, as the journal has it."""
    zone = zone or UTC
    who = told.customer
    name = f"{who.name} ({who.handle})" if who.handle else who.name or "[erased]"
    lines = [
        clip(clean(f"{told.number}  {told.state}  {told.channel}  {told.account} on {told.platform}"), WIDTH),
        clip(clean(name), WIDTH),
        f"Opened {_moment(told.opened_at, zone)}"
        + (f", waiting since {_moment(told.waiting_since, zone)}" if told.waiting_since else "")
        + f" ({zone})",
        "",
    ]
    for event in told.events:
        rep = "" if event.rep is None else clean(event.rep.name)
        head = f"{_moment(event.at, zone)}  {event.kind.replace('_', ' '):<20} {clip(rep, 16):<16} "
        lines += [clip(head + clean(_detail(told, event)), WIDTH).rstrip(), *_words(told, event)]
    return "\n".join(lines)


def _detail(told: History, event: EventFacts) -> str:
    """What an event's data says in a few words."""
    data = event.data
    parts: list[str] = []
    number = whole(data.get("revision"))
    if number is not None:
        parts.append(f"draft {number}")
    by = [told.reps[rep].name for rep in numbers_in(data, ("approved_by",)) if rep in told.reps]
    if by:
        parts.append("by " + ", ".join(by))
    to = data.get("to")
    if isinstance(to, str):
        parts.append(f"-> {to}")
    elif whole(to) in told.reps:
        parts.append(f"to {told.reps[whole(to) or 0].name}")
    if event.kind == "moved":
        there, left = (told.channels.get(whole(data.get(key)) or 0, "?") for key in ("channel", "from_channel"))
        parts.append(f"from {left} to {there}")
    parts += [str(data[key]) for key in ("why", "reason", "scope") if isinstance(data.get(key), str)]
    return ", ".join(parts)


def _words(told: History, event: EventFacts) -> list[str]:
    """The words that an event is about, below it."""
    data = event.data
    said: list[str] = []
    for id in numbers_in(data, ("post",)) if event.kind in _SPEAKS else []:
        one = next((one for one in told.posts if one.post.id == id), None)
        if one is not None:
            versions = {version.version: version.words for version in one.versions}
            words = versions.get(whole(data.get("version")) or 1)
            said.append((ERASED if one.post.erased else DELETED) if words is None else words)
    if event.kind == "drafted":
        said += [draft.final for draft in told.revisions if draft.number == whole(data.get("revision"))]
    note = whole(data.get("note"))
    said += [one.words for one in told.notes if one.id == note]
    url = _url(told, event)
    word = told.reps.get(whole(data.get("on_word_of")) or 0)
    says = "" if word is None else f" (says {clean(word.name)})"
    # Below, since a line has no room for it: whoever reads only so far must not take it for an approval.
    void = [NOT_COUNTED] if event.kind == "approved" and data.get("counts") is False else []
    return [*void, *(line for words in said for line in _quoted(words)), *([f"    {clean(url)}{says}"] if url else [])]


#: Events under which the words of the post that they name are shown.
_SPEAKS = frozenset({"heard", "customer_replied", "customer_edited", "answered_elsewhere"})


def _url(told: History, event: EventFacts) -> str | None:
    address = event.data.get("address")
    if isinstance(address, str):
        return address
    if event.kind not in {"sent", "surfaced"}:
        return None
    sent = whole(event.data.get("delivery"))
    return next((one.url for one in told.deliveries if one.id == sent), None)


def _quoted(words: str) -> Iterable[str]:
    for paragraph in words.splitlines() or [""]:
        for piece in textwrap.wrap(clean(paragraph), WIDTH - 8) or [""]:
            yield f"    | {piece}".rstrip()


# ------------------------------------------------------------------------------------------------ audit


@dataclass(frozen=True, slots=True)
class Audited:
    """What `twoway audit verify` found. `whole` is true when there are no faults, and the seal that was given back is
    not another now. `unproven` counts drafts whose hash covers something that was erased since. `posts` of customers,
    and `versions` of them from before an edit, were compared with the journal's hash; `unproven_posts` of both have
    none that can be computed. `last_seal` is worth keeping elsewhere; `kept_stands`: the one that was given back is
    still the seal of its day, and `kept`: "as kept", "changed", "missing" (the journal tells of it) or "unknown" (it
    does not); both null where none was given."""

    whole: bool
    chains: int
    events: int
    seals: int
    unproven: int
    faults: tuple[Fault, ...]
    last_seal: Sealed | None = None
    kept_stands: bool | None = None
    kept: Standing | None = None
    posts: int = 0
    versions: int = 0
    unproven_posts: int = 0


def audited(found: Report, last: Sealed | None = None, kept: Standing | None = None) -> Audited:
    return Audited(
        whole=found.whole and kept is not Standing.CHANGED,
        chains=found.chains,
        events=found.events,
        seals=found.seals,
        unproven=found.unproven,
        faults=found.faults,
        last_seal=last,
        kept_stands=None if kept is None else kept is Standing.AS_KEPT,
        kept=kept,
        posts=found.posts,
        versions=found.versions,
        unproven_posts=found.unproven_posts,
    )


#: What became of the seal of a day that somebody gave back.
_KEPT = {
    Standing.AS_KEPT: "The seal of {} is as you kept it.",
    Standing.CHANGED: "The seal of {} is NOT as you kept it: the journal was rewritten.",
    Standing.MISSING: "There is no seal of {}, though the journal tells of one: it was taken away.",
    Standing.UNKNOWN: "There is no seal of {} here, and the journal tells of none.",
}


def sealed(last: Sealed | None, kept: Sealed | None, stands: Standing | None) -> list[str]:
    """About the seal that was given back, and the one to keep."""
    lines = [] if kept is None or stands is None else [_KEPT[stands].format(kept.day)]
    if last is not None:
        lines += ["Keep this seal elsewhere, and give it back by --kept:", f"{last.day}:{last.digest}"]
    return lines


def report(found: Report) -> str:
    """The journal is whole, or the first bad event of each chain."""
    seen = f"{some(found.events, 'event')} in {some(found.chains, 'chain')}, {some(found.seals, 'day')} sealed"
    erased = f"; {some(found.unproven, 'draft')} with words that were erased" if found.unproven else ""
    whole = "is whole:" if found.whole else f"is NOT whole: {some(len(found.faults), 'fault')} in"
    before = f", {some(found.versions, 'version')} from before an edit" if found.versions else ""
    bare = f"; {found.unproven_posts} with no hash to compare with" if found.unproven_posts else ""
    lines = [
        *textwrap.wrap(f"The journal {whole} {seen}{erased}.", WIDTH),
        *textwrap.wrap(f"Customers' words: {some(found.posts, 'post')} compared{before}{bare}.", WIDTH),
    ]
    for fault in found.faults:
        lines += textwrap.wrap(_fault(fault), WIDTH, subsequent_indent="    ")
    return "\n".join(lines)


def _fault(fault: Fault) -> str:
    where = {None: "Seals", 0: "Service"}.get(fault.chain, f"Conversation {fault.chain}")
    event = "" if fault.event is None else f", event {fault.event}"
    seq = "" if fault.seq is None else f" (number {fault.seq})"
    return f"{where}{event}{seq}: {fault.wrong.value}: {fault.what}."


# ------------------------------------------------------------------------------------------------ erase


def customers(found: Sequence[CustomerFacts]) -> str:
    """Accounts of customers, to choose from."""
    rows = [(str(one.id), one.handle or ("[erased]" if one.erased else ""), one.name, one.url or "") for one in found]
    return table(("Number", "Handle", "Name", "Address"), rows, (8, 26, 18), right=(0,))


# ------------------------------------------------------------------------------------------------ columns


def table(head: Sequence[str], rows: Sequence[Sequence[str]], most: Sequence[int], *, right: Sequence[int] = ()) -> str:
    """Columns as wide as they need, `most` at most; the last one gets what is left of the width."""
    lines = [head, *([clean(cell) for cell in row] for row in rows)]
    wide = [min(limit, max(width(line[at]) for line in lines)) for at, limit in enumerate(most)]
    wide.append(WIDTH - sum(wide) - 2 * len(wide))
    return "\n".join(
        "  ".join(_cell(cell, wide[at], at in right) for at, cell in enumerate(line)).rstrip() for line in lines
    )


def _cell(text: str, wide: int, right: bool) -> str:
    text = clip(text, wide)
    space = " " * (wide - width(text))
    return space + text if right else text + space


def width(text: str) -> int:
    """How many columns a terminal gives it: Chinese, Japanese, Korean and emoji take two, marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def clip(text: str, wide: int) -> str:
    """At most so many columns, with an ellipsis where something was cut."""
    if width(text) <= wide:
        return text
    cut = ""
    for char in text:
        if width(cut + char) > wide - 1:
            break
        cut += char
    return cut + "…" if wide > 0 else ""


def clean(text: str) -> str:
    """One line without control or direction characters."""
    return "".join(" " if char in "\t\n\r" else char for char in text if char in "\t\n\r" or _shown(char))


def _shown(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cs"} and char not in _DIRECTIONS


#: They could turn the rest of the line around.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def some(count: int, what: str) -> str:
    """ "1 post", "2 posts"; "1 reply", "2 replies"."""
    if count == 1:
        return f"1 {what}"
    return f"{count} {what[:-1]}ies" if what.endswith("ly") else f"{count} {what}s"


def ago(span: timedelta) -> str:
    """In the largest two units that matter: "5 min", "2 h", "3 d 4 h"."""
    minutes = max(0, int(span.total_seconds()) // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h {minutes}m" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days}d {hours}h" if hours else f"{days} d"


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
