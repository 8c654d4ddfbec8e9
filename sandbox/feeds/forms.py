"""A feed in each of the forms there are: RSS 0.91 and 2.0, RDF (RSS 1.0), Atom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from xml.sax.saxutils import escape


class Form(StrEnum):
    OLD = "rss 0.91"
    RSS = "rss 2.0"
    RDF = "rdf"
    ATOM = "atom"


@dataclass(frozen=True, slots=True)
class Line:
    """One item as any form has it."""

    id: str
    page: str
    author: str
    html: str
    at: datetime
    edited_at: datetime | None
    title: str
    picture: str | None


def written(form: Form, home: str, lines: Sequence[Line]) -> tuple[str, str]:
    """Media type and document, the newest first."""
    kind, make = _FORMS[form]
    return kind, '<?xml version="1.0" encoding="utf-8"?>\n' + make(home, lines)


def _old(home: str, lines: Sequence[Line]) -> str:
    """No dates, no ids, no authors."""
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.page)}</link>"
        f"<description>{escape(one.html)}</description></item>"
        for one in lines
    )
    return f'<rss version="0.91"><channel><title>A blog</title><link>{home}</link>{items}</channel></rss>'


def _rss(home: str, lines: Sequence[Line]) -> str:
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.page)}</link>"
        f'<guid isPermaLink="false">{escape(one.id)}</guid><dc:creator>{escape(one.author)}</dc:creator>'
        f"<pubDate>{format_datetime(one.at)}</pubDate><description>{escape(one.html)}</description>"
        + (f'<enclosure url="{escape(one.picture)}" type="image/png" length="1"/>' if one.picture else "")
        + (f"<atom:updated>{one.edited_at.isoformat()}</atom:updated>" if one.edited_at else "")
        + "</item>"
        for one in lines
    )
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
    return f'<rss version="2.0" {spaces}><channel><title>A blog</title><link>{home}</link>{items}</channel></rss>'


def _rdf(home: str, lines: Sequence[Line]) -> str:
    items = "".join(
        f'<item rdf:about="{escape(one.page)}"><title>{escape(one.title)}</title><link>{escape(one.page)}</link>'
        f"<dc:creator>{escape(one.author)}</dc:creator><dc:date>{one.at.isoformat()}</dc:date>"
        f"<description>{escape(one.html)}</description></item>"
        for one in lines
    )
    spaces = (
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    )
    return f'<rdf:RDF {spaces}><channel rdf:about="{home}"><title>A blog</title></channel>{items}</rdf:RDF>'


def _atom(home: str, lines: Sequence[Line]) -> str:
    items = "".join(
        f"<entry><id>{escape(one.id)}</id><title>{escape(one.title)}</title>"
        f'<link rel="alternate" href="{escape(one.page)}"/><author><name>{escape(one.author)}</name></author>'
        f"<published>{one.at.isoformat()}</published><updated>{(one.edited_at or one.at).isoformat()}</updated>"
        f'<content type="html">{escape(one.html)}</content></entry>'
        for one in lines
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><id>{home}</id><title>A blog</title>{items}</feed>'


_FORMS: Mapping[Form, tuple[str, Callable[[str, Sequence[Line]], str]]] = {
    Form.OLD: ("text/xml", _old),
    Form.RSS: ("application/rss+xml", _rss),
    Form.RDF: ("application/rdf+xml", _rdf),
    Form.ATOM: ("application/atom+xml", _atom),
}
