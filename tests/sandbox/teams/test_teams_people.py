"""What people do in the stand-in, what the bot hears of it, and what they then see."""

from __future__ import annotations

import pytest

from sandbox.teams import CannotDo, Kind, TeamsStandIn
from sandbox.teams.tenant import ANA, BEA, CARE, DAN, EVE, GIL, NEL, OLLI, PARTNERS, RANDOM, TEAM, VIP
from sandbox.teams.things import APP_ID, BOT_ID, TENANT, Channel, channel_id
from tests.sandbox.teams.conftest import CARD, FORM, Bot, Raw, card, dialog, text


async def test_a_mention_reaches_the_bot_with_the_thread_in_its_conversation(teams: TeamsStandIn, bot: Bot):
    sent = await teams.mention(ANA, CARE, "claim 7")
    await teams.settled()
    (activity,) = bot.heard
    assert activity["type"] == "message"
    assert activity["id"] == sent
    assert activity["channelId"] == "msteams"
    assert activity["serviceUrl"] == teams.service_url
    assert activity["text"] == "<at>Twoway</at> claim 7"
    assert activity["from"] == {"id": ANA, "name": "Ana Lindt", "aadObjectId": teams.person(ANA).aad}
    assert activity["recipient"] == {"id": f"28:{APP_ID}", "name": "Twoway"}
    assert activity["conversation"] == {
        "isGroup": True,
        "conversationType": "channel",
        "tenantId": TENANT,
        "id": f"{CARE};messageid={sent}",
    }
    assert activity["channelData"]["channel"] == {"id": CARE}
    assert activity["channelData"]["team"] == {"id": TEAM}
    assert activity["entities"][0]["mentioned"]["id"] == BOT_ID
    assert 'itemid="0">Twoway</span>' in activity["attachments"][0]["content"]


async def test_a_reply_keeps_the_thread_of_its_first_message(teams: TeamsStandIn, bot: Bot):
    root = await teams.say(BEA, CARE, "look here")
    await teams.mention(ANA, CARE, "claim", thread=root)
    await teams.settled()
    assert bot.heard[0]["conversation"]["id"] == f"{CARE};messageid={root}"
    assert [m.text for m in teams.thread(CARE, root)] == ["<at>Twoway</at> claim"]


async def test_what_does_not_mention_the_bot_is_not_heard(teams: TeamsStandIn, bot: Bot):
    await teams.say(ANA, CARE, "lunch?")
    await teams.say(ANA, CARE, "@Bea lunch?")
    await teams.settled()
    assert bot.heard == []


async def test_where_the_bot_is_not_installed_it_hears_nothing(teams: TeamsStandIn, bot: Bot):
    await teams.mention(ANA, RANDOM, "hello")
    await teams.settled()
    assert bot.heard == []


async def test_in_their_own_chat_everything_is_heard(teams: TeamsStandIn, bot: Bot):
    chat = teams.chat_with(ANA)
    await teams.say(ANA, chat, "queue")
    await teams.settled()
    assert bot.heard[0]["conversation"] == {"conversationType": "personal", "tenantId": TENANT, "id": chat}
    assert chat.startswith("a:1")


async def test_a_slash_command_is_a_message_that_only_its_author_and_the_bot_see(teams: TeamsStandIn, bot: Bot):
    await teams.command(ANA, CARE, "queue")
    await teams.settled()
    assert bot.heard[0]["recipient"]["isTargeted"] is True
    assert bot.heard[0]["text"] == "queue"
    assert teams.messages(CARE) == []
    assert [m.text for m in teams.whispers(ANA)] == ["queue"]
    assert teams.whispers(BEA) == []
    teams.slash_commands = False
    with pytest.raises(CannotDo, match="no commands"):
        await teams.command(ANA, CARE, "queue")


