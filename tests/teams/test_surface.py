"""The surface over real HTTP against the stand-in: what is taken, what is refused, what people see."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.chat.contract import (
    Button,
    Buttons,
    Card,
    ChatClosed,
    ChatRefused,
    ChatThrottled,
    ChatUnreachable,
    Commanded,
    Dialog,
    DialogGone,
    Field,
    HomeOpened,
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
    Shortcut,
    ShowInstead,
    Signed,
    Words,
)
from sandbox.teams import TeamsStandIn
from sandbox.teams.tenant import ANA, BEA, CARE, EVE, GIL, NEL, OLLI, PARTNERS, RANDOM, VIP
from sandbox.teams.things import BOT_ID, OTHER_BOT_ID
from tests.teams.conftest import LoginByHand, Rig, make_surface, start_rig

YES, NO = "2705_whiteheavycheckmark", "274c_crossmark"
HELLO = Card("A complaint", (Line((Plain("Hello"),)), Buttons((Button("Claim", "claim", "142"),))))
DIALOG = Dialog("draft", "Draft for #142", '{"c": 142}', fields=(Field("text", "Your answer"),))
OPENS = Card("A card", (Buttons((Button("Draft", "draft", "142", opens_dialog=True),)),))


async def place(rig: Rig, channel: str = CARE) -> Place:
    return await rig.surface.place(channel)


def aad(rig: Rig, user: str) -> str:
    found = rig.teams.tenant.people[user]
    return found.aad


async def who(rig: Rig, user: str) -> Person:
    return Person("teams", rig.teams.tenant_id, aad(rig, user))


# ------------------------------------------------------------------------------------------------ what goes out


async def test_a_card_begins_a_thread_and_the_next_stands_in_it(rig: Rig) -> None:
    root = await rig.surface.post(await place(rig), HELLO)
    reply = await rig.surface.post(await place(rig), HELLO, thread=root.id)
    assert [one.id for one in rig.teams.messages(CARE)] == [root.id]
    assert [one.id for one in rig.teams.thread(CARE, root.id)] == [reply.id]
    assert "Hello" in rig.teams.text_of(rig.teams.messages(CARE)[0])


async def test_an_update_changes_the_card_for_everyone(rig: Rig) -> None:
    root = await rig.surface.post(await place(rig), HELLO)
    reply = await rig.surface.post(await place(rig), HELLO, thread=root.id)
    for message in (root, reply):
        await rig.surface.update(message, Card("Changed", (Line((Plain("Done"),)),)))
    assert "Done" in rig.teams.text_of(rig.teams.messages(CARE)[0])
    assert "Done" in rig.teams.text_of(rig.teams.thread(CARE, root.id)[0])


async def test_a_deleted_message_is_gone_and_says_so(rig: Rig) -> None:
    root = await rig.surface.post(await place(rig), HELLO)
    await rig.surface.delete(root)
    assert rig.teams.messages(CARE) == []
    with pytest.raises(MessageGone):
        await rig.surface.update(root, HELLO)


async def test_a_called_colleague_is_called(rig: Rig) -> None:
    called = Card("x", (Line((Plain("hi"),)),), mentions=(Mention(await who(rig, ANA), "Ana Lindt", ping=True),))
    message = await rig.surface.post(await place(rig), called)
    assert "<at>Ana Lindt</at>" in rig.teams.text_of(rig.teams.messages(CARE)[0])
    await rig.surface.update(message, called)
    assert "<at>" not in rig.teams.text_of(rig.teams.messages(CARE)[0])


async def test_a_customers_tags_call_nobody_even_beside_a_call(rig: Rig) -> None:
    evil = Card(
        "x",
        (Quote((Words("<at>Bea Roth</at> {{DATE(2026-01-01T00:00:00Z)}}"),)),),
        mentions=(Mention(await who(rig, ANA), "Ana Lindt", ping=True),),
    )
    await rig.surface.post(await place(rig), evil)
    (shown,) = rig.teams.messages(CARE)
    (card,) = shown.cards
    assert [one["mentioned"]["id"] for one in card["msteams"]["entities"]] == [aad(rig, ANA)]


async def test_a_private_word_is_seen_by_one_person_in_the_thread(rig: Rig) -> None:
    root = await rig.surface.post(await place(rig), HELLO)
    await rig.surface.whisper(await who(rig, ANA), await place(rig), HELLO, thread=root.id)
    (whisper,) = rig.teams.whispers(ANA)
    assert whisper.root == root.id
    assert rig.teams.whispers(BEA) == []
    assert rig.teams.thread(CARE, root.id) == []


async def test_where_targeted_messages_are_missing_it_goes_to_the_one_to_one_chat(rig: Rig) -> None:
    rig.teams.refuse_targeted()
    await rig.surface.whisper(await who(rig, ANA), await place(rig), HELLO)
    await rig.surface.whisper(await who(rig, ANA), await place(rig), HELLO)
    assert len(rig.teams.chat(ANA)) == 2
    assert rig.teams.messages(CARE) == []


async def test_a_chat_that_was_refused_is_begun_anew_the_next_time(rig: Rig) -> None:
    rig.teams.refuse_targeted()
    told = await who(rig, ANA), await place(rig), HELLO
    await rig.surface.whisper(*told)
    rig.teams.block_chat(ANA)
    with pytest.raises(ChatClosed):
        await rig.surface.whisper(*told)
    rig.teams.block_chat(ANA, False)
    await rig.surface.whisper(*told)
    assert len(rig.teams.chat(ANA)) == 2
    assert len(rig.teams.calls("create")) == 2


async def test_a_link_leads_to_the_message_in_its_thread(rig: Rig) -> None:
    link = await rig.surface.link(MessageRef(await place(rig), "101", "100"))
    assert link.startswith("https://teams.microsoft.com/l/message/19%3A")
    assert "parentMessageId=100" in link


async def test_where_the_app_is_not_installed_nothing_is_shown_and_health_says_so(rig: Rig) -> None:
    with pytest.raises(ChatClosed):
        await rig.surface.post(await place(rig, RANDOM), HELLO)
    assert (await rig.surface.health([await place(rig)])).ok
    health = await rig.surface.health([await place(rig), await place(rig, RANDOM)])
    assert not health.ok
    assert health.channels_missing == (RANDOM,)
    assert health.remedy


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("429", ChatThrottled),
        ("412", ChatThrottled),
        ("502", ChatUnreachable),
        ("504", ChatUnreachable),
        ("500", ChatUnreachable),
        ("403", ChatClosed),
        ("cut", ChatUnreachable),
    ],
)
async def test_a_failed_call_says_whether_it_was_done(rig: Rig, fault: str, error: type[Exception]) -> None:
    root = await rig.surface.post(await place(rig), HELLO)
    rig.teams.fail_next("send", fault)
    with pytest.raises(error):
        await rig.surface.post(await place(rig), HELLO, thread=root.id)
    assert len(rig.teams.calls("send")) == 1, "one attempt, whatever happens"


@pytest.mark.parametrize("fault", ["412", "429", "502", "503", "504", "504_after"])
async def test_what_is_refused_for_now_is_tried_again_when_teams_says_and_else_ever_later(rig: Rig, fault: str) -> None:
    root = await rig.surface.post(await place(rig), HELLO)

    async def wait(retry_after: int | None) -> float:
        rig.teams.fail_next("update", fault, retry_after=retry_after)
        with pytest.raises((ChatThrottled, ChatUnreachable)) as told:
            await rig.surface.update(root, HELLO)
        assert isinstance(told.value, ChatThrottled | ChatUnreachable)
        assert told.value.until is not None
        return (told.value.until - datetime.now(UTC)).total_seconds()

    if fault != "504_after":
        assert 300 < await wait(400) <= 500
        await rig.surface.update(root, HELLO)
    waits = [await wait(None) for _ in range(3)]
    assert all(at_least - 1 < seen <= at_least * 1.25 for seen, at_least in zip(waits, (2, 4, 8), strict=True)), waits
    await rig.surface.update(root, HELLO)
    assert await wait(None) <= 2.5


async def test_a_call_that_hangs_ends_by_its_limit(stack: AsyncExitStack, teams: TeamsStandIn) -> None:
    from datetime import timedelta

    rig = await start_rig(stack, teams, time_limit=timedelta(milliseconds=200))
    root = await rig.surface.post(await place(rig), HELLO)
    teams.fail_next("update", "hang")
    with pytest.raises(ChatUnreachable):
        await rig.surface.update(root, HELLO)


async def test_a_very_long_card_is_taken(rig: Rig) -> None:
    for said in ("wort " * 60_000, "ж" * 90_000, "語" * 60_000, "🎉" * 40_000):
        await rig.surface.post(await place(rig), Card("Long", (Quote((Words(said),)), *HELLO.blocks)))
    assert len(rig.teams.messages(CARE)) == 4


# ------------------------------------------------------------------------------------------------ what comes in


async def test_a_mention_in_a_thread_arrives_once_however_often_it_is_delivered(rig: Rig) -> None:
    root = await rig.surface.post(await place(rig), HELLO)
    rig.teams.duplicate()
    await rig.teams.mention(ANA, CARE, "claim", thread=root.id)
    await rig.teams.settled()
    await rig.teams.redeliver()
    (heard,) = rig.inbox.of(Commanded)
    assert (heard.words, heard.thread, heard.who) == ("claim", root.id, await who(rig, ANA))
    assert len(rig.inbox.handed) == 3


async def test_what_could_not_be_stored_is_not_acknowledged_and_comes_again(rig: Rig) -> None:
    rig.inbox.fails = 2
    await rig.teams.mention(ANA, CARE, "claim")
    await rig.teams.settled()
    assert len(rig.inbox.of(Commanded)) == 1
    assert [one.answer.status for one in rig.teams.delivery.log] == [500, 500, 200]


async def test_since_when_it_hears_begins_anew_with_a_reaction_that_could_not_be_stored(rig: Rig) -> None:
    began = rig.surface.heard_since
    assert began is not None
    root = await rig.surface.post(await place(rig), HELLO)
    rig.inbox.fails = 1
    await rig.teams.mention(ANA, CARE, "claim")
    await rig.teams.settled()
    assert rig.surface.heard_since == began, "a command that fails is given again by who gave it"
    rig.inbox.fails = 1
    rig.teams.set_retries()
    await rig.teams.react(BEA, CARE, root.id, NO)
    await rig.teams.settled()
    missed = rig.surface.heard_since
    assert missed is not None
    assert missed > began
    await rig.teams.react(BEA, CARE, root.id, YES)
    await rig.teams.settled()
    assert rig.surface.heard_since == missed
    await rig.surface.stop()
    assert rig.surface.heard_since is None


async def test_a_slash_command_is_a_command(rig: Rig) -> None:
    await rig.teams.command(ANA, CARE, "claim 142")
    await rig.teams.settled()
    (heard,) = rig.inbox.of(Commanded)
    assert heard.words == "claim 142"


async def test_signs_come_and_go(rig: Rig) -> None:
    root = await rig.surface.post(await place(rig), HELLO)
    await rig.teams.react(ANA, CARE, root.id, YES)
    await rig.teams.react(ANA, CARE, root.id, "like-tone3")
    await rig.teams.settled()
    await rig.teams.unreact(ANA, CARE, root.id, YES)
    await rig.teams.settled()
    signed = {(one.sign, one.added, one.tone, one.message.id) for one in rig.inbox.of(Signed)}
    assert signed == {
        ("white_check_mark", True, False, root.id),
        ("thumbsup", True, True, root.id),
        ("white_check_mark", False, False, root.id),
    }


async def test_a_press_is_acknowledged_and_names_its_card(rig: Rig) -> None:
    root = await rig.surface.post(await place(rig), HELLO)
    seen = await rig.teams.press(ANA, CARE, root.id, "Claim")
    assert seen.error is None, seen
    (heard,) = rig.inbox.of(Pressed)
    assert (heard.action, heard.value, heard.message) == ("claim", "142", MessageRef(await place(rig), root.id, None))


async def test_without_targeted_messages_a_press_is_answered_at_once(
    stack: AsyncExitStack, teams: TeamsStandIn
) -> None:
    rig = await start_rig(stack, teams, targeted=False)
    root = await rig.surface.post(await place(rig), HELLO)

    async def answer() -> None:
        await rig.inbox.until(lambda: rig.inbox.of(Pressed))
        (heard,) = rig.inbox.of(Pressed)
        assert heard.reply is not None
        await rig.surface.answer(heard.reply, Card("No", (Line((Plain("Only members may claim."),)),)))
        await rig.surface.answer(heard.reply, Card("Late", (Line((Plain("And again."),)),)))

    answering = asyncio.create_task(answer())
    seen = await teams.press(ANA, CARE, root.id, "Claim")
    await answering
    assert seen.text == "Only members may claim."
    assert "And again." in teams.text_of(teams.chat(ANA)[0])


async def test_a_dialog_opens_filled_and_closes_when_saved(rig: Rig) -> None:
    root = await rig.surface.post(await place(rig), OPENS)

    async def fill() -> None:
        await rig.inbox.until(lambda: rig.inbox.of(Pressed))
        (heard,) = rig.inbox.of(Pressed)
        assert heard.dialog is not None
        await rig.surface.show_dialog(heard.dialog, DIALOG)
        with pytest.raises(DialogGone):
            await rig.surface.show_dialog(heard.dialog, DIALOG)

    filling = asyncio.create_task(fill())
    seen = await rig.teams.press(ANA, CARE, root.id, "Draft")
    await filling
    assert seen.dialog is not None, seen
    assert seen.dialog.title == "Draft for #142"
    saved = await rig.teams.submit(ANA, seen.dialog.id, {"text": "Sorry, Lea"})
    assert saved.closed, saved


@pytest.mark.parametrize("remembered", [True, False], ids=["by this process", "by none"])
async def test_what_is_wrong_stands_in_the_dialog_and_the_text_stays(rig: Rig, remembered: bool) -> None:
    seen = await opened(rig)
    if not remembered:
        rig.surface._dialogs._shown.clear()
    rig.inbox.answer = Mistakes({"text": "Too long: 600 of 500."})
    again = await rig.teams.submit(ANA, seen.id, {"text": "Sorry, Lea"})
    assert again.dialog is not None, again
    assert "Too long: 600 of 500." in rig.teams.text_of(again.dialog)
    assert [one["value"] for one in rig.teams.inputs_of(again.dialog)] == ["Sorry, Lea"]
    rig.inbox.answer = RuntimeError("the store is away")
    broken = await rig.teams.submit(ANA, again.dialog.id, {"text": "Sorry, dear Lea"})
    assert broken.dialog is not None
    assert "Your text is still here" in rig.teams.text_of(broken.dialog)
    assert [one["value"] for one in rig.teams.inputs_of(broken.dialog)] == ["Sorry, dear Lea"]


async def test_a_merge_is_shown_in_the_same_dialog(rig: Rig) -> None:
    seen = await opened(rig)
    rig.inbox.answer = ShowInstead(
        replace(DIALOG, title="Both edits together", fields=(Field("text", "T", value="both"),))
    )
    merged = await rig.teams.submit(ANA, seen.id, {"text": "mine"})
    assert merged.dialog is not None, merged
    assert merged.dialog.title == "Both edits together"
    assert [one["value"] for one in rig.teams.inputs_of(merged.dialog)] == ["both"]


async def test_a_dialog_that_nobody_fills_says_so_in_time(stack: AsyncExitStack, teams: TeamsStandIn) -> None:
    rig = await start_rig(stack, teams, fill_within=0.1)
    root = await rig.surface.post(await place(rig), OPENS)
    seen = await teams.press(ANA, CARE, root.id, "Draft")
    assert seen.dialog is not None, seen
    assert "press again" in teams.text_of(seen.dialog)


async def opened(rig: Rig):  # type: ignore[no-untyped-def]
    root = await rig.surface.post(await place(rig), OPENS)

    async def fill() -> None:
        await rig.inbox.until(lambda: rig.inbox.of(Pressed))
        (heard,) = rig.inbox.of(Pressed)
        await rig.surface.show_dialog(heard.dialog or "", DIALOG)

    filling = asyncio.create_task(fill())
    seen = await rig.teams.press(ANA, CARE, root.id, "Draft")
    await filling
    assert seen.dialog is not None, seen
    return seen.dialog


async def test_use_as_draft_opens_a_dialog_with_the_colleagues_words(rig: Rig) -> None:
    root = await rig.surface.post(await place(rig), HELLO)
    said = await rig.teams.say(BEA, CARE, "Dear Lea & Kim, we are sorry.", thread=root.id)

    async def fill() -> None:
        await rig.inbox.until(lambda: rig.inbox.of(Shortcut))
        (heard,) = rig.inbox.of(Shortcut)
        assert heard.text == "Dear Lea & Kim, we are sorry."
        assert heard.message == MessageRef(await place(rig), said, root.id)
        await rig.surface.show_dialog(heard.dialog or "", DIALOG)

    filling = asyncio.create_task(fill())
    seen = await rig.teams.message_action(ANA, CARE, said, "use_as_draft")
    await filling
    assert seen.dialog is not None, seen
    assert (await rig.teams.submit(ANA, seen.dialog.id, {"text": "x"})).closed


async def test_who_begins_a_chat_with_us_gets_their_own_page(rig: Rig) -> None:
    chat = rig.teams.chat_with(ANA)
    await rig.teams.say(ANA, chat, "hello")
    await rig.teams.settled()
    (heard,) = rig.inbox.of(HomeOpened)
    await rig.surface.show_home(heard.who, HELLO)
    assert "Hello" in rig.teams.text_of(rig.teams.chat(ANA)[-1])


async def test_a_command_in_the_chat_is_answered_in_the_chat(rig: Rig) -> None:
    chat = rig.teams.chat_with(ANA)
    await rig.teams.say(ANA, chat, "claim 142")
    await rig.teams.settled()
    (heard,) = rig.inbox.of(Commanded)
    await rig.surface.answer(heard.reply, HELLO)
    assert "Hello" in rig.teams.text_of(rig.teams.chat(ANA)[-1])


async def test_an_unknown_invoke_is_refused_and_nothing_is_lost(rig: Rig) -> None:
    seen = await rig.teams.invoke_raw(ANA, CARE, "config/fetch", {})
    assert seen.error is not None
    assert rig.inbox.handed == []
    await rig.teams.mention(ANA, CARE, "claim")
    await rig.teams.settled()
    assert len(rig.inbox.of(Commanded)) == 1


# ------------------------------------------------------------------------------------------------ who may speak


def said_by_ana(rig: Rig) -> dict[str, object]:
    teams = rig.teams
    person = teams.person(ANA)
    found = teams.place(CARE)
    message = teams.post(found, person.id, {"text": "<at>Twoway</at> claim", "entities": [OURS]})
    return teams.activities.message(person, teams.where(found, message), message, targeted=False)


OURS = {"type": "mention", "text": "<at>Twoway</at>", "mentioned": {"id": BOT_ID, "name": "Twoway"}}


@pytest.fixture
async def signed(stack: AsyncExitStack, teams: TeamsStandIn) -> Rig:
    teams.set_signed(True)
    return await start_rig(stack, teams)


async def test_what_microsoft_signs_is_taken_and_we_show_our_token(signed: Rig) -> None:
    await signed.teams.mention(ANA, CARE, "claim")
    await signed.teams.settled()
    assert len(signed.inbox.of(Commanded)) == 1
    await signed.surface.post(await place(signed), HELLO)
    assert len(signed.teams.messages(CARE)) == 2
    assert len(signed.teams.calls("token")) == 1


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({}, 200),
        ({"forged": True}, 401),
        ({"audience": "9d3c5b7e-1a2f-4c60-8e77-3b6a0f4d2c04"}, 401),
        ({"issuer": "https://evil.example"}, 401),
        ({"issuer": "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"}, 401),
        ({"lifetime": -3600.0}, 401),
        ({"service_url": "https://smba.trafficmanager.net/emea/"}, 401),
    ],
)
async def test_a_token_with_one_thing_wrong_is_refused(signed: Rig, wrong: dict[str, object], status: int) -> None:
    answer = await signed.teams.send_raw(said_by_ana(signed), signed.teams.token(**wrong))  # type: ignore[arg-type]
    assert answer.status == status
    assert len(signed.inbox.handed) == (status == 200)


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic eA==", "Bearer e30.e30.e30"])
async def test_an_unsigned_request_is_refused(signed: Rig, header: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = await signed.teams.send_raw(said_by_ana(signed), header)
    assert answer.status == 401
    assert signed.inbox.handed == []
    assert "teams: refused" in caplog.text


async def test_a_forged_service_url_is_refused_before_anything_is_asked(signed: Rig) -> None:
    calls = len(signed.teams.calls())
    evil = {**said_by_ana(signed), "serviceUrl": "https://evil.example/"}
    answer = await signed.teams.send_raw(evil, signed.teams.token(service_url="https://evil.example/"))
    assert answer.status == 403
    assert signed.inbox.handed == []
    assert len(signed.teams.calls()) == calls


async def test_another_channel_of_the_bot_is_refused(rig: Rig) -> None:
    answer = await rig.teams.send_raw({**said_by_ana(rig), "channelId": "webchat"})
    assert answer.status == 403
    assert rig.inbox.handed == []


async def test_another_tenant_is_refused(signed: Rig) -> None:
    activity = said_by_ana(signed)
    other = "c0ffee00-51b2-4b8e-9a44-0d7f3e2a9b02"
    conversation = activity["conversation"]
    assert isinstance(conversation, dict)
    for evil in (
        {**activity, "conversation": {**conversation, "tenantId": other}},
        {**activity, "conversation": {"id": conversation["id"]}, "channelData": {"tenant": {"id": other}}},
        {**activity, "conversation": {"id": conversation["id"]}, "channelData": {}},
    ):
        assert (await signed.teams.send_raw(evil)).status == 403
    assert signed.inbox.handed == []


async def test_a_wrong_password_is_said_with_its_remedy_and_heals(stack: AsyncExitStack, teams: TeamsStandIn) -> None:
    teams.set_signed(True)
    login = LoginByHand(teams, "wrong")
    rig = await start_rig(stack, teams, credentials=login)
    health = await rig.surface.health([])
    assert not health.ok
    assert "TEAMS_APP_PASSWORD" in health.remedy
    with pytest.raises(ChatClosed):
        await rig.surface.post(await place(rig), HELLO)
    login._form = LoginByHand(teams, teams.password)._form
    assert (await rig.surface.health([])).ok


async def test_a_token_that_ended_is_had_anew(signed: Rig) -> None:
    root = await signed.surface.post(await place(signed), HELLO)
    signed.teams.end_tokens()
    with pytest.raises(ChatRefused):
        await signed.surface.update(root, HELLO)
    await signed.surface.update(root, HELLO)


async def test_the_start_says_that_nobody_is_asked_for_a_token(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    again = make_surface(rig.teams)
    await again.start(rig.inbox)
    await again.stop()
    assert "ANONYMOUS" in caplog.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"type": "message"}', b"[" * 100_000])
async def test_what_is_no_activity_is_refused(rig: Rig, body: bytes) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.post(rig.url, data=body) as answer:
        assert answer.status in {400, 403}
    assert rig.inbox.handed == []


# ------------------------------------------------------------------------------------------------ people


@pytest.mark.parametrize(
    ("user", "channel", "kind", "inside"),
    [
        (ANA, CARE, Kind.MEMBER, True),
        (GIL, CARE, Kind.GUEST, True),
        (EVE, CARE, Kind.OUTSIDER, False),
        (NEL, CARE, Kind.OUTSIDER, False),
        (BEA, VIP, Kind.OUTSIDER, False),
        (ANA, VIP, Kind.MEMBER, True),
        (OLLI, PARTNERS, Kind.OUTSIDER, True),
        (OTHER_BOT_ID, CARE, Kind.OUTSIDER, False),
    ],
)
async def test_a_person_is_what_the_channels_own_roster_says(
    rig: Rig, user: str, channel: str, kind: Kind, inside: bool
) -> None:
    person = rig.teams.tenant.people[user]
    asked = Person("teams", rig.teams.tenant_id, user if person.bot else person.aad)
    found = await rig.surface.profile(asked, await place(rig, channel))
    assert (found.kind, found.in_channel) == (kind, inside)


async def test_both_ids_of_a_person_lead_to_one(rig: Rig) -> None:
    by_teams = await rig.surface.profile(Person("teams", rig.teams.tenant_id, ANA), await place(rig))
    by_directory = await rig.surface.profile(await who(rig, ANA), await place(rig))
    assert by_teams == by_directory
    assert by_teams.person.user == aad(rig, ANA)
    assert by_teams.name == "Ana Lindt"


async def test_when_teams_does_not_answer_nobody_may_act(rig: Rig) -> None:
    rig.teams.fail_next("member", "500")
    assert (await rig.surface.profile(await who(rig, ANA), await place(rig))).kind is Kind.UNKNOWN


async def test_a_fresh_answer_is_asked_for_and_another_is_remembered(
    stack: AsyncExitStack, teams: TeamsStandIn
) -> None:
    from datetime import timedelta

    rig = await start_rig(stack, teams, kept=timedelta(seconds=30))
    there, ana = await place(rig), await who(rig, ANA)
    for fresh in (False, False, True):
        await rig.surface.profile(ana, there, fresh=fresh)
    assert len(teams.calls("member")) == 2
    await teams.leave(ANA, CARE)
    assert (await rig.surface.profile(ana, there)).kind is Kind.MEMBER
    assert (await rig.surface.profile(ana, there, fresh=True)).kind is Kind.OUTSIDER


async def test_on_ones_own_page_somebody_is_a_member_of_any_of_our_channels(
    stack: AsyncExitStack, teams: TeamsStandIn
) -> None:
    rig = await start_rig(stack, teams, channels=[VIP, CARE])
    assert (await rig.surface.profile(await who(rig, BEA))).kind is Kind.MEMBER
    assert (await rig.surface.profile(await who(rig, EVE))).kind is Kind.OUTSIDER
    assert (await rig.surface.profile(await who(rig, GIL))).kind is Kind.GUEST


async def test_a_person_of_another_surface_is_nobody_here(rig: Rig) -> None:
    found = await rig.surface.profile(await who(rig, ANA), Place("slack", "T1", "C0CARE"))
    assert (found.kind, found.in_channel) == (Kind.UNKNOWN, False)
