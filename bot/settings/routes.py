"""Reads `[[routes]]`: which posts come to which channel, and what is wrong between them and the rest of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.settings import kinds
from bot.settings.parsing import Mistake, Table, Wrong, did_you_mean, many, matching, shown, text, whole
from bot.settings.triage import Route
from bot.settings.values import AccountSettings, ChannelSettings
from bot.triage.lines import phrase_of

#: What a reader may say that a post is, and the levels of urgency: as the words of triage have them.
KINDS = ("complaint", "question", "praise", "idea", "other", "spam")
MOST_URGENT = 3
#: More followers than anybody has.
MOST_REACH = 10**10


def phrase(value: object) -> str:
    """Words to look for, as the rules of triage write them."""
    line = text(value)
    try:
        phrase_of(line)
    except ValueError as error:
        raise Wrong(str(error), 'write words, as in "refund|money_back" or "cancel .. account"') from None
    return line


kind = matching("|".join(KINDS), "is not a kind of post", "write one of " + ", ".join(KINDS))


def route(table: Table) -> Route:
    """One `[[routes]]` table."""
    read = Route(
        to=table.need("to", kinds.name, "", right="name the channel that these posts come to"),
        accounts=table.take("accounts", many(text), ()),
        platforms=table.take("platforms", many(text), ()),
        languages=table.take("languages", many(kinds.language), ()),
        words=table.take("words", many(phrase), ()),
        reach=table.take("reach", whole(1, MOST_REACH), None),
        kinds=table.take("kinds", many(kind), ()),
        topics=table.take("topics", many(text), ()),
        urgency=table.take("urgency", whole(1, MOST_URGENT), None),
    )
    table.finish()
    return read


def between(
    routes: Sequence[Route],
    accounts: Sequence[AccountSettings],
    channels: Sequence[ChannelSettings],
    file: str,
) -> Iterator[Mistake]:
    """Routes to channels and from accounts that are not there, and routes that no post can reach."""
    names = {one.name for one in accounts}
    platforms = {one.platform for one in accounts}
    there = {one.name for one in channels}
    for number, one in enumerate(routes, start=1):
        where = f"routes.{number}"
        if one.to not in there:
            yield Mistake(file, f"{where}.to", f"{shown(one.to)} is not a channel", did_you_mean(one.to, there))
        for account in one.accounts:
            if account not in names:
                wrong = f"{shown(account)} is not an account"
                yield Mistake(file, f"{where}.accounts", wrong, did_you_mean(account, names))
        for platform in one.platforms:
            if platform not in platforms:
                wrong = f"{shown(platform)} is no account's platform"
                yield Mistake(file, f"{where}.platforms", wrong, did_you_mean(platform, platforms))
        if not one.asks and number < len(routes):
            wrong = "asks nothing, so that every post meets it and those below are never reached"
            yield Mistake(file, where, wrong, "put it last, or say which posts it is for")
