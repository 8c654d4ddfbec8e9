"""Writing together: what is saved, what is offered, what blocks, and what an approval is bound to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.desk import closing, drafting
from bot.desk.drafting import Writing, digest_of
from bot.desk.outcomes import Discarded, MergeOffered, Refused, Why
from models.conversation import Post
from models.erasing import erase_post
from models.journal import Event
from models.reply import DraftKind
from models.suggestions import Suggestion, suggestions_of
from models.telling import EventKind
from tests.conftest import Clock
from tests.desk.conftest import Desk, compose


async def tries(desk: Desk, who, words: str, base: int | None = None, **more):
    return await desk.asks(drafting.draft, who, Writing(words, base=base, **more), compose)


async def revision(desk: Desk):
    return await desk.sees(lambda dossier: dossier.revision)


async def test_the_text_that_goes_out_is_kept_whole_with_mention_and_sign_off(desk: Desk):
    await desk.drafts(desk.ana, "We look into it.", signoff="^AN")
    made = await revision(desk)
    assert (made.number, made.typed, made.final) == (1, "We look into it.", "@lou We look into it. ^AN")


async def test_an_edit_is_the_next_draft_and_remembers_everybody_who_wrote(desk: Desk):
    await desk.drafts(desk.ana, "One.")
    await desk.drafts(desk.bea, "Two.", base=1)
    await desk.drafts(desk.ana, "Three.", base=2)
    made = await revision(desk)
    assert (made.number, made.base, made.rep_id) == (3, 2, desk.ana.rep)
    assert made.authors == [desk.bea.rep, desk.ana.rep]


async def test_two_edits_of_one_draft_are_offered_together_and_nothing_is_saved(desk: Desk):
    await desk.drafts(desk.ana, "We are sorry. It comes soon.")
    await desk.drafts(desk.bea, "We are very sorry. It comes soon.", base=1)
    offered = await tries(desk, desk.cyd, "We are sorry. It comes on Monday.", base=1)
    assert isinstance(offered, MergeOffered)
    assert (offered.text, offered.conflicts) == ("We are very sorry. It comes on Monday.", ())
    assert (offered.base, offered.theirs_by) == (2, desk.bea.rep)
    assert (await revision(desk)).number == 2
    await desk.drafts(desk.cyd, offered.text, base=offered.base)
    assert (await revision(desk)).final == "@lou We are very sorry. It comes on Monday."


async def test_a_draft_begun_beside_an_empty_dialog_is_offered_with_the_one_that_came_between(desk: Desk):
    await desk.drafts(desk.ana, "One.")
    offered = await tries(desk, desk.bea, "Two.")
    assert isinstance(offered, MergeOffered)
    assert offered.conflicts == (("One", "Two"),) or "One" in offered.text
    assert "Two" in offered.text


async def test_saving_the_same_words_again_changes_nothing(desk: Desk):
    drafted = await desk.drafts(desk.ana, "One.")
    await desk.approved(desk.bea, drafted.message)
    assert (await tries(desk, desk.cyd, "One.", base=1)).why is Why.UNCHANGED
    assert await desk.state() == "approved"


async def test_the_very_answer_that_stands_there_is_not_drafted_again(desk: Desk, clock: Clock):
    """The chat gave up on a command, its writer gave it again, and the first one arrives after the answer."""
    drafted = await desk.drafts(desk.ana, "It comes on Monday.")
    await desk.approved(desk.bea, drafted.message)
    await desk.world.goes_out(desk.number)
    assert (await tries(desk, desk.ana, "It comes on Monday.")).why is Why.SAID_ALREADY
    assert await desk.state() == "answered"
    clock.forward(timedelta(minutes=1))
    await desk.world.says_more(desk.number, "And the other one?")
    await desk.drafts(desk.ana, "It comes on Monday.")


async def test_what_was_taken_away_or_goes_to_one_alone_may_be_said_again(desk: Desk):
    drafted = await desk.drafts(desk.ana, "It comes on Monday.")
    await desk.approved(desk.bea, drafted.message)
    delivery = await desk.world.goes_out(desk.number)
    private = await desk.drafts(desk.ana, "It comes on Monday.", kind=DraftKind.PRIVATE)
    await desk.asks(drafting.discard, desk.ana)
    assert private.draft == 2
    async with desk.world.store.work() as work:
        dossier = await desk.world.open(work, desk.number)
        ours = next(post for post in dossier.posts if post.delivery_id == delivery)
        ours.gone_at = work.now
    await desk.drafts(desk.ana, "It comes on Monday.")


async def test_a_correction_that_changes_nothing_is_refused(desk: Desk):
    drafted = await desk.drafts(desk.ana, "It comes on Monday.")
    await desk.approved(desk.bea, drafted.message)
    await desk.world.goes_out(desk.number)
    again = await tries(desk, desk.ana, "It comes on Monday.", kind=DraftKind.CORRECTION)
    assert again.why is Why.SAID_ALREADY
    await desk.drafts(desk.ana, "It comes on Tuesday.", kind=DraftKind.CORRECTION)


async def test_an_empty_draft_is_refused(desk: Desk):
    assert (await tries(desk, desk.ana, " \n ")).why is Why.EMPTY
    assert await desk.state() == "open"


@pytest.mark.parametrize(
    ("words", "more", "why"),
    [
        ("word " * 40, {}, "too_long"),
        ("Hi :acme-logo:", {"leftovers": (":acme-logo:",)}, "leftovers: :acme-logo:"),
    ],
)
async def test_what_cannot_go_out_is_saved_and_shown_and_cannot_be_approved(desk: Desk, words, more, why):
    drafted = await desk.drafts(desk.ana, words, **more)
    assert (await revision(desk)).blocked == why
    refused = await desk.signs(desk.bea, drafted.message)
    assert isinstance(refused, Refused)
    assert (refused.why, refused.sentence) == (Why.BLOCKED, why)


async def test_an_answer_goes_to_the_customers_last_post_and_a_correction_to_our_last_reply(desk: Desk, clock: Clock):
    clock.forward(timedelta(minutes=1))
    last = await desk.world.says_more(desk.number, "Hello?")
    drafted = await desk.drafts(desk.ana)
    assert (await revision(desk)).parent_id == last
    await desk.approved(desk.bea, drafted.message)
    clock.forward(timedelta(minutes=1))
    delivery = await desk.world.goes_out(desk.number)
    await desk.drafts(desk.ana, "It comes on Tuesday.", kind=DraftKind.CORRECTION)
    made = await revision(desk)
    ours = await desk.sees(lambda dossier: next(post for post in dossier.posts if post.id == made.parent_id))
    assert (ours.ours, ours.delivery_id) == (True, delivery)


async def test_there_is_nothing_to_correct_before_we_answered(desk: Desk):
    assert (await tries(desk, desk.ana, "Better.", kind=DraftKind.CORRECTION)).why is Why.NOTHING_THERE


async def test_a_draft_that_is_thrown_away_leaves_the_customer_waiting(desk: Desk):
    await desk.drafts(desk.ana)
    assert await desk.asks(drafting.discard, desk.bea) == Discarded(desk.number, 1)
    assert await desk.state() == "open"


async def test_a_follow_up_that_is_thrown_away_leaves_the_conversation_answered(desk: Desk, clock: Clock):
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    clock.forward(timedelta(minutes=1))
    await desk.world.goes_out(desk.number)
    await desk.drafts(desk.ana, "And one more thing.")
    await desk.asks(drafting.discard, desk.ana)
    assert await desk.state() == "answered"


async def test_a_draft_about_an_edit_after_our_reply_leaves_the_customer_waiting_when_it_is_thrown_away(
    desk: Desk, clock: Clock
):
    """Our reply stands last in the thread, and yet it answers something that the customer says no more."""
    post = await desk.sees(lambda dossier: dossier.posts[0].id)
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    clock.forward(timedelta(minutes=1))
    await desk.world.goes_out(desk.number)
    clock.forward(timedelta(minutes=1))
    await desk.world.edits(post, "It came, but broken!")
    assert await desk.state() == "open"
    await desk.drafts(desk.ana, "Oh no.")
    await desk.asks(drafting.discard, desk.ana)
    assert await desk.state() == "open"


async def test_a_reopened_conversation_is_open_again_when_its_draft_is_thrown_away(desk: Desk, clock: Clock):
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    clock.forward(timedelta(minutes=1))
    await desk.world.goes_out(desk.number)
    await desk.asks(closing.reopen, desk.ana)
    await desk.drafts(desk.ana, "We were too fast.")
    await desk.asks(drafting.discard, desk.ana)
    assert await desk.state() == "open"


def test_an_approval_is_bound_to_everything_that_a_customer_would_see():
    post = Post(ref="p1", visibility="public", warning="")
    given = {"kind": "reply", "account": 1, "parent": post, "final": "@lou Hello"}
    others = [
        {"kind": "correction"},
        {"account": 2},
        {"final": "@lou Hello "},
        *(
            {"parent": Post(**{"ref": "p1", "visibility": "public", "warning": "", **one})}
            for one in ({"ref": "p2"}, {"visibility": "direct"}, {"warning": "spoilers"})
        ),
    ]
    digests = {digest_of(**given), *(digest_of(**{**given, **other}) for other in others)}
    assert len(digests) == 1 + len(others)
    assert digest_of(**given) == digest_of(**{**given, "parent": replace_ref(post)})


def replace_ref(post: Post) -> Post:
    """The same post, read a second time."""
    return Post(ref=post.ref, visibility=post.visibility, warning=post.warning, words="anything")


async def test_a_gap_blocks_until_somebody_fills_it(desk: Desk):
    made = await desk.drafts(desk.ana, "Sorry ⟦name⟧! It comes on ⟦date⟧. ⟦name⟧")
    assert (await revision(desk)).blocked == "gaps: ⟦name⟧ ⟦date⟧"
    refused = await desk.signs(desk.bea, made.message)
    assert (refused.why, refused.sentence) == (Why.BLOCKED, "gaps: ⟦name⟧ ⟦date⟧")
    await desk.drafts(desk.ana, "Sorry ⟦name! It comes soon.", base=1)
    assert (await revision(desk)).blocked == "gaps: ⟦", "half a gap is one"
    made = await desk.drafts(desk.ana, "Sorry Lou! It comes soon.", base=2)
    await desk.approved(desk.bea, made.message)


async def suggests(desk: Desk, words: str) -> int:
    async with desk.world.store.work() as work:
        dossier = await desk.world.open(work, desk.number)
        post = dossier.customer_posts[-1]
        row = Suggestion(
            conversation_id=desk.number, post_id=post.id, version=1, model="tiny", words=words, rep_id=desk.ana.rep,
            at=work.now,
        )  # fmt: skip
        work.add(row)
        await work.flush()
        return row.id


async def test_a_models_words_are_approved_only_once_somebody_read_or_changed_them(desk: Desk):
    made = await suggests(desk, "We look for it right now.")
    first = await desk.drafts(desk.ana, "we look for it right now", suggestion=made)
    row = await revision(desk)
    assert (row.blocked, row.fit["suggested_by"]) == ("unread: tiny", "tiny")
    assert (await desk.signs(desk.bea, first.message)).why is Why.BLOCKED
    again = await tries(desk, desk.ana, "we look for it right now", base=1)
    assert isinstance(again, Refused)
    assert again.why is Why.UNCHANGED
    read = await desk.drafts(desk.ana, "we look for it right now", base=1, read=True)
    row = await revision(desk)
    assert (row.number, row.blocked, row.rep_id) == (2, "", desk.ana.rep), "a person is the author"
    async with desk.world.store.reading() as session:
        kind = EventKind.DRAFTED.value
        said = (await session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id))).all()
    assert [(one.rep_id, one.data["suggestion"], one.data["read"]) for one in said] == [
        (desk.ana.rep, made, False),
        (desk.ana.rep, made, True),
    ]
    await desk.approved(desk.bea, read.message)


async def test_words_of_ones_own_that_began_with_a_models_are_said_to(desk: Desk):
    made = await suggests(desk, "We look for it right now.")
    await desk.drafts(desk.ana, "I ask our depot, Lou.", suggestion=made)
    row = await revision(desk)
    assert (row.blocked, row.fit["suggestion"]) == ("", made)
    await desk.drafts(desk.bea, "I ask our depot today.", base=1)
    assert (await revision(desk)).fit["suggested_by"] == "tiny", "also when somebody else goes on with it"
    await desk.drafts(desk.ana, "We look for it right now.", base=2)
    assert (await revision(desk)).blocked == "unread: tiny", "typed again it is the model's again"
    async with desk.world.store.work() as work:
        dossier = await desk.world.open(work, desk.number)
        await erase_post(work, dossier.customer_posts[-1])
        assert await suggestions_of(work.session, desk.number) == []
