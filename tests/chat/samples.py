"""Facts for golden cards: one conversation with Lou about a bike, in every state; every notice; every outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.chat.cards.answers import answer_card
from bot.chat.cards.conversation import conversation_card
from bot.chat.cards.customer import customer_card
from bot.chat.cards.draft import CLOSED, draft_card
from bot.chat.cards.ideas import how_to_idea, idea_card, ideas_card, not_so, press_to_ship, which_idea
from bot.chat.cards.liked import liked
from bot.chat.cards.moved import back_card, pointer_card, retold_card
from bot.chat.cards.notices import notice_card
from bot.chat.cards.praise import how_to_praise
from bot.chat.contract import Card
from bot.desk import outcomes as o
from bot.reports.praise import Kind, PraiseOf, Share
from models.ideas import IdeaState
from models.lifecycle import State, Step
from models.permits import NEEDS, WHY_NOT, Policy, Right, Standing, Tally, Uncounted
from models.praise import Quote as MayQuote
from models.reading.asked_for import AskedFor
from models.reading.beside import Before, Beside, Offered
from models.reading.card import CardFacts, HoldFacts
from models.reading.course_of import Round
from models.reading.draft import CurrentDraft, DraftFacts
from models.reading.hint import HintFacts
from models.reading.history import EventFacts, History, NoteFacts, PostHistory
from models.reading.ideas import Asking, IdeaFacts, IdeaLine, VotesFacts
from models.reading.known import Acquaintance
from models.reading.mood import Mood
from models.reading.moves import MovedAway, Retold
from models.reading.notice import NamedPost, NoticeFacts
from models.reading.people import EarlierConversation
from models.reading.praised import Praised
from models.reading.profile import Past, ProfileFacts, TheirAccount
from models.reading.seen import EarlierAnswer, SeenFacts
from models.reading.supporters import Trend
from models.reading.values import (
    AccountFacts,
    ClaimFacts,
    CustomerFacts,
    DeliveryFacts,
    DraftState,
    PostFacts,
    RepFacts,
    RevisionFacts,
    SignFacts,
    VersionFacts,
)
from models.reply import WaitsFor
from models.telling import TELLING, EventKind
from tests.chat.days import LINKS as SUMMARY_LINKS
from tests.chat.days import days
from tests.chat.hinting import hints
from tests.chat.people import people_cards
from tests.chat.storming import HEARD, storms

T = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANA, BEA, CYD = (RepFacts(n, "slack", "T1", f"U{name}", name) for n, name in enumerate(("Ana", "Bea", "Cyd"), start=1))
PEOPLE = {1: ANA, 2: BEA, 3: CYD}
LOU = CustomerFacts(1, 1, "lou", "Lou Reed", None, "https://square.example/@lou", 1204, False)
ACME = AccountFacts(1, "acme", "mastodon")
POST = PostFacts(
    1, False, LOU, "Where is my bike?\nI wait since Friday.", (), "", (), "public", "en", "https://square.example/1",
    None, None, T, T, 1, None, None, None,
)  # fmt: skip
REVISION = RevisionFacts(
    1, 2, 1, "reply", 1, "It comes on Monday.", "@lou It comes on Monday.", (), "d", BEA, (ANA, BEA),
    {"length": 24, "limit": 500, "unit": "graphemes"}, "", T + 4 * MINUTE,
)  # fmt: skip
YES = SignFacts(CYD, "approve", True, Standing.APPROVER, True, T + 5 * MINUTE)
DRAFT = DraftState(7, REVISION, T + 4 * MINUTE, {1: 1}, (), "https://chat.example/d7")
DELIVERY = DeliveryFacts(
    1, 7, 1, "waiting", T + 5 * MINUTE, T + 6 * MINUTE, 0, None, None, "", "", None
)  # fmt: skip
SENT = replace(
    DELIVERY, state="sent", sends=1, sent_at=T + 6 * MINUTE, ended_at=T + 6 * MINUTE,
    receipt={"url": "https://square.example/r1"},
)  # fmt: skip
CARD = CardFacts(
    142, 1, "open", (), 0, "en", 1, "care", ACME, LOU, T, (), (POST,), 1, T, T, None, None, None, {}, None, None,
    Round(heard=T), {}, (), 0, "https://chat.example/c142", "1.2",
)  # fmt: skip
CLAIM = ClaimFacts(ANA, T + MINUTE, T + 31 * MINUTE)
DONE = Round(T, T, T, T, T + 6 * MINUTE, (1, 2, 3), (1, 2), (3,))
HOLD = HoldFacts("conversation:142", BEA, T + 5 * MINUTE)
DRAFTED = replace(CARD, state="drafted", claim=CLAIM, draft=DRAFT)

HOUR = timedelta(hours=1)
BEFORE = (
    Before(EarlierConversation(99, "closed", T, T + 9 * MINUTE, T + HOUR), ANA, Mood("angry", "relieved")),
    Before(EarlierConversation(12, "closed", T, None, T + HOUR), None),
)
SEEN = SeenFacts(
    (
        EarlierAnswer(
            97, "It is in Leipzig, we send it on today.\nSorry!", BEA, T, "https://square.example/r97", "Bike?", 91
        ),
        EarlierAnswer(12, "Long words. " * 30, ANA, T - HOUR, None, "Where is *my* bike?", 88),
    ),
    (139, 141),
)
CONVERSATIONS = {
    "open": CARD,
    "open, read by the reader": replace(
        CARD,
        urgency=2,
        hint=HintFacts(True, ("complaint", "question"), "negative", 2, 80, ("Speaks of a lawyer",), "en"),
    ),
    "open, seen before": replace(CARD, seen=SEEN),
    "drafted, seen before": replace(DRAFTED, seen=SEEN),
    "open, the reader is unsure": replace(CARD, hint=HintFacts(True, (), "", 0, 12, (), "en")),
    "open, claimed, somebody writes": replace(CARD, claim=CLAIM, writing={"1": T.isoformat()}, urgency=1),
    "open, edited": replace(CARD, posts=(replace(POST, version=2, edited_at=T),)),
    "open, hidden, direct": replace(CARD, posts=(replace(POST, hidden_at=T, visibility="direct"),)),
    "open, only a person may answer": replace(
        CARD, posts=(replace(POST, by_hand="Nobody mentioned us. Answer in the browser: https://square.example/1"),)
    ),
    "open, found by a search": replace(CARD, search="lou's *bikes* <b>"),
    "drafted": DRAFTED,
    "drafted, on hold": replace(DRAFTED, holds=(HOLD,)),
    "approved": replace(DRAFTED, state="approved", delivery=DELIVERY),
    "approved, on hold": replace(DRAFTED, state="approved", delivery=DELIVERY, holds=(HOLD,)),
    "approved, the platform does not answer": replace(
        DRAFTED, state="approved", delivery=replace(DELIVERY, why="platform")
    ),
    "approved, trouble with the account": replace(
        DRAFTED, state="approved", delivery=DELIVERY, account=replace(ACME, problem="The token was revoked.")
    ),
    "sending, with news": replace(DRAFTED, state="sending", delivery=DELIVERY, pending=("customer_replied",)),
    "unsure": replace(DRAFTED, state="unsure", delivery=replace(DELIVERY, state="unsure", sends=1, sent_at=T)),
    "answered": replace(CARD, state="answered", waiting_since=None, delivery=SENT, round=DONE, reps=PEOPLE),
    "answered, where replies cannot be corrected": replace(
        CARD, state="answered", waiting_since=None, delivery=SENT, account=AccountFacts(3, "acme-x", "x")
    ),
    "answered by hand": replace(
        CARD,
        state="answered",
        waiting_since=None,
        reps=PEOPLE,
        round=replace(Round(T, sent=T + 6 * MINUTE, reps=(2,)), address="https://square.example/r1", on_word_of=2),
    ),
    "open, where people are u/…": replace(CARD, account=AccountFacts(4, "acme-forum", "reddit")),
    "open, where people have names and no handles": replace(
        CARD, account=AccountFacts(5, "acme-page", "facebook"), customer=replace(LOU, handle="", url=None)
    ),
    "closed": replace(CARD, state="closed", waiting_since=None, closed_at=T),
    "asks for an idea": replace(CARD, idea=IdeaLine(3, "Dark mode")),
    "asks for an idea without a name": replace(CARD, idea=IdeaLine(3, "")),
    "praise, asked whether we may quote it": replace(CARD, praise=MayQuote.ASKED),
    "praise that we may quote": replace(CARD, state="answered", waiting_since=None, praise=MayQuote.YES),
    "closed, deleted": replace(
        CARD, state="closed", waiting_since=None, closed_at=T, posts=(replace(POST, words=None, gone_at=T),)
    ),
    "open, of a customer whom Ana knows": replace(
        CARD, earlier=tuple(one.was for one in BEFORE), beside=Beside(offered=Offered(ANA, T + HOUR), before=BEFORE)
    ),
    "open, of a customer whom Ana knew, who is gone home": replace(CARD, beside=Beside(offered=Offered(ANA, T))),
    "open, snoozed": replace(CARD, claim=CLAIM, snoozed_until=T + 22 * HOUR, snoozed_by=ANA),
    "open, trouble with the account": replace(CARD, account=replace(ACME, problem="The token was revoked.")),
}

SHOWN = DraftFacts(
    142, 1, "drafted", ACME, LOU, DRAFT, "@lou It comes on Friday.", POST, True, None, None, "", None, CLAIM, (), None
)
DRAFTS = {
    "waits": SHOWN,
    "moved from another chat": replace(SHOWN, draft=replace(DRAFT, surface="teams")),
    "rewritten": replace(SHOWN, before="@lou Sorry! We lost the key to the shed, so the wheels are late."),
    "longer": replace(SHOWN, before="@lou Monday."),
    "asked again": replace(SHOWN, draft=replace(DRAFT, signs=(replace(YES, given=False),), asked_again=frozenset({3}))),
    "approved by its writer": replace(SHOWN, draft=replace(DRAFT, signs=(replace(YES, rep=BEA),))),
    "objected": replace(SHOWN, draft=replace(DRAFT, signs=(YES, replace(YES, rep=ANA, sign="object")))),
    "approved": replace(SHOWN, state="approved", delivery=DELIVERY, draft=replace(DRAFT, signs=(YES,))),
    "approved, on hold": replace(
        SHOWN, state="approved", delivery=DELIVERY, draft=replace(DRAFT, signs=(YES,)), holds=(HOLD,)
    ),
    "approved, the chat does not answer": replace(
        SHOWN, state="approved", delivery=replace(DELIVERY, why="chat"), draft=replace(DRAFT, signs=(YES,))
    ),
    "sending": replace(SHOWN, state="sending", delivery=DELIVERY, draft=replace(DRAFT, signs=(YES,))),
    "unsure": replace(
        SHOWN, state="unsure", delivery=replace(DELIVERY, sent_at=T, sends=1), draft=replace(DRAFT, signs=(YES,))
    ),
    "too long": replace(
        SHOWN,
        draft=replace(DRAFT, revision=replace(REVISION, blocked="too_long", fit={"length": 512, "limit": 500})),
    ),
    "leftovers": replace(SHOWN, draft=replace(DRAFT, revision=replace(REVISION, blocked="leftovers: :acme:"))),
    "preflight says no": replace(
        SHOWN, draft=replace(DRAFT, ready={"ok": False, "reason": "gated", "sentence": "Lou allows no replies."})
    ),
    "retraction": replace(SHOWN, draft=replace(DRAFT, revision=replace(REVISION, kind="retraction")), before=None),
    "correction": replace(SHOWN, draft=replace(DRAFT, revision=replace(REVISION, kind="correction")), before=None),
    "on hold": replace(SHOWN, holds=(HOLD,)),
} | {
    f"closed: {why}": replace(
        SHOWN,
        current=False,
        closed_why=why,
        delivery=SENT if "sen" in why else None,
        instead=None if "sen" in why else CurrentDraft(8, 3, "https://chat.example/d8"),
    )
    for why in CLOSED
}

SAID = NamedPost(POST, None, VersionFacts(1, POST.words, "", "d", None))
NOTICE = NoticeFacts(
    1, EventKind.NOTED, T, ANA, {}, PEOPLE, (SAID,), "Ask the workshop first.", 2, SENT, 142, 1, "drafted", 0, "en", T,
    ACME, LOU, ClaimFacts(BEA, T, T), BEA, "https://chat.example/c142", "https://chat.example/d7",
    channels={1: "care", 2: "care-teams"}, said_at="https://square.example/said",
)  # fmt: skip
DATA: dict[EventKind, dict[str, object]] = {
    EventKind.HANDED_OVER: {"to": 2},
    EventKind.GRAVE: {"post": 1, "about": "self_harm"},
    EventKind.BELONGS: {"channel": 2, "route": 3},
    EventKind.MOVED: {"channel": 2, "from_channel": 1, "of": 1, "to": "drafted"},
    EventKind.CLAIM_ENDED: {"of": 1},
    EventKind.UNAPPROVED: {"to": "drafted"},
    EventKind.ASKED_AGAIN: {"to": "drafted", "of": [2, 3]},
    EventKind.VOIDED: {"why": "customer_edited"},
    EventKind.HELD: {"scope": "conversation:142"},
    EventKind.RESUMED: {"scope": "all"},
    EventKind.ANSWERED_BY_HAND: {"address": "https://square.example/r1"},
    EventKind.SETTLED_SENT: {"address": "https://square.example/r1"},
    EventKind.ACCOUNT_ENDING: {"days": 3, "ends": "2026-11-26T10:15:00+00:00"},
    EventKind.RECOVERED: {"count": 3},
    EventKind.REFUSED: {"why": "not_allowed"},
    EventKind.UNFIT: {"why": "parent_gone"},
    EventKind.REMINDED: {"due": "2026-11-23T10:30:00+00:00"},
    EventKind.WARNED: {"due": "2026-11-23T10:30:00+00:00"},
    EventKind.OVERDUE: {"due": "2026-11-23T10:30:00+00:00"},
    EventKind.CUSTOMERS_JOINED: {"with": 150},
    EventKind.SHIFT_ENDED: {"of": 1, "to": 2, "day": "2026-11-23"},
    EventKind.KEPT: {"of": 2, "day": "2026-11-23"},
    EventKind.IDEA_TOLD: {"idea": 3},
}

FAR = AccountFacts(2, "acme-tube", "youtube")
LOU_THERE = CustomerFacts(1, 2, "loureed", "Lou", "https://pictures.example/lou", None, None, True)
LATER = T + timedelta(days=3)
PAST = (
    Past(142, FAR, "open", LATER, None, None, "https://chat.example/c142"),
    Past(99, ACME, "closed", T, None, T + 9 * MINUTE, None),
    Past(12, ACME, "answered", T, T + 6 * MINUTE, None, "https://chat.example/c12"),
)
ALONE = ProfileFacts(142, 1, T, LOU, (TheirAccount(LOU, ACME, LATER),), PAST[1:2], 0, 0, None, None)
PROFILES = {
    "one account": ALONE,
    "wants to be left alone": replace(ALONE, quiet_by=BEA, quiet_since=LATER),
    "joined by a rep": replace(
        ALONE,
        accounts=(TheirAccount(LOU, ACME, LATER), TheirAccount(LOU_THERE, FAR, LATER)),
        past=PAST,
        more=4,
        elsewhere=2,
        joined_by=ANA,
        joined_at=LATER,
    ),
    "known to two of us": replace(
        ALONE,
        past=(replace(PAST[2], by=ANA, mood=Mood("angry", "calm")), replace(PAST[1], by=BEA)),
        known=(Acquaintance(ANA, 2, T, 12), Acquaintance(BEA, 0, T, 99)),
    ),
    "erased": replace(
        ALONE,
        asked=replace(LOU, handle="", name="", url=None, followers=None),
        accounts=(TheirAccount(replace(LOU, handle="", name="", url=None, followers=None), ACME, T),),
    ),
}

AWAY = MovedAway(142, LOU, "care-teams", "https://chat.example/c142", T + 9 * MINUTE, ANA)


def _happened() -> Iterator[EventFacts]:
    """What is retold: said, changed, taken, written, blocked, approved, sent, noted, deleted."""
    story: tuple[tuple[EventKind, RepFacts | None, dict[str, object]], ...] = (
        (EventKind.HEARD, None, {"post": 1}),
        (EventKind.CLAIMED, ANA, {}),
        (EventKind.DRAFTED, ANA, {"revision": 2}),
        (EventKind.DRAFT_SHOWN, None, {}),
        (EventKind.OBJECTED, CYD, {"revision": 2}),
        (EventKind.OBJECTION_WITHDRAWN, CYD, {}),
        (EventKind.APPROVED, BEA, {"revision": 2, "counts": False}),
        (EventKind.APPROVED, CYD, {"revision": 2, "counts": True}),
        (EventKind.SENT, None, {"delivery": 1}),
        (EventKind.CUSTOMER_EDITED, None, {"post": 1, "version": 2}),
        (EventKind.CUSTOMER_REPLIED, None, {"post": 2}),
        (EventKind.NOTED, CYD, {"note": 1}),
        (EventKind.HANDED_OVER, ANA, {"to": 2}),
        (EventKind.CLAIM_ENDED, None, {"of": 2}),
        (EventKind.ANSWERED_BY_HAND, BEA, {"address": "https://square.example/r1"}),
        (EventKind.VOIDED, None, {}),
        (EventKind.MOVED, CYD, {"channel": 2, "from_channel": 1}),
    )
    for seq, (kind, rep, data) in enumerate(story, start=1):
        yield EventFacts(seq, seq, T + seq * MINUTE, kind.value, rep, data, "d")


HISTORY = History(
    142, "thread", "drafted", 0, "en", "care-teams", "acme", "mastodon", LOU, T, T, None, None,
    (
        PostHistory(
            POST, (VersionFacts(1, POST.words, "", "d", T), VersionFacts(2, "Where is my red bike?", "", "e", None))
        ),
        PostHistory(replace(POST, id=2, words=None, gone_at=T), (VersionFacts(1, None, "", "d", None),)),
    ),
    (REVISION,), (), (replace(SENT, revision=1),), (), (NoteFacts(1, CYD, "Ask the workshop first.", T),), (), PEOPLE,
    channels={1: "care", 2: "care-teams"},
)  # fmt: skip
MOVE = EventFacts(17, 17, T + 17 * MINUTE, "moved", ANA, DATA[EventKind.MOVED], "d")
CAME = Retold(HISTORY, MOVE, tuple(_happened()), "care", "https://chat.example/c1", back=False)

LINKS = {"card": "https://chat.example/c142", "draft": "https://chat.example/d7"}
COUNT = Tally(2, (3,), (), ())


#: What a refusal's sentence holds, where it is no channel.
_SENTENCES = {o.Why.DECIDED: "shipped"}

NO_TREND, MORE, FEWER = Trend(0, 0), Trend(3, 1), Trend(1, 4)
IDEA = IdeaFacts(
    3, 3, "Dark mode", "Please add a dark mode", IdeaState.OPEN, None, None, None, 12, MORE,
    (VotesFacts("Canny", 41), VotesFacts("UserVoice", 1)), (5, 8),
    (
        Asking(142, "https://chat.example/c142", LOU, "Please add a dark mode", T, False, False),
        Asking(150, None, LOU_THERE, None, T, False, True),
        Asking(151, None, LOU_THERE, "It is so bright", T, True, False),
    ),
    elsewhere=2,
)  # fmt: skip
UNNAMED = replace(
    IDEA, id=7, asked_for=7, title="", line="black screen at night?", people=1, trend=FEWER, votes=(), merged=()
)
SHIPPED_IDEA = replace(
    IDEA, state=IdeaState.SHIPPED, state_at=T, by=ANA, url="https://tracker.example/7", told=9, untold=1
)


def idea_cards() -> Iterator[tuple[str, Card]]:
    yield "list", ideas_card([IDEA, replace(UNNAMED, trend=NO_TREND)], [(IDEA, UNNAMED)], "open")
    yield "list of all", ideas_card([SHIPPED_IDEA, replace(IDEA, state=IdeaState.DECLINED)] + [IDEA] * 10, [], "all")
    yield "list, nothing", ideas_card([], [], "open")
    yield "list, nothing shipped", ideas_card([], [], "shipped")
    yield "idea", idea_card(IDEA)
    yield "idea, new and near another", idea_card(UNNAMED, said="#142 asks for a new idea.", near=[IDEA])
    yield "idea, merged into another", idea_card(replace(IDEA, asked_for=5))
    yield "idea, shipped", idea_card(SHIPPED_IDEA, said="9 drafts are being prepared, each to be approved.")
    yield "idea, everybody deleted it", idea_card(replace(UNNAMED, line=None, people=0, asking=(), elsewhere=0))
    yield "what can be said", how_to_idea()
    yield "what can be said of praise", how_to_praise()
    ideas = [AskedFor(3, "Dark mode", (142, 150), 12), AskedFor(7, "", (151,), 1)]
    shares = (Share(Kind.PRAISE, (1, 2, 3, 4), (1, 2, 3)), Share(Kind.COMPLAINT, (5, 6), (5, 6)))
    wall = (Praised(142, T, "You are the best.\nReally.", LOU), Praised(150, T), Praised(151, T))
    both = Card(summary="A week", blocks=tuple(liked(ideas, PraiseOf(shares, wall), SUMMARY_LINKS)))
    yield "in the week's summary", both
    yield "in a day's summary", Card(summary="A day", blocks=tuple(liked(ideas[1:], PraiseOf(shares[:1]), {})))
    yield "which idea", which_idea()
    yield "press to write", press_to_ship(3)
    yield "not to go out", not_so(["<@U1>", ":acme:"])


def outcomes() -> Iterator[tuple[str, o.Outcome]]:
    yield "claimed", o.Claimed(142, T)
    yield "claimed already", o.Claimed(142, T, already=True)
    yield "held by", o.HeldBy(142, 1, T)
    yield "released", o.Released(142)
    yield "handed over", o.HandedOver(142, 2)
    yield "moved", o.Moved(142, "care-teams")
    yield "moved, was approved", o.Moved(142, "care-teams", rep=1, draft=2, stopped=True)
    yield "drafted", o.Drafted(142, 2, 7, claimed=True)
    yield "merge offered", o.MergeOffered(142, 2, "both", (("a", "b"),), 2, "It is late.")
    yield "discarded", o.Discarded(142, 2)
    yield "yes counts", o.SignTaken(142, 2, True, True, COUNT)
    yield "yes at quorum", o.SignTaken(142, 2, True, True, COUNT, moved=State.APPROVED, goes_at=T)
    waits = o.SignTaken(142, 2, True, True, COUNT, moved=State.APPROVED, goes_at=T, waits=WaitsFor.HOLD)
    yield "yes at quorum, on hold", waits
    for why in Uncounted:
        yield f"yes does not count: {why.value}", o.SignTaken(142, 2, True, True, COUNT, uncounted=why)
    yield "yes taken back", o.SignTaken(142, 2, True, False, COUNT)
    yield "objection", o.SignTaken(142, 2, False, True, COUNT)
    yield "objection taken back", o.SignTaken(142, 2, False, False, COUNT)
    yield "left a storm", o.LeftStorm(142, 3)
    yield "list prepared", o.ListPrepared(3, 9, (142, 143))
    goes = o.SignTaken(142, 2, True, True, COUNT, moved=State.APPROVED, goes_at=T)
    yield "list approved", o.ListApproved(3, 9, (goes, goes), ((143, "customer_edited"), (144, "claimed")))
    more = o.SignTaken(142, 2, True, True, COUNT)
    yield "list approved, more are needed", o.ListApproved(3, 9, (goes, more), ())
    own = o.SignTaken(142, 2, True, True, COUNT, uncounted=Uncounted.LAST_WORDS)
    yield "list approved by who wrote it", o.ListApproved(3, 9, (own,), ())
    yield "noted", o.Noted(142)
    yield "joined", o.Joined(142, 150)
    yield "parted", o.Parted(142)
    yield "left alone", o.Quieted(142, quiet=True)
    yield "no longer left alone", o.Quieted(142, quiet=False)
    yield "praise", o.Praised(142, given=True)
    yield "no praise", o.Praised(142, given=False)
    yield "may be quoted", o.QuoteKept(142, allowed=True)
    yield "may not be quoted", o.QuoteKept(142, allowed=False)
    yield "closed", o.Closed(142)
    yield "reopened", o.Reopened(142)
    yield "settled", o.Settled(142, True)
    yield "on hold", o.OnHold("conversation:142", True)
    yield "on hold, everything", o.OnHold("all", True)
    yield "on hold before", o.OnHold("account:1", False)
    yield "resumed", o.Resumed("all")
    yield "kept", o.Kept(142)
    yield "taken back after the shift", o.Kept(142, back=True)
    yield "snoozed", o.Snoozed(142, T + timedelta(days=1))
    yield "back from the snooze", o.Unsnoozed(142)
    for standing, sentence in WHY_NOT.items():
        yield f"refused: no right: {standing.value}", o.Refused(o.Why.NO_RIGHT, 142, sentence=sentence)
    for right in (Right.APPROVE, Right.MOVE, Right.LEAD):
        yield f"refused: no right: not {right.value}", o.Refused(o.Why.NO_RIGHT, 142, sentence=NEEDS[right])
    for why in o.Why:
        if why not in {o.Why.NO_RIGHT, o.Why.NOT_NOW, o.Why.BLOCKED}:
            yield (
                f"refused: {why.value}",
                o.Refused(why, 142, sentence=_SENTENCES.get(why, "care-teams"), holder=1, until=T, draft=2, idea=3),
            )
    yield "refused: blocked", o.Refused(o.Why.BLOCKED, 142, sentence="too_long", draft=2)
    for step in Step:
        for state in State:
            from models.lifecycle import SOURCES, Source, allows

            if SOURCES[step] is Source.MOVE and step is not Step.DISCARD_FOLLOWUP and not allows(state, step):
                name = f"refused: not now: {step.value} while {state.value}"
                yield name, o.Refused(o.Why.NOT_NOW, 142, state=state, step=step)


def cards() -> Iterator[tuple[str, str, Card]]:
    """Every card there is: page, name, card."""
    yield from people_cards()
    for name, facts in CONVERSATIONS.items():
        yield "conversation", name, conversation_card(facts, Policy(), T + 7 * MINUTE)
    for name, profile in PROFILES.items():
        yield "customer", name, customer_card(profile)
    for name, draft in DRAFTS.items():
        yield "draft", name, draft_card(draft, Policy(), T + 7 * MINUTE)
    yield "conversation", "open, movable", conversation_card(CARD, Policy(), T + 7 * MINUTE, movable=True)
    yield "conversation", "moved away", pointer_card(AWAY)
    yield "conversation", "moved away, a moment ago", pointer_card(replace(AWAY, link=None))
    yield "notices", "moved here", retold_card(CAME)
    yield "notices", "moved here, long ago", retold_card(replace(CAME, told=CAME.told * 3))
    yield "notices", "moved back here, nothing happened", retold_card(replace(CAME, told=(), back=True))
    by_route = replace(NOTICE, kind=EventKind.MOVED, rep=None, data={"channel": 2, "from_channel": 1, "route": 3})
    yield "notices", "moved by a route", notice_card(by_route)
    yield "notices", "is back", back_card(replace(NOTICE, kind=EventKind.MOVED, data=DATA[EventKind.MOVED]))
    for kind in TELLING:
        yield "notices", kind.value, notice_card(replace(NOTICE, kind=kind, data=DATA.get(kind, {})))
    for name, card in idea_cards():
        yield "ideas", name, card
    for name, outcome in outcomes():
        yield "answers", name, answer_card(outcome, PEOPLE, LINKS)
    for name, card in hints():
        yield "answers", name, card
    yield "draft", "with remarks", draft_card(next(iter(DRAFTS.values())), Policy(), T + 7 * MINUTE, heard=HEARD)
    yield "conversation", "others say the same", conversation_card(CARD, Policy(), T + 7 * MINUTE, storm=3)
    for name, storm in storms():
        yield "storms", name, storm
    for name, day in days():
        yield "summary", name, day
