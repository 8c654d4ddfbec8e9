"""Every refusal the stand-in claims to make, provoked by a raw request."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from sandbox.teams import CannotDo, TeamsStandIn
from sandbox.teams.tenant import ANA, BEA, CARE, EVE, GIL, NEL, OLLI, PARTNERS, RANDOM, TEAM, VIP
from sandbox.teams.things import OTHER_BOT_ID, OTHER_TENANT, TENANT, Person, Role, channel_id, person_id
from tests.sandbox.teams.conftest import CARD, CLAIM, Raw, card, message, text

Json = dict[str, Any]


def activities(conversation: str, activity: str = "", query: str = "") -> str:
    tail = f"/{activity}" if activity else ""
    return f"v3/conversations/{quote(conversation, safe='')}/activities{tail}{query}"


async def refused(raw: Raw, method: str, path: str, body: object = None) -> tuple[int, str, str]:
    status, answer = await raw(method, path, body)
    assert status >= 400, answer
    return status, answer["error"]["code"], answer["error"]["message"]


# --- messages ---


async def test_a_message_a_thread_an_update_and_a_deletion(raw: Raw, teams: TeamsStandIn):
    begin = {"isGroup": True, "channelData": {"channel": {"id": CARE}}, "activity": message(attachments=[CARD])}
    status, made = await raw("POST", "v3/conversations", begin)
    assert status == 201
    assert made["id"] == f"{CARE};messageid={made['activityId']}"
    reply = await raw.posted(made["id"], text="in the thread")
    (root,) = teams.messages(CARE)
    assert [m.id for m in teams.thread(CARE, root.id)] == [reply]
    status, answered = await raw("POST", activities(CARE, reply), message(text="an answer to it"))
    assert status == 201
    assert [m.id for m in teams.thread(CARE, root.id)] == [reply, answered["id"]]
    assert await raw("PUT", activities(made["id"], root.id), message(attachments=[card(text("#7 · taken"))])) == (
        200,
        {"id": root.id},
    )
    assert "taken" in teams.text_of(root)
    assert teams.buttons_of(root) == []
    assert root.edited
    assert (await raw("DELETE", activities(made["id"], reply)))[0] == 200
    assert [m.id for m in teams.thread(CARE, root.id)] == [answered["id"]]


async def test_ids_are_milliseconds_and_never_the_same(raw: Raw):
    ids = [await raw.posted(CARE, text=str(n)) for n in range(5)]
    assert sorted(set(ids), key=int) == ids
    assert all(len(one) == 13 for one in ids)


MESSAGES: list[tuple[object, int, str, str]] = [
    ([], 400, "BadSyntax", "no object"),
    ({"type": "wave", "text": "x"}, 400, "BadSyntax", "'wave'"),
    ({"type": "message"}, 400, "BadSyntax", "neither text nor attachments"),
    ({"type": "message", "text": "  "}, 400, "BadSyntax", "neither text nor attachments"),
    ({"type": "message", "text": 7}, 400, "BadSyntax", "no text"),
    ({"type": "message", "text": "x", "textFormat": "html"}, 400, "BadSyntax", "'html'"),
    ({"type": "message", "attachments": {}}, 400, "BadSyntax", "neither"),
    ({"type": "message", "attachments": ["x"]}, 400, "BadSyntax", "list of objects"),
    ({"type": "message", "attachments": [{"contentType": "x/y"}]}, 400, "Bad argument", "'x/y'"),
    ({"type": "message", "text": "x" * 82_000}, 413, "MessageSizeTooBig", "too large"),
]


@pytest.mark.parametrize(("activity", "status", "code", "why"), MESSAGES)
async def test_what_is_no_message_is_refused(raw: Raw, activity: object, status: int, code: str, why: str):
    got = await refused(raw, "POST", activities(CARE), activity)
    assert got[:2] == (status, code)
    assert why in got[2]


async def test_bodies_that_are_no_json_are_refused(raw: Raw):
    url = raw.teams.service_url + activities(CARE)
    async with raw.http.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
        assert (answer.status, (await answer.json())["error"]["message"]) == (400, "No JSON.")
    async with raw.http.post(url, data={"type": "message"}) as answer:
        assert answer.status == 400


async def test_typing_is_taken_and_shows_nothing(raw: Raw, teams: TeamsStandIn):
    assert (await raw("POST", activities(CARE), {"type": "typing"}))[0] == 201
    assert teams.messages(CARE) == []


async def test_an_update_with_two_attachments_fails(raw: Raw):
    sent = await raw.posted(CARE, attachments=[CARD])
    got = await refused(raw, "PUT", activities(CARE, sent), message(attachments=[CARD, CARD]))
    assert got == (400, "BadSyntax", "Activity resulted into multiple skype activities")


async def test_only_what_stands_and_is_ones_own_can_be_changed(raw: Raw, teams: TeamsStandIn):
    hers = await teams.say(ANA, CARE, "hello")
    assert (await refused(raw, "PUT", activities(CARE, hers), message(text="x")))[1] == "Bad argument"
    assert (await refused(raw, "DELETE", activities(CARE, "1")))[:2] == (404, "ActivityNotFoundInConversation")
    mine = await raw.posted(CARE, text="x")
    assert (await refused(raw, "PUT", activities(f"{CARE};messageid={hers}", mine), message(text="y")))[0] == 404
    await raw("DELETE", activities(CARE, mine))
    assert (await refused(raw, "PUT", activities(CARE, mine), message(text="y")))[0] == 404
    assert (await refused(raw, "POST", activities(CARE, "1"), message(text="y")))[0] == 404


async def test_where_the_bot_is_not_it_cannot_speak(raw: Raw, teams: TeamsStandIn):
    nowhere = channel_id("nowhere")
    assert (await refused(raw, "POST", activities(nowhere), message(text="x")))[:2] == (404, "ConversationNotFound")
    assert (await refused(raw, "POST", activities(f"{CARE};messageid=1"), message(text="x")))[0] == 404
    assert (await refused(raw, "POST", activities(RANDOM), message(text="x")))[:2] == (
        403,
        "BotNotInConversationRoster",
    )
    teams.tenant.channels[VIP].installed = False
    assert (await refused(raw, "POST", activities(VIP), message(text="x")))[0] == 403
    teams.block_chat(ANA)
    chat = teams.chat_with(ANA)
    assert (await refused(raw, "POST", activities(chat), message(text="x")))[:2] == (403, "ConversationBlockedByUser")
    assert (await refused(raw, "POST", activities(f"{chat};messageid=1"), message(text="x")))[0] == 404


async def test_another_tenants_service_url_is_not_ours(raw: Raw, teams: TeamsStandIn):
    url = teams.service_url.replace(TENANT, OTHER_TENANT) + activities(CARE)
    async with raw.http.post(url, json=message(text="x")) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (401, "BotNotRegistered")


# --- mentions ---


async def test_a_mention_names_somebody_who_is_there_and_stands_in_the_text(raw: Raw, teams: TeamsStandIn):
    def of(who: str, tag: str = "<at>Ana</at>", words: str = "<at>Ana</at> look") -> Json:
        mention = {"type": "mention", "text": tag, "mentioned": {"id": who, "name": "Ana"}}
        return message(text=words, entities=[mention])

    assert (await raw("POST", activities(CARE), of(ANA)))[0] == 201
    assert "not in the message" in (await refused(raw, "POST", activities(CARE), of(ANA, words="look")))[2]
    assert "not in the conversation" in (await refused(raw, "POST", activities(CARE), of(EVE)))[2]
    two = of(ANA, words="<at>Ana</at> and <at>Bea</at>")
    assert "<at>Bea</at> names nobody" in (await refused(raw, "POST", activities(CARE), two))[2]
    entities = [{"type": "mention", "text": "<at>Ana</at>", "mentioned": {"id": ANA, "name": "Ana"}}]
    in_card = card(text("<at>Ana</at> look"), msteams={"entities": entities})
    assert (await raw("POST", activities(CARE), message(attachments=[in_card])))[0] == 201
    run = {"type": "RichTextBlock", "inlines": ["<at>Ana</at> look"]}
    plain = card(run, msteams={"entities": entities})
    assert (await refused(raw, "POST", activities(CARE), message(attachments=[plain])))[1] == "BadSyntax"
    lost = card(text("look"), msteams={"entities": entities})
    assert (await refused(raw, "POST", activities(CARE), message(attachments=[lost])))[1] == "BadSyntax"


# --- cards ---

SUBMIT = {"type": "Action.Submit", "title": "Save"}
WRONG_CARDS: list[tuple[Json, str]] = [
    ({"type": "Card"}, "no AdaptiveCard"),
    ({"type": "AdaptiveCard", "body": []}, "version None"),
    ({"type": "AdaptiveCard", "version": "1.6", "body": []}, "version '1.6'"),
    ({"type": "AdaptiveCard", "version": "1.5", "bodies": []}, "no bodies"),
    (card({"type": "Marquee"})["content"], "no element 'Marquee'"),
    (card({"type": "TextBlock"})["content"], "TextBlock has no text"),
    (card({"type": "TextBlock", "text": 7})["content"], "no text"),
    (card({"type": "TextBlock", "text": "x", "bold": True})["content"], "TextBlock knows no bold"),
    (card({"type": "RichTextBlock", "inlines": [{"type": "Link"}]})["content"], "a TextRun"),
    (card({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "x", "url": "y"}]})["content"], "no url"),
    (card({"type": "FactSet", "facts": [{"title": "x"}]})["content"], "objects of texts title and value"),
    (card({"type": "Input.ChoiceSet", "id": "x", "choices": ["a"]})["content"], "objects of texts"),
    (card({"type": "Container", "items": [{"type": "Image"}]})["content"], "Image has no url"),
    (card({"type": "ColumnSet", "columns": [{"items": [{"type": "x"}]}]})["content"], "no element 'x'"),
    (card({"type": "Input.Text", "id": "a"}, {"type": "Input.Text", "id": "a"})["content"], "same id"),
    (card(actions=[{"type": "Action.Fly", "title": "x"}])["content"], "no action 'Action.Fly'"),
    (card(actions=[{"type": "Action.Execute", "title": "x"}])["content"], "Action.Execute has no verb"),
    (card(actions=[{**CLAIM, "verb": ""}])["content"], "no word"),
    (card(actions=[{**CLAIM, "data": 7}])["content"], "neither object nor text"),
    (card(actions=[{**CLAIM, "style": "danger"}])["content"], "no style 'danger'"),
    (card(actions=[{**CLAIM, "mode": "hidden"}])["content"], "primary or secondary"),
    (card(actions=[{"type": "Action.Submit"}])["content"], "has no title"),
    (card(actions=[{"type": "Action.OpenUrl", "title": "x", "url": "javascript:x"}])["content"], "no address"),
    (card(actions=[{"type": "Action.ShowCard", "title": "x", "card": {}}])["content"], "no AdaptiveCard"),
    (card(actions=[{**CLAIM, "fallback": {"type": "Action.Fly"}}])["content"], "no action 'Action.Fly'"),
    (card({**text("x"), "fallback": {"type": "Image"}})["content"], "Image has no url"),
    (card(refresh={"action": CLAIM, "userIds": ["x"] * 61})["content"], "at most 60"),
]


@pytest.mark.parametrize(("content", "why"), WRONG_CARDS)
async def test_a_card_that_teams_would_not_show_whole_is_refused(raw: Raw, content: Json, why: str):
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
    got = await refused(raw, "POST", activities(CARE), message(attachments=[attachment]))
    assert got[:2] == (400, "Bad argument")
    assert why in got[2]


async def test_a_rich_card_is_taken(raw: Raw, teams: TeamsStandIn):
    rich = card(
        text("**#7**"),
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "<b>no</b> "}, "markup"]},
        {
            "type": "ColumnSet",
            "columns": [
                {"type": "Column", "width": "auto", "items": [{"type": "Image", "url": "https://x.example/a.png"}]},
                {"type": "Column", "width": "stretch", "items": [text("Lea")]},
            ],
        },
        {"type": "FactSet", "facts": [{"title": "Waits", "value": "3 min"}]},
        {
            "type": "Table",
            "columns": [{"width": 1}],
            "rows": [{"type": "TableRow", "cells": [{"type": "TableCell", "items": [text("cell")]}]}],
        },
        {"type": "ActionSet", "actions": [{**CLAIM, "mode": "secondary", "style": "positive"}]},
        {"type": "Container", "id": "more", "isVisible": False, "items": [text("hidden")]},
        actions=[{"type": "Action.OpenUrl", "title": "See it", "url": "https://x.example/7"}],
        msteams={"width": "Full"},
    )
    sent = await raw.posted(CARE, attachments=[rich])
    shown = teams.tenant.messages[CARE][sent]
    words = teams.text_of(shown)
    assert all(word in words for word in ("**#7**", "<b>no</b> markup", "Lea", "Waits 3 min", "cell", "Claim"))
    assert [(b.title, b.kind, b.secondary) for b in teams.buttons_of(shown)] == [
        ("Claim", "Action.Execute", True),
        ("See it", "Action.OpenUrl", False),
    ]
    assert (await teams.press(ANA, CARE, sent, "See it")).url == "https://x.example/7"


# --- targeted messages ---


async def test_a_targeted_message_is_seen_by_one_person_for_a_day(raw: Raw, teams: TeamsStandIn):
    path = activities(CARE, query="?isTargetedActivity=true")
    status, sent = await raw("POST", path, message(text="only you", recipient={"id": ANA}))
    assert status == 201
    assert [m.text for m in teams.whispers(ANA)] == ["only you"]
    assert teams.whispers(BEA) == []
    assert teams.messages(CARE) == []
    with pytest.raises(CannotDo, match="no message"):
        await teams.react(BEA, CARE, sent["id"], "like")
    with pytest.raises(CannotDo, match="no reactions"):
        await teams.react(ANA, CARE, sent["id"], "like")
    own = activities(CARE, sent["id"], "?isTargetedActivity=true")
    assert (await refused(raw, "PUT", activities(CARE, sent["id"]), message(text="x")))[0] == 404
    assert "not allowed" in (await refused(raw, "PUT", own, message(text="x", recipient={"id": ANA})))[2]
    assert (await raw("PUT", own, message(text="changed")))[0] == 200
    assert [m.text for m in teams.whispers(ANA)] == ["changed"]
    assert (await raw("DELETE", own))[0] == 200
    assert teams.whispers(ANA) == []


async def test_a_targeted_message_needs_a_member_and_a_channel(raw: Raw, teams: TeamsStandIn):
    path = activities(CARE, query="?isTargetedActivity=true")
    assert "missing" in (await refused(raw, "POST", path, message(text="x")))[2]
    assert "not a member" in (await refused(raw, "POST", path, message(text="x", recipient={"id": EVE})))[2]
    chat = activities(teams.chat_with(ANA), query="?isTargetedActivity=true")
    assert "not supported" in (await refused(raw, "POST", chat, message(text="x", recipient={"id": ANA})))[2]
    teams.refuse_targeted()
    assert "not supported" in (await refused(raw, "POST", path, message(text="x", recipient={"id": ANA})))[2]


# --- conversations ---


async def test_a_chat_is_begun_with_one_person_of_the_tenant(raw: Raw, teams: TeamsStandIn):
    body = {"members": [{"id": ANA}], "tenantId": TENANT, "activity": message(text="hello")}
    status, made = await raw("POST", "v3/conversations", body)
    assert (status, made["id"]) == (201, teams.chat_with(ANA))
    assert [m.text for m in teams.chat(ANA)] == ["hello"]
    assert (await raw("POST", "v3/conversations", body))[1]["id"] == made["id"]
    wrong: list[tuple[object, str]] = [
        ([], "no object"),
        ({"members": [{"id": ANA}], "tenantId": OTHER_TENANT}, "Another tenant"),
        ({"members": [{"id": ANA}]}, "needs the tenant"),
        ({"members": [], "tenantId": TENANT}, "one person"),
        ({"members": [{"id": ANA}, {"id": BEA}], "tenantId": TENANT}, "one person"),
        ({"members": [{"id": NEL}], "tenantId": TENANT}, "Nobody"),
        ({"members": [{"id": OTHER_BOT_ID}], "tenantId": TENANT}, "Nobody"),
        ({"members": [{"id": OLLI}], "tenantId": TENANT}, "Nobody"),
        ({"isGroup": True, "channelData": {"channel": {"id": CARE}}}, "begins with an activity"),
        ({"channelData": {"channel": {"id": CARE}}, "activity": message(text="x")}, "isGroup"),
    ]
    for parameters, why in wrong:
        assert why in (await refused(raw, "POST", "v3/conversations", parameters))[2]


# --- people and teams ---


async def members(raw: Raw, place: str, query: str = "") -> Json:
    status, answer = await raw("GET", f"v3/conversations/{quote(place, safe='')}/pagedmembers{query}")
    assert status == 200, answer
    return answer


async def test_the_roster_says_who_is_a_guest_and_of_which_tenant(raw: Raw):
    care = {one["id"]: one for one in (await members(raw, CARE))["members"]}
    assert care[ANA]["userRole"] == "user"
    assert care[ANA]["tenantId"] == TENANT
    assert care[GIL]["userRole"] == "guest"
    assert "#EXT#" in care[GIL]["userPrincipalName"]
    assert OLLI not in care
    assert not any(one.startswith("28:") for one in care)
    partners = {one["id"]: one for one in (await members(raw, f"{PARTNERS}"))["members"]}
    assert partners[OLLI]["tenantId"] == OTHER_TENANT
    assert set(partners) == {ANA, BEA, OLLI}


async def test_a_private_channel_has_its_own_roster(raw: Raw):
    vip = [one["name"] for one in (await members(raw, VIP))["members"]]
    assert vip == ["Ana Lindt", "Dan Okoye"]


async def test_the_roster_comes_in_pages_of_at_least_fifty(raw: Raw, teams: TeamsStandIn):
    for n in range(60):
        teams.add_person(Person(person_id(f"rep {n}"), f"Rep{n} Crowd", role=Role.MEMBER), CARE)
    first = await members(raw, CARE, "?pageSize=2")
    assert len(first["members"]) == 50
    rest = await members(raw, CARE, f"?pageSize=2&continuationToken={first['continuationToken']}")
    assert len(rest["members"]) == 15
    assert "continuationToken" not in rest
    path = f"v3/conversations/{quote(CARE, safe='')}/pagedmembers?continuationToken=x"
    assert (await refused(raw, "GET", path))[:2] == (400, "Bad argument")


async def test_one_member_is_found_by_either_id_until_they_leave(raw: Raw, teams: TeamsStandIn):
    def of(who: str, place: str = CARE) -> str:
        return f"v3/conversations/{quote(place, safe='')}/members/{quote(who, safe='')}"

    assert (await raw("GET", of(ANA)))[1]["id"] == ANA
    assert (await raw("GET", of(teams.person(ANA).aad)))[1]["id"] == ANA
    assert (await refused(raw, "GET", of(BEA, VIP)))[:2] == (404, "MemberNotFoundInConversation")
    assert (await refused(raw, "GET", of(ANA, RANDOM)))[:2] == (403, "BotNotInConversationRoster")
    teams.deactivate(ANA)
    assert (await refused(raw, "GET", of(ANA)))[0] == 404


async def test_a_team_and_its_channels(raw: Raw, teams: TeamsStandIn):
    _, team = await raw("GET", f"v3/teams/{quote(TEAM, safe='')}")
    assert (team["name"], team["channelCount"], team["memberCount"]) == ("Acme Care", 4, 5)
    _, listed = await raw("GET", f"v3/teams/{quote(TEAM, safe='')}/conversations")
    assert {(one["name"], one["type"]) for one in listed["conversations"]} == {
        (None, "standard"),
        ("care", "standard"),
        ("vip", "private"),
        ("partners", "shared"),
    }
    other = teams.tenant.channels[RANDOM].team
    assert (await refused(raw, "GET", f"v3/teams/{quote(other, safe='')}"))[0] == 403
    assert (await refused(raw, "GET", f"v3/teams/{quote(CARE, safe='')}"))[0] == 404
