"""What people do in the workspace arrives once, as the contract's values, over Socket Mode and over HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.chat.contract import (
    Button,
    Buttons,
    Card,
    Commanded,
    Dialog,
    DialogClosed,
    Field,
    HomeOpened,
    Inbound,
    Line,
    Mistakes,
    Plain,
    Pressed,
    Shortcut,
    ShowInstead,
    Signed,
    Submitted,
    Surface,
)
from bot.chat.slack.manifest import USE_AS_DRAFT
from bot.chat.slack.submissions import NOT_SAVED, TOO_SLOW
from tests.slack.conftest import Rig, a_card

BUTTONS = Card(
    summary="A card",
    blocks=(
        Line((Plain("A card"),)),
        Buttons(
            shown=(Button("Claim", "claim", "v1"), Button("Draft", "draft", "v2", opens_dialog=True)),
            more=(Button("Close", "close", "v3"), Button("Edit", "edit", "v4", opens_dialog=True)),
        ),
    ),
)


async def test_a_slash_command_is_stored_and_acknowledged_without_words(rig: Rig) -> None:
    seen = await rig.slack.command("U0ANA", "C0CARE", "/claim", "142 for @bea & co")
    assert seen.error is None
    assert seen.text == ""
    (command,) = rig.inbox.of(Commanded)
    assert (command.verb, command.words) == ("claim", "142 for <@U0BEA|bea> & co")
    assert (command.who.user, command.place.channel, command.thread) == ("U0ANA", "C0CARE", None)
    assert command.dialog is None
    assert command.reply.url == seen.response_url
    assert rig.slack.calls("users.info") == []


async def test_a_command_with_the_word_payload_in_it_arrives(rig: Rig) -> None:
    await rig.slack.command("U0ANA", "C0CARE", "/twoway", "note the payload= is {lost}")
    (command,) = rig.inbox.of(Commanded)
    assert command.words == "note the payload= is {lost}"


async def test_a_dialog_stands_open_as_loading_before_anything_is_stored(rig: Rig) -> None:
    open_then: list[int] = []
    rig.inbox.on_accept = lambda happening: open_then.append(len(rig.slack.views("U0ANA")))
    seen = await rig.slack.command("U0ANA", "C0CARE", "/twoway", "draft 142")
    assert open_then == [1]
    assert seen.view is not None
    assert "Loading" in rig.slack.text_of(seen.view)
    (command,) = rig.inbox.of(Commanded)
    assert command.dialog == seen.view.id
    await rig.surface.show_dialog(command.dialog, Dialog(kind="draft", title="Draft", private="p"))
    assert rig.slack.views("U0ANA")[0].body["private_metadata"] == "p"


async def test_a_draft_command_with_its_text_opens_no_dialog(rig: Rig) -> None:
    await rig.slack.command("U0ANA", "C0CARE", "/draft", "142 Dear Kim, sorry")
    await rig.slack.command("U0ANA", "C0CARE", "/twoway", "write 142")
    first, second = rig.inbox.of(Commanded)
    assert (first.dialog is None, second.dialog is None) == (True, False)


async def test_a_command_arrives_also_when_no_dialog_could_be_opened(rig: Rig) -> None:
    rig.slack.fail_next("views.open", "expired_trigger_id")
    await rig.slack.command("U0ANA", "C0CARE", "/draft", "142")
    (command,) = rig.inbox.of(Commanded)
    assert command.dialog is None


async def test_a_command_that_could_not_be_stored_is_not_acknowledged(rig: Rig) -> None:
    rig.slack.delivery.answer_limit = 0.3
    rig.inbox.fails = 1
    seen = await rig.slack.command("U0ANA", "C0CARE", "/claim")
    assert seen.error is not None
    assert rig.inbox.heard == []


async def test_a_mention_in_a_thread_is_a_command(rig: Rig) -> None:
    place = await rig.surface.place("C0CARE")
    root = await rig.surface.post(place, a_card())
    await rig.slack.say(
        "U0BEA", "C0CARE", "hey @twoway draft We are *sorry* :tada: <3 see https://acme.example/x", root.id
    )
    await rig.slack.settled()
    (command,) = rig.inbox.of(Commanded)
    assert command.words == "draft We are *sorry* 🎉 <3 see https://acme.example/x"
    assert (command.verb, command.thread, command.place) == (None, root.id, place)
    assert command.reply.url is None


def test_it_is_a_surface_of_the_contract(http_rig: Rig) -> None:
    surface: Surface = http_rig.surface
    assert surface.name == "slack"


async def test_talk_is_never_handed_over(rig: Rig) -> None:
    ts = await rig.slack.say("U0ANA", "C0CARE", "claim draft approve 1")
    await rig.slack.say("U0BEA", "C0CARE", "approve", ts)
    await rig.slack.edit_message("U0ANA", "C0CARE", ts, "approve 2")
    await rig.slack.settled()
    assert rig.inbox.handed == []


async def test_a_reaction_keeps_its_time_and_loses_its_skin(rig: Rig) -> None:
    place = await rig.surface.place("C0CARE")
    root = await rig.surface.post(place, a_card())
    await rig.slack.react("U0CYD", "C0CARE", root.id, "+1::skin-tone-4")
    await rig.slack.react("U0CYD", "C0CARE", root.id, "yes")
    await rig.slack.unreact("U0CYD", "C0CARE", root.id, "yes")
    await rig.slack.settled()
    signs = sorted(rig.inbox.of(Signed), key=lambda one: one.at)
    assert [(s.sign, s.tone, s.added) for s in signs] == [
        ("thumbsup", True, True),
        ("white_check_mark", False, True),
        ("white_check_mark", False, False),
    ]
    assert {s.message.id for s in signs} == {root.id}
    assert {s.message.place for s in signs} == {place}
    standing = await rig.surface.signs_on(root)
    assert {(s.user, s.sign, s.tone) for s in standing} == {("U0CYD", "thumbsup", True)}


async def test_an_event_that_could_not_be_stored_comes_again_and_counts_once(rig: Rig) -> None:
    rig.slack.delivery.answer_limit = 0.2
    place = await rig.surface.place("C0CARE")
    root = await rig.surface.post(place, a_card())
    rig.inbox.fails = 2
    await rig.slack.react("U0CYD", "C0CARE", root.id, "white_check_mark")
    await rig.slack.settled()
    assert len(rig.inbox.handed) == 3
    assert len({happening.key for happening in rig.inbox.handed}) == 1
    assert len(rig.inbox.of(Signed)) == 1


async def test_redelivered_and_reordered_events_keep_their_keys_and_times(rig: Rig) -> None:
    place = await rig.surface.place("C0CARE")
    root = await rig.surface.post(place, a_card())
    rig.slack.reorder_events(2)
    await rig.slack.react("U0CYD", "C0CARE", root.id, "white_check_mark")
    await rig.slack.unreact("U0CYD", "C0CARE", root.id, "white_check_mark")
    await rig.slack.settled()
    assert [one.added for one in rig.inbox.of(Signed)] == [False, True]
    for event in list(rig.slack.delivery.sent_events):
        await rig.slack.redeliver(event)
    assert len(rig.inbox.handed) == 4
    last = max(rig.inbox.of(Signed), key=lambda one: one.at)
    assert (len(rig.inbox.heard), last.added) == (2, False)


async def test_an_acknowledgement_that_got_lost_changes_nothing(rig: Rig) -> None:
    rig.slack.delivery.answer_limit = 0.2
    place = await rig.surface.place("C0CARE")
    root = await rig.surface.post(place, a_card())
    rig.slack.drop_acks()
    await rig.slack.react("U0CYD", "C0CARE", root.id, "white_check_mark")
    await rig.slack.settled()
    assert len(rig.inbox.handed) == 2
    assert len(rig.inbox.heard) == 1


async def test_an_event_is_acknowledged_only_when_stored(rig: Rig) -> None:
    acknowledged_then: list[bool] = []
    deliveries = rig.slack.delivery.log

    def look(happening: Inbound) -> None:
        acknowledged_then.append(any(d.kind == "events_api" for d in deliveries))

    rig.inbox.on_accept = look
    await rig.slack.say("U0ANA", "C0CARE", "@twoway queue")
    await rig.slack.settled()
    assert acknowledged_then == [False]
    assert [d.answer.ok for d in deliveries if d.kind == "events_api"] == [True]


async def test_our_own_signs_and_other_bots_are_not_heard(rig: Rig) -> None:
    place = await rig.surface.place("C0CARE")
    root = await rig.surface.post(place, a_card("cc @twoway claim"))
    assert rig.slack.ws.people["U0BOB"].is_bot
    await rig.slack.react("U0CYD", "C0CARE", root.id, "eyes")
    channel = rig.slack.channel("C0CARE")
    rig.slack.react_as("U0TWOWAY", channel, rig.slack.ws.messages["C0CARE"][root.id], "eyes")
    await rig.slack.settled()
    assert [s.who.user for s in rig.inbox.of(Signed)] == ["U0CYD"]
    assert {s.user for s in await rig.surface.signs_on(root)} == {"U0CYD"}


async def test_buttons_and_menus_are_pressed(rig: Rig) -> None:
    root = await rig.surface.post(await rig.surface.place("C0CARE"), BUTTONS)
    await rig.slack.press("U0ANA", "C0CARE", root.id, "press:claim:0")
    seen = await rig.slack.press("U0ANA", "C0CARE", root.id, "dialog:draft:1")
    await rig.slack.press("U0ANA", "C0CARE", root.id, "more:2", selected="press:close:v3")
    await rig.slack.press("U0ANA", "C0CARE", root.id, "more:2", selected="dialog:edit:v4")
    pressed = rig.inbox.of(Pressed)
    assert [(p.action, p.value) for p in pressed] == [("claim", "v1"), ("draft", "v2"), ("close", "v3"), ("edit", "v4")]
    assert [p.dialog is not None for p in pressed] == [False, True, False, True]
    assert seen.view is not None
    assert pressed[1].dialog == seen.view.id
    assert pressed[0].message is not None
    assert (pressed[0].message.id, pressed[0].message.thread) == (root.id, None)
    assert len({p.key for p in pressed}) == 4


async def test_an_outsider_s_click_arrives_with_the_outsider_s_team(rig: Rig) -> None:
    root = await rig.surface.post(await rig.surface.place("C0CARE"), BUTTONS)
    await rig.slack.press("U0OLLI", "C0CARE", root.id, "press:claim:0")
    (pressed,) = rig.inbox.of(Pressed)
    assert (pressed.who.team, pressed.message.place.team if pressed.message else "") == ("T0OTHER", "T0ACME")


async def test_home_opens(rig: Rig) -> None:
    await rig.slack.open_home("U0ANA")
    await rig.slack.settled()
    (opened,) = rig.inbox.of(HomeOpened)
    await rig.surface.show_home(opened.who, BUTTONS)
    home = rig.slack.home("U0ANA")
    assert home is not None
    assert "A card" in rig.slack.text_of(home)
    await rig.slack.press_in_view("U0ANA", home.id, "press:claim:0")
    (pressed,) = rig.inbox.of(Pressed)
    assert (pressed.message, pressed.reply, pressed.action) == (None, None, "claim")


async def test_use_as_draft_takes_a_colleague_s_words_and_opens_a_dialog(rig: Rig) -> None:
    ts = await rig.slack.say("U0BEA", "C0CARE", "So sorry & thanks :tada: for @ana")
    seen = await rig.slack.shortcut("U0ANA", "C0CARE", ts, USE_AS_DRAFT)
    (shortcut,) = rig.inbox.of(Shortcut)
    assert shortcut.text == "So sorry & thanks 🎉 for <@U0ANA>"
    assert (shortcut.name, shortcut.message.id) == (USE_AS_DRAFT, ts)
    assert seen.view is not None
    assert shortcut.dialog == seen.view.id


async def open_draft(rig: Rig, text: str = "", *, max_length: int = 500) -> str:
    """Ana's draft dialog, filled; its id."""
    await rig.slack.command("U0ANA", "C0CARE", "/draft", "1")
    dialog = rig.inbox.of(Commanded)[-1].dialog
    assert dialog is not None
    field = Field(name="text", label="Reply", value=text, max_length=max_length)
    await rig.surface.show_dialog(
        dialog, Dialog(kind="draft", title="Draft a reply", private="c=1", fields=(field,), tells_when_closed=True)
    )
    return dialog


