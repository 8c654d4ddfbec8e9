"""One suite over every chat surface: whatever the chat is called, the rest of the bot may rely on this.

What only one of them has is in tests/slack and tests/teams.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from bot.chat.contract import (
    Button,
    Buttons,
    Card,
    ChatClosed,
    Commanded,
    Dialog,
    Field,
    Kind,
    Line,
    Mention,
    MessageGone,
    MessageRef,
    Mistakes,
    Person,
    Place,
    Plain,
    Pressed,
    Quote,
    Signed,
    Submitted,
    Surface,
    Words,
)
from sandbox.slack import SlackStandIn
from sandbox.teams import TeamsStandIn
from sandbox.teams import tenant as there
from sandbox.teams.things import Kind as ChannelKind
from tests.slack.conftest import RememberingInbox
from tests.slack.conftest import start_rig as start_slack
from tests.stories.teams_town import PEOPLE, TeamsAsChat
from tests.stories.town import ANA, BEA, CARE, GONE, GUEST, OUTSIDER, YES
from tests.teams.conftest import start_rig as start_teams

HELLO = Card("A complaint", (Line((Plain("Hello"),)), Buttons((Button("Claim", "claim", "142::7"),))))
CHANGED = Card("Changed", (Line((Plain("Done"),)),))
OPENS = Card("A card", (Buttons((Button("Draft", "draft", "142", opens_dialog=True),)),))
DIALOG = Dialog("draft", "Draft for #142", '{"c": 142}', fields=(Field("text", "Your answer"),))
NASTY = "*bold* _it_ <!channel> <@U0ANA> <at>Ana</at> [x](https://evil.example) &amp;"


@dataclass
class Rig:
    """A surface in its chat. `chat` is the stand-in by the names of Slack's; `elsewhere` a channel without us."""

    surface: Surface
    chat: Any
    inbox: RememberingInbox
    person: Callable[[str], Person]
    care: str
    elsewhere: str

    async def place(self) -> Place:
        return await self.surface.place(self.care)

    async def posted(self, card: Card, thread: str | None = None) -> MessageRef:
        return await self.surface.post(await self.place(), card, thread=thread)

    def text(self) -> str:
        return str(self.chat.text_of(self.chat.messages(CARE)[0]))

    async def press(self, message: MessageRef, label: str) -> object:
        (shown,) = (one for one in self.chat.messages(CARE) if one.ts == message.id)
        (button,) = (one for one in self.chat.buttons_of(shown) if one.text == label)
        return await self.chat.press(ANA, CARE, message.id, button.action_id, value=button.value)


async def in_slack(stack: AsyncExitStack) -> Rig:
    slack = await stack.enter_async_context(SlackStandIn.serve())
    rig = await start_slack(stack, slack, "http")
    team = (await rig.surface.place(CARE)).team
    return Rig(rig.surface, slack, rig.inbox, lambda user: Person("slack", team, user), CARE, "C0NOTIN")


async def in_teams(stack: AsyncExitStack) -> Rig:
    teams = await stack.enter_async_context(TeamsStandIn.serve())
    care = teams.tenant.channels[there.CARE]
    care.kind, care.own_members = ChannelKind.SHARED, [*PEOPLE.values()]  # so that an outsider can be in it
    rig = await start_teams(stack, teams)

    def person(user: str) -> Person:
        return Person("teams", teams.tenant_id, teams.tenant.people[PEOPLE[user]].aad)

    return Rig(rig.surface, TeamsAsChat(teams), rig.inbox, person, there.CARE, there.RANDOM)


