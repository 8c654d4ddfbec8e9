"""A reply's pictures to a real server of the Mastodon kind: before the reply, the approved bytes, or not at all."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import update

from adapters.pictures import PNG
from bot.desk.attaching import attach
from bot.desk.outcomes import Drafted
from models.attachments import Attachment, Pictured, forget_pictures
from models.lifecycle import State
from sandbox.square.faults import Fault
from tests.pictures import a_picture
from tests.publishing.conftest import House

BODY = a_picture("PNG")


async def waits(house: House) -> tuple[int, object]:
    """A draft with a picture waits for approval: its conversation, and the customer's post; approved at the end."""
    number, status = await house.hear()
    await house.draft(number, "@lea press this ^AN")
    async with house.store.work() as work:
        row = Attachment(
            name=f"n{number}", batch="b", conversation_id=number, rep_id=house.ana, surface="slack", alt="",
            at=work.now, digest=hashlib.sha256(BODY).hexdigest(), kind=PNG, width=64, height=48, size=len(BODY),
            data=BODY,
        )  # fmt: skip
        work.add(row)
        await work.flush()
        one = Pictured(row.id, row.digest, "The button", PNG, 64, 48, len(BODY))
    async with house.dossier(number) as dossier:
        takes = house.platform.limits().pictures
        made = await attach(dossier, house.actor(house.ana), [one], takes=takes)
        assert isinstance(made, Drafted)
    await house.approve(number, made.message)
    return number, status


async def test_the_reply_carries_the_approved_bytes_and_their_words(house: House) -> None:
    number, status = await waits(house)
    async with house.publishing():
        await house.until(number, State.ANSWERED)
    (reply,) = house.square.replies_to(status)
    assert [(one.body, one.description) for one in reply.now.media] == [(BODY, "The button")]


async def test_a_picture_that_the_server_still_processes_is_waited_for(house: House) -> None:
    house.square.server.media_takes = 0.3
    number, status = await waits(house)
    async with house.publishing():
        await house.until(number, State.ANSWERED)
    (reply,) = house.square.replies_to(status)
    assert len(reply.now.media) == 1


async def test_other_bytes_than_were_approved_and_bytes_that_are_gone_send_nothing(house: House) -> None:
    for spoiled in ({"data": BODY + b"!"}, {}):
        number, status = await waits(house)
        async with house.store.work() as work:
            if spoiled:
                await work.session.execute(
                    update(Attachment).where(Attachment.conversation_id == number).values(**spoiled)
                )
            else:
                await forget_pictures(work, number)
        async with house.publishing():
            await house.until(number, State.DRAFTED)
        assert house.square.replies_to(status) == []
        (delivery,) = await house.deliveries(number)
        assert delivery.why == "A picture of this draft is not kept any more. Give it again."
    assert house.square.server.world.media == {}


async def test_a_reply_that_waits_uploads_once_and_one_that_was_lost_is_not_sent_twice(house: House) -> None:
    house.square.fault(Fault.ACCEPT_AND_DROP, times=1)
    number, status = await waits(house)
    async with house.publishing():
        await house.until(number, State.UNSURE)
        house.forward(timedelta(seconds=30))
        await house.until(number, State.ANSWERED)
    (reply,) = house.square.replies_to(status)
    assert len(reply.now.media) == 1
    assert len(house.square.server.world.media) == 1