def first_input(rig: Rig) -> tuple[str, str]:
    block = next(b for b in rig.slack.views("U0ANA")[-1].blocks if b["type"] == "input")
    return block["block_id"], block["element"]["action_id"]


async def test_a_dialog_saved_gives_its_text_in_plain_unicode(rig: Rig) -> None:
    dialog = await open_draft(rig)
    answer = await rig.slack.submit("U0ANA", dialog, {first_input(rig): "Sorry! :wave::skin-tone-3: &amp; bye"})
    assert answer.closed
    (submitted,) = rig.inbox.of(Submitted)
    assert (submitted.kind, submitted.private, submitted.dialog) == ("draft", "c=1", dialog)
    assert submitted.values == {"text": "Sorry! 👋🏼 & bye"}


async def test_a_long_text_comes_back_exactly_as_it_was(rig: Rig) -> None:
    text = "\n\n".join(f"Paragraph {n}: " + "so sorry 🎉 " * 60 for n in range(12)).strip()
    dialog = await open_draft(rig, text, max_length=12_000)
    assert (await rig.slack.submit("U0ANA", dialog)).closed
    (submitted,) = rig.inbox.of(Submitted)
    assert submitted.values == {"text": text}


async def test_mistakes_are_shown_beside_the_field_and_the_text_stays(rig: Rig) -> None:
    dialog = await open_draft(rig)
    rig.inbox.answer = Mistakes({"text": "Too long by 3."})
    answer = await rig.slack.submit("U0ANA", dialog, {first_input(rig): "hello"})
    assert list((answer.errors or {}).values()) == ["Too long by 3."]
    assert rig.slack.views("U0ANA")[-1].values[first_input(rig)]["value"] == "hello"


