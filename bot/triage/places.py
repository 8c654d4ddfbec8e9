"""Links in a text that the public cannot open, by what they look like; and the sentences of a text. Pure.

Whether a link that looks well leads anywhere is found by asking, which `dead_links.py` does.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

import regex

from bot.triage.members import only_for_members

#: An address of IPv6 stands in brackets, and is the only place for them.
_REST = r"[^\s<>\"”“)\]]"
_LINK = regex.compile(rf"(?:https?|ftp|smb)://(?:\[[\da-fA-F:.]+(?:%\w+)?\]{_REST}*|{_REST}+)")
#: A link as people write it: the name of a machine that has at least three parts, or a path behind it.
_BARE = regex.compile(
    rf"(?<![\w@./:\\-])(?:[a-z\d][a-z\d-]{{0,62}}\.){{1,6}}[a-z]{{2,24}}(?![\w@-])(?:/{_REST}*)?",
    regex.IGNORECASE,
)
_SHARE = regex.compile(r"\\\\[\w.-]+\\[\w$][^\s]*")
_SHORT = regex.compile(r"(?<![\w./@])go/[a-z0-9][\w-]+")
#: Names that no public server has (RFC 6762, RFC 8375, and what companies use all the same).
_ENDINGS = frozenset(
    {"internal", "local", "localdomain", "lan", "corp", "intranet", "intra", "private", "home", "arpa"}
)
#: What a machine is called that is not for customers.
_MACHINES = (
    "jira wiki confluence intranet intra grafana kibana prometheus jenkins gitlab staging stage uat preprod vpn corp "
    "servicedesk sharepoint internal admin backoffice crm argocd sentry splunk airflow metabase"
)
_INSIDE = frozenset(_MACHINES.split())
_EDITED = regex.compile(r"/edit\b|usp=sharing|/d/[\w-]{3,}")


def links(text: str) -> list[str]:
    """Each link that is written out, without the full stop behind it."""
    return [match.group().rstrip(".,;:!?") for match in _LINK.finditer(text)]


def _bare(text: str) -> list[str]:
    """Names of machines and services without https:// before them: enough to lead a colleague there."""
    found = []
    for match in _BARE.finditer(text):
        one = match.group().rstrip(".,;:!?")
        host, _, path = one.lower().partition("/")
        *names, _ = host.split(".")
        machine = len(names) > 1 and not _INSIDE.isdisjoint(names[:-1])
        if machine or (path and only_for_members(host, f"/{path}") is not None):
            found.append(one)
    return found


def internal(text: str, hosts: Collection[str] = ()) -> list[str]:
    """Each link that leads inside; `hosts` are further names of ours that the public cannot open."""
    inside = [one for one in links(text) if _inside(one, hosts)]
    inside += [one for one in _bare(_LINK.sub(" ", text)) if _inside(f"https://{one}", hosts)]
    inside += [match.group().rstrip(".,;:!?") for match in _SHARE.finditer(text)]
    return inside + [match.group() for match in _SHORT.finditer(text)]


def _inside(link: str, hosts: Collection[str]) -> bool:
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    if not host:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        # The page of the customer's own router, which every one has at the same place.
        router = host.endswith((".1", ".254")) and parts.path in ("", "/") and address.is_private
        return not router and (address.is_private or address.is_loopback or address.is_link_local)
    labels = host.split(".")
    if len(labels) == 1 or labels[-1] in _ENDINGS or not _INSIDE.isdisjoint(labels[:-1]):
        return True
    if any(host == one or host.endswith(f".{one}") for one in hosts):
        return True
    if (members := only_for_members(host, parts.path)) is not None:
        return members
    return labels[0] in {"docs", "drive", "sheets"} and _EDITED.search(f"{parts.path}?{parts.query}") is not None


#: The full stop of "3. Dezember" ends none.
_SENTENCES = regex.compile(r"(?<=[.!?…؟।])(?<!\b\d{1,2}\.)\s+|(?<=[。！？])|\n+")


def sentences(text: str) -> list[str]:
    """A text in sentences; an abbreviation may part one, which does no harm here."""
    return [one for one in _SENTENCES.split(text) if one.strip()]
