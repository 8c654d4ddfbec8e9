"""Old and new versions side by side: a program whose database was migrated further works on, if that only added."""

from __future__ import annotations

import ast
from dataclasses import dataclass
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
        ('op.create_index("ix", "post", ["a"], postgresql_concurrently=True)', True),
        ('op.create_index("ix", "post", ["a"])', False),
        ('op.create_index("ix", table_name="post", columns=["a"])', False),
        ('op.create_index("ix", "channel", ["a"])', True),
        ('op.create_index("ix", "post", ["a"], unique=True, postgresql_concurrently=True)', False),
        ('op.add_column("post", sa.Column("a", sa.Integer(), nullable=True))', True),
        ('op.add_column("post", sa.Column("a", sa.Integer(), nullable=False, server_default="0"))', True),
        ('op.add_column("post", sa.Column("a", sa.Integer(), nullable=False))', False),
        ('op.add_column("post", sa.Column("a", TSVECTOR(), sa.Computed("x", persisted=True), nullable=True))', False),
        ('op.add_column("post", sa.Column("a", TSVECTOR(), sa.Computed("x")))', False),
        ('op.add_column("post", sa.Column("a", sa.Integer(), sa.Computed("x", persisted=False)))', True),
        ('op.add_column("post", sa.Column("a", sa.Integer(), sa.Identity()))', False),
        ('op.add_column("post", sa.Column("a", sa.Integer(), sa.ForeignKey("rep.id")))', False),
        ('op.add_column("post", sa.Column("a", sa.Integer(), unique=True))', False),
        ('op.add_column("post", sa.Column("a", sa.Boolean(), nullable=False, server_default=sa.false()))', True),
        ('op.add_column("post", sa.Column("a", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))', False),
        ('op.drop_index("ix_post_words", table_name="post", postgresql_concurrently=True)', False),
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


@pytest.mark.parametrize(
    ("made", "gone", "good"),
    [
        ('"post", ["a", "b"], postgresql_concurrently=True', '"post", ["a"]', True),
        ('"post", ["b", "a"], postgresql_concurrently=True', '"post", ["a"]', False),
        ('"event", ["a", "b"], postgresql_concurrently=True', '"post", ["a"]', False),
        ('"post", ["a", "b"], postgresql_concurrently=True', '"post", [sa.text("lower(a)")]', False),
        ('"post", ["a", "b"], postgresql_concurrently=True', '"post", ["a"], postgresql_using="gin"', False),
        ('"post", ["a", "b"], postgresql_concurrently=True, postgresql_using="gin"', '"post", ["a"]', False),
    ],
)
def test_an_index_goes_where_another_finds_the_same(made: str, gone: str, good: bool) -> None:
    drop = 'op.drop_index("ix_{}", table_name="post", postgresql_concurrently=True)'
    lines = [
        "def upgrade() -> None:",
        f"    {drop.format('made')}",  # what a try before left half made
        f'    op.create_index("ix_made", {made})',
        f"    {drop.format('gone')}",
        "def downgrade() -> None:",
        f'    op.create_index("ix_gone", {gone})',
    ]
    tree = ast.parse("\n".join(lines))
    assert (not_additions(tree) == []) is good
    waits = ast.parse("\n".join(lines).replace(drop.format("gone"), 'op.drop_index("ix_gone", table_name="post")'))
    assert not_additions(waits), "whoever reads waits while it goes"


def _says_adds_only(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Assign)
        and getattr(node.targets[0], "id", "") == "adds_only"
        and getattr(node.value, "value", None) is True
        for node in tree.body
    )


#: Tables of a few rows, which only the settings and the team make longer: an index on one is made in a moment.
SHORT = {"account", "channel", "rep", "route"}

#: What makes the database write every row anew, or look at it, before a column is there.
NOT_IN_A_MOMENT = {"Computed", "Identity", "ForeignKey"}


