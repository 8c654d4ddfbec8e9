"""What Teams sends becomes what people meant; what nobody meant becomes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import wire
from bot.chat.contract import Commanded, HomeOpened, Inbound, MessageRef, Pressed, Shortcut, Signed, Submitted
from bot.chat.teams.inbound import Heard, Ignored, read
from bot.chat.teams.text import words_of, words_of_html
from tests.steps import steps
from tests.teams.activities import ANA, APP, AT, BEA, CARE, OURS, PLACE, READING, activity, invoke, mention, pressed


def heard(payload: object) -> tuple[Inbound, ...]:
    found = read(payload, READING)
    assert isinstance(found, Heard), found
    return found.happenings


def one(payload: object) -> Inbound:
    (found,) = heard(payload)
    return found


def test_a_mention_in_a_thread_is_a_command_there() -> None:
    found = one(mention("draft Sorry, Lea &amp; Kim!"))
    assert isinstance(found, Commanded)
    assert (found.who, found.place, found.thread, found.words) == (ANA, PLACE, "100", "draft Sorry, Lea & Kim!")
    assert found.at == datetime(2026, 11, 22, 13, 4, 0, 500_000, tzinfo=UTC)
    assert found.verb is None


def test_a_mention_that_begins_a_thread_stands_in_none() -> None:
    found = one(mention("claim", root="200"))
    assert isinstance(found, Commanded)
    assert found.thread is None
    assert found.reply.thread == "200"


def test_a_colleagues_mention_keeps_who_is_meant() -> None:
    bea = {"type": "mention", "text": "<at>Bea</at>", "mentioned": {"id": "29:1bea", "aadObjectId": BEA.user}}
    text = "<at>Twoway</at> hand <at>Bea</at> she knows"
    found = one(activity(text=text, entities=[OURS, bea]))
    assert isinstance(found, Commanded)
    assert found.words == f"hand <@{BEA.user}> she knows"


def test_a_mention_without_the_directorys_id_keeps_teams_own() -> None:
    bea = {"type": "mention", "text": "<at>Bea</at>", "mentioned": {"id": "29:1Bea", "name": "Bea"}}
    found = one(activity(text="<at>Twoway</at> hand <at>Bea</at>", entities=[OURS, bea]))
    assert isinstance(found, Commanded)
    assert found.words == "hand <@29:1Bea>"


def test_a_slash_command_comes_as_a_message_for_us_alone() -> None:
    to_us = {"id": f"28:{APP}", "isTargeted": True}
    for text in ("claim 142", "/claim 142", "/twoway claim 142"):
        found = one(activity(text=text, recipient=to_us))
        assert isinstance(found, Commanded)
        assert found.words == "claim 142"


def test_talk_is_nothing() -> None:
    assert read(activity(text="what shall we say?"), READING) == Ignored("talk")
    bea = {"type": "mention", "text": "<at>Bea</at>", "mentioned": {"id": "29:1bea"}}
    assert read(activity(text="<at>Bea</at> approve 2", entities=[bea]), READING) == Ignored("talk")


def test_a_bot_commands_nothing_and_neither_do_we() -> None:
    for who in ({"id": f"28:{APP}"}, {"id": "28:other", "role": "bot"}):
        assert read(mention("claim", **{"from": who}), READING) == Ignored("a message of a bot")


def test_an_edited_message_is_no_second_command() -> None:
    assert isinstance(read({**mention("claim"), "type": "messageUpdate"}, READING), Ignored)


@pytest.mark.parametrize(
    ("reaction", "sign", "tone"),
    [
        ("2705_whiteheavycheckmark", "white_check_mark", False),
        ("274c_crossmark", "x", False),
        ("like", "thumbsup", False),
        ("like-tone3", "thumbsup", True),
        ("1f44d_thumbsup-tone5", "thumbsup", True),
        ("1f440_eyes", "eyes", False),
        ("2611-fe0f_ballotboxwithcheck", "ballot_box_with_check", False),
        ("2611_ballotboxwithcheck", "ballot_box_with_check", False),
        ("heart", "heart", False),
        ("ffffff_odd", "ffffff_odd", False),
        ("acme-custom", "acme-custom", False),
    ],
)
def test_a_reaction_goes_by_the_name_that_settings_use(reaction: str, sign: str, tone: bool) -> None:
    found = one(activity("messageReaction", replyToId="101", reactionsAdded=[{"type": reaction}]))
    assert isinstance(found, Signed)
    assert (found.sign, found.tone, found.added) == (sign, tone, True)
    assert found.message == MessageRef(PLACE, "101", "100")
    assert found.who == ANA


def test_several_reactions_in_one_activity_are_each_told_under_keys_of_their_own() -> None:
    both = activity(
        "messageReaction",
        replyToId="101",
        reactionsAdded=[{"type": "like"}, {"type": "2705_whiteheavycheckmark"}],
        reactionsRemoved=[{"type": "like"}],
    )
    found = heard(both)
    assert [(one.sign, one.added) for one in found if isinstance(one, Signed)] == [
        ("thumbsup", True),
        ("white_check_mark", True),
        ("thumbsup", False),
    ]
    assert len({one.key for one in found}) == 3
    assert [one.key for one in found] == [one.key for one in heard(json.loads(json.dumps(both)))]


def test_a_button_says_what_it_is_about_and_where_it_stood() -> None:
    found = one(pressed("approve", "142:2:7"))
    assert isinstance(found, Pressed)
    assert (found.action, found.value, found.message) == ("approve", "142:2:7", MessageRef(PLACE, "101", "100"))
    assert found.reply is not None
    assert found.reply.url == f"invoked:{found.key}"


def test_a_button_of_a_client_without_universal_actions_says_the_same() -> None:
    found = one(activity(value={"twoway": {"action": "claim", "value": "142"}}, replyToId="101"))
    assert isinstance(found, Pressed)
    assert (found.action, found.value) == ("claim", "142")


def test_a_refresh_is_no_press() -> None:
    value = {"trigger": "automatic", "action": {"data": {"twoway": {"action": "claim", "value": ""}}}}
    assert read(invoke("adaptiveCard/action", value), READING) == Ignored("a refresh")


def test_a_button_that_opens_a_dialog_waits_for_it() -> None:
    data = {"msteams": {"type": "task/fetch"}, "twoway": {"action": "draft", "value": "142"}}
    found = read(invoke("task/fetch", {"data": data}), READING)
    assert isinstance(found, Heard)
    assert found.opens
    assert isinstance(found.happenings[0], Pressed)


def test_a_saved_dialog_brings_its_text() -> None:
    held = {"kind": "draft", "private": '{"c": 142}', "dialog": "d1", "title": "Draft", "save": "Save", "fields": []}
    found = one(invoke("task/submit", {"data": {"twoway": held, "text": "Sorry,\nLea"}}))
    assert isinstance(found, Submitted)
    assert (found.kind, found.private, found.dialog) == ("draft", '{"c": 142}', "d1")
    assert found.values == {"text": "Sorry,\nLea"}


def test_use_as_draft_takes_a_colleagues_words() -> None:
    message = {
        "id": "105",
        "replyToId": "100",
        "body": {"contentType": "html", "content": "<p>Sorry &amp; <b>hello</b></p><p>Kim<br>x</p>"},
    }
    value = {"commandId": "use_as_draft", "commandContext": "message", "messagePayload": message}
    found = read(invoke("composeExtension/fetchTask", value), READING)
    assert isinstance(found, Heard)
    (said,) = found.happenings
    assert found.opens
    assert isinstance(said, Shortcut)
    assert said.text == "Sorry & hello\nKim\nx"
    assert said.message == MessageRef(PLACE, "105", "100")


def test_in_the_one_to_one_chat_nothing_and_small_talk_open_ones_own_page() -> None:
    alone = {"id": "a:1chat", "conversationType": "personal", "tenantId": PLACE.team}
    for text in ("", "mine", "hello", "what can you do?"):
        assert isinstance(one(activity(text=text, conversation=alone)), HomeOpened), text
    found = one(activity(text="claim 142", conversation=alone))
    assert isinstance(found, Commanded)
    assert found.place.channel == "a:1chat"


def test_who_has_no_directory_id_goes_by_teams_own() -> None:
    found = one(mention("claim", **{"from": {"id": "29:1Ana", "name": "Ana"}}))
    assert found.who.user == "29:1Ana"


def test_a_redelivery_has_the_same_key_and_another_activity_another() -> None:
    assert one(mention("claim")).key == one(mention("claim")).key
    assert one(mention("claim")).key != one(mention("claim", id="201")).key
    assert one(mention("claim")).key != one(mention("claim", root="300")).key


def test_a_clock_ahead_of_ours_signs_nothing_tomorrow() -> None:
    found = one(
        activity("messageReaction", replyToId="1", reactionsAdded=[{"type": "like"}], timestamp="2027-01-01T00:00:00Z")
    )
    assert isinstance(found, Signed)
    assert found.at == AT


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {},
        {"type": 7},
        {"type": "message"},
        activity("invoke", name="something/else", value={}),
        invoke("adaptiveCard/action", {"action": {"data": {"other": 1}}}),
        invoke("task/submit", {"data": {"twoway": {}}}),
        activity("messageReaction", reactionsAdded=[{"type": "like"}]),
        activity("messageReaction", replyToId="101"),
        {**mention("claim"), "conversation": {}},
        {**mention("claim"), "from": None},
        activity("typing"),
    ],
)
def test_what_is_none_of_it_is_ignored_with_a_reason(payload: object) -> None:
    found = read(payload, READING)
    assert isinstance(found, Ignored)
    assert found.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["type", "from", "conversation", "value", "text", "entities", "replyToId", "name", "timestamp"])


@given(st.dictionaries(KEYS, JSON), st.sampled_from(["message", "messageReaction", "invoke", "conversationUpdate"]))
def test_any_json_is_read_or_ignored_and_what_is_read_can_be_stored(more: dict[str, object], kind: str) -> None:
    for payload in ({**mention("claim"), **more}, {**pressed("claim"), **more, "type": kind}, {**more, "type": kind}):
        found = read(payload, READING)
        for happening in found.happenings if isinstance(found, Heard) else ():
            assert len(happening.key) <= 256
            assert wire.from_json(*json.loads(json.dumps(wire.to_json(happening)))) == happening


def test_places_are_channels_not_threads() -> None:
    found = one(pressed("claim"))
    assert isinstance(found, Pressed)
    assert found.message is not None
    assert found.message.place.channel == CARE


def test_a_message_full_of_tags_that_never_end_is_read_in_one_go_and_keeps_its_words() -> None:
    for endless in ("<!--", "<a ", "<a b='", "<?", "<!x", "</x "):
        said = f"<p>so sorry</p>{endless * 3_000}"
        assert words_of_html(said).startswith("so sorry")
        made = steps(partial(words_of_html, said))
        assert made < 200, f"{endless}: html.parser alone makes 45,000 to 60,000, each to the end"
    assert words_of_html("<p>so</p><![x]> sorry") == "so   sorry"


def test_mentions_that_never_end_are_words_and_the_last_one_that_ends_counts() -> None:
    who = {"<at>Bea</at>": "29:bea"}
    assert words_of("<at><at x><at>Bea</at> look", frozenset(), who) == "<at><at x><@29:bea> look"
    assert words_of("<at>" * 10_000, frozenset(), who) == "<at>" * 10_000
