"""Pictures of a draft: part of what is approved, byte for byte and word for word."""

from __future__ import annotations

from dataclasses import replace

from adapters.pictures import JPEG, TakenPictures
from bot.desk.attaching import NOT_TAKEN, attach
from bot.desk.outcomes import Drafted, Refused, Why
from bot.desk.picturing import AWAITED, NO_WORDS, NOT_SHOWN
from models.attachments import Pictured, pictures_of
from models.audit import verify
from models.reply import DraftKind
from tests.desk.conftest import Desk

TAKES = TakenPictures(count=2, size=1_000, kinds=frozenset({JPEG}), alt=100)
PICTURE = Pictured(of=1, digest="a" * 64, alt="The button", kind=JPEG, width=9, height=9, size=900)


async def given(desk: Desk, *pictures: Pictured, **more: object) -> Drafted | Refused:
    outcome = await desk.asks(attach, desk.people["bea"], pictures, **{"takes": TAKES, **more})
    assert isinstance(outcome, Drafted | Refused)
    return outcome


async def blocked(desk: Desk) -> str:
    return str(await desk.sees(lambda dossier: dossier.revision.blocked if dossier.revision else None))


async def test_a_picture_makes_another_draft_of_the_same_words_and_voids_what_was_approved(desk: Desk) -> None:
    first = await desk.drafts(desk.people["ana"])
    before = await desk.sees(lambda dossier: (dossier.revision.final, dossier.revision.digest))
    await desk.approved(desk.people["bea"], first.message)
    assert await desk.state() == "approved"
    made = await given(desk, PICTURE)
    assert isinstance(made, Drafted)
    assert await desk.state() == "drafted"
    after = await desk.sees(lambda dossier: (dossier.revision.final, dossier.revision.digest))
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)
    late = await desk.signs(desk.people["bea"], first.message)
    assert isinstance(late, Refused)
    assert late.why is Why.OLD_DRAFT
    # Who gave the picture has the last word: somebody else approves.
    assert (await desk.approved(desk.people["cyd"], made.message)).moved is not None
    assert (await verify(desk.world.store)).faults == ()


async def test_other_words_for_a_picture_are_another_draft(desk: Desk) -> None:
    await desk.drafts(desk.people["ana"])
    made = await given(desk, PICTURE)
    assert isinstance(made, Drafted)
    one = await desk.sees(lambda dossier: dossier.revision.digest)
    spoken = replace(PICTURE, alt="The red button")
    await desk.drafts(desk.people["ana"], base=made.draft, pictures=(spoken,), takes=TAKES)
    two = await desk.sees(lambda dossier: (dossier.revision.digest, pictures_of(dossier.revision.spans)))
    assert two[0] != one
    assert two[1] == (spoken,)


async def test_a_new_text_keeps_the_pictures_and_the_same_ones_change_nothing(desk: Desk) -> None:
    await desk.drafts(desk.people["ana"])
    made = await given(desk, PICTURE)
    assert isinstance(made, Drafted)
    again = await given(desk, PICTURE)
    assert isinstance(again, Refused)
    assert again.why is Why.UNCHANGED
    await desk.drafts(desk.people["ana"], "Better words.", base=made.draft, takes=TAKES)
    kept = await desk.sees(lambda dossier: (dossier.revision.final, pictures_of(dossier.revision.spans)))
    assert kept[1] == (PICTURE,)


async def test_what_cannot_go_out_is_shown_and_cannot_be_approved(desk: Desk) -> None:
    await desk.drafts(desk.people["ana"], awaits=True)
    assert await blocked(desk) == AWAITED
    await given(desk, PICTURE, takes=None)
    assert await blocked(desk) == "This platform takes no pictures from us: take them off."
    await given(desk, replace(PICTURE, digest="b" * 64), replace(PICTURE, digest="c" * 64))
    assert "takes 2 pictures, and there are 3" in await blocked(desk)


async def test_a_channel_may_want_words_for_every_picture(desk: Desk) -> None:
    silent = replace(PICTURE, alt=" ")
    await desk.drafts(desk.people["ana"])
    await given(desk, silent)
    assert await blocked(desk) == ""
    desk.policy(describe_pictures=True)
    await given(desk, replace(silent, digest="b" * 64))
    assert await blocked(desk) == NO_WORDS


async def test_nobody_approves_a_picture_that_the_chat_cannot_show(desk: Desk) -> None:
    await desk.drafts(desk.people["ana"])
    await given(desk, PICTURE, shows=False)
    assert await blocked(desk) == NOT_SHOWN


async def test_a_picture_that_could_not_be_had_is_named_and_holds_nothing_back(desk: Desk) -> None:
    await desk.drafts(desk.people["ana"], awaits=True)
    await given(desk, not_taken=("It moves.",))
    assert await blocked(desk) == ""
    assert await desk.sees(lambda dossier: dossier.revision.fit[NOT_TAKEN]) == ["It moves."]


async def test_without_a_draft_and_on_what_stands_already_there_is_nothing_to_give_it_to(desk: Desk) -> None:
    nothing = await given(desk, PICTURE)
    assert isinstance(nothing, Refused)
    assert nothing.why is Why.NO_DRAFT


async def test_a_private_answers_picture_does_not_become_public(desk: Desk) -> None:
    made = await desk.drafts(desk.people["ana"], kind=DraftKind.PRIVATE)
    given_to = await given(desk, PICTURE)
    assert isinstance(given_to, Drafted)
    await desk.drafts(desk.people["ana"], "In public.", base=given_to.draft, takes=TAKES)
    assert made.draft == 1
    assert await desk.sees(lambda dossier: pictures_of(dossier.revision.spans)) == ()
