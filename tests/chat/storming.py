"""Storms for golden cards: many about invoices, and one answer to three of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.chat.cards import storms as cards
from bot.chat.cards.storm_digest import digest_card
from bot.chat.cards.voice import SAYS
from bot.chat.contract import Card
from bot.triage.listening import Heard
from models.reading.storm_answers import AnswerFacts, ListedDraft
from models.reading.storm_digest import DigestFacts, Waiting
from models.reading.storms import StormFacts
from models.reading.values import CustomerFacts, RepFacts

T = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ANA = RepFacts(1, "slack", "T1", "UANA", "Ana")
SAID = "The app shows me the invoices of other customers."
STORM = StormFacts(
    3, 1, SAID, 140, 42, (("mastodon", 30), ("bluesky", 12)), (("answered", 7), ("drafted", 3), ("open", 31)), 1, 37,
    4.0, True, T - timedelta(hours=1), T, T - timedelta(hours=1),
    ((141, "https://chat.example/c141"), (150, None)),
)  # fmt: skip


def listed(number: int, name: str, **more: object) -> ListedDraft:
    who = CustomerFacts(number, number, name.lower(), name, None, None, 12, False)
    draft = ListedDraft(
        number, 1000 + number, 1, "acme", "mastodon", who, SAID, f"@{name.lower()} We closed it.", "", "drafted", None,
        "", f"https://chat.example/c{number}",
    )  # fmt: skip
    return replace(draft, **more)  # type: ignore[arg-type]


ANSWER = AnswerFacts(
    9, 3, 1, ANA, T, (listed(142, "Lou"), listed(143, "Mia", words=SAID + " Why?"), listed(144, "Zoe", link=None))
)
CHANGED = replace(
    ANSWER,
    drafts=(
        listed(142, "Lou"),
        listed(143, "Mia", why="customer_edited"),
        listed(144, "Zoe", why="claimed"),
        listed(145, "Tom", why="sent", state="answered"),
        listed(146, "Ida", state="approved"),
        listed(147, "Uma", blocked="too_long"),
    ),
)
OVER = DigestFacts(
    STORM, 57, 7, 34, 12, 3,
    (Waiting(139, T - timedelta(hours=2), "https://chat.example/c139"), Waiting(150, T - timedelta(hours=1), None)), T,
)  # fmt: skip
HEARD = tuple(Heard(one, "mia@letters.example" if "{}" in says else "") for one, says in SAYS.items())


def storms() -> Iterator[tuple[str, Card]]:
    """Every card about storms."""
    yield "storm", cards.storm_card(STORM)
    yield (
        "storm, a small one, its words deleted",
        cards.storm_card(
            replace(STORM, words=None, people=5, loud=False, apart=(), usual=0.3, taken_out=0, waiting_since=None)
        ),
    )
    yield "list", cards.answer_card(ANSWER, SAID)
    yield "list, much has changed", cards.answer_card(CHANGED, SAID)
    yield "list, all went out", cards.answer_card(replace(CHANGED, drafts=(CHANGED.drafts[3],)), SAID)
    yield "storms", cards.storms_card([STORM], "care")
    yield "no storms", cards.storms_card([], "care")
    yield "over", digest_card(OVER)
    yield (
        "over, all answered, abuse",
        digest_card(
            replace(
                OVER, storm=replace(STORM, states=(("answered", 42),), taken_out=0, waiting_since=None), posts=43,
                answered=42, waiting=0, others=0, others_waiting=0, longest=(),
            ),
            folded=True,
        ),
    )  # fmt: skip
    yield "no such storm", cards.no_such_storm(4, "care")
    yield "how to", cards.how_to_storm()
    yield "press to answer", cards.press_to_answer(3)
    yield "only by button", cards.only_by_button()
