"""Files that are made to harm whoever reads them, and pictures that say more than they show."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Mapping

import pytest
from PIL import Image

from adapters.pictures import JPEG, PNG, TakenPictures
from bot.clean import Refused, cleaned
from bot.cleaning import MOST_BYTES, MOST_PIXELS, NotTaken, clean
from tests.pictures import a_picture, opened

TAKES = TakenPictures(count=4, size=1_000_000, kinds=frozenset({JPEG, PNG}))


def asked(**more: object) -> dict[str, object]:
    usual: dict[str, object] = {"kinds": [JPEG, PNG], "bytes": 900_000, "pixels": 30_000_000, "side": 2560}
    return {**usual, "most": MOST_PIXELS, **more}


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose head claims so many pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0" * 64)
    parts = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in (head, body)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def moving() -> bytes:
    one, two = opened(a_picture("GIF")).convert("P"), opened(a_picture("GIF", colour="#993333")).convert("P")
    out = io.BytesIO()
    one.save(out, "GIF", save_all=True, append_images=[two])
    return out.getvalue()


def test_what_is_no_picture_or_none_that_can_be_sent_is_refused_whatever_it_is_called() -> None:
    files: Mapping[str, tuple[bytes, str]] = {
        "nothing": (b"", "not_a_picture"),
        "a page": (b"<html><script>alert(1)</script>", "not_a_picture"),
        "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "not_a_picture"),
        "pdf": (b"%PDF-1.7\n", "not_a_picture"),
        "a program": (b"MZ\x90\0" + bytes(500), "not_a_picture"),
        "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_a_picture"),
        "tiff": (b"II*\0" + bytes(100), "not_a_picture"),
        "heic": (b"\0\0\0\x18ftypheic" + bytes(100), "heic"),
        "a gif that moves": (moving(), "moving"),
        "half a jpeg": (a_picture("JPEG", size=(400, 400))[:900], "broken"),
        "60,000 pixels wide and high": (claiming(60_000, 60_000), "too_many_pixels"),
    }
    found = {}
    for name, (raw, _) in files.items():
        try:
            found[name] = cleaned(raw, asked())[0]
        except Refused as refused:
            found[name] = str(refused)
    assert found == {name: code for name, (_, code) in files.items()}


def test_nothing_that_a_camera_or_anybody_else_wrote_into_a_picture_comes_along() -> None:
    behind = b"PK\x03\x04 a zip behind it, with a secret"
    for form in ("JPEG", "PNG", "WEBP"):
        kind, made, data = cleaned(a_picture(form, exif=True) + behind, asked())
        assert made.size == (48, 64), form  # turned as it was held
        assert b"Secret Camera" not in data, form
        assert b"secret" not in data, form
        again = opened(data)
        assert dict(again.getexif()) == {}, form
        assert not {"exif", "comment", "xmp", "icc_profile"} & set(again.info), form
        assert kind == (PNG if form == "PNG" else JPEG), form


def test_a_picture_becomes_small_enough_and_is_never_cut() -> None:
    noise = Image.effect_noise((900, 600), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "PNG")
    kind, made, data = cleaned(out.getvalue(), asked(bytes=60_000))
    assert (kind, len(data) <= 60_000) == (JPEG, True)
    assert made.width / made.height == pytest.approx(1.5, abs=0.02)
    _, made, _ = cleaned(a_picture(size=(4000, 1000)), asked(side=1000))
    assert made.size == (1000, 250)
    _, made, _ = cleaned(a_picture(size=(400, 400)), asked(pixels=40_000))
    assert made.width * made.height <= 40_000
    kind, _, _ = cleaned(a_picture(), asked(kinds=[JPEG]))
    assert kind == JPEG
    with pytest.raises(Refused, match="cannot_fit"):
        cleaned(out.getvalue(), asked(bytes=300))


async def test_what_reads_a_picture_is_a_program_of_its_own_that_ends_with_it() -> None:
    made = await clean(a_picture("PNG", size=(30, 20)), TAKES)
    assert (made.kind, made.width, made.height, opened(made.data).size) == (PNG, 30, 20, (30, 20))
    with pytest.raises(NotTaken, match="not_a_picture"):
        await clean(b"MZ", TAKES)
    with pytest.raises(NotTaken, match="too_large"):
        await clean(b"\xff\xd8\xff" + bytes(MOST_BYTES), TAKES)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("print('what?')", "ended with 0"),
        ('print(\'{"kind": "image/svg+xml", "width": 1, "height": 1}\'); print(\'<svg/>\')', "cannot_fit"),
        ("import os; os.abort()", "ended with"),
        ("raise SystemExit(3)", "ended with 3"),
    ],
)
async def test_whatever_becomes_of_that_program_there_is_no_picture_and_a_sentence(says: str, why: str) -> None:
    with pytest.raises(NotTaken, match=why) as caught:
        await clean(a_picture(), TAKES, program=(sys.executable, "-c", says))
    assert caught.value.sentence.endswith(".")
