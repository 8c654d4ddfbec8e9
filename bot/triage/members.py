"""Pages that only members of a team can open, in services that have public pages, too. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import regex


class _Service(NamedTuple):
    """`host`: the end of its name; `members`: how paths begin that members alone can open, and `public` those of them
    that all can."""

    host: str
    members: str = ""
    public: str = r"(?!)"


_SERVICES: Final[Sequence[_Service]] = (
    _Service("atlassian.net", public=r"/servicedesk/customer|/wiki/external|/helpcenter"),
    _Service("bitbucket.org", r"/[^/]+/workspace|/account"),
    _Service("slack.com", r"/(?:archives|messages|files|client|team|canvas|app_redirect)\b"),
    _Service("discord.com", r"/channels/\d"),
    _Service("teams.microsoft.com", r"/l/"),
    _Service(
        "notion.so", r"/[^/?#]", r"/(?:product|help|pricing|templates|blog|about|releases|integrations|desktop)\b"
    ),
    _Service("app.notion.com"),
    _Service("zendesk.com", r"/agent\b"),
    _Service("freshdesk.com", r"/a/"),
    _Service("freshservice.com", r"/a/"),
    _Service("intercom.com", r"/a/"),
    _Service("gorgias.com", r"/app/"),
    _Service("app.hubspot.com"),
    _Service("app.frontapp.com"),
    _Service("lightning.force.com"),
    _Service("my.salesforce.com"),
    _Service("sharepoint.com"),
    _Service("officeapps.live.com"),
    _Service("outlook.office.com"),
    _Service("dev.azure.com"),
    _Service("visualstudio.com", r"/[^?#]+/_"),
    _Service("linear.app", r"/[^/]+/(?:issue|project|team|view|inbox)\b"),
    _Service("app.asana.com", r"/\d"),
    _Service("app.clickup.com"),
    _Service("monday.com", r"/boards/"),
    _Service("trello.com", r"/[bc]/"),
    _Service("miro.com", r"/app/"),
    _Service("quip.com", r"/[A-Za-z0-9]{12}\b"),
    _Service("airtable.com", r"/app"),
    _Service("youtrack.cloud", r"/(?:issue|agiles|articles)"),
    _Service("basecamp.com", r"/\d"),
    _Service("app.datadoghq.com"),
    _Service("pagerduty.com", r"/(?:incidents|service-directory)"),
    _Service("mail.google.com"),
    _Service("drive.google.com", r"/(?:drive|file|open)\b"),
    _Service(
        "docs.google.com", r"/\w+/(?:u/\d/)?d/(?!e/)[\w-]{3}|.*/edit\b", r".*/(?:viewform|formResponse|pub|embed)\b"
    ),
)
_PATHS = tuple((one.host, regex.compile(one.members), regex.compile(one.public)) for one in _SERVICES)


def only_for_members(host: str, path: str) -> bool | None:
    """Whether a page of a service can be opened by members alone; `host` in small letters. None: it is none of these
    services."""
    for name, members, public in _PATHS:
        if host == name or host.endswith(f".{name}"):
            return members.match(path) is not None and public.match(path) is None
    return None
