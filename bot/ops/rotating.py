"""`twoway db rotate-key`: all that is kept, encrypted anew with the first key of `TWOWAY_KEY`."""

from __future__ import annotations

from bot.settings import ServiceSettings
from models.cipher import Cipher
from models.keeping import seal_anew
from models.store import Store


async def rotate(service: ServiceSettings) -> tuple[str, str]:
    """What was done, and what could not be ("" where all could)."""
    store = Store(service.database, owner="command line")
    try:
        async with store.work() as work:
            done, closed = await seal_anew(work, Cipher.of(service.key.reveal()))
    finally:
        await store.close()
    what = f"What is kept of {done} account{'' if done == 1 else 's'}" if done else "Nothing"
    if not closed:
        freed = "older keys can be taken out of TWOWAY_KEY once every machine has the new one"
        return f"{what} was encrypted anew; {freed}.", ""
    names = ", ".join(closed)
    return (
        f"{what} was encrypted anew.",
        f"No key of TWOWAY_KEY opens what is kept of {names}: add the old key, or connect it again.",
    )
