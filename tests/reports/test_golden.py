"""A quiet day, an ordinary one, a storm, one on which clocks go back: each as text, in Slack and in Teams, as people
see it.

`TWOWAY_GOLDEN=write pytest tests/reports/test_golden.py` writes them anew; read the diff.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.chat.contract import Card, Picture
from bot.chat.slack import render as slack
from bot.chat.teams import render as teams
from bot.reports.drawing import read_chart
from sandbox.slack.blocks import check_message
from tests.chat.days import days
from tests.chat.plain_text import text_of

FOLDER = Path(__file__).parent / "golden"
WANTED = ("quiet", "ordinary", "storm", "clocks go back", "week")
CARDS = {name: card for name, card in days() if name in WANTED}


def forms(card: Card) -> dict[str, str]:
    """By the file's ending."""
    blocks = slack.message(card).blocks
    assert check_message(blocks, lambda url: False) is None
    activity = teams.message(card, posting=True)
    return {
        "txt": text_of(card) + "\n",
        "slack.json": json.dumps(blocks, indent=1, ensure_ascii=False) + "\n",
        "teams.json": json.dumps(activity, indent=1, ensure_ascii=False) + "\n",
    }


@pytest.mark.parametrize("name", WANTED)
def test_a_day_is_told_as_it_was(name: str) -> None:
    for ending, now in forms(CARDS[name]).items():
        path = FOLDER / f"{name.replace(' ', '-')}.{ending}"
        if os.environ.get("TWOWAY_GOLDEN") == "write":
            FOLDER.mkdir(exist_ok=True)
            path.write_text(now, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == now, path.name


def test_every_days_chart_can_be_drawn_and_says_its_numbers() -> None:
    for name, card in CARDS.items():
        charts = [block for block in card.blocks if isinstance(block, Picture)]
        assert len(charts) == (name != "quiet"), name
        for one in charts:
            chart = read_chart(json.loads(one.drawing))
            assert sum(sum(row) for _, row in chart.series) > 0
            assert chart.answers_title in one.alt
            assert one.alt.startswith(chart.posts_title)
