"""What a person sees in a browser: a status with its thread, a profile, avatars and media."""

import html
from datetime import datetime

from aiohttp import web

from sandbox.square.pictures import picture
from sandbox.square.server import Server
from sandbox.square.world import Rejected, Status, sees

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --ours: #6364ff; }
body { font: 17px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
article { border: 1px solid var(--line); border-radius: 12px; padding: 1rem; margin: .75rem 0; }
article.main { border-width: 2px; border-color: var(--ours); }
header { display: flex; gap: .75rem; align-items: center; }
header img { width: 44px; height: 44px; border-radius: 10px; }
.handle, footer { opacity: .7; font-size: .85rem; } .invisible { display: none; }
.ellipsis::after { content: "…"; } a { color: var(--ours); } figure { margin: .5rem 0; }
figure img { max-width: 100%; border-radius: 8px; }
"""


class Pages:
    """Pages for people. They show public posts only."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._world = server.world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/avatars/{id}.png", self.avatar),
            web.get("/media/{id}", self.media),
            web.get("/@{acct}/{id}", self.status),
            web.get("/@{acct}", self.profile),
            web.get("/ap/users/{person}/statuses/{id}", self.status),
        ]

    async def avatar(self, request: web.Request) -> web.Response:
        person = self._world.people.by_id(request.match_info["id"])
        if person is None:
            return web.Response(status=404)
        return web.Response(body=picture(person.acct), content_type="image/png")

    async def media(self, request: web.Request) -> web.Response:
        kept = self._world.media.get(request.match_info["id"])
        if kept is None:
            return web.Response(status=404)
        return web.Response(body=kept.body, content_type=kept.content_type)

    async def status(self, request: web.Request) -> web.Response:
        try:
            status = self._world.status(request.match_info["id"], viewer=None)
        except Rejected:
            return _page("Gone", "<p>This post is not here, or not for everybody.</p>", status=404)
        above = [one for one in self._world.ancestors(status) if sees(None, one)]
        below = [one for one in self._world.descendants(status) if sees(None, one)]
        articles = [self._article(one) for one in above]
        articles.append(self._article(status, main=True))
        articles += [self._article(one) for one in below]
        return _page(f"{status.author.display_name} on the square", "".join(articles))

    async def profile(self, request: web.Request) -> web.Response:
        person = self._world.people.find(request.match_info["acct"])
        if person is None:
            return _page("Nobody", "<p>Nobody here has this name.</p>", status=404)
        theirs = [one for one in self._world.statuses() if one.author is person and sees(None, one)]
        name = html.escape(person.display_name)
        return _page(name, f"<h1>{name}</h1>" + "".join(self._article(one) for one in reversed(theirs)))

    def _article(self, status: Status, *, main: bool = False) -> str:
        author, now = status.author, status.now
        url = html.escape(self._server.shapes.status_url(status))
        words = self._world.html(status, now)
        if now.warning:
            words = f"<details><summary>{html.escape(now.warning)}</summary>{words}</details>"
        figures = "".join(
            f'<figure><img src="{self._server.base}/media/{kept.id}"'
            f' alt="{html.escape(kept.description or "")}"></figure>'
            for kept in now.media
        )
        edited = f" · edited {_minute(now.at)}" if status.edited_at else ""
        return (
            f'<article id="s{status.id}" class="{"main" if main else ""}"'
            f' lang="{html.escape(status.language or "")}">'
            f'<header><img src="{self._server.base}/avatars/{author.id}.png" alt=""><div>'
            f"<strong>{html.escape(author.display_name)}</strong>"
            f'<div class="handle">@{html.escape(author.acct)}</div></div></header>'
            f"{words}{figures}"
            f'<footer><a href="{url}">{_minute(status.created_at)}</a>{edited}</footer></article>'
        )


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _page(title: str, body: str, *, status: int = 200) -> web.Response:
    text = (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<main>{body}</main></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status)
