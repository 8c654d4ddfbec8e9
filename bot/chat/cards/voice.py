"""What the voice check says below a draft: gently, and it blocks nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.cards.parts import shortened
from bot.chat.contract import Part, Plain, Words
from bot.settings.triage import Remark
from bot.triage.listening import Heard

#: `{}` is the piece that it is about, shown as somebody's words.
SAYS: Mapping[Remark, str] = {
    Remark.TOO_LIKE: "Almost the same as a recent answer of ours: “{}”. This customer sees that one, too.",
    Remark.LANGUAGE: "The customer seems to write another language ({}).",
    Remark.EMAIL: "An e-mail address that all can read: {}.",
    Remark.PHONE: "A telephone number that all can read: {}.",
    Remark.ORDER: "An order or booking number that all can read: {}.",
    Remark.CARD: "A card or bank account that all can read: {}.",
    Remark.INTERNAL_LINK: "The public cannot open this: {}.",
    Remark.DEAD_LINK: "Nothing is there: {}.",
    Remark.BARE_SORRY: "It says sorry, and not for what.",
    Remark.PROMISE: "It promises a time: “{}”. Is it sure?",
}


def remarks(heard: Sequence[Heard]) -> list[list[Part]]:
    """A line for each."""
    rows: list[list[Part]] = []
    for one in heard:
        before, _, after = SAYS[one.remark].partition("{}")
        said: list[Part] = [Words(shortened(one.what, 160)), Plain(after)] if after else []
        rows.append([Plain(f"💬 {before}"), *said])
    return rows