@pytest.fixture(params=[in_slack, in_teams], ids=["slack", "teams"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        yield await request.param(stack)


async def test_a_card_begins_a_thread_the_next_stands_in_it_and_both_can_be_changed(rig: Rig) -> None:
    root = await rig.posted(HELLO)
    reply = await rig.posted(HELLO, thread=root.id)
    assert (root.thread, reply.thread) == (None, root.id)
    assert [one.ts for one in rig.chat.messages(CARE)] == [root.id]
    assert [one.ts for one in rig.chat.thread(CARE, root.id) if one.ts != root.id] == [reply.id]
    for message in (root, reply):
        await rig.surface.update(message, CHANGED)
    assert "Done" in rig.text()
    assert "Hello" not in rig.text()
    assert (await rig.surface.link(root)).startswith("https://")


async def test_what_is_gone_is_said_to_be_gone(rig: Rig) -> None:
    message = await rig.posted(HELLO)
    await rig.surface.delete(message)
    assert [one for one in rig.chat.messages(CARE) if not one.deleted] == []
    with pytest.raises(MessageGone):
        await rig.surface.update(message, CHANGED)


async def test_where_we_are_not_nothing_can_be_shown_and_health_says_where(rig: Rig) -> None:
    away = await rig.surface.place(rig.elsewhere)
    with pytest.raises(ChatClosed) as refused:
        await rig.surface.post(away, HELLO)
    assert refused.value.remedy
    health = await rig.surface.health([await rig.place(), away])
    assert (health.ok, health.channels_missing) == (False, (rig.elsewhere,))


async def test_a_private_word_is_seen_by_one_alone(rig: Rig) -> None:
    await rig.surface.whisper(rig.person(ANA), await rig.place(), HELLO)
    (told,) = rig.chat.ephemerals(ANA)
    assert "Hello" in rig.chat.text_of(told)
    assert rig.chat.ephemerals(BEA) == []
    assert rig.chat.messages(CARE) == []


async def test_what_a_customer_writes_stands_there_exactly(rig: Rig) -> None:
    await rig.posted(Card("x", (Quote((Words(NASTY),)), Line((Words(NASTY),)))))
    assert rig.text().replace("\u2060", "").count(NASTY) == 2  # a word joiner is nothing to the eye


async def test_a_colleague_is_called_when_it_is_posted_and_never_by_a_change(rig: Rig) -> None:
    call = Card("x", (Line((Plain("Look"),)),), mentions=(Mention(rig.person(BEA), "Bea", ping=True),))
    message = await rig.posted(call)
    (shown,) = rig.chat.messages(CARE)
    assert BEA in repr(shown.blocks)
    await rig.surface.update(message, CHANGED)
    (shown,) = rig.chat.messages(CARE)
    assert BEA not in repr(shown.blocks)


async def test_however_much_somebody_writes_it_is_taken_and_keeps_its_buttons(rig: Rig) -> None:
    blocks = (*(Quote((Words("so many words " * 400),)) for _ in range(8)), *HELLO.blocks)
    await rig.posted(Card("x", blocks))
    (shown,) = rig.chat.messages(CARE)
    assert [one.text for one in rig.chat.buttons_of(shown)] == ["Claim"]


async def test_a_mention_in_a_thread_is_a_command_there_once_however_often_it_comes(rig: Rig) -> None:
    root = await rig.posted(HELLO)
    rig.chat.duplicate_events()
    named = "@Twoway" if rig.surface.name == "teams" else "@twoway"
    await rig.chat.say(ANA, CARE, f"{named} draft We are sorry.", thread_ts=root.id)
    await rig.chat.settled()
    (heard,) = rig.inbox.of(Commanded)
    assert (heard.words, heard.thread, heard.who) == ("draft We are sorry.", root.id, rig.person(ANA))


async def test_what_could_not_be_stored_is_not_acknowledged_and_comes_again(rig: Rig) -> None:
    root = await rig.posted(HELLO)
    rig.inbox.fails = 2
    named = "@Twoway" if rig.surface.name == "teams" else "@twoway"
    await rig.chat.say(ANA, CARE, f"{named} claim", thread_ts=root.id)
    await rig.inbox.until(lambda: rig.inbox.of(Commanded))
    await rig.chat.settled()
    assert len(rig.inbox.handed) == 3


async def test_talk_without_a_mention_is_nothing(rig: Rig) -> None:
    root = await rig.posted(HELLO)
    await rig.chat.say(ANA, CARE, "approve 1 claim 142", thread_ts=root.id)
    await rig.chat.settled()
    assert rig.inbox.handed == []


async def test_signs_come_and_go_by_the_names_that_settings_use(rig: Rig) -> None:
    root = await rig.posted(HELLO)
    await rig.chat.react(ANA, CARE, root.id, YES)
    await rig.chat.react(ANA, CARE, root.id, "+1::skin-tone-4")
    await rig.chat.settled()
    await rig.chat.unreact(ANA, CARE, root.id, YES)
    await rig.chat.settled()
    signed = {(one.sign, one.added, one.tone, one.message.id, one.who) for one in rig.inbox.of(Signed)}
    ana = rig.person(ANA)
    assert signed == {
        (YES, True, False, root.id, ana),
        ("thumbsup", True, True, root.id, ana),
        (YES, False, False, root.id, ana),
    }


async def test_a_press_says_what_it_was_about_and_on_which_message(rig: Rig) -> None:
    root = await rig.posted(HELLO)
    await rig.press(root, "Claim")
    await rig.inbox.until(lambda: rig.inbox.of(Pressed))
    (heard,) = rig.inbox.of(Pressed)
    assert heard.message is not None
    assert (heard.action, heard.value, heard.message.id) == ("claim", "142::7", root.id)
    assert (heard.who, heard.dialog) == (rig.person(ANA), None)


async def test_a_dialog_opens_keeps_what_is_wrong_and_closes_when_it_is_saved(rig: Rig) -> None:
    root = await rig.posted(OPENS)
    pressing = asyncio.create_task(rig.press(root, "Draft"))
    await rig.inbox.until(lambda: rig.inbox.of(Pressed))
    (heard,) = rig.inbox.of(Pressed)
    assert heard.dialog is not None
    await rig.surface.show_dialog(heard.dialog, DIALOG)
    await pressing

    def shown() -> Any:
        views = [one for one in rig.chat.views(ANA) if any(block.get("type") == "input" for block in one.blocks)]
        return views[-1] if views else None

    async def saves(words: str) -> Any:
        view = await rig.chat.wait_for(shown)
        inputs = [block for block in view.blocks if block.get("type") == "input"]
        names = [(block["block_id"], block["element"]["action_id"]) for block in inputs]
        # Where one input holds less than a field may, the field is several.
        return await rig.chat.submit(ANA, view.id, dict(zip(names, [words, *[""] * len(names)], strict=False)))

    rig.inbox.answer = Mistakes({"text": "Too long."})
    assert not (await saves("Sorry, Lea")).closed
    rig.inbox.answer = type(rig.inbox)().answer
    assert (await saves("Sorry, dear Lea")).closed
    said = rig.inbox.of(Submitted)
    assert [(one.kind, one.private, one.values["text"]) for one in said] == [
        ("draft", '{"c": 142}', "Sorry, Lea"),
        ("draft", '{"c": 142}', "Sorry, dear Lea"),
    ]


@pytest.mark.parametrize(
    ("user", "kinds"),
    [
        (ANA, {Kind.MEMBER}),
        (GUEST, {Kind.GUEST}),
        (OUTSIDER, {Kind.OUTSIDER}),
        (GONE, {Kind.GONE, Kind.OUTSIDER}),
    ],
)
async def test_who_somebody_is_decides_who_may_act(rig: Rig, user: str, kinds: set[Kind]) -> None:
    found = await rig.surface.profile(rig.person(user), await rig.place(), fresh=True)
    assert found.kind in kinds
    assert found.person == rig.person(user)
