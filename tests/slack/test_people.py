"""Only members of the installed team may act; everybody else is named for what they are."""

from __future__ import annotations

import pytest

from bot.chat.contract import Kind, Person
from bot.chat.slack.people import Installed, kind_of
from sandbox.slack import Channel
from sandbox.slack import Person as Somebody
from tests.slack.conftest import Rig

OURS = Installed(team="T1", enterprise="E1", user="U0", bot="B0")


def who(user: str) -> Person:
    return Person("slack", "T0ACME", user)


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ("U0ANA", Kind.MEMBER),
        ("U0GIL", Kind.GUEST),
        ("U0OLLI", Kind.OUTSIDER),
        ("U0BOB", Kind.BOT),
        ("U0NEL", Kind.GONE),
        ("U0NOBODY", Kind.GONE),
    ],
)
async def test_everybody_is_told_apart(socket_rig: Rig, user: str, kind: Kind) -> None:
    assert (await socket_rig.surface.profile(who(user))).kind is kind


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ({"id": "U1", "team_id": "T1"}, Kind.MEMBER),
        ({"id": "W1", "team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, Kind.MEMBER),
        ({"id": "U1", "team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}}, Kind.OUTSIDER),
        ({"id": "U1", "team_id": "T2", "is_stranger": False}, Kind.OUTSIDER),
        ({"id": "U1", "team_id": "T1", "is_stranger": True}, Kind.MEMBER),
        ({"id": "U1", "team_id": "T1", "is_ultra_restricted": True}, Kind.GUEST),
        ({"id": "U1", "team_id": "T1", "deleted": True, "is_bot": True}, Kind.GONE),
        ({"id": "USLACKBOT", "team_id": "T1"}, Kind.BOT),
        ({"id": "U1"}, Kind.UNKNOWN),
        ({}, Kind.UNKNOWN),
        (None, Kind.UNKNOWN),
        ([1], Kind.UNKNOWN),
    ],
)
def test_the_team_decides_not_is_stranger(user: object, kind: Kind) -> None:
    assert kind_of(user, OURS) is kind


def test_without_an_enterprise_nobody_belongs_to_it() -> None:
    alone = Installed(team="T1", enterprise=None, user="U0", bot=None)
    assert kind_of({"id": "U1", "team_id": "T2", "enterprise_user": {"enterprise_id": None}}, alone) is Kind.OUTSIDER


async def test_answers_are_kept_for_seconds_and_asked_again_when_fresh(socket_rig: Rig) -> None:
    slack, surface = socket_rig.slack, socket_rig.surface
    place = await surface.place("C0CARE")
    for _ in range(5):
        profile = await surface.profile(who("U0BEA"), place)
    assert (profile.kind, profile.name, profile.timezone, profile.in_channel) == (
        Kind.MEMBER,
        "Bea",
        "Europe/Berlin",
        True,
    )
    assert (len(slack.calls("users.info")), len(slack.calls("conversations.members"))) == (1, 1)
    slack.deactivate("U0BEA")
    assert (await surface.profile(who("U0BEA"))).kind is Kind.MEMBER
    assert (await surface.profile(who("U0BEA"), fresh=True)).kind is Kind.GONE


async def test_a_member_s_id_with_another_team_is_an_outsider_s(socket_rig: Rig) -> None:
    assert (await socket_rig.surface.profile(Person("slack", "T0OTHER", "U0ANA"))).kind is Kind.OUTSIDER


async def test_who_left_the_channel_is_no_longer_in_it(socket_rig: Rig) -> None:
    surface = socket_rig.surface
    place = await surface.place("C0VIP")
    assert (await surface.profile(who("U0CYD"), place)).in_channel
    assert not (await surface.profile(who("U0OLLI"), place)).in_channel
    await socket_rig.slack.leave("U0CYD", "C0VIP")
    assert not (await surface.profile(who("U0CYD"), place, fresh=True)).in_channel


@pytest.mark.parametrize("method", ["users.info", "conversations.members"])
@pytest.mark.parametrize("fault", ["500", "429", "cut", "missing_scope", "fatal_error"])
async def test_when_slack_does_not_say_nobody_may_act(socket_rig: Rig, method: str, fault: str) -> None:
    place = await socket_rig.surface.place("C0CARE")
    socket_rig.slack.fail_next(method, fault)
    profile = await socket_rig.surface.profile(who("U0ANA"), place)
    assert (profile.kind, profile.in_channel) == (Kind.UNKNOWN, False)
    assert (await socket_rig.surface.profile(who("U0ANA"), place)).kind is Kind.MEMBER


async def test_a_big_channel_is_read_to_its_end(socket_rig: Rig) -> None:
    slack = socket_rig.slack
    slack.add_channel(Channel("C0BIG", "big", ["U0TWOWAY"]))
    for n in range(2100):
        slack.add_person(Somebody(f"U1{n:05}", f"p{n}", f"P {n}"), "C0BIG")
    place = await socket_rig.surface.place("C0BIG")
    assert (await socket_rig.surface.profile(who("U102099"), place)).in_channel
    assert len(slack.calls("conversations.members")) == 3


async def test_a_group_has_members_and_a_person_is_a_group_of_one(socket_rig: Rig) -> None:
    assert await socket_rig.surface.members("S0LEADS") == {"U0ANA", "U0DAN"}
    assert await socket_rig.surface.members("U0BEA") == {"U0BEA"}
    assert await socket_rig.surface.members("S0LEADS") == {"U0ANA", "U0DAN"}
    assert len(socket_rig.slack.calls("usergroups.users.list")) == 1