async def test_an_edit_and_a_deletion_of_a_mention_are_told(teams: TeamsStandIn, bot: Bot):
    sent = await teams.mention(ANA, CARE, "draft hello")
    await teams.edit_message(ANA, CARE, sent, "@Twoway draft hullo")
    await teams.delete_message(ANA, CARE, sent)
    await teams.settled()
    kinds = {one["type"]: one["channelData"].get("eventType") for one in bot.heard}
    assert kinds == {"message": None, "messageUpdate": "editMessage", "messageDelete": "softDeleteMessage"}
    with pytest.raises(CannotDo, match="no message"):
        await teams.edit_message(ANA, CARE, sent, "again")


@pytest.mark.parametrize("kind", ["like", "like-tone3", "2705_whiteheavycheckmark", "1f440_eyes", "1f44f_clap-tone5"])
async def test_reactions_on_the_bots_messages_come_and_go_in_both_spellings(
    teams: TeamsStandIn, bot: Bot, raw: Raw, kind: str
):
    shown = await raw.posted(CARE, text="draft 1")
    await teams.react(ANA, CARE, shown, kind)
    await teams.settled()
    await teams.unreact(ANA, CARE, shown, kind)
    await teams.settled()
    added, removed = bot.of("messageReaction")
    assert added["reactionsAdded"] == [{"type": kind}] == removed["reactionsRemoved"]
    assert added["replyToId"] == shown == removed["replyToId"]
    assert added["conversation"]["id"] == f"{CARE};messageid={shown}"
    assert "text" not in added


async def test_reactions_on_other_peoples_messages_are_not_told(teams: TeamsStandIn, bot: Bot):
    sent = await teams.say(ANA, CARE, "hello")
    await teams.react(BEA, CARE, sent, "like")
    await teams.settled()
    assert bot.heard == []
    with pytest.raises(CannotDo, match="already"):
        await teams.react(BEA, CARE, sent, "like")
    with pytest.raises(CannotDo, match="no reaction thumbsup"):
        await teams.react(BEA, CARE, sent, "thumbsup")


async def test_who_is_not_in_a_channel_does_nothing_there(teams: TeamsStandIn):
    for user, place in ((EVE, CARE), (OLLI, CARE), (BEA, VIP), (GIL, PARTNERS)):
        with pytest.raises(CannotDo, match="is not in"):
            await teams.say(user, place, "hello")
    with pytest.raises(CannotDo, match="left the company"):
        await teams.say(NEL, CARE, "hello")


async def test_people_come_and_go_and_the_bot_is_told(teams: TeamsStandIn, bot: Bot):
    await teams.join(EVE, CARE)
    await teams.leave(DAN, VIP)
    await teams.settled()
    joined, left = sorted(bot.of("conversationUpdate"), key=lambda one: "membersRemoved" in one)
    assert joined["membersAdded"][0]["id"] == EVE
    assert joined["channelData"]["eventType"] == "teamMemberAdded"
    assert joined["conversation"]["id"] == TEAM
    assert left["membersRemoved"][0]["id"] == DAN
    assert left["conversation"]["id"] == VIP
    with pytest.raises(CannotDo, match="not of this company"):
        await teams.join(OLLI, VIP)


async def test_installing_renaming_and_a_new_channel_are_told(teams: TeamsStandIn, bot: Bot):
    await teams.install_bot(ANA, RANDOM)
    await teams.settled()
    await teams.rename_channel(ANA, CARE, "care desk")
    new = channel_id("new")
    teams.add_channel(Channel(new, "new", TEAM, Kind.STANDARD), by=ANA)
    await teams.install_chat(BEA)
    await teams.settled()
    assert [one["action"] for one in bot.of("installationUpdate")] == ["add", "add"]
    told = {one["channelData"]["eventType"] for one in bot.of("conversationUpdate")}
    assert told == {"teamMemberAdded", "channelRenamed", "channelCreated"}
    await teams.install_bot(ANA, CARE, on=False)
    await teams.settled()
    assert bot.of("installationUpdate")[-1]["action"] == "remove"
    await teams.mention(ANA, CARE, "hello")
    await teams.settled()
    assert bot.heard[-1]["type"] == "installationUpdate"


# --- buttons ---


