"""Pictures with an answer: what fits, what stands there then with its words, and what is not taken for it."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.conformance.parts import Part, new_key, reply_to, skip_unless, the_post
from adapters.conformance.world import World
from adapters.contract import (
    CannotTell,
    Picture,
    Platform,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Reply,
    TakesPictures,
)
from adapters.pictures import PNG

NONE = "takes no pictures with an answer"


def a_picture(nth: int = 1, *, alt: str = "A blue square", side: int = 8) -> Picture:
    """A small PNG, another for each number."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = b"".join(b"\0" + bytes((nth * 40 % 256, 80, 160)) * side for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)
    digest = hashlib.sha256(data).hexdigest()
    return Picture(digest=digest, kind=PNG, width=side, height=side, size=len(data), alt=alt, data=data)


async def uploaded(platform: Platform, reply: Reply, pictures: Sequence[Picture]) -> Reply:
    """The reply with these, as `deliver` uploads them first."""
    assert isinstance(platform, TakesPictures)
    return replace(
        reply, pictures=tuple([replace(one, data=b"", handle=await platform.upload(one)) for one in pictures])
    )


class Picturing(Part):
    async def test_what_it_says_of_pictures_is_so(self, world: World, platform: Platform) -> None:
        takes = platform.limits().pictures
        assert isinstance(platform, TakesPictures) is (world.can.pictures > 0)
        assert (takes is not None) is (world.can.pictures > 0)
        if takes is not None:
            assert takes.count > 0
            assert PNG in takes.kinds

    async def test_an_answer_stands_there_with_its_pictures_and_their_words(
        self, world: World, platform: Platform
    ) -> None:
        skip_unless(world.can.pictures > 0, NONE)
        ref = await world.post("help")
        meant = [a_picture(1, alt="Press “OK” & wait <here>"), a_picture(2, alt="")]
        reply = await uploaded(platform, await reply_to(platform, ref, "Like this:"), meant)
        receipt = await platform.publish(reply, new_key())
        (shown,) = await world.replies(ref)
        assert [words for _, words in shown.pictures] == [one.alt for one in meant]
        assert all(data in (one.data, None) for (data, _), one in zip(shown.pictures, meant, strict=True))
        assert receipt.pictures == 2
        await world.settled()
        own = await the_post(platform, receipt.ref)
        assert [one.description or "" for one in own.media] == [one.alt for one in meant]

    async def test_pictures_that_it_does_not_take_are_refused_beforehand(
        self, world: World, platform: Platform
    ) -> None:
        skip_unless(world.can.pictures > 0, NONE)
        takes = platform.limits().pictures
        assert takes is not None
        reply = await reply_to(platform, await world.post("help"), "Like this:")
        one = a_picture()
        wrong: list[tuple[Picture, ...]] = [
            tuple(a_picture(nth) for nth in range(takes.count + 1)),
            (replace(one, kind="image/x-unheard-of"),),
            (replace(one, size=takes.size + 1),),
        ]
        if takes.pixels is not None:
            wrong.append((replace(one, width=takes.pixels, height=2),))
        if takes.alt is not None:
            wrong.append((replace(one, alt="x" * (takes.alt + 1)),))
        for pictures in wrong:
            refusal = await platform.preflight(replace(reply, pictures=pictures))
            assert isinstance(refusal, Refusal)
            assert refusal.reason is Reason.INVALID
            assert refusal.sentence.endswith(".")

    async def test_a_picture_that_was_not_uploaded_keeps_the_answer_back(
        self, world: World, platform: Platform
    ) -> None:
        skip_unless(world.can.pictures > 0, NONE)
        ref = await world.post("help")
        reply = replace(await reply_to(platform, ref, "Like this:"), pictures=(a_picture(),))
        with pytest.raises(Refused):
            await platform.publish(reply, new_key())
        assert await world.replies(ref) == []

    async def test_uploading_twice_shows_nobody_anything_and_one_answer_stands(
        self, world: World, platform: Platform
    ) -> None:
        skip_unless(world.can.pictures > 0, NONE)
        ref = await world.post("help")
        plain, key = await reply_to(platform, ref, "Like this:", tried=True), new_key()
        await uploaded(platform, plain, [a_picture()])
        reply = await uploaded(platform, plain, [a_picture()])
        assert await world.replies(ref) == []
        receipt = await platform.publish(reply, key)
        await world.settled()
        assert len(await world.replies(ref)) == 1
        found = await platform.find_own_reply(reply, key)
        assert isinstance(found, Receipt)
        assert (found.ref, found.pictures) == (receipt.ref, 1)

    async def test_the_same_words_without_the_picture_are_another_answer(
        self, world: World, platform: Platform
    ) -> None:
        skip_unless(world.can.pictures > 0 and world.can.finds, NONE)
        ref = await world.post("help")
        without = await reply_to(platform, ref, "Like this:", tried=True)
        await platform.publish(without, new_key())
        await world.settled()
        with_it = replace(without, pictures=(a_picture(),))
        assert isinstance(await platform.find_own_reply(with_it, new_key()), CannotTell)
