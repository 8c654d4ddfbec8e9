"""A review as every shop has it: stars, a title, words, and one place for the owner's answer. Pure.

What a shop says is read by each platform; asking and answering are in `reviews`, hearing is in `reviews_listen`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from adapters.posts import THE_ANSWER, Author, Media, MediaKind, PostRef, PublicPost, Visibility
from adapters.text import Text

MOST_STARS = 5
ANSWER = "#answer"  # behind a review's id: the one answer to it


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What stands under a review in our name, by whatever tool it was written. `why`: what the shop says of a no."""

    words: str
    at: datetime
    shown: Visibility = Visibility.VISIBLE
    why: str = ""
    id: str = ""  # its own, where it has one


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """One review as its shop shows it now. `changed`: when its author last changed it, where the shop says so."""

    id: str
    stars: int
    title: str
    words: str
    author: Author
    at: datetime
    changed: datetime | None = None
    language: str | None = None
    url: str | None = None
    about: str = ""  # what the shop adds: device, version, country
    answer: Answer | None = None

    @property
    def listed(self) -> datetime:
        """Where it stands in the order of a list: by when it last changed, where the shop tells that."""
        return self.changed or self.at

    @property
    def said(self) -> str:
        """Its words as people read them. The stars are a part of what is said: a rating that turned is an edit."""
        first = f"{stars(self.stars)} {self.title}".strip()
        return "\n".join(line for line in (first, self.words) if line)

    @property
    def fingerprint(self) -> str:
        return mark(self.said)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, the newest first; `more` asks for the next one, "" at the end. `left`: how many of it
    cannot be read."""

    reviews: Sequence[Review]
    more: str = ""
    left: int = 0


def stars(number: int) -> str:
    """Two of five: ★★☆☆☆."""
    return "★" * number + "☆" * (MOST_STARS - number) if 1 <= number <= MOST_STARS else ""


def mark(words: str) -> str:
    """What is remembered of words that were told."""
    return sha256(words.encode("utf-8", "replace")).hexdigest()[:16]


def answer_to(id: str) -> PostRef:
    """The place for an answer to a review."""
    return PostRef(id + ANSWER)


def review_of(ref: PostRef) -> str:
    """The id of the review that a post is, or answers."""
    return ref.id.removesuffix(ANSWER)


def is_answer(ref: PostRef) -> bool:
    return ref.id.endswith(ANSWER)


def as_post(review: Review, *, at: datetime, edited_at: datetime | None) -> PublicPost:
    """A review as a post. `at`: when it was seen first, where the shop tells only of its last change."""
    about: tuple[Media, ...] = ()
    if review.about and review.url:
        about = (Media(MediaKind.OTHER, review.url, description=review.about, context=True),)
    return PublicPost(
        ref=PostRef(review.id),
        root=PostRef(review.id),
        parent=None,
        author=review.author,
        text=Text.of(review.said),
        at=at,
        edited_at=edited_at,
        language=review.language,
        url=review.url,
        media=about,
        extra={"stars": review.stars},
    )


def answer_post(review: Review, answer: Answer, *, me: Author, edited_at: datetime | None = None) -> PublicPost:
    """The answer that stands under a review, as a post of ours."""
    return PublicPost(
        ref=answer_to(review.id),
        root=PostRef(review.id),
        parent=PostRef(review.id),
        author=me,
        text=Text.of(answer.words),
        at=answer.at,
        edited_at=edited_at,
        url=review.url,
        ours=True,
        shown=answer.shown,
        extra={THE_ANSWER: True},
    )
