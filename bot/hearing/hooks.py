"""Calls that platforms make to us: what they brought is stored before they get their answer.

Signatures and challenges are the platform's; the web server that takes the call is in `bot/web.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from adapters.contract import AuthFailed, Hook, HookAnswer, Malformed, Platform
from bot.hearing.changes import Surfaced
from bot.hearing.receive import Router, take_in
from models.permits import Policy
from models.reading import heard as known
from models.store import Store

log = logging.getLogger("twoway.hearing")

#: X and Facebook call again when there is no answer within 10 s; the answer goes out well before.
LIMIT = timedelta(seconds=8)
PATIENCE = timedelta(seconds=2)  # for what was missed above a post


async def hook(
    store: Store,
    platforms: Mapping[str, Platform],
    account: str,
    request: Hook,
    *,
    policies: Mapping[int, Policy],
    surfaced: Surfaced | None = None,
    router: Router | None = None,
) -> HookAnswer:
    """The answer to a call at `/hooks/{account}/…`. Not 2xx unless everything in it is stored: they call again.

    404: no such account here; 400: not what the platform documents; 403: not signed by it; 503: not stored.
    """
    platform = platforms.get(account)
    if platform is None:
        return HookAnswer(status=404, body=b"unknown account")
    try:
        async with asyncio.timeout(LIMIT.total_seconds()):
            answer = await platform.hook(request)
            if answer.heard:
                async with store.reading() as session:
                    row = await known.account_named(session, account)
                if row is None:
                    return HookAnswer(status=404, body=b"unknown account")
                await take_in(
                    store,
                    row.id,
                    answer.heard,
                    cursor=None,
                    policies=policies,
                    platform=platform,
                    surfaced=surfaced,
                    router=router,
                    patience=PATIENCE,
                )
    except Malformed as error:
        log.warning("a call that we cannot read", extra={"account": account, "where": error.where})
        return HookAnswer(status=400, body=b"not readable")
    except AuthFailed:
        log.warning("a call that is not signed", extra={"account": account})
        return HookAnswer(status=403, body=b"not signed")
    except Exception:  # whatever it was: not stored, so they shall call again
        log.exception("a call was not stored", extra={"account": account})
        return HookAnswer(status=503, body=b"later")
    return answer
