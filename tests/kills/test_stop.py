"""Asked to end, a real process ends within ten seconds, whatever hangs; and whoever comes next finishes it."""

from __future__ import annotations

import signal
import time

from sandbox.square import Fault
from tests.kills.city import ON_SQLITE, START_LIMIT, City

#: What is promised.
PROMISED = 10.0


@ON_SQLITE
async def test_a_stop_ends_in_time_with_a_reply_on_the_wire_and_the_next_start_sends_it_once(city: City) -> None:
    await city.start()
    post = await city.square.post("lea", "@acme where is my bike?")
    city.square.fault(Fault.HANG)
    await city.answers(post, "Sorry, Lea!")
    await city.square.wait_for(lambda square: len(square.publish_calls) == 1, timeout=START_LIMIT)
    city.machine.send(signal.SIGTERM)
    began = time.monotonic()
    assert await city.machine.died() == 0, city.machine.last_words()
    assert time.monotonic() - began < PROMISED
    assert "stopping" in city.machine.last_words()
    city.square.clear_faults()
    await city.machine.start()
    await city.machine.ready()
    await city.state(post, "answered")
    assert len(city.public()) == 1
