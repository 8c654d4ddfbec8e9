"""What a colleague would remark on a draft before it goes out: gently, never as a block. `listen` is pure.

Six things: as good as a recent answer of ours, another language than the customer's, personal data in public, a link
that the public cannot open, sorry without for what, and a promise of a time. (Dead links: `dead_links.py`.)
What of it a channel wants to hear is its own (`Listening`); how a remark sounds is the cards'.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Collection, Sequence

from bot.settings.triage import Listening, Remark
from bot.triage import personal, places
from bot.triage.copies import pieces, shared
from bot.triage.listening import Heard
from bot.triage.promises import is_question, may_only, promises
from bot.triage.tongue import language_of, script_of
from bot.triage.voice_words import Said, said_in

#: So much of all their pieces two answers share that are as good as the same: one sentence of three is another.
TOO_LIKE = 0.72
#: Shorter ones may repeat: "Thank you!", "You're welcome!".
LONG_ENOUGH = 30
#: Words of an apology's text that could be its reason; with fewer there is none.
REASONS = 3
#: The same where it names an inconvenience, which sounds like a reason and is none.
REASONS_BESIDE = 5


class Ear:
    """Listens, and remembers what it said of late: a card is shown anew far more often than a draft changes. Keeps
    hashes and remarks, no drafts."""

    def __init__(self, remembered: int = 200) -> None:
        self._most = remembered
        self._said: OrderedDict[bytes, tuple[Heard, ...]] = OrderedDict()

    async def listen(
        self, draft: str, *, post: str, language: str | None, recent: Sequence[str], listening: Listening
    ) -> tuple[Heard, ...]:
        """As `listen`, in a thread: the words of many languages are looked for."""
        everything = (
            draft,
            post,
            language,
            tuple(recent),
            sorted(listening.remarks),
            listening.ours,
            listening.internal,
        )
        key = hashlib.sha256(repr(everything).encode(errors="surrogatepass")).digest()
        if key in self._said:
            self._said.move_to_end(key)
            return self._said[key]
        heard = await asyncio.to_thread(listen, draft, post=post, language=language, recent=recent, listening=listening)
        self._said[key] = heard
        if len(self._said) > self._most:
            self._said.popitem(last=False)
        return heard


def listen(
    draft: str,
    *,
    post: str = "",
    language: str | None = None,
    recent: Sequence[str] = (),
    listening: Listening | None = None,
) -> tuple[Heard, ...]:
    """What is to be remarked on a draft that answers `post`, which is in `language` where somebody said so. `recent`
    are earlier answers of ours to others."""
    wanted = listening or Listening()
    ours = language_of(draft, sure=0.95)
    # Whose words to listen for: a guess is enough, since the words themselves have to be met.
    told = language.split("-")[0].lower() if language else None
    guesses = (
        language_of(draft, sure=0.3, fewest=2),
        language_of(post, sure=0.3, fewest=2),
        script_of(draft),
        told,
        "en",
    )
    tongues = tuple(dict.fromkeys(tongue for tongue in guesses if tongue is not None))
    found = [
        *_too_like(draft, recent),
        *_language(ours, post, language),
        *(Heard(Remark.EMAIL, one) for one in personal.emails(draft, wanted.ours)),
        *_numbers(draft, tongues),
        *(Heard(Remark.INTERNAL_LINK, one) for one in places.internal(draft, wanted.internal)),
    ]
    for tongue in tongues:
        if _bare_sorry(draft, said_in(tongue)):
            found.append(Heard(Remark.BARE_SORRY))
            break
    for tongue in tongues:
        if (when := _promise(draft, tongue)) is not None:
            found.append(Heard(Remark.PROMISE, when))
            break
    return tuple(one for one in found if one.remark in wanted.remarks)


def _too_like(draft: str, recent: Sequence[str]) -> list[Heard]:
    said = pieces(draft)
    if len(said) < LONG_ENOUGH:
        return []
    for one in recent:
        if shared(said, pieces(one))[0] >= TOO_LIKE:
            return [Heard(Remark.TOO_LIKE, one)]
    return []


def _language(ours: str | None, post: str, language: str | None) -> list[Heard]:
    # What the words say counts more than what the platform says: that is often the language of somebody's telephone.
    told = language.split("-")[0].lower() if language else None
    theirs = language_of(post, sure=0.8, fewest=3) or script_of(post) or told
    if {ours, theirs} == {"ja", "zh"} and script_of(post) == "zh":
        return []  # a few Chinese characters are Japanese as well
    return [Heard(Remark.LANGUAGE, theirs)] if ours is not None and theirs is not None and ours != theirs else []


def _numbers(draft: str, tongues: Collection[str]) -> list[Heard]:
    """What is a card is no telephone, and what is an order is neither."""
    cards = personal.cards(draft)
    called = tuple(one for tongue in tongues for one in said_in(tongue).order)
    orders = [one for one in personal.orders(draft, called) if one not in cards]
    rest = draft
    for one in (*cards, *orders):
        rest = rest.replace(one, " ")
    phones = personal.phones(rest, tongues)
    return [
        *(Heard(Remark.CARD, one) for one in cards),
        *(Heard(Remark.ORDER, one) for one in orders),
        *(Heard(Remark.PHONE, one) for one in phones),
    ]


def _bare_sorry(draft: str, said: Said) -> bool:
    if not said.sorry or not said.says(said.sorry, draft):
        return False
    beside = said.says(said.nothing, draft)
    return said.reasons(draft) < (REASONS_BESIDE if beside else REASONS)


def _promise(draft: str, tongue: str) -> str | None:
    """The sentence with a time by which something will be done."""
    said = said_in(tongue)
    for sentence in places.sentences(draft):
        if is_question(sentence):
            continue
        named = said.says(said.when, sentence) and not said.says(said.unless, sentence)
        if (named and not may_only(sentence, tongue)) or promises(sentence, tongue):
            return sentence
    return None
