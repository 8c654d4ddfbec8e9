"""How an account behind a Facebook Page is connected: a person's consent, a long-lived token, the Page's own.

Page tokens made from a long-lived one do not end by themselves; Meta's consent does, unless somebody renews it.
Where from: docs/facebook-login/guides/access-tokens/get-long-lived and /pages, 2026.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.errors import AuthFailed
from adapters.graph import proof_of, read_page
from adapters.oauth import Ask, Grant, Step
from adapters.payload import read_id, read_object, read_str
from adapters.settings import SettingError
from adapters.tokens import Tokens, read_tokens

DIALOG = "https://www.facebook.com"
# Access to a person's data ends so long after they last used the app (docs/facebook-login/auth-vs-data, 2026).
CONSENT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class App:
    """Our app at Meta, and where its API is."""

    id: str
    secret: str
    server: str
    version: str
    dialog: str = DIALOG

    def grant(self, scopes: Sequence[str], *, page: str) -> Grant:
        """`page`: which of the Pages the person manages; empty: their only one."""
        if not self.id or not self.secret:
            raise SettingError("app_id" if not self.id else "app_secret", "is needed to connect the account.")
        root = f"{self.server.rstrip('/')}/{self.version}"
        return Grant(
            authorise=f"{self.dialog.rstrip('/')}/{self.version}/dialog/oauth",
            token=f"{root}/oauth/access_token",
            client_id=self.id,
            client_secret=self.secret,
            scopes=tuple(scopes),
            between_scopes=",",
            pkce=False,  # Meta's dialog takes none from servers: the app's secret stands in the exchange
            after_code=self._page_token(root, page),
        )

    def _page_token(self, root: str, page: str) -> Step:
        async def step(ask: Ask, tokens: Tokens, now: datetime) -> Tokens:
            long = [
                ("grant_type", "fb_exchange_token"),
                ("client_id", self.id),
                ("client_secret", self.secret),
                ("fb_exchange_token", tokens.access),
            ]
            lasting = read_tokens(await ask("GET", f"{root}/oauth/access_token", params=long), now)
            headers = {"Authorization": f"Bearer {lasting.access}"}
            asked = [
                ("fields", "id,name,access_token"),
                ("limit", "100"),
                ("appsecret_proof", proof_of(lasting.access, self.secret)),
            ]
            found = await ask("GET", f"{root}/me/accounts", params=asked, headers=headers)
            id, token = choose(found, page)
            return Tokens(access=token, made=now, connect_by=now + CONSENT_FOR, scopes=tokens.scopes, more={"page": id})

        return step


def choose(value: object, page: str) -> tuple[str, str]:
    """The Page's id and token from `/me/accounts`. `AuthFailed` says what there is to choose from."""
    pages: dict[str, tuple[str, str]] = {}
    for item in read_page(value)[0]:
        entry = read_object(item, "page")
        token = entry.get("access_token")
        if isinstance(token, str) and token:
            pages[read_id(entry.get("id"), "page id")] = (read_str(entry.get("name", ""), "page name"), token)
    if page in pages:
        return page, pages[page][1]
    if not page and len(pages) == 1:
        (id,) = pages
        return id, pages[id][1]
    return _none(pages, page)


def _none(pages: Mapping[str, tuple[str, str]], page: str) -> tuple[str, str]:
    there = ", ".join(f"{name} ({id})" for id, (name, _) in pages.items())
    if not there:
        raise AuthFailed("This person manages no Page that they let us see: choose the Page in Facebook's dialog.")
    which = f"The Page {page} is not among those" if page else "There is more than one Page; set `page` to one of those"
    raise AuthFailed(f"{which} that this person lets us see: {there}.")
