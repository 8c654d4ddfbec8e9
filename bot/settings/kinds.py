"""What one value in `twoway.toml` may look like: durations, hours, ids, addresses. Each is a parser."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.languages import is_language
from bot.settings.parsing import Table, Wrong, matching, one_of, shown, text, whole
from bot.settings.values import Holidays, Hours, Shift, Surface
from models.permits import OwnWords

# ------------------------------------------------------------------------------------------------- time

#: X takes 512 characters of a query, ours included (docs.x.com/x-api/posts/search); who needs more needs two searches.
LONGEST_SEARCH = 200

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: object) -> timedelta:
    """A number and its unit, as in "30s", "15m", "1h", "2d"; "0s" is none at all."""
    found = re.fullmatch(r"(\d{1,6})\s*(ms|[smhd])", value) if isinstance(value, str) else None
    if found is None:
        raise Wrong(f"{shown(value)} is not a duration", 'write a number and ms, s, m, h or d, as in "30s" or "2d"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def time_of_day(value: object) -> time:
    """Hours and minutes, as in "17:30"."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if found is None:
        raise Wrong(f"{shown(value)} is not a time of day", 'write hours and minutes in quotes, as in "17:30"')
    return time(int(found[1]), int(found[2]))


def zone(value: object) -> ZoneInfo:
    """A time zone by its name in the IANA list."""
    name = text(value)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: "Europe" is a folder of the list.
        near = difflib.get_close_matches(name, available_timezones(), n=1, cutoff=0.5)
        right = f'did you mean "{near[0]}"' if near else 'write a name such as "Europe/Berlin"'
        raise Wrong(f"{shown(value)} is not a time zone", right) from None


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours(value: object) -> Hours:
    """Shifts, as in "Mon-Fri 09:00-18:00, Sat 10:00-14:00", or "always"."""
    if value == "always":
        return Hours()
    right = 'write it as in "Mon-Fri 09:00-18:00, Sat 10:00-14:00", or "always"'
    shifts = []
    for part in text(value).split(","):
        found = re.fullmatch(r"([A-Za-z]{3})(?:-([A-Za-z]{3}))?\s+(\S+?)-(\S+)", part.strip())
        names = [name.lower() for name in (found.groups()[:2] if found else ()) if name]
        if found is None or not set(names) <= set(_DAYS):
            raise Wrong(f'"{part.strip()}" is not a shift', right)
        first, last = _DAYS.index(names[0]), _DAYS.index(names[-1])
        days = frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
        # "24:00" ends a day; for us that is the next day's beginning.
        end = time() if found[4] == "24:00" else time_of_day(found[4])
        shifts.append(Shift(days, time_of_day(found[3]), end))
    return Hours(tuple(shifts))


def holiday(value: object) -> date | tuple[int, int]:
    """A date, as in "2026-12-24", or a day of every year, as in "12-25"."""
    right = 'write a date in quotes, as in "2026-12-24", or month and day for every year, as in "12-25"'
    found = re.fullmatch(r"(?:(\d{4})-)?(\d\d)-(\d\d)", value) if isinstance(value, str) else None
    if found is None:
        raise Wrong(f"{shown(value)} is not a day", right)
    try:
        # 2024: a year that has every day.
        day = date(int(found[1] or 2024), int(found[2]), int(found[3]))
    except ValueError:
        raise Wrong(f"{shown(value)} is not a day", right) from None
    return day if found[1] else (day.month, day.day)


def holidays(days: tuple[date | tuple[int, int], ...]) -> Holidays:
    """All of them together."""
    dates = frozenset(day for day in days if isinstance(day, date))
    return Holidays(dates, frozenset(day for day in days if not isinstance(day, date)))


# ------------------------------------------------------------------------------------ ids, addresses, choices

#: What a sign may stand for, and what that is in the settings; "off" takes a default one away.
SIGN_VERBS: Mapping[str, str] = {
    "approve": "approve",
    "object": "object",
    "claim": "claim",
    "close": "close",
    "idea": "idea",
    "praise": "praise",
    "off": "",
}

_SURFACES: Mapping[Surface, tuple[str, str]] = {
    # What an id looks like there, and how to find it.
    Surface.SLACK: (
        r"[CG][A-Z0-9]{2,}",
        'write the id at the foot of the channel\'s details, as in "slack:C0CARE"',
    ),
    Surface.TEAMS: (r"19:\S+@thread\.\S+", 'write the id from "Get link to channel", as in "teams:19:…@thread.tacv2"'),
}