@dataclass(frozen=True)
class Index:
    """One that a migration makes. `columns` is empty where they are no plain ones, or not in their order."""

    table: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, call: ast.Call) -> Index:
        table, columns = (_argument(call, at, name) for at, name in ((1, "table_name"), (2, "columns")))
        named = [getattr(one, "value", None) for one in columns.elts] if isinstance(columns, ast.List) else []
        plain = all(isinstance(one, str) for one in named) and not _said(call, "postgresql_using", False)
        return cls(str(getattr(table, "value", "")), tuple(map(str, named)) if plain else ())

    def finds_what(self, other: Index) -> bool:
        same = self.columns[: len(other.columns)] == other.columns
        return bool(other.columns) and self.table == other.table and same


@dataclass(frozen=True)
class Made:
    """What a migration makes, and which indexes it makes again on the way back."""

    tables: set[str]
    indexes: dict[str, Index]
    back: dict[str, Index]


def not_additions(tree: ast.Module) -> list[str]:
    """Each call in a migration by which a program that does not know it could stumble, or would wait for long."""
    calls, back = _calls(tree), _calls(tree, back=True)
    made = Made({str(_first(call)) for call in calls if _name(call) == "create_table"}, _indexes(calls), _indexes(back))
    return [f"line {call.lineno}: {_name(call)}" for call in calls if not _adds(call, made)]


def _indexes(calls: list[ast.Call]) -> dict[str, Index]:
    return {str(_first(call)): Index.of(call) for call in calls if _name(call) == "create_index"}


def _calls(tree: ast.Module, *, back: bool = False) -> list[ast.Call]:
    """Those of Alembic, also of a batch, in `upgrade` and what it calls, or in `downgrade`."""
    return [
        node
        for function in tree.body
        if isinstance(function, ast.FunctionDef) and (function.name == "downgrade") is back
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id not in {"sa", "postgresql"}
        and node.func.attr != "f"
    ]


def _adds(call: ast.Call, made: Made) -> bool:
    match _name(call):
        case "create_table" | "batch_alter_table" | "get_context" | "autocommit_block":
            return True
        case "drop_index":
            name = str(_first(call))
            gone = made.back.get(name)
            replaced = gone is not None and any(one.finds_what(gone) for one in made.indexes.values())
            # What is unique is called uq_: see models/base.py.
            return name.startswith("ix_") and (replaced or name in made.indexes) and _beside_others(call, made)
        case "create_index":
            table = Index.of(call).table
            return table in made.tables or (not _said(call, "unique", False) and _beside_others(call, made))
        case "add_column":
            return _in_a_moment(call.args[-1])
        case _:
            return False


def _beside_others(call: ast.Call, made: Made) -> bool:
    """Whether nobody waits while an index is made, or goes."""
    table = _argument(call, 1, "table_name")
    named = str(getattr(table, "value", ""))
    return named in SHORT | made.tables or bool(_said(call, "postgresql_concurrently", False))


def _in_a_moment(column: ast.expr) -> bool:
    """Whether a column is there without a look at any row, and programs that do not know it may leave it out."""
    if not isinstance(column, ast.Call):
        return False
    parts = [one for one in column.args if isinstance(one, ast.Call) and _name(one) in NOT_IN_A_MOMENT]
    if any(_name(one) != "Computed" or _said(one, "persisted", True) is not False for one in parts):
        return False
    if any(_said(column, name, False) for name in ("unique", "index", "primary_key")):
        return False
    default = next((one.value for one in column.keywords if one.arg == "server_default"), None)
    if default is None:
        return bool(_said(column, "nullable", True))
    constant = isinstance(default, ast.Call) and _name(default) in {"true", "false"}
    return constant or isinstance(default, ast.Constant)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _first(call: ast.Call) -> object:
    """Its name, also where that stands in `op.f("…")`."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Call) and _name(first) == "f":
        first = first.args[0]
    return getattr(first, "value", None)


def _argument(call: ast.Call, at: int, name: str) -> ast.expr | None:
    if len(call.args) > at:
        return call.args[at]
    return next((one.value for one in call.keywords if one.arg == name), None)


def _said(call: ast.Call, name: str, usual: bool) -> object:
    return next((getattr(one.value, "value", True) for one in call.keywords if one.arg == name), usual)