async def test_a_submission_that_fails_or_dawdles_keeps_the_text(rig: Rig) -> None:
    dialog = await open_draft(rig)
    rig.inbox.answer = RuntimeError("no store")
    answer = await rig.slack.submit("U0ANA", dialog, {first_input(rig): "hello"})
    assert list((answer.errors or {}).values()) == [NOT_SAVED]
    rig.inbox.delay = 5
    answer = await rig.slack.submit("U0ANA", dialog)
    assert list((answer.errors or {}).values()) == [TOO_SLOW]
    assert rig.slack.views("U0ANA")[-1].values[first_input(rig)]["value"] == "hello"


async def test_a_merge_is_shown_instead(rig: Rig) -> None:
    dialog = await open_draft(rig, "mine")
    merged = Field(name="text", label="Reply", value="mine and theirs", max_length=500)
    rig.inbox.answer = ShowInstead(Dialog(kind="draft", title="Both of you wrote", private="c=2", fields=(merged,)))
    answer = await rig.slack.submit("U0ANA", dialog)
    assert answer.view is not None
    assert "Both of you wrote" in rig.slack.text_of(answer.view)
    rig.inbox.answer = Mistakes({})
    await rig.slack.submit("U0ANA", dialog)
    assert rig.inbox.of(Submitted)[-1].values == {"text": "mine and theirs"}


async def test_a_dialog_left_without_saving_is_told(rig: Rig) -> None:
    dialog = await open_draft(rig)
    await rig.slack.close_view("U0ANA", dialog)
    (closed,) = rig.inbox.of(DialogClosed)
    assert (closed.kind, closed.private, closed.who.user) == ("draft", "c=1", "U0ANA")


async def test_fifty_commands_at_once_are_fifty_happenings(rig: Rig) -> None:
    seen = await asyncio.gather(*(rig.slack.command("U0ANA", "C0CARE", "/claim", str(n)) for n in range(50)))
    assert {one.error for one in seen} == {None}
    assert len({c.key for c in rig.inbox.of(Commanded)}) == 50
    assert timedelta(0) <= max(c.at for c in rig.inbox.of(Commanded)) - min(c.at for c in rig.inbox.of(Commanded))
