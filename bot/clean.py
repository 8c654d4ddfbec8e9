"""Makes one picture ready: its bytes on stdin, what is wanted as JSON in the arguments; on stdout a line of JSON, then
the picture. A program of its own, so that its library is never in the bot.

    python -m bot.clean '{"kinds": ["image/jpeg"], "bytes": 900000, "pixels": 30000000, "side": 2560, "most": 1e8}'

It is drawn anew from its pixels: nothing else that stood in the file (where it was taken, with what, thumbnails,
comments, whatever was hung on behind it) comes along. One that has to become smaller does; none is cut.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

JPEG, PNG = "image/jpeg", "image/png"

#: So much memory (bytes) and time (seconds of work) one picture may take, where the system can bound it: 120 million
#: pixels of four bytes, twice, and the library.
MEMORY, SECONDS = 1_500_000_000, 30

#: From the first to the last resort: how good, and how large a part of its sides.
QUALITIES = (90, 85, 78, 70)
SCALES = (1.0, 0.8, 0.64, 0.5, 0.35, 0.25)


class Refused(Exception):
    """It will not be taken; the word says why (`bot.cleaning.SENTENCES`)."""


def bound() -> None:
    """From here on this process is ended by the system before it takes more."""
    try:
        import resource
    except ImportError:  # not on Windows: there the time limit of whoever began us has to do
        return
    for which, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        with suppress(ValueError, OSError):  # a bound that is lower already
            resource.setrlimit(which, (most, most))


def opened(raw: bytes, most_pixels: int) -> Image:
    """The picture, not decoded yet: what its first bytes say it is, and how large it claims to be."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # we look ourselves, before anything is decoded
    if raw[4:8] == b"ftyp" and raw[8:12] in {b"heic", b"heix", b"mif1", b"msf1", b"hevc"}:
        raise Refused("heic")
    try:
        image = Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP", "GIF"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refused("not_a_picture") from error
    width, height = image.size
    if width * height > most_pixels:
        raise Refused("too_many_pixels")
    if getattr(image, "n_frames", 1) > 1:
        raise Refused("moving")
    return image


def drawn(image: Image, side: int) -> Image:
    """Its pixels alone: turned as it was held, in the colours that screens expect, with no side longer than `side`."""
    from PIL import Image, ImageOps

    try:
        image.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise Refused("broken") from error
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode not in ("RGB", "L"):
        clear = "A" in image.getbands() or "transparency" in image.info
        image = image.convert("RGBA" if clear else "RGB")
    if image.mode == "L":
        image = image.convert("RGB")
    if profile:
        image = _as_srgb(image, profile)
    plain = Image.new(image.mode, image.size)
    plain.paste(image)
    plain.thumbnail((side, side), Image.Resampling.LANCZOS)
    return plain


def _as_srgb(image: Image, profile: bytes) -> Image:
    """Phones use wider colours; without their profile these look dull. A profile that cannot be read is left out."""
    from PIL import ImageCms

    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        done = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode=image.mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return done if done is not None else image


def tries(image: Image, *, png: bool, jpeg: bool) -> Iterator[tuple[str, Image, bytes]]:
    """One after the other until one fits: as PNG where it came so, then as JPEG, ever smaller."""
    from PIL import Image as library

    for scale in SCALES:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        smaller = image if scale == 1.0 else image.resize(size, library.Resampling.LANCZOS)
        if png:
            yield PNG, smaller, _saved(smaller, "PNG", {"optimize": True})
        if jpeg:
            flat = smaller
            if smaller.mode == "RGBA":
                flat = library.new("RGB", smaller.size, "white")
                flat.paste(smaller, mask=smaller.getchannel("A"))
            for quality in QUALITIES:
                yield JPEG, flat, _saved(flat, "JPEG", {"quality": quality, "optimize": True, "progressive": True})


def _saved(image: Image, form: str, options: dict[str, object]) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def cleaned(raw: bytes, asked: dict[str, object]) -> tuple[str, Image, bytes]:
    """What goes out: its kind, the picture, its bytes. Raises Refused."""
    kinds = asked["kinds"]
    most, pixels, side = int(str(asked["bytes"])), int(str(asked["pixels"])), int(str(asked["side"]))
    image = opened(raw, int(float(str(asked["most"]))))
    lossless = image.format in {"PNG", "GIF"}
    plain = drawn(image, side)
    jpeg, png = JPEG in str(kinds), PNG in str(kinds)
    for kind, made, data in tries(plain, png=png and (lossless or not jpeg), jpeg=jpeg):
        if len(data) <= most and made.width * made.height <= pixels:
            return kind, made, data
    raise Refused("cannot_fit")


def main() -> int:
    bound()
    raw = sys.stdin.buffer.read()
    try:
        kind, made, data = cleaned(raw, json.loads(sys.argv[1]))
    except Refused as refused:
        sys.stdout.write(json.dumps({"refused": str(refused)}) + "\n")
        return 1
    except MemoryError:
        sys.stdout.write(json.dumps({"refused": "too_many_pixels"}) + "\n")
        return 1
    head = json.dumps({"kind": kind, "width": made.width, "height": made.height})
    sys.stdout.buffer.write(head.encode() + b"\n" + data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
