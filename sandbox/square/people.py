"""The people on the square: the company's account and its customers, who are made when first named."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

_HANDLE = re.compile(r"@?([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@(\w+(?:[.-]+\w+)*(?::\d+)?))?", re.IGNORECASE)


@dataclass(slots=True)
class Person:
    """An account. `domain` is None for people of this server. `followed`: by the company's account."""

    id: str
    username: str
    domain: str | None
    display_name: str
    followers: int
    created_at: datetime
    bot: bool = False
    limited: bool = False
    followed: bool = True
    posts: int = 0
    last_post_at: datetime | None = None

    @property
    def acct(self) -> str:
        return f"{self.username}@{self.domain}" if self.domain else self.username


class People:
    """Everybody, by id and by handle. Handles do not mind upper or lower case."""

    def __init__(self) -> None:
        self._by_acct: dict[str, Person] = {}
        self._by_id: dict[str, Person] = {}
        self._ids = itertools.count(109_300_000_000_000_001)
        self.domain = "127.0.0.1"

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_id.values())

    def by_id(self, id: str) -> Person | None:
        return self._by_id.get(id)

    def find(self, handle: str) -> Person | None:
        """The person with this handle (`@lea`, `lea`, `@kim@elsewhere.example`), if there is one."""
        return self._by_acct.get("@".join(part for part in self._parts(handle) if part).lower())

    def make(
        self,
        handle: str,
        *,
        now: datetime,
        display_name: str | None = None,
        followers: int | None = None,
        bot: bool = False,
    ) -> Person:
        """The person with this handle, made if new; a name or a count given is taken over."""
        person = self.find(handle)
        if person is None:
            username, domain = self._parts(handle)
            shown = display_name if display_name is not None else username.replace("_", " ").title()
            person = Person(str(next(self._ids)), username, domain, shown, followers or 0, created_at=now, bot=bot)
            self._by_acct[person.acct.lower()] = person
            self._by_id[person.id] = person
        if display_name is not None:
            person.display_name = display_name
        if followers is not None:
            person.followers = followers
        return person

    def _parts(self, handle: str) -> tuple[str, str | None]:
        matched = _HANDLE.fullmatch(handle.strip())
        if matched is None:
            raise ValueError(f"{handle!r} is no handle; write @name or @name@server.example")
        domain = matched[2]
        return matched[1], None if domain is None or domain.lower() == self.domain.lower() else domain
