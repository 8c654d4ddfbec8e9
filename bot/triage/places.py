"""Links in a text that the public cannot open, by what they look like; and the sentences of a text. Pure.

Whether a link that looks well leads anywhere is found by asking, which `dead_links.py` does.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

import regex

_LINK = regex.compile(r"(?:https?|ftp|smb)://[^\s<>\"”“)\]]+")
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


def internal(text: str, hosts: Collection[str] = ()) -> list[str]:
    """Each link that leads inside; `hosts` are further names of ours that the public cannot open."""
    inside = [one for one in links(text) if _inside(one, hosts)]
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
    return labels[0] in {"docs", "drive", "sheets"} and _EDITED.search(f"{parts.path}?{parts.query}") is not None


_SENTENCES = regex.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")


def sentences(text: str) -> list[str]:
    """A text in sentences; an abbreviation may part one, which does no harm here."""
    return [one for one in _SENTENCES.split(text) if one.strip()]
