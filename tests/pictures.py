"""Pictures to share in tests: small, of any kind, and with what a camera would write into them."""

from __future__ import annotations

import io

from PIL import Image


def a_picture(
    form: str = "PNG", *, size: tuple[int, int] = (64, 48), colour: str = "#336699", exif: bool = False, **more: object
) -> bytes:
    """One in a single colour. `exif`: it says where it was taken, and that it was held upright."""
    image = Image.new("RGB", size, colour)
    image.putpixel((0, 0), (255, 0, 0))
    out = io.BytesIO()
    if exif:
        said = Image.Exif()
        said[0x010F] = "Secret Camera"
        said[0x0112] = 6  # turned by a quarter
        more["exif"] = said.tobytes()
    image.save(out, form, **more)
    return out.getvalue()


def opened(body: bytes) -> Image.Image:
    """The picture behind these bytes."""
    return Image.open(io.BytesIO(body))
