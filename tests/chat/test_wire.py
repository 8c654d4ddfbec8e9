"""What is written down is what is read back, for everything that can come in."""

from __future__ import annotations

import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.contract import Inbound
from bot.chat.wire import KINDS, Unreadable, from_json, to_json

st.register_type_strategy(str, st.text(max_size=8))
MOMENT = st.datetimes(timezones=st.just(UTC))


@st.composite
def happening(draw: st.DrawFn) -> Inbound:
    kind = draw(st.sampled_from(sorted(KINDS)))
    return draw(st.builds(KINDS[kind], at=MOMENT))


@given(happening())
def test_every_happening_survives_being_written_down(value: Inbound):
    kind, payload = to_json(value)
    assert from_json(kind, json.loads(json.dumps(payload))) == value


@given(happening(), st.data())
def test_a_payload_that_lost_a_part_is_unreadable_or_complete_without_it(value: Inbound, data: st.DataObject):
    kind, payload = to_json(value)
    lost = data.draw(st.sampled_from(sorted(payload)))
    rest = {name: part for name, part in payload.items() if name != lost}
    try:
        from_json(kind, rest)
    except Unreadable:
        return
    assert lost in {"reply", "dialog", "thread", "tone"} or value


@pytest.mark.parametrize("payload", [None, [], "x", {}, {"key": 1, "who": 2, "at": "never"}])
@pytest.mark.parametrize("kind", [*KINDS, "Nothing"])
def test_what_is_no_happening_is_unreadable(kind: str, payload: object):
    with pytest.raises(Unreadable):
        from_json(kind, payload)