async def test_a_button_asks_the_bot_and_its_answer_is_shown(teams: TeamsStandIn, bot: Bot, raw: Raw):
    fields = [{"type": "Input.Text", "id": "note"}]
    shown = await raw.posted(CARE, attachments=[card(text("#7"), *fields, actions=CARD["content"]["actions"])])
    bot.answers["adaptiveCard/action"] = {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "It is yours.",
    }
    seen = await teams.press(ANA, CARE, shown, "Claim", {"note": "mine"})
    assert (seen.text, seen.error) == ("It is yours.", None)
    (activity,) = bot.of("invoke")
    assert activity["name"] == "adaptiveCard/action"
    assert activity["replyToId"] == shown
    assert activity["value"] == {
        "action": {
            "type": "Action.Execute",
            "title": "Claim",
            "verb": "claim",
            "data": {"conversation": 7, "note": "mine"},
        },
        "trigger": "manual",
    }
    bot.answers["adaptiveCard/action"] = {
        "statusCode": 200,
        "type": "application/vnd.microsoft.card.adaptive",
        "value": CARD["content"],
    }
    assert (await teams.press(ANA, CARE, shown, "Claim")).card == CARD["content"]
    bot.answers["adaptiveCard/action"] = {
        "statusCode": 403,
        "type": "application/vnd.microsoft.error",
        "value": {"code": "Forbidden", "message": "Guests may not claim."},
    }
    assert (await teams.press(ANA, CARE, shown, "Claim")).error == "Guests may not claim."


WRONG_ANSWERS = [
    (None, "no object"),
    ({"statusCode": 200, "value": "x"}, "needs statusCode"),
    ({"statusCode": "200", "type": "application/vnd.microsoft.activity.message", "value": "x"}, "no number"),
    ({"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": {}}, "no text"),
    ({"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": CARD}, "no AdaptiveCard"),
    ({"statusCode": 200, "type": "application/vnd.microsoft.error", "value": {}}, "does not go with"),
    ({"statusCode": 400, "type": "application/vnd.microsoft.error", "value": "no"}, "value is no object"),
    ('{"statusCode": 200}', "no object"),
]


@pytest.mark.parametrize(("answer", "why"), WRONG_ANSWERS)
async def test_an_answer_of_the_wrong_shape_is_an_error_for_the_person(
    teams: TeamsStandIn, bot: Bot, raw: Raw, answer: object, why: str
):
    shown = await raw.posted(CARE, attachments=[CARD])
    bot.answers["adaptiveCard/action"] = answer
    seen = await teams.press(ANA, CARE, shown, "Claim")
    assert seen.error == "Something went wrong. Please try again."
    assert why in seen.why


async def test_a_click_that_nobody_answers_says_so_and_is_not_repeated(teams: TeamsStandIn, bot: Bot, raw: Raw):
    shown = await raw.posted(CARE, attachments=[CARD])
    bot.status = 500
    assert (await teams.press(ANA, CARE, shown, "Claim")).error == "Something went wrong. Please try again."
    assert len(bot.heard) == 1
    teams.drop_answers()
    assert (await teams.press(ANA, CARE, shown, "Claim")).error == "Unable to reach app. Please try again."
    teams.set_endpoint(None)
    assert (await teams.press(ANA, CARE, shown, "Claim")).why == "connection_failed"
    with pytest.raises(CannotDo, match="no button"):
        await teams.press(ANA, CARE, shown, "Fly")


# --- dialogs ---


async def test_a_dialog_opens_is_filled_in_and_closes(teams: TeamsStandIn, bot: Bot, raw: Raw):
    shown = await raw.posted(CARE, attachments=[CARD])
    bot.answers["task/fetch"] = dialog()
    seen = await teams.press(ANA, CARE, shown, "Draft")
    assert seen.dialog is not None
    assert teams.dialogs(ANA) == [seen.dialog]
    assert "Your answer" in teams.text_of(seen.dialog)
    assert bot.heard[0]["value"]["data"] == {"msteams": {"type": "task/fetch"}, "conversation": 7}
    missing = await teams.submit(ANA, seen.dialog.id)
    assert missing.errors == {"words": "This is a required field."}
    bot.answers["task/submit"] = {"task": {"type": "message", "value": "Saved."}}
    told = await teams.submit(ANA, seen.dialog.id, {"words": "Sorry, Lea!"})
    assert told.text == "Saved."
    assert bot.heard[-1]["value"] == {"data": {"draft": 3, "words": "Sorry, Lea!"}, "context": {"theme": "default"}}
    assert bot.heard[-1]["replyToId"] == shown
    again = await teams.press(ANA, CARE, shown, "Draft")
    assert again.dialog is not None
    del bot.answers["task/submit"]
    assert (await teams.submit(ANA, again.dialog.id, {"words": "x"})).closed
    assert teams.dialogs(ANA) == []


