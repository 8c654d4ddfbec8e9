"""Which pictures a draft carries, and what keeps one with these from going out. Pure.

A draft says in `blocked` why it cannot be approved; whoever gives it a picture, or takes one off, makes the next one.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.pictures import Picture, TakenPictures, why_not
from models.attachments import Pictured, pictures_of
from models.permits import Policy
from models.reply import ANSWERS, DraftKind, Revision

#: Pictures were given and are being fetched: what is shown is not what will go out.
AWAITED = "pictures_awaited"
#: The chat cannot show pictures.
NOT_SHOWN = "pictures_not_shown"
#: The channel wants words for every picture.
NO_WORDS = "pictures_without_words"

#: Before the gaps that nobody filled.
GAPS = "gaps: "
#: Before the name of the model whose words these are, which nobody said to have read.
UNREAD = "unread: "


def standing(current: Revision | None, kind: DraftKind) -> tuple[Pictured, ...]:
    """The pictures of the draft that stands, as far as a draft of `kind` has any: what was meant for one pair of eyes
    does not come among what all will see, and what stands in public keeps its own."""
    if current is None or kind not in ANSWERS or current.kind != kind:
        return ()
    return pictures_of(current.spans)


def is_awaited(current: Revision | None) -> bool:
    """Whether more pictures are on their way to this draft."""
    return current is not None and current.blocked == AWAITED


def about_its_text(blocked: str) -> bool:
    """Whether a draft is blocked for its words, whatever its pictures are."""
    return blocked in {"too_long", "too_long_to_show"} or blocked.startswith(("leftovers: ", GAPS, UNREAD))


def objections(
    pictures: Sequence[Pictured], rules: Policy, takes: TakenPictures | None, *, awaited: bool, shows: bool
) -> str:
    """Why a draft with these cannot be approved, as `Revision.blocked` has it; "" when it can. `shows`: the chat can
    show pictures; where it cannot, nobody could approve what they see."""
    if awaited:
        return AWAITED
    if pictures and not shows:
        return NOT_SHOWN
    meant = [
        Picture(digest=one.digest, kind=one.kind, width=one.width, height=one.height, size=one.size, alt=one.alt)
        for one in pictures
    ]
    if sentence := why_not(meant, takes, where="This platform"):
        return sentence
    if rules.describe_pictures and any(not one.alt.strip() for one in pictures):
        return NO_WORDS
    return ""
