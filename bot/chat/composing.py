"""From what people typed to the exact text that goes out: sign-off, mention, length. Pure, no network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import cast

from adapters.contract import JSON, Audience, Author, Platform, PostRef, PublicPost, Text
from bot.desk.drafting import Composed
from models.conversation import Post
from models.reading.values import CustomerFacts


def compose(platform: Platform, *, parent: Post, author: CustomerFacts | None, typed: str, signoff: str) -> Composed:
    """What goes out under `parent`, and how it fits by the platform's rules."""
    words = f"{typed} {signoff}" if signoff and not typed.rstrip().endswith(signoff) else typed
    final = platform.compose(Text.of(words), public_post(parent, author))
    fit = platform.fit(final, warning=parent.warning or None)
    return Composed(
        final=final.plain,
        spans=cast("list[object]", final.to_json()),
        fits=fit.fits,
        fit={"length": fit.length, "limit": fit.limit, "unit": fit.unit.value, "lost": list(fit.lost)},
    )


def public_post(row: Post, author: CustomerFacts | None) -> PublicPost:
    """A stored post as the platform knows it; without its text, which composing does not need."""
    who = Author(ref="", handle="", name="")
    if author is not None:
        who = Author(ref=str(author.identity), handle=author.handle, name=author.name)
    return PublicPost(
        ref=PostRef(row.ref),
        root=None,
        parent=PostRef(row.parent) if row.parent else None,
        author=who,
        text=Text(),
        at=row.at.astimezone(UTC),
        visibility=Audience(row.visibility),
        language=row.language,
        warning=row.warning or None,
        url=row.url,
        ours=row.ours,
        extra=cast("Mapping[str, JSON]", row.extra),
    )
