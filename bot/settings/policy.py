"""Whether a team can live with its own rules for approval. Pure: settings and head counts in, sentences out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.settings.values import ChannelSettings
from models.permits import OwnWords


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing about a channel's policy. `never`: no reply could go out at all; else only some could not."""

    never: bool
    sentence: str
    remedy: str


def doubts(channel: ChannelSettings, *, members: int, approvers: int) -> list[Doubt]:
    """What would keep replies from ever being approved, the gravest first; nothing where the policy can be met.

    `members` counts who may write, `approvers` who of them may approve, groups opened up.
    """
    needed, own = channel.policy.approvals, channel.policy.own_words
    if approvers < needed:
        has = f"only {_people(approvers)} may approve" if approvers else "nobody may approve"
        return [
            Doubt(
                True,
                f"{_count(needed, 'approval')} needed, and {has}",
                f"invite or name more approvers, or set approvals = {approvers}" if approvers else "name approvers",
            )
        ]
    if own in (OwnWords.ALLOW, OwnWords.AFTER) or approvers > needed:
        return []
    # From here on all approvers together are just enough, so that none of them may write.
    wrote = "any of it" if own is OwnWords.REFUSE_ALL else "the last words"
    remedy = 'name one approver more, or set own_words = "after 15m"'
    if members <= approvers:
        return [
            Doubt(
                True,
                f"{_count(needed, 'approval')} needed from people who did not write {wrote}, "
                f"and there {'is' if members == 1 else 'are'} only {_people(members)}: whoever writes leaves too few",
                remedy,
            )
        ]
    who = "the approver" if approvers == 1 else "an approver"
    return [Doubt(False, f"a reply cannot be approved whenever {who} wrote {wrote}", remedy)]


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _count(count: int, what: str) -> str:
    return f"1 {what} is" if count == 1 else f"{count} {what}s are"
