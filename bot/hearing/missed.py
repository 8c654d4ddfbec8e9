"""What was missed above a post: asked for before the transaction, so that a reply has its context from the start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from adapters.contract import Edited, Heard, Platform, PlatformError, Posted, PostRef, PublicPost
from bot.hearing.said import fit_ref
from models.reading import heard as known
from models.store import Store

log = logging.getLogger("twoway.hearing")

ASK_LIMIT = timedelta(seconds=10)  # for one thread
ALL_LIMIT = timedelta(seconds=30)  # for a batch: hearing goes on without what could not be fetched by then
AT_ONCE = 4


async def missed_above(
    store: Store, account_id: int, heard: Sequence[Heard], platform: Platform, *, patience: timedelta = ALL_LIMIT
) -> list[PublicPost]:
    """The posts above those heard that are neither stored nor in the batch: those that could be had in time."""
    if not platform.can.threads:
        return []
    posts = [item.post for item in heard if isinstance(item, Posted | Edited)]
    here = {post.ref for post in posts}
    orphans = [
        post for post in posts if not post.ours and post.parent is not None and not {post.parent, post.root} <= here
    ]
    if not orphans:
        return []
    above = {fit_ref(ref.id) for post in orphans for ref in (post.parent, post.root) if ref is not None}
    async with store.reading() as session:
        stored = await known.known_refs(session, account_id, above | {fit_ref(post.ref.id) for post in orphans})
    threads: dict[PostRef, list[PublicPost]] = {}
    for post in orphans:
        assert post.parent is not None
        if fit_ref(post.ref.id) in stored or fit_ref(post.parent.id) in stored or post.parent in here:
            continue
        threads.setdefault(post.root or post.parent, []).append(post)
    gate = asyncio.Semaphore(AT_ONCE)
    found: dict[PostRef, PublicPost] = {}

    async def ask(members: Sequence[PublicPost]) -> None:
        async with gate:
            for post in await _thread(platform, members[0].ref):
                found[post.ref] = post

    try:
        async with asyncio.timeout(patience.total_seconds()):
            await asyncio.gather(*(ask(members) for members in threads.values()))
    except TimeoutError:
        log.warning("threads took too long", extra={"account": account_id, "threads": len(threads)})
    wanted: dict[PostRef, PublicPost] = {}
    for members in threads.values():
        for post in members:
            parent = post.parent
            while parent is not None and parent in found and parent not in wanted and parent not in here:
                wanted[parent] = found[parent]
                parent = found[parent].parent
    return list(wanted.values())


async def _thread(platform: Platform, ref: PostRef) -> Sequence[PublicPost]:
    try:
        async with asyncio.timeout(ASK_LIMIT.total_seconds()):
            return await platform.thread(ref)
    except (PlatformError, TimeoutError) as error:
        log.warning("a thread could not be read", extra={"platform": platform.name, "error": type(error).__name__})
        return ()
