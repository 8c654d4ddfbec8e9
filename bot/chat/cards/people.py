"""People's own times: what one said of oneself, who is on shift; shifts that end, snoozes, and who knows whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat.cards.parts import Said, button, line, lines, link, moment, value, who
from bot.chat.commands import Verb
from bot.chat.contract import Block, Buttons, Card, Line, Part, Plain, Quote, Words
from models.reading.notice import NoticeFacts
from models.reading.offers import OfferFacts
from models.reading.queue import QueueRow
from models.telling import EventKind

# --------------------------------------------------------------------------------------------------- oneself


@dataclass(frozen=True, slots=True)
class Me:
    """What somebody said of themselves. `hours` as people type them, "" for none; `shift_until` and `next_shift` tell
    where they stand now; `always`: on shift without an end that we can see."""

    hours: str
    zone: str
    languages: tuple[str, ...]
    signoff: str
    pings: bool
    away_until: datetime | None = None
    shift_until: datetime | None = None
    always: bool = False
    next_shift: datetime | None = None


def me_card(me: Me) -> Card:
    """What one reads after `/twoway me`, and after changing anything of it."""
    signed = f"Your replies are signed “{me.signoff}”." if me.signoff else "Your replies are not signed."
    read = f"You read {', '.join(me.languages)}." if me.languages else "You read every language."
    pings = "" if me.pings else " I do not tell you in private when a customer of yours is back."
    shown = [button("Change …", Verb.ME, "me", dialog=True)]
    if me.away_until is not None:
        shown.append(button("I am back", Verb.ME, "me:back"))
    return Card(
        summary=f"Your hours: {me.hours}"[:150] if me.hours else signed,
        blocks=(
            Line(tuple(_hours(me))),
            Line((Plain(f"{signed} {read}{pings}"),)),
            Buttons(tuple(shown)),
            Line(
                (
                    Plain("Or type it: "),
                    Plain("/twoway me hours Mon-Fri 9-17", code=True),
                    Plain(" · "),
                    Plain("/twoway me away until Friday", code=True),
                    Plain(" · "),
                    Plain("/twoway me languages de en", code=True),
                    Plain(" · "),
                    Plain("/twoway signoff ^LM", code=True),
                ),
                small=True,
            ),
        ),
    )


def _hours(me: Me) -> list[Part]:
    if not me.hours and me.away_until is None:
        return [Plain("You have told no hours, so nothing is handed over for you when you go home.")]
    parts: list[Part] = [Plain(f"You work {me.hours}, by the clock of {me.zone}. ")] if me.hours else []
    if me.away_until is not None:
        return [*parts, Plain("You are away until "), moment(me.away_until, me.zone), Plain(".")]
    if me.shift_until is not None:
        return [*parts, Plain("You are on shift until "), moment(me.shift_until, me.zone), Plain(".")]
    if me.always:
        return [*parts, Plain("You are on shift.")]
    if me.next_shift is not None:
        return [*parts, Plain("Your next shift begins "), moment(me.next_shift, me.zone), Plain(".")]
    return parts


def no_such_hours(word: str) -> Card:
    return lines(
        [
            Plain("I stopped reading at “"),
            Words(word[:40]),
            Plain("”, and changed nothing. Write hours as in "),
            Plain("/twoway me hours Mon-Fri 9-12 13-17, Sat 10-14", code=True),
            Plain(" or "),
            Plain("/twoway me hours off", code=True),
        ],
        summary="I do not understand these hours",
    )


def no_such_zone(word: str, near: str | None) -> Card:
    meant = f" Did you mean “{near}”?" if near else ""
    return lines(
        [
            Plain("I know no time zone “"),
            Words(word[:40]),
            Plain(f"”, and changed nothing.{meant} Write its name, as in "),
            Plain("/twoway me zone Europe/Berlin", code=True),
        ],
        summary="I do not know this time zone",
    )


def no_such_moment(command: str) -> Card:
    return lines(
        [
            Plain("Until when? A length, a day or a time to come, by your own clock: "),
            Plain(f"{command} 2h", code=True),
            Plain(", "),
            Plain(f"{command} until tomorrow", code=True),
            Plain(", "),
            Plain(f"{command} until Friday 14:00", code=True),
        ],
        summary="Until when?",
    )


def what_of_me(word: str) -> Card:
    return lines(
        [
            Plain("I do not know “me "),
            Words(word[:40]),
            Plain("”. There are hours, zone, languages, away, back and pings; "),
            Plain("/twoway me", code=True),
            Plain(" shows what you said."),
        ],
        summary="I do not know this",
    )


# ------------------------------------------------------------------------------------------------- on shift


@dataclass(frozen=True, slots=True)
class OnShift:
    """Somebody in the channel. `until` with `here`: on shift until then (None: no end that we can see); `next` is when
    they come."""

    name: str
    languages: tuple[str, ...]
    here: bool
    until: datetime | None = None
    away_until: datetime | None = None
    next: datetime | None = None


def shift_card(people: Sequence[OnShift], own: Sequence[QueueRow], channel: str, zone: str) -> Card:
    """Who is there now and who comes next; with what the asker has, to keep it beyond the end of their shift."""
    if not people:
        return lines(
            [
                Plain(f"Nobody in #{channel} has told their hours yet. Yours: "),
                Plain("/twoway me hours Mon-Fri 9-17", code=True),
            ],
            summary="Nobody has told their hours",
        )
    here = [one for one in people if one.here]
    coming = sorted(
        (one for one in people if not one.here and one.next is not None), key=lambda one: (one.next, one.name)
    )
    gone = [one for one in people if not one.here and one.next is None]
    blocks: list[Block] = [Line((Plain(f"On shift in #{channel} now", bold=True),))]
    blocks += [_there(one, zone) for one in here]
    if not here:
        blocks.append(Line((Plain("Nobody."),)))
    if coming:
        blocks.append(Line((Plain("Next", bold=True),)))
        blocks += [_coming(one, zone) for one in coming]
    if gone:
        names = ", ".join(one.name for one in gone)
        blocks.append(Line((Plain("Not in the next two weeks: "), Words(names)), small=True))
    for row in own:
        blocks.append(Line((Plain("You have "), link(row.link, f"#{row.number}"), Plain(" "), Words(who(row.who)))))
    if own:
        keep = tuple(button(f"Keep #{row.number}", Verb.KEEP, value(row.number)) for row in own)
        blocks.append(Buttons(keep[:3], keep[3:]))
        blocks.append(Line((Plain("What you do not keep is handed over when your shift ends."),), small=True))
    first = f"{', '.join(one.name for one in here)} on shift" if here else "Nobody is on shift"
    return Card(summary=first[:150], blocks=tuple(blocks))


def _there(one: OnShift, zone: str) -> Line:
    until: list[Part] = [Plain(" until "), moment(one.until, zone)] if one.until is not None else []
    return Line((Words(one.name), *until, *_reads(one)))


def _coming(one: OnShift, zone: str) -> Line:
    parts: list[Part] = [Words(one.name)]
    if one.next is not None:
        parts += [Plain(" from "), moment(one.next, zone)]
    if one.away_until is not None:
        parts += [Plain(" · away until "), moment(one.away_until, zone)]
    return Line((*parts, *_reads(one)))


def _reads(one: OnShift) -> list[Part]:
    return [Plain(f" · reads {', '.join(one.languages)}")] if one.languages else []


# -------------------------------------------------------------------------------------------------- notices


def shift_ended_notice(facts: NoticeFacts, zone: str) -> Said:
    of, to = facts.data.get("of"), facts.data.get("to")
    left = facts.reps.get(of) if isinstance(of, int) else None
    name: Part = Words(left.name) if left is not None else Plain("Who had it")
    keeps = f"{left.name} keeps it after all" if left is not None else "Keep it after all"
    rest: list[Part] = [Plain("'s shift has ended. ")]
    if isinstance(to, int):
        rest.append(Plain("This is yours now."))
    else:
        rest += [Plain("Anybody can take it: "), Plain("@twoway claim", code=True)]
    if facts.draft_link is not None:
        rest += [Plain(" "), link(facts.draft_link, "A draft"), Plain(" waits for approval.")]
    blocks: list[Block] = [line(Plain("🌙 "), name, *rest)]
    if facts.note and left is not None:
        blocks += [Line((Plain("The last note of "), Words(left.name), Plain(":")), small=True)]
        blocks.append(Quote((Words(facts.note),)))
    if facts.number is not None:
        blocks.append(Buttons((button(keeps[:75], Verb.KEEP, value(facts.number)),)))
    return blocks, "yours now, a shift ended" if isinstance(to, int) else "free again, a shift ended"


def kept_notice(facts: NoticeFacts, zone: str) -> Said:
    name: Part = Words(facts.rep.name) if facts.rep is not None else Plain("Somebody")
    return [line(name, Plain(" keeps it after all."))], "kept after all"


def returned_notice(facts: NoticeFacts, zone: str) -> Said:
    return [line(Plain("⏰ Back from the snooze: it is yours, as you left it."))], "back from the snooze"


def returned_to_all_notice(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("⏰ "),
            link(facts.card_link, f"#{facts.number}"),
            Plain(" "),
            Words(who(facts.customer)),
            Plain(" is back from the snooze, and nobody has it."),
        )
    ], "back from the snooze, nobody has it"


#: The notices of all this, by event.
OF_PEOPLE: Mapping[EventKind, Callable[[NoticeFacts, str], Said]] = {
    EventKind.SHIFT_ENDED: shift_ended_notice,
    EventKind.KEPT: kept_notice,
    EventKind.RETURNED: returned_notice,
    EventKind.RETURNED_TO_ALL: returned_to_all_notice,
}


# ----------------------------------------------------------------------------------------- returning customers


def offered_card(facts: OfferFacts, channel: str) -> Card:
    """The private word to who knows the customer."""
    earlier = f" You know each other from #{facts.earlier}." if facts.earlier is not None else ""
    return Card(
        summary=f"{who(facts.customer)} is back: #{facts.number}"[:150],
        blocks=(
            Line(
                (
                    Plain("👋 "),
                    Words(who(facts.customer)),
                    Plain(" is back: "),
                    link(facts.link, f"#{facts.number}"),
                    Plain(f" in #{channel}.{earlier}"),
                )
            ),
            Buttons((button("Claim", Verb.CLAIM, value(facts.number), style="primary"),)),
            Line((Plain("/twoway me pings off", code=True), Plain(" ends such messages.")), small=True),
        ),
    )