name = matching(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", "is not a name", "use letters, digits, - and _, at most 64 in all")
person = matching(
    r"[UWS][A-Z0-9]{2,}",
    "is not a member's or a group's id",
    'write the id from their profile ("Copy member ID"), as in "U0ANA", or a group\'s, as in "S0LEADS"',
)
command = matching(r"/[a-z0-9_-]{1,31}", "is not a slash command", 'write it as in "/acme-claim"')
command_prefix = matching(
    r"[a-z0-9_-]{0,20}", "cannot begin a slash command", 'use small letters, digits, - and _, as in "acme-"'
)
_LANGUAGE = ("is not a language", 'write its code, as in "en" or "pt-BR"')
_shaped_like_a_language = matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", *_LANGUAGE)


def language(value: object) -> str:
    """A code such as "en" or "pt-BR" that begins with a language there is."""
    code = _shaped_like_a_language(value)
    if not is_language(code):
        raise Wrong(f"{shown(value)} {_LANGUAGE[0]}", _LANGUAGE[1])
    return code


# 10: more people than that have never been asked about one reply; a larger number is a slip.
approvals = whole(1, 10, because=", since nothing goes out that nobody approved")

# 64: more threads than that only wait for each other.
threads = whole(0, 64, because=": 0 takes as many as the machine has")


def some_time(value: object) -> timedelta:
    read = duration(value)
    if not read:
        raise Wrong(f"{shown(value)} is no time at all", 'write at least "1s"')
    return read


def search(value: object) -> str:
    """What is looked for, in the platform's own way of asking: one line."""
    words = text(value)
    if len(words) > LONGEST_SEARCH or not words.isprintable():
        raise Wrong(f"{shown(value)} is no search", f"write one line of at most {LONGEST_SEARCH} characters")
    return words


def time_or_off(value: object) -> time | None:
    return None if value == "off" else time_of_day(value)


def own_words(value: object) -> tuple[OwnWords, timedelta]:
    words = {one.value: one for one in OwnWords if one is not OwnWords.AFTER}
    if isinstance(value, str) and value in words:
        return words[value], timedelta()
    if isinstance(value, str) and value.startswith("after "):
        return OwnWords.AFTER, some_time(value.removeprefix("after ").strip())
    right = 'write "refuse", "refuse-all", "after 15m" or "allow"'
    raise Wrong(f"{shown(value)} is not one of the choices", right)


def encryption_keys(value: object) -> str:
    """One key, or the new one and older ones behind it with commas: 32 bytes each, in either alphabet of base64."""
    for key in text(value).split(","):
        if re.fullmatch(r"[A-Za-z0-9+/_-]{43}=", key.strip()) is None:
            right = "make one by `openssl rand -base64 32`; a new one stands before the old one, with a comma between"
            raise Wrong("is no key of 32 bytes", right)
    return text(value)


def chat(value: object) -> tuple[Surface, str]:
    surface, _, chat_id = text(value).partition(":")
    if surface not in set(Surface):
        raise Wrong(f"{shown(value)} names no place to work", 'begin with "slack:" or "teams:"')
    pattern, right = _SURFACES[Surface(surface)]
    if re.fullmatch(pattern, chat_id) is None:
        raise Wrong(f"{shown(value)} does not hold a channel's id", right)
    return Surface(surface), chat_id


def signs(table: Table) -> dict[str, str]:
    """Emoji and what each stands for in this channel: "" for one that is switched off."""
    read = {}
    for key in table:
        if re.fullmatch(r":?[^\s:]+:?", key) is None:
            table.wrong(key, "is not an emoji's name", 'write it without skin tone, as in "thumbsup"')
        read[key.strip(":")] = table.take(key, one_of(SIGN_VERBS), "")
    return read


def database(value: object) -> str:
    given = text(value)
    right = 'write "sqlite:///twoway.db" or "postgresql://user@host/name"'
    if given.startswith("postgres://"):
        right = 'begin it with "postgresql://"'
    elif re.fullmatch(r"sqlite:///.+|postgresql://.+", given):
        return given
    # Not shown: it may hold a password.
    raise Wrong("is not the address of a database that Twoway knows", right)


def address(value: object, *, example: str) -> str:
    parts = urlsplit(text(value))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise Wrong(f"{shown(value)} is not a web address", f'write it whole, as in "{example}"')
    return parts.geturl()


def public_url(value: object) -> str:
    return address(value, example="https://care.example.com").rstrip("/")


def model_url(value: object) -> str:
    """Of a language model that speaks OpenAI's way, up to its version."""
    return address(value, example="http://127.0.0.1:11434/v1").rstrip("/")


def api_url(value: object) -> str:
    return address(value, example="https://slack.com/api/").rstrip("/") + "/"


def service_url(value: object) -> str:
    """Where the bot sends its token: nothing but https, or this very machine."""
    read = address(value, example="https://smba.trafficmanager.net/teams/").rstrip("/") + "/"
    if not read.startswith("https://") and not on_loopback(read):
        raise Wrong(f"{shown(value)} is not safe to send a token to", "begin it with https://")
    return read


def openid_url(value: object) -> str:
    read = address(value, example="https://login.botframework.com/v1/.well-known/openidconfiguration")
    if not read.startswith("https://") and not on_loopback(read):
        raise Wrong(f"{shown(value)} is not safe to take keys from", "begin it with https://")
    return read


def on_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guid(value: object) -> str:
    """An id of Microsoft's directory, in small letters."""
    given = text(value).strip().lower()
    # 13: Microsoft's own local playground ends its ids with one digit more.
    if re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12,13}", given) is None:
        right = 'write the object id from the directory, as in "7e4a0c11-93d5-4a57-8f0e-2d1c6b9a5e01"'
        raise Wrong(f"{shown(value)} is not a directory's id", right)
    return given


def listen(value: object) -> tuple[str, int]:
    found = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\s\[\]]+):(\d{1,5})", text(value))
    if found is None or int(found[2]) > 65535:
        raise Wrong(f"{shown(value)} is not a place to listen", 'write host and port, as in "127.0.0.1:8080"')
    return found[1].strip("[]"), int(found[2])
