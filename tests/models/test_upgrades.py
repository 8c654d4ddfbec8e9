"""Old and new versions side by side: a program whose database was migrated further works on, if that only added."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from models.migrate import Version, head, sync_url, version

VERSIONS = Path(__file__).parents[2] / "alembic" / "versions"

#: What a newer program's migration may do to a database while this one works on it.
ADDITIONS = (
    "ALTER TABLE post ADD COLUMN mood VARCHAR(16)",
    "ALTER TABLE conversation ADD COLUMN weight INTEGER DEFAULT 0 NOT NULL",
    "CREATE TABLE tomorrow (id INTEGER PRIMARY KEY)",
    "CREATE INDEX ix_post_mood ON post (mood)",
)


def migrate_further(database: str, *steps: tuple[str, bool], additions: tuple[str, ...] = ADDITIONS) -> None:
    """As a program that knows further migrations does: their names, and whether each only adds."""
    engine = create_engine(sync_url(database))
    try:
        with engine.begin() as connection:
            for statement in additions:
                connection.execute(text(statement))
            before = head(database)
            for name, adds_only in steps:
                row = {"revision": name, "before": before, "adds_only": adds_only}
                statement = (
                    "INSERT INTO upgrade (revision, before, adds_only, at) "
                    "VALUES (:revision, :before, :adds_only, CURRENT_TIMESTAMP)"
                )
                connection.execute(text(statement), row)
                before = name
            connection.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": before})
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([("next", True)], Version.AHEAD),
        ([("next", True), ("after", True)], Version.AHEAD),
        ([("next", False)], Version.NEWER),
        ([("next", False), ("after", True)], Version.NEWER),
        ([("next", True), ("after", False)], Version.NEWER),
    ],
)
def test_a_database_is_ahead_where_every_step_that_we_do_not_know_only_added(
    tmp_path: Path, sqlite_template: Path, steps: list[tuple[str, bool]], found: Version
) -> None:
    path = tmp_path / "twoway.db"
    path.write_bytes(sqlite_template.read_bytes())
    migrate_further(f"sqlite:///{path}", *steps, additions=())
    assert version(f"sqlite:///{path}") is found


def test_each_migration_is_written_down_with_what_it_means_for_older_programs(database: str) -> None:
    engine = create_engine(sync_url(database))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT revision, before, adds_only FROM upgrade")).all()
    engine.dispose()
    known = {row.revision: row.before for row in rows}
    assert head(database) in known
    assert all(known.values()), "each names the one before it"


def test_a_migration_that_says_that_it_only_adds_does_nothing_else() -> None:
    wrong = []
    for path in sorted(VERSIONS.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if _says_adds_only(tree):
            wrong += [f"{path.name}: {why}" for why in not_additions(tree)]
    assert wrong == []


@pytest.mark.parametrize(
    ("statement", "good"),
    [
        ('op.create_table("x", sa.Column("a", sa.Integer(), nullable=False))', True),
        ('op.create_table("x"); op.create_index("ix", "x", ["a"], unique=True)', True),
        ('op.create_index("ix", "post", ["a"])', True),
        ('op.create_index("ix", "post", ["a"], unique=True)', False),
        ('op.add_column("post", sa.Column("a", sa.Integer(), nullable=True))', True),
        ('op.add_column("post", sa.Column("a", sa.Integer(), nullable=False, server_default="0"))', True),
        ('op.add_column("post", sa.Column("a", sa.Integer(), nullable=False))', False),
        ('op.drop_index("ix_post_words", table_name="post")', True),
        ('op.drop_index("uq_claim_standing", table_name="claim")', False),
        ('op.drop_index(new, table_name="post")', False),
        ('op.drop_column("post", "words")', False),
        ('op.execute("UPDATE post SET words = 1")', False),
        ('with op.batch_alter_table("post") as batch:\n        batch.add_column(sa.Column("a", sa.Integer()))', True),
        ('with op.batch_alter_table("post") as batch:\n        batch.drop_column("a")', False),
        ('with op.batch_alter_table("post") as b:\n        b.create_unique_constraint("uq", ["a"])', False),
    ],
)
def test_what_counts_as_an_addition(statement: str, good: bool) -> None:
    tree = ast.parse(f"def upgrade() -> None:\n    {statement}\n")
    assert (not_additions(tree) == []) is good


def _says_adds_only(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Assign)
        and getattr(node.targets[0], "id", "") == "adds_only"
        and getattr(node.value, "value", None) is True
        for node in tree.body
    )


def not_additions(tree: ast.Module) -> list[str]:
    """Each call in a migration by which a program that does not know it could stumble."""
    made = {str(_first(call)) for call in _calls(tree) if _name(call) == "create_table"}
    return [f"line {call.lineno}: {_name(call)}" for call in _calls(tree) if not _adds(call, made)]


def _calls(tree: ast.Module) -> list[ast.Call]:
    """Those of Alembic, also of a batch, in `upgrade` and what it calls."""
    return [
        node
        for function in tree.body
        if isinstance(function, ast.FunctionDef) and function.name != "downgrade"
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id not in {"sa", "postgresql"}
        and node.func.attr != "f"
    ]


def _adds(call: ast.Call, made: set[str]) -> bool:
    match _name(call):
        case "create_table" | "batch_alter_table" | "get_context" | "autocommit_block":
            return True
        case "drop_index":  # what is unique is called uq_: see models/base.py
            return str(_first(call)).startswith("ix_")
        case "create_index":
            table = str(getattr(call.args[1], "value", "")) if len(call.args) > 1 else ""
            return table in made or not _said(call, "unique", False)
        case "add_column":
            column = call.args[-1]
            return isinstance(column, ast.Call) and (
                bool(_said(column, "nullable", True)) or any(one.arg == "server_default" for one in column.keywords)
            )
        case _:
            return False


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _first(call: ast.Call) -> object:
    return getattr(call.args[0], "value", None) if call.args else None


def _said(call: ast.Call, name: str, usual: bool) -> object:
    return next((getattr(one.value, "value", True) for one in call.keywords if one.arg == name), usual)
