"""Plain sentences of danger and haste, which the rules of their language find alone; and what only sounds so."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from bot.triage.rulebook import SHIPPED, Hit, read_rulebook
from bot.triage.urgency import GRAVE, urgency_of

#: How many sentences each language has at least, of what they say.
AT_LEAST = {
    **dict.fromkeys(GRAVE, 5),
    **dict.fromkeys(("medical", "product", "outage", "legal", "fraud", "leaving", "stranded"), 3),
    "nobody": 8,
}
LANGUAGES = sorted(path.stem for path in SHIPPED.glob("*.toml"))


@cache
def sentences() -> list[dict[str, str]]:
    """Rows of `lang`, `text`, and what the text `says`: "nobody" is to be called for a figure of speech, a game, news
    or what is long over."""
    lines = (Path(__file__).parent / "plain_danger.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def is_read(says: str, hits: list[Hit]) -> bool:
    grave = urgency_of(hits, None).grave
    if says in GRAVE:
        return grave == says
    return grave is None and (says == "nobody" or says in {hit.rule.about or hit.rule.kind for hit in hits})


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_find_what_people_plainly_say_and_call_nobody_for_a_figure_of_speech(language: str) -> None:
    book = read_rulebook(SHIPPED / f"{language}.toml")
    mine = [row for row in sentences() if row["lang"] == language]
    wrong = [(row["says"], row["text"]) for row in mine if not is_read(row["says"], book.hits(row["text"]))]
    assert not wrong
    count = Counter(row["says"] for row in mine)
    assert {says: least for says, least in AT_LEAST.items() if count[says] < least} == {}
    assert count.keys() == AT_LEAST.keys()