async def test_a_submission_may_lead_to_the_next_dialog_and_a_failed_one_stays_open(
    teams: TeamsStandIn, bot: Bot, raw: Raw
):
    shown = await raw.posted(CARE, attachments=[CARD])
    bot.answers["task/fetch"] = dialog()
    first = (await teams.press(ANA, CARE, shown, "Draft")).dialog
    assert first is not None
    bot.status = 500
    assert (await teams.submit(ANA, first.id, {"words": "x"})).error
    assert teams.dialogs(ANA) == [first]
    bot.status = 200
    bot.answers["task/submit"] = dialog(card(text("Two wrote at once."), *FORM["content"]["body"]))
    second = (await teams.submit(ANA, first.id, {"words": "x"})).dialog
    assert second is not None
    assert "Two wrote at once." in teams.text_of(second)
    await teams.close_dialog(ANA, second.id)
    assert teams.dialogs(ANA) == []


WRONG_TASKS = [
    (None, "nothing was answered"),
    ({"card": {}}, "is a task"),
    ({"task": {"type": "message", "value": ""}}, "no text"),
    ({"task": {"type": "stay", "value": "x"}}, "neither continue nor message"),
    ({"task": {"type": "continue", "value": {"card": FORM["content"]}}}, "not supported"),
    ({"task": {"type": "continue", "value": {"card": FORM, "height": "huge"}}}, "no size"),
    (dialog(CARD), "a dialog has no Action.Execute"),
]


@pytest.mark.parametrize(("answer", "why"), WRONG_TASKS)
async def test_a_dialog_of_the_wrong_shape_does_not_open(
    teams: TeamsStandIn, bot: Bot, raw: Raw, answer: object, why: str
):
    shown = await raw.posted(CARE, attachments=[CARD])
    bot.answers["task/fetch"] = answer
    seen = await teams.press(ANA, CARE, shown, "Draft")
    assert why in seen.why
    assert teams.dialogs(ANA) == []


async def test_a_command_on_a_message_carries_the_message(teams: TeamsStandIn, bot: Bot):
    sent = await teams.say(BEA, CARE, "We are sorry & on it")
    bot.answers["composeExtension/fetchTask"] = dialog()
    seen = await teams.message_action(ANA, CARE, sent, "useAsDraft")
    assert seen.dialog is not None
    value = bot.heard[0]["value"]
    assert value["commandId"] == "useAsDraft"
    assert value["messagePayload"]["body"] == {"contentType": "html", "content": "<p>We are sorry &amp; on it</p>"}
    assert value["messagePayload"]["from"]["user"]["id"] == teams.person(BEA).aad
    bot.answers["composeExtension/submitAction"] = {"composeExtension": {"type": "message", "text": "Done."}}
    done = await teams.submit(ANA, seen.dialog.id, {"words": "x"})
    assert (done.text, done.closed) == ("Done.", True)
    teams.extension_commands = frozenset({"other"})
    with pytest.raises(CannotDo, match="no command"):
        await teams.message_action(ANA, CARE, sent, "useAsDraft")


async def test_a_manifest_says_what_people_are_offered(teams: TeamsStandIn):
    with pytest.raises(CannotDo, match="not"):
        teams.install({"bots": [{"botId": "somebody"}]})
    teams.install({"bots": [{"botId": APP_ID}], "composeExtensions": [{"commands": [{"id": "useAsDraft"}]}]})
    assert teams.slash_commands is False
    assert teams.extension_commands == {"useAsDraft"}
