"""A conversation moves to another channel, of the same chat or of the other one, with its history, and back."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from models.journal import Event
from models.people import Rep
from sandbox.slack import SlackStandIn
from tests.stories import stages
from tests.stories.teams_town import PEOPLE, TeamsTown, teams_town
from tests.stories.town import ANA, BEA, CARE, CYD, DAN, OUTSIDER, Town, town

VIP = "C0VIP"
WORD = "xylophone"  # in stages.ASKED and nowhere else


def second(name: str, chat: str, accounts: str, hold: str) -> str:
    """Another channel, as an operator writes it."""
    return f'\n[[channels]]\nname = "{name}"\nchat = "{chat}"\naccounts = [{accounts}]\nhold = {hold}\n'


class TwoChannels(Town):
    """Two channels of one Slack: posts come to the first."""

    def toml(self, port: int) -> str:
        return super().toml(port) + second("vip", f"slack:{VIP}", "", self.channel_settings["hold"])

    def other(self) -> Town:
        """The same town, seen from the other channel."""
        seen = copy.copy(self)
        seen.room = VIP
        return seen


class Both(TeamsTown):
    """A company that works in Teams, where its posts come to, and in Slack."""

    beside: SlackStandIn

    def team_toml(self) -> str:
        return (
            super().team_toml()
            + f'\n[slack]\nmode = "socket"\napi_url = "{self.beside.api_url}"\npost_every = "10ms"\n'
        )

    def team_secrets(self) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": self.beside.bot_token,
            "SLACK_SIGNING_SECRET": self.beside.signing_secret,
            "SLACK_APP_TOKEN": self.beside.app_token,
        }

    names = ("care", "vip")  # of the channel in Teams, and of that in Slack
    accounts = ('"acme"', "")

    def toml(self, port: int) -> str:
        said = super().toml(port).replace('name = "care"', f'name = "{self.names[0]}"')
        said = said.replace('accounts = ["acme"]', f"accounts = [{self.accounts[0]}]")
        return said + second(self.names[1], f"slack:{CARE}", self.accounts[1], self.channel_settings["hold"])

    async def hears(self) -> None:
        await super().hears()
        await self.beside.socket_connected(timeout=30)

    def other(self) -> Town:
        """The same town, seen from Slack."""
        seen = Town(self.folder, self.square, self.beside, self.database, "socket")
        seen.app = self.app
        return seen


class SlackFirst(Both):
    """The same, with its posts coming to Slack."""

    names = ("vip", "care")
    accounts = ("", '"acme"')


@asynccontextmanager
async def both(folder: Path, database: str, kind: type[Both] = Both) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackStandIn.serve())
        slack.set_retries(0.05, 0.2, 0.5)
        made = await stack.enter_async_context(teams_town(folder, database, kind))
        made.beside = slack
        yield made


@pytest.fixture
async def two(tmp_path: Path, new_database: Callable[[], str]) -> AsyncIterator[TwoChannels]:
    async with town(tmp_path, new_database(), "socket", TwoChannels) as made:
        yield made


async def journal(here: Town) -> list[tuple[str, str | None]]:
    assert here.app is not None
    async with here.app.store.reading() as session:
        names = {rep.id: rep.name for rep in await session.scalars(select(Rep))}
        events = (await session.scalars(select(Event).where(Event.chain == 1).order_by(Event.seq))).all()
        return [(event.kind, names.get(event.rep_id) if event.rep_id is not None else None) for event in events]


async def day(here: Town, there: Town) -> list[tuple[str, str | None]]:
    """Written and approved here, moved before it left; noted there, and moved back, to be approved anew."""
    await here.asks()
    draft = await here.waits("Sorry, Lea!")
    await here.mention(ANA, "release")
    await here.told(ANA, "#1 is free again.")
    await here.reacts(BEA, draft)
    await here.card("is approved and goes out at")
    await here.mention(CYD, "move vip")
    await here.card("Moved to #vip by Cyd")
    await there.card("where is my bike?", "Draft 1 waits for approval")
    await there.in_thread(
        "Cyd moved this here from #care", "where is my bike?", "Ana wrote draft 1", "Bea approved draft 1"
    )
    await there.draft_message(1, "Approved 0 of")
    await there.mention(DAN, "note Ask the workshop first.")
    await there.in_thread("Dan noted")
    await there.mention(DAN, "move care")
    await there.card("Moved to #care by Dan")
    await here.card("Draft 1 waits for approval")
    await here.in_thread("Dan moved this here from #vip", "Since it left here", "Ask the workshop first.")
    return await journal(here)


LEFT = [
    ("heard", None),
    ("claimed", "Ana"),
    ("drafted", "Ana"),
    ("released", "Ana"),
    ("approved", "Bea"),
    ("ordered", None),
    ("moved", "Cyd"),
    ("voided", None),
    ("noted", "Dan"),
    ("moved", "Dan"),
]


SQLITE = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)


@SQLITE
@pytest.mark.parametrize("pair", ["slack to slack", "teams to slack", "slack to teams"])
async def test_a_day_with_a_move_and_back_leaves_the_same_journal_wherever_the_channels_are(
    tmp_path: Path, new_database: Callable[[], str], pair: str
) -> None:
    if pair == "slack to slack":
        async with town(tmp_path, new_database(), "socket", TwoChannels) as one:
            one.channel_settings["hold"] = '"1h"'
            await one.start()
            assert await day(one, one.other()) == LEFT
        return
    async with both(tmp_path, new_database(), Both if pair.startswith("teams") else SlackFirst) as two:
        two.channel_settings["hold"] = '"1h"'
        await two.start()
        places = (two, two.other()) if pair.startswith("teams") else (two.other(), two)
        assert await day(*places) == LEFT


async def test_what_waits_is_approved_anew_where_it_came_to_and_the_old_place_only_shows_the_way(
    two: TwoChannels,
) -> None:
    here, there = two, two.other()
    await here.start()
    post = await here.asks()
    draft = await here.waits("Sorry, Lea!")
    card = await here.card("Ana has it")
    stale = [(message, list(message.blocks)) for message in (card, draft)]
    await here.chooses(BEA, card, "Move …")
    where = await here.whisper(BEA, "Where shall #1 live?")
    await here.press(BEA, where, "#vip")
    await here.told(BEA, "#1 lives in #vip now.", "Draft 1 asks for approval anew there.")

    old = await here.card("Moved to #vip by Bea")
    assert here.slack.buttons_of(old) == []
    assert "bike" not in here.slack.text_of(old)
    await here.in_thread("Bea moved this to #vip")
    await here.in_thread("Draft 1: moved with its conversation", "draft 1 is current")
    await there.card("Ana has it")  # she is known there
    await there.in_thread("Bea moved this here from #care", "Ana wrote draft 1", "Sorry, Lea!")
    anew = await there.draft_message(1, "Approved 0 of 1.")
    assert here.leads_to(await here.card("open it"), await there.card("Ana has it"))

    # Nothing that is done in the old place counts.
    await here.reacts(CYD, draft)
    await here.told(CYD, "#1 has moved to #vip and goes on there. Nothing was done here.")
    await here.mention(DAN, "claim")
    await here.told(DAN, "#1 has moved to #vip")
    for message, blocks in stale:
        now, message.blocks = message.blocks, blocks  # as Dan's client still shows it
        told = len(here.slack.ephemerals(DAN))
        await here.press(DAN, message, "Give back" if message is card else "Approve")
        message.blocks = now
        await here.until(lambda told=told: len(here.slack.ephemerals(DAN)) > told)
    assert all("moved to #vip" in here.slack.text_of(one) for one in here.slack.ephemerals(DAN))
    await there.draft_message(1, "Approved 0 of 1.")
    assert here.public() == []

    # What the customer says from now on comes here alone.
    before = len(here.thread_now())
    await here.square.post("lea", "@acme hello?", reply_to=post)
    await there.in_thread("Lea", "wrote again", "hello?")
    await there.in_thread("Draft 1: shown again below", "draft 1 is current")
    anew = await there.draft_message(1, "Approved 0 of 1.")
    assert len(here.thread_now()) == before
    await there.reacts(CYD, anew)
    await here.answered()
    await there.card("Answered")


@SQLITE
async def test_who_may_not_move_it_and_where_it_cannot_be_moved_to_is_said(two: TwoChannels) -> None:
    here, there = two, two.other()
    here.channel_settings["approvers"] = f'["{BEA}"]'
    await here.start()
    await here.asks()
    await here.mention(OUTSIDER, "move vip")
    await here.told(OUTSIDER, "You belong to another organisation.")
    await here.mention(ANA, "move vip")
    await here.told(ANA, "Only this channel's approvers and leads can move it")
    await here.mention(BEA, "move nowhere")
    await here.told(BEA, "I know no channel “nowhere”", "#care, #vip")
    await here.mention(BEA, "move care")
    await here.told(BEA, "#1 is in #care already.")
    await here.command(BEA, "move 99 vip")
    await here.told(BEA, "Nobody has the number 99.")
    await here.mention(BEA, "move")
    await here.told(BEA, "Where shall #1 live?")
    assert await journal(here) == [("heard", None)]

    await here.command(BEA, f"move 1 <#{VIP}|vip>")
    await there.card("Nobody has claimed it.")
    assert await journal(here) == [("heard", None), ("moved", "Bea")]


@SQLITE
async def test_two_who_move_it_at_once_get_an_answer_each_and_it_moves_once(two: TwoChannels) -> None:
    here, there = two, two.other()
    await here.start()
    await here.asks()
    await asyncio.gather(here.mention(BEA, "move vip"), here.mention(CYD, "move #vip"))
    await there.card("Nobody has claimed it.")
    told = [await here.told(who, "#1") for who in (BEA, CYD)]
    assert sorted("lives in #vip now" in one for one in told) == [False, True]
    assert sum("moved to #vip" in one or "is in #vip already" in one for one in told) == 1
    assert [kind for kind, _ in await journal(here)] == ["heard", "moved"]
    await here.all_shown()
    assert len(there.slack.messages(VIP)) == 1


@SQLITE
async def test_what_is_written_while_it_is_moved_stays_in_the_dialog(two: TwoChannels) -> None:
    here, there = two, two.other()
    await here.start()
    await here.asks()
    view = await here.opens(ANA, await here.card("Nobody has claimed it."), "Draft")
    await here.command(BEA, "move 1 vip")
    await there.card("Nobody has claimed it.")
    saved = await here.saves(ANA, view, "Sorry, Lea!")
    assert not saved.closed
    assert "The conversation moved to #vip while you wrote." in str(saved.errors)
    assert [kind for kind, _ in await journal(here)] == ["heard", "moved"]


@SQLITE
async def test_a_reply_on_the_wire_is_not_moved_and_afterwards_it_is(two: TwoChannels) -> None:
    here, there = two, two.other()
    here.brisk()
    here.account_settings["call_limit"] = '"3s"'
    await here.start()
    await stages.sending(here)
    await here.mention(BEA, "move vip")
    await here.told(BEA, "move it.")  # it is going out; on a slow machine nobody may know any more
    assert [kind for kind, _ in await journal(here)].count("moved") == 0
    here.square.clear_faults()
    await here.answered()
    await here.card("Answered")
    await here.mention(BEA, "move vip")
    await there.card("Answered", "Written by Ana, approved by Bea")
    await there.in_thread("Our reply went out", stages.REPLY)
    assert len(here.public()) == 1


@SQLITE
async def test_from_teams_to_slack_and_back_two_chats_tell_one_story(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    """Ana of Teams is nobody in Slack: her claim ends, and two have to approve what she wrote."""
    async with both(tmp_path, new_database()) as here:
        await here.start()
        there = here.other()
        post = await here.asks("lea", stages.ASKED)
        draft = await here.waits("Sorry, Lea!")
        (stale,) = draft.of.cards
        card = await here.card("Ana has it")
        await here.mention(BEA, "move vip")
        await here.told(BEA, "#1 lives in #vip now.", "Ana is not known there, so nobody has it now.")
        await there.card("Draft 1 waits for approval: 0 of 2.")
        await there.in_thread("Bea moved this here from #care", "Ana wrote draft 1", "Ana had it and is not known here")
        anew = await there.draft_message(1, "Approved 0 of 2.", "It was written in another chat")

        # In Teams every way to do something is answered with where it went.
        old = await here.card("Moved to #vip by Bea", "open it")
        assert old.ts == card.ts
        assert here.slack.buttons_of(old) == []
        await here.reacts(CYD, draft)
        await here.told(CYD, "#1 has moved to #vip")
        await here.mention(DAN, "approve 1")
        await here.told(DAN, "#1 has moved to #vip")
        told = len(here.slack.ephemerals(CYD))
        await here.teams.press_stale(here.slack.who(CYD), draft.of.place, draft.ts, stale, "Approve")
        await here.until(lambda: len(here.slack.ephemerals(CYD)) > told)
        await here.command(CYD, "claim 1")
        await here.told(CYD, "#1 lives in #vip, and you are not in that channel.")

        await there.reacts(ANA, anew)
        await there.draft_message(1, "Approved 1 of 2: Ana.")
        assert here.public() == []
        await there.reacts(BEA, anew)
        reply = await here.answered()
        await there.card("Answered")
        await here.square.post("lea", "@acme thank you!", reply_to=reply)
        again = await there.in_thread("wrote again", "thank you!")
        assert here.teams.tenant.people[PEOPLE[ANA]].aad not in repr(again.blocks), "nobody in Slack is called by that"
        assert not any("thank you" in here.slack.text_of(one) for one in here.thread_now())

        await there.mention(DAN, "move care")
        await there.card("Moved to #care by Dan", "open it")
        back = await here.card("thank you!", "Nobody has claimed it.")
        assert back.ts == card.ts
        retold = await here.in_thread("Dan moved this here from #vip", "Since it left here", "approved draft 1")
        assert "took it" not in here.slack.text_of(retold)
        await here.channel_says("Dan moved #1", "back here from #vip")
        assert len(here.public()) == 1

        # What its author deletes is gone in both.
        assert there.in_chat(WORD)
        await here.square.delete(post)
        await here.until(lambda: not there.in_chat(WORD) and not here.in_chat(WORD))
        assert here.in_store(WORD) == []
