"""The schema: one line of migrations, and it makes exactly the tables that the code knows."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from models.migrate import Version, config, sync_url, upgrade, version
from models.tables import Base


def ours(thing, name, kind, reflected, compare_to):
    """The index of words is the database's own: `models/words.py` makes it, and a test of its own compares."""
    return not (name or "").startswith(("words_said", "ix_post_words"))


def test_there_is_one_head(tmp_path):
    assert len(ScriptDirectory.from_config(config(f"sqlite:///{tmp_path}/x.db")).get_heads()) == 1


def test_the_migrated_schema_is_the_metadata(database):
    engine = create_engine(sync_url(database))
    with engine.connect() as connection:
        opts = {"compare_type": True, "include_object": ours}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_a_database_knows_whether_it_is_current(tmp_path):
    url = f"sqlite:///{tmp_path}/deep/down/twoway.db"
    assert version(url) is Version.BEHIND
    upgrade(url)
    assert version(url) is Version.CURRENT
    upgrade(url)
