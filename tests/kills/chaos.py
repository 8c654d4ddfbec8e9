"""A day on which everything goes wrong: many replies, a square that misbehaves, machines that die and freeze.

Driven by one seed (`TWOWAY_SEED` repeats it; when the processor gives whom a turn it does not repeat).
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

from sandbox.square.faults import Fault
from sandbox.square.world import Status
from tests.kills.city import City, Row, cards_stored, replies_to, stands
from tests.plugins.runs import tell
from tests.stories.town import CARE

#: What the square does to the calls that publish, within what the settings declare: a call ends after 500 ms, is
#: accepted at most 700 ms later, and shows at most 300 ms after that.
FAULTS: tuple[tuple[Fault, dict[str, float]], ...] = (
    (Fault.HANG, {"seconds": 5}),
    (Fault.ACCEPT_AND_HANG, {"seconds": 5}),
    (Fault.ACCEPT_AND_DROP, {}),
    (Fault.ACCEPT_LATE, {"seconds": 0.5}),
    (Fault.FAIL_BEFORE, {}),
    (Fault.FAIL_AFTER, {}),
    (Fault.THROTTLE, {"seconds": 1}),
)

#: How many replies are on their way at the same time.
AT_ONCE = 8

#: When everything is well again: the longest between two cards that come to show what they should. How long all of
#: them take is Slack's to say, which lets us change fifty a minute: after ten minutes of a team that answers forty
#: customers a minute, some 150 wait their turn.
SETTLE = 60.0


@dataclass
class Figures:
    """What a run is judged by."""

    seed: int
    kills: int = 0
    freezes: int = 0
    replies: int = 0
    calls: int = 0
    unsure: int = 0
    duplicates: int = 0
    lost: int = 0
    orphans: int = 0
    took: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        met = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        return (
            f"seed {self.seed}: {self.kills} kills, {self.freezes} freezes, {self.replies} replies in {self.calls} "
            f"calls, {self.unsure} unsure, {self.duplicates} duplicates, {self.lost} lost, {self.orphans} cards posted "
            f"twice, {self.took:.0f} s; {met}"
        )


def seed() -> int:
    """The run's seed: given, or a new one."""
    given = os.environ.get("TWOWAY_SEED")
    return int(given) if given else random.SystemRandom().randrange(1_000_000)


