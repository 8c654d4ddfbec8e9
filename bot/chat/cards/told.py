"""What is said in a thread of ideas that have shipped, of customers who want to be left alone, and of praise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.chat.cards.parts import Said, line, link, who
from bot.chat.contract import Part, Plain, Words
from models.reading.notice import NoticeFacts
from models.telling import EventKind


def _rep(facts: NoticeFacts) -> Part:
    return Words(facts.rep.name) if facts.rep is not None else Plain("Somebody")


def _told(facts: NoticeFacts, zone: str) -> Said:
    idea = facts.data.get("idea")
    return [
        line(
            Plain(f"🚀 Idea {idea} is there, says ", bold=True),
            _rep(facts),
            Plain(". The draft below tells "),
            Words(who(facts.customer)),
            Plain(", who asked for it. It goes out like every other: once approved, or not at all."),
        )
    ], f"idea {idea} is there; a draft tells {who(facts.customer)}"


def _quiet(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("🔕 "),
            Words(who(facts.customer)),
            Plain(" wants to be left alone, says "),
            _rep(facts),
            Plain(": nothing is prepared for them that they do not ask for. "),
            Plain("@twoway customer welcome", code=True),
            Plain(" takes it back."),
        )
    ], "wants to be left alone"


def _welcome(facts: NoticeFacts, zone: str) -> Said:
    return [line(Words(who(facts.customer)), Plain(" may be written to again, says "), _rep(facts), Plain("."))], (
        "may be written to again"
    )


def _quote(yes: bool) -> Callable[[NoticeFacts, str], Said]:
    def said(facts: NoticeFacts, zone: str) -> Said:
        verb = "may quote" if yes else "may not quote"
        return [
            line(
                Plain(f"🎉 We {verb} this: "),
                link(facts.said_at, "the answer"),
                Plain(", says "),
                _rep(facts),
                Plain("."),
            )
        ], f"we {verb} this"

    return said


TOLD: Mapping[EventKind, Callable[[NoticeFacts, str], Said]] = {
    EventKind.IDEA_TOLD: _told,
    EventKind.QUIET: _quiet,
    EventKind.QUIET_ENDED: _welcome,
    EventKind.QUOTE_ALLOWED: _quote(True),
    EventKind.QUOTE_REFUSED: _quote(False),
}
