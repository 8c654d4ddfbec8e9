"""A channel's rules for approval are held against the people who are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.settings import ChannelSettings, Surface
from bot.settings.policy import doubts
from models.permits import OwnWords, Policy

CHANNEL = ChannelSettings("care", Surface.SLACK, "C0CARE", ("acme",), ZoneInfo("UTC"))


def channel(approvals: int, own: OwnWords) -> ChannelSettings:
    return replace(CHANNEL, policy=Policy(approvals=approvals, own_words=own, own_words_after=timedelta(minutes=15)))


@pytest.mark.parametrize(
    ("approvals", "own", "members", "approvers"),
    [
        (1, OwnWords.REFUSE, 2, 2),
        (1, OwnWords.REFUSE_ALL, 2, 2),
        (2, OwnWords.REFUSE, 3, 3),
        (1, OwnWords.ALLOW, 1, 1),
        (1, OwnWords.AFTER, 1, 1),
        (1, OwnWords.REFUSE, 50, 7),
    ],
)
def test_a_policy_that_can_be_met_raises_no_doubt(approvals: int, own: OwnWords, members: int, approvers: int) -> None:
    assert doubts(channel(approvals, own), members=members, approvers=approvers) == []


@pytest.mark.parametrize(
    ("approvals", "own", "members", "approvers", "sentence"),
    [
        (1, OwnWords.REFUSE, 3, 0, "1 approval is needed, and nobody may approve"),
        (3, OwnWords.ALLOW, 3, 2, "3 approvals are needed, and only 2 people may approve"),
        (1, OwnWords.REFUSE, 1, 1, "and there is only 1 person: whoever writes leaves too few"),
        (2, OwnWords.REFUSE, 2, 2, "people who did not write the last words"),
        (2, OwnWords.REFUSE_ALL, 2, 2, "people who did not write any of it"),
    ],
)
def test_a_policy_that_nobody_can_meet_is_named(
    approvals: int, own: OwnWords, members: int, approvers: int, sentence: str
) -> None:
    (doubt,) = doubts(channel(approvals, own), members=members, approvers=approvers)
    assert doubt.never
    assert sentence in doubt.sentence
    assert doubt.remedy


def test_a_lone_approver_who_also_drafts_is_a_smaller_doubt() -> None:
    (doubt,) = doubts(channel(1, OwnWords.REFUSE_ALL), members=4, approvers=1)
    assert not doubt.never
    assert doubt.sentence == "a reply cannot be approved whenever the approver wrote any of it"
