"""Words that were erased leave the pages of the index of words, too."""

from __future__ import annotations

from sqlalchemy import text

from models.store import Store

#: Pages of the index that one step merges: some milliseconds.
STEP = 200


async def let_go(store: Store) -> None:
    """After words were erased: they leave the index's own pages, too. PostgreSQL's has none of them any more, or until
    its next vacuum.

    FTS5 strikes words out, and takes them away only when it merges (sqlite.org/fts5.html, 6.8; its `secure-delete` asks
    for SQLite 3.42, and Debian 12 has 3.40). So it is made to merge, in steps as short as any other transaction.
    """
    pages = -STEP  # below zero: everything, also what is merged already
    while store.embedded:
        async with store.work() as work:
            changes = text("SELECT total_changes()")
            before: int = (await work.session.execute(changes)).scalar_one()
            merge = text("INSERT INTO words_said (words_said, rank) VALUES ('merge', :pages)")
            await work.session.execute(merge, {"pages": pages})
            if (await work.session.execute(changes)).scalar_one() - before < 2:  # as its documentation tells it is done
                return
        pages = STEP
