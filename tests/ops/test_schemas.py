"""The reference of our JSON is what is printed."""

import json
from pathlib import Path

import pytest

from bot.ops.plain import plain
from bot.ops.schemas import PRINTED, page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "json.md"


def test_the_page_is_what_the_values_say():
    """To write it anew: python -c "from bot.ops.schemas import page; print(page(), end='')" > docs/reference/json.md"""
    assert PAGE.read_text(encoding="utf-8") == page()


async def test_what_is_printed_has_the_fields_that_the_page_names(world, run):
    await world.heard()
    queues = json.loads((await run("queue", "--json")).output)
    assert set(queues) == {"at", "channels"}
    told = json.loads((await run("show", "1", "--json")).output)
    (history,) = PRINTED["twoway show N --json"]
    assert list(told) == list(history.__dataclass_fields__)


def test_no_object_of_another_kind_is_printed():
    with pytest.raises(TypeError, match="object has no plain form"):
        plain(object())
