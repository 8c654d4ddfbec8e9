"""Looking for a mail of ours: by the id that was chosen for it, else by what it answers and its words.

It answers only what the mailbox proves: the mail was taken, it was not, or we cannot tell.
"""

from __future__ import annotations

from datetime import timedelta

from adapters.mail_criteria import answers_criteria, bare, quoted, since
from adapters.mail_posts import Found, Letters
from adapters.mail_read import Wrote
from adapters.mail_settings import Filed
from adapters.posts import Absent, CannotTell, PostRef, Receipt, Reply, Visibility
from adapters.text import same_words

# How far the server's clock and ours may be apart, or ours may have jumped since the attempt.
SKEW = timedelta(minutes=10)


async def find(letters: Letters, reply: Reply, *, id: str, filed: Filed) -> Receipt | Absent | CannotTell:
    """Whether an earlier attempt of `reply` arrived. Raises as reading does.

    Our mail lies among what was sent, or came back to us as a copy. Or somebody answers it: then it has arrived.
    """
    for folder in letters.places:
        for one in await letters.find(folder, [f"HEADER Message-ID {quoted('<' + id + '>')}"]):
            if one.letter.name == id and letters.is_ours(one) and one.letter.wrote is not Wrote.BOUNCE:
                return receipt_of(letters, one)
    here: list[Found] = []
    for folder in letters.places:
        found = await letters.find(folder, [answers_criteria(bare(reply.parent.id))])
        here += [one for one in found if letters.is_ours(one) and PostRef(one.letter.name) not in reply.known]
    for one in here:
        if same_words(one.letter.text.plain, reply.text.plain):
            return receipt_of(letters, one)
    for folder in letters.places:
        if reply.attempts and await letters.find(folder, [answers_criteria(id)], most=1):
            return CannotTell("somebody has answered it, so it has arrived; the mail itself is not to be found")
    first = min(reply.attempts, default=None)
    if first is not None and any(one.letter.arrived >= first - SKEW for one in here):
        return CannotTell("our address answered that mail at that time with other words")
    if letters.sent is None:
        return CannotTell("the mailbox has no folder of sent mail that we know of")
    if filed is Filed.APPEND:
        return CannotTell("what was sent is filed only after the server took it: this does not tell whether it did")
    return Absent()


async def look(letters: Letters, receipt: Receipt) -> tuple[Visibility, str]:
    """What became of a mail that was sent, and what a server says of it: nothing heard means that it went."""
    delayed = ""
    for folder in letters.places:
        # Bounces quote what they are about; few servers find words in the parts where that is.
        criteria = [f"{since(receipt.at)} TEXT {quoted(receipt.ref.id)}", f'{since(receipt.at)} FROM "mailer-daemon"']
        criteria.append(f'{since(receipt.at)} FROM "postmaster"')
        for one in await letters.find(folder, criteria):
            failure = one.letter.failure
            if failure is None or receipt.ref.id not in failure.about:
                continue
            if failure.failed:
                return Visibility.REJECTED, failure.says
            delayed = failure.says if failure.delayed else delayed
    return (Visibility.PENDING, delayed) if delayed else (Visibility.VISIBLE, "")


def receipt_of(letters: Letters, found: Found) -> Receipt:
    post = letters.post(found, root=found.letter.parents[0] if found.letter.parents else found.letter.name)
    return Receipt(ref=post.ref, url=post.url, at=post.at, text=found.letter.text.plain)