class Chaos:
    """One such day in a city that has been started."""

    def __init__(self, city: City, chance: random.Random, figures: Figures) -> None:
        self.city = city
        self.chance = chance
        self.figures = figures
        self.posts: list[Status] = []
        self._began = time.monotonic()
        self._over = False

    # ------------------------------------------------------------------------------------------------ the work

    async def customers_and_team(self, least: int) -> None:
        """Customers write and the team answers, a few at a time, until it is over, at least `least` times."""
        slots = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            while not self._over or len(self.posts) < least:
                await slots.acquire()
                number = len(self.posts) + 1
                self.posts.append(await self.city.square.post(f"lea{number}", f"@acme where is bike {number}?"))
                task = tasks.create_task(self._answered(self.posts[-1], f"Bike {number} is in Hamburg."))
                task.add_done_callback(lambda _: slots.release())

    async def _answered(self, post: Status, words: str) -> None:
        """The team does not let go before an answer stands: what comes back to it, it approves anew."""
        while (await self.city.answers(post, words)).state != "answered":
            await asyncio.sleep(0.1)

    # --------------------------------------------------------------------------------------------- what goes wrong

    def misbehave(self) -> None:
        """Other faults than before. The key is ignored most of the time: else it would hide a second call."""
        square = self.city.square
        if self.chance.random() < 0.7:
            square.fault(Fault.IGNORE_KEY)
        else:
            square.clear_faults(Fault.IGNORE_KEY)
        if self.chance.random() < 0.3:
            square.fault(Fault.LAG, seconds=0.2)
        for _ in range(self.chance.randrange(3)):
            fault, numbers = self.chance.choice(FAULTS)
            square.fault(fault, **numbers)  # type: ignore[arg-type]
            self.figures.faults[fault.value] += 1

    async def moment(self) -> None:
        """Until a random moment: often just when a call to the platform has arrived."""
        calls = len(self.city.square.publish_calls)
        try:
            if self.chance.random() < 0.6:
                await self.city.square.wait_for(lambda square: len(square.publish_calls) > calls, timeout=5.0)
                await asyncio.sleep(self.chance.choice((0.0, self.chance.random() * 0.05, self.chance.random() * 0.6)))
            else:
                await asyncio.sleep(self.chance.random() * 1.5)
        except TimeoutError:
            pass

    async def kill_one(self) -> None:
        """A machine dies and is started again at once; now and then it dies while it starts."""
        machine = self.chance.choice(self.city.machines)
        if self.chance.random() < 0.85:
            await machine.ready()
        await self.moment()
        await machine.kill()
        self.figures.kills += 1
        await machine.start()

    async def freeze_one(self, seconds: float) -> None:
        """A machine stops in the middle of whatever it does, and goes on later as if nothing had been."""
        machine = self.chance.choice(self.city.machines)
        await machine.ready()
        await self.moment()
        machine.send(signal.SIGSTOP)
        self.figures.freezes += 1
        await asyncio.sleep(seconds)
        machine.send(signal.SIGCONT)

    async def ends(self) -> None:
        """Everything is well again, and nothing moves any more."""
        self._over = True
        self.city.square.clear_faults()
        for machine in self.city.machines:
            await machine.ready()

    # ------------------------------------------------------------------------------------------------ judging

    def unanswered(self) -> dict[str, Row | None]:
        """What customers wrote to which nothing stands in public yet."""
        rows = {post.now.text: self.city.conversation(post) for post in self.posts}
        return {text: row for text, row in rows.items() if row is None or row.state != "answered"}

    async def judge(self) -> None:
        """Count, print, and hold what is promised: never two, never none, and all of it to be seen."""
        city, figures = self.city, self.figures
        figures.took = time.monotonic() - self._began
        figures.calls = len(city.square.publish_calls)
        wrong: list[str] = []
        for post in self.posts:
            row, ours = city.conversation(post), replies_to(city.square, post)
            figures.replies += len(ours)
            figures.duplicates += len(ours) > 1
            if row is None or row.state not in {"answered", "unsure"}:
                wrong.append(f"{post.now.text!r} ended {row}")
                continue
            figures.unsure += row.state == "unsure"
            figures.lost += row.state == "answered" and not ours
            words = "\n".join(city.slack.text_of(one) for one in city.thread_now(row.number))
            notice = "stands in public" if row.state == "answered" else "Nobody knows whether our reply arrived"
            if notice not in words:
                wrong.append(f"#{row.number} is {row.state} and its thread does not say so: {words!r}")
            approved = city.approved_words(post)
            wrong += [f"not approved: {one.now.text!r}" for one in ours if one.now.text not in approved]
            stored = cards_stored(city, post)
            if len(stored) != 1 or not stands(city, stored[0]):
                wrong.append(f"#{row.number} has the cards {stored}")
        figures.orphans = self._posted_twice()
        tell(figures)
        assert not wrong, "\n".join([str(figures), *wrong])
        assert (figures.duplicates, figures.lost) == (0, 0), str(figures)
        assert len(city.public()) == figures.replies, f"a reply to nobody: {figures}"
        assert not any(waits(city).values()), waits(city)
        assert await city.journal_is_whole()

    def _posted_twice(self) -> int:
        """Messages of ours that no row knows: a machine died between posting and storing."""
        known = {str(ts) for (ts,) in self.city.ask("SELECT ts FROM card WHERE ts IS NOT NULL")}
        slack = self.city.slack
        seen = [one for root in slack.messages(CARE) for one in (root, *slack.thread(CARE, root.ts))]
        return sum(1 for one in seen if one.bot_id and one.ts not in known)


async def settled(chaos: Chaos, work: asyncio.Task[None]) -> None:
    """Until all the team's work is done and every card shows it. AssertionError when nothing moves any more: what
    waits, and the logs."""
    left: object = None
    try:
        async with asyncio.timeout(SETTLE) as limit:
            while not work.done() or any(waits(chaos.city).values()):
                if work.done():
                    work.result()  # what went wrong there is told at once
                if left != (left := [*waits(chaos.city).values(), chaos.city.ask("SELECT max(id) FROM event")]):
                    limit.reschedule(asyncio.get_running_loop().time() + SETTLE)
                await asyncio.sleep(0.2)
            await work
    except TimeoutError:
        team = "is done" if work.done() else "still works"
        still = "\n".join(f"{what}: {rows}" for what, rows in waits(chaos.city).items())
        logs = "\n".join(f"{machine.name}:\n{machine.last_words()}" for machine in chaos.city.machines)
        work.cancel()
        raise AssertionError(
            f"{chaos.figures}\nnever settled; the team {team}\n{still}\n{chaos.unanswered()}\n{logs}"
        ) from None


def waits(city: City) -> dict[str, list[tuple[object, ...]]]:
    """What the bot has still to do: cards that do not show what they should, happenings that nobody handled."""
    held = "due_at, lease_owner, lease_until, fence, tries"
    return {
        "cards": city.ask(
            f"SELECT id, kind, ref, channel_id, conversation_id, wanted, shown, ts, thread, given_up, {held} "
            "FROM card WHERE wanted > shown"
        ),
        "happenings": city.ask(f"SELECT id, kind, at, payload, {held} FROM happening WHERE handled_at IS NULL"),
    }
