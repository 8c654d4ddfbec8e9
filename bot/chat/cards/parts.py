"""The small pieces that cards are made of: names, times, lengths, quotes, buttons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from adapters.registry import declared, title
from bot.chat.commands import Verb
from bot.chat.contract import (
    Block,
    Button,
    Card,
    Line,
    LinkTo,
    Mention,
    Part,
    Person,
    Picture,
    Plain,
    Quote,
    Time,
    Words,
)
from models.reading.course_of import Round
from models.reading.values import AccountFacts, CustomerFacts, PostFacts, RepFacts
from models.reply import WaitsFor

#: What a notice says, and the first line of its notification.
Said = tuple[list[Block], str]

#: What stands in the place of words that their author deleted.
DELETED = "deleted by its author"

#: The same where the team took them away, by `twoway erase`.
ERASED = "erased by us"

#: A card shows so much of a long post; the rest is behind its link.
SHOWN = 1_500


def plain(sentence: str) -> Card:
    """One sentence."""
    return Card(summary=sentence[:150], blocks=(Line((Plain(sentence),)),))


#: What an approved reply waits for that cannot leave now, after "waits …".
WAITS: Mapping[WaitsFor, str] = {
    WaitsFor.HOLD: "for the hold to end",
    WaitsFor.PLATFORM: "until {where} can be reached",
    WaitsFor.CHAT: "until I can read here who approves",
}


def of(account: AccountFacts) -> str:
    """ "Mastodon (acme)"."""
    return f"{title(account.platform)} ({account.name})"


def waits(what: WaitsFor, account: AccountFacts | None = None) -> str:
    """ "waits until Mastodon (acme) can be reached"."""
    where = "the platform" if account is None else of(account)
    return f"waits {WAITS[what].format(where=where)}"


def line(*parts: Part) -> Line:
    return Line(parts)


def lines(*rows: Sequence[Part], summary: str) -> Card:
    return Card(summary=summary[:150], blocks=tuple(Line(tuple(row)) for row in rows if row))


def person(rep: RepFacts, *, ping: bool = False) -> Mention:
    return Mention(Person(rep.surface, rep.team, rep.user), rep.name, ping=ping)


def name(rep: RepFacts | None) -> str:
    return rep.name if rep is not None else "somebody"


def named(reps: Mapping[int, RepFacts], ids: Iterable[int]) -> list[Part]:
    """ "Ana, Bea and Cyd"."""
    people: list[Part] = [Words(reps[rep].name) if rep in reps else Plain("somebody") for rep in ids]
    if not people:
        return [Plain("nobody")]
    out: list[Part] = []
    for index, one in enumerate(people):
        if index:
            out.append(Plain(" and " if index == len(people) - 1 else ", "))
        out.append(one)
    return out


def who(customer: CustomerFacts | None) -> str:
    """What we call a customer: the name, else the handle."""
    if customer is None:
        return "the customer"
    return customer.name.strip() or (f"@{customer.handle}" if customer.handle else "an erased customer")


def profile(customer: CustomerFacts, account: AccountFacts) -> Part:
    """What a customer is called on that platform ("@lea", "u/lea", a name where people have no handles), as a link to
    their page there."""
    handle = f"{declared(account.platform).before_handles}{customer.handle}" if customer.handle else ""
    name = handle or customer.name.strip()
    return LinkTo(customer.url, name) if customer.url else Words(name)


def about(length: timedelta) -> str:
    """A length of time as people say it: "40 s", "12 min", "3 h 5 min", "2 days"."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds < 90:
        return f"{seconds} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 48 * 3600:
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{round(seconds / 86_400)} days"


def moment(at: datetime, zone: str = "UTC") -> Time:
    return Time(at, "moment", zone)


def clock(at: datetime, zone: str = "UTC") -> Time:
    return Time(at, "time", zone)


def link(url: str | None, text: str) -> Part:
    return LinkTo(url, text) if url else Plain(text)


def on_word(course: Round, reps: Mapping[int, RepFacts]) -> list[Part]:
    """The address that somebody gave, shown as it is, and whose word it is."""
    address = course.address or ""
    said = [Plain(", says "), *named(reps, [course.on_word_of])] if course.on_word_of is not None else []
    return [link(address, shortened(address, 150)), *said]


def shortened(words: str, limit: int = SHOWN) -> str:
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


#: What stands in the place of abuse. Whoever wants to read it is shown it alone.
FOLDED = "⚠️ Abusive words, folded. “History” shows them, to you alone."


def spoken(post: PostFacts, folded: Collection[int] = ()) -> Quote:
    """A post's words, or the marker in their place; those of the posts in `folded` behind a warning."""
    if post.id in folded and post.words is not None:
        return Quote((Plain(FOLDED, italic=True),))
    if post.words is None:
        return Quote((Plain(ERASED if post.erased else DELETED, italic=True),))
    parts: list[Part] = []
    if post.warning:
        parts += [Plain("Content warning: ", bold=True), Words(post.warning), Plain("\n")]
    parts.append(Words(shortened(post.words)) if post.words.strip() else Plain("(no words)", italic=True))
    return Quote(tuple(parts))


def pictures(post: PostFacts) -> list[Picture | Line]:
    """What is attached: images in sight, the rest as links."""
    out: list[Picture | Line] = []
    for item in post.media:
        if not isinstance(item, Mapping):
            continue
        url, kind = item.get("url"), item.get("kind")
        said = item.get("description")
        alt = said if isinstance(said, str) and said else f"{kind or 'attachment'} without a description"
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            continue
        if kind == "image" and len(out) < 4:
            preview = item.get("preview_url")
            out.append(Picture(preview if isinstance(preview, str) and preview else url, alt[:1_900]))
        else:
            out.append(Line((Plain("Attached: "), LinkTo(url, shortened(alt, 100))), small=True))
    return out


def value(number: int, draft: int | None = None, message: int | None = None) -> str:
    """What a button carries: conversation, draft, draft message."""
    return ":".join("" if part is None else str(part) for part in (number, draft, message))


def button(
    label: str,
    verb: Verb,
    about: str,
    *,
    style: Literal["plain", "primary", "danger"] = "plain",
    confirm: str | None = None,
    dialog: bool = False,
) -> Button:
    return Button(
        label=label,
        action=verb.value,
        value=about,
        style=style,
        confirm=confirm,
        opens_dialog=dialog,
    )
