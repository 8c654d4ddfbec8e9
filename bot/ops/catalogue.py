"""What the platforms ask of an account, in the form in which the settings read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum

from adapters import registry
from adapters.settings import Setting, SettingError, declared, read_duration
from bot.settings.parsing import Parser, Wrong, one_of, text, whole, yes_or_no
from bot.settings.values import Catalogue, Declared


def catalogue() -> Catalogue:
    """Every registered platform. One is imported only when an account names it."""
    return Catalogue(platforms=registry.names(), asks=_asks, search_pause=_search_pause)


def _asks(platform: str) -> Sequence[Declared]:
    try:
        kind = registry.load(platform)
    except registry.Unusable as error:
        raise Wrong(str(error).rstrip("."), "mend that package, or take the account out") from error
    return [
        Declared(name=one.key, parser=_parser(one), needed=one.required, secret=one.secret, help=one.help)
        for one in declared(kind.settings)
    ]


def _search_pause(platform: str) -> timedelta | None:
    pace = registry.load(platform).declares.search_pace
    return None if pace is None else pace.per / pace.calls


def _parser(asked: Setting) -> Parser[object]:
    if asked.kind is timedelta:
        return _duration
    if issubclass(asked.kind, Enum):
        return one_of({str(member.value): member for member in asked.kind})
    return _BY_KIND[asked.kind]


def _duration(value: object) -> timedelta:
    try:
        return read_duration("", value)
    except SettingError as error:
        raise Wrong("is not a duration", error.sentence.rstrip(".")) from error


# 2**31: larger than anything an account counts.
_BY_KIND: dict[type, Parser[object]] = {str: text, bool: yes_or_no, int: whole(0, 2**31)}
