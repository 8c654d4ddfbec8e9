"""Cards about people's own times, as samples: what one said of oneself, who is on shift, the private word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.chat.cards.lists import mine_card, queue_card
from bot.chat.cards.people import (
    Me,
    OnShift,
    me_card,
    no_such_hours,
    no_such_moment,
    no_such_zone,
    offered_card,
    shift_card,
    what_of_me,
)
from bot.chat.contract import Card
from models.reading.offers import OfferFacts
from models.reading.queue import QueueRow
from models.reading.values import AccountFacts, CustomerFacts, RepFacts

T = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOU = CustomerFacts(1, 1, "lou", "Lou Reed", "https://pictures.example/lou", "https://far.example/@lou", 12, False)
ROW = QueueRow(
    142, 1, "open", 0, "en", LOU, AccountFacts(1, "acme", "mastodon"), "Where is my bike?", T, HOUR, None, "https://c/142"
)  # fmt: skip
ANA = RepFacts(1, "slack", "T1", "U1", "Ana", "^AN", ("de",))
SAID = Me("Mon-Fri 09:00-17:00", "Europe/Berlin", ("de", "en"), "^AN", True)
ON_SHIFT = (
    OnShift("Ana", ("de", "en"), True, T + 6 * HOUR, next=T + DAY),
    OnShift("Bea", (), True),
    OnShift("Cyd", ("fr",), False, away_until=T + DAY, next=T + DAY),
    OnShift("Dan", (), False, next=T + 2 * HOUR),
    OnShift("Eve", (), False),
)


def people_cards() -> Iterator[tuple[str, str, Card]]:
    """Page, name, card."""
    yield "people", "me, nothing said", me_card(Me("", "Europe/Berlin", (), "", True))
    yield "people", "me, on shift", me_card(replace(SAID, shift_until=T + 6 * HOUR))
    yield "people", "me, always", me_card(replace(SAID, hours="daily 00:00-24:00", always=True))
    yield "people", "me, not on shift", me_card(replace(SAID, next_shift=T + DAY, pings=False))
    yield "people", "me, away", me_card(replace(SAID, away_until=T + 4 * DAY))
    yield "people", "no such hours", no_such_hours("9-25")
    yield "people", "no such zone", no_such_zone("Berlin", "Europe/Berlin")
    yield "people", "no such moment", no_such_moment("/twoway snooze 142")
    yield "people", "what of me", what_of_me("horoscope")
    yield "people", "nobody told hours", shift_card((), (), "care", "UTC")
    yield "people", "on shift", shift_card(ON_SHIFT, (ROW,), "care", "UTC")
    yield "people", "nobody on shift", shift_card(ON_SHIFT[3:4], (), "care", "UTC")
    offer = OfferFacts(142, 1, LOU, ANA, T + 6 * HOUR, 12, True, "https://c/142")
    yield "people", "a customer of yours is back", offered_card(offer, "care")
    asleep = replace(ROW, number=143, snoozed_until=T + DAY)
    yield "people", "queue with one snoozed", queue_card((ROW,), 1, "care", (asleep,), 1)
    yield "people", "nobody waits, several snoozed", queue_card((), 0, "care", (asleep, replace(asleep, number=7)), 9)
    yield "people", "mine, one snoozed", mine_card((ROW, asleep), ())
