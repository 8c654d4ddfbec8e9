"""While a team upgrades: this version at work on a database that the next one has migrated."""

from __future__ import annotations

from models.migrate import Version, version
from tests.models.test_upgrades import migrate_further
from tests.stories import stages
from tests.stories.town import Town


async def test_a_bot_works_on_with_a_database_that_was_only_added_to(quiet_town: Town) -> None:
    here = quiet_town
    migrate_further(here.database, ("next", True))
    assert version(here.database) is Version.AHEAD
    await here.start()
    post = await stages.answered(here)
    await here.square.post("lea", "@acme thanks!", reply_to=post)
    await here.in_thread("wrote again")
    await here.square.delete(post)
    await here.stop()
    await here.start()
    await here.asks("kim", "@acme and now?")
