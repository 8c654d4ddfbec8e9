"""Reads `[reader]`: who reads posts before people do, and where its files or its server are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.settings import kinds
from bot.settings.parsing import Parser, Table, Wrong, matching, one_of, text, yes_or_no
from bot.settings.secret import Secret
from bot.settings.values import ReaderSettings, Reads, Speaks
from bot.triage.rulebook import read_rulebooks

#: What a model can be for us, in the library's words.
TASKS = ("text-classification", "zero-shot-classification")
#: What labels may mean, by what they are about; the same as the heads' own names.
MEANINGS: Mapping[str, Sequence[str]] = {
    "kind": ("complaint", "question", "praise", "idea", "other", "spam"),
    "mood": ("negative", "neutral", "positive"),
    "urgency": ("urgent", "danger", "outage", "legal", "fraud", "leaving", "stranded", "self_harm", "violence"),
}
_commit = matching(r"[0-9a-f]{40}", "is not a whole commit", "write its 40 characters: names of versions can move")


def reading(top: Table, folder: Path, key: Secret) -> ReaderSettings:
    """`folder` is where relative paths begin; `key` is the server's."""
    usual = ReaderSettings()
    table = top.table("reader")
    if table is None:
        return ReaderSettings(folder=folder / usual.folder)
    server = table.take("server", kinds.model_url, "")
    model = table.take("model", text, "")
    if server:
        for one in ("revision", "task", "labels", "download"):
            table.refuse(one, "is not asked where a server makes the vectors", "take it out")
        if not model:
            table.wrong("model", "is missing", 'say which model the server runs, as in model = "bge-m3"')
    elif model:
        model = _where(model, folder)
    read = ReaderSettings(
        use=table.take("use", one_of({one.value: one for one in Reads}), usual.use),
        folder=folder / table.take("folder", text, str(usual.folder)),
        threads=table.take("threads", kinds.threads, usual.threads),
        model=model,
        revision="" if server else table.take("revision", _commit, ""),
        task=usual.task if server else table.take("task", one_of({one: one for one in TASKS}), usual.task),
        labels={} if server else _labels(table, needed=bool(model)),
        download=not server and table.take("download", yes_or_no, usual.download),
        server=server,
        speaks=table.take("speaks", one_of({one.value: one for one in Speaks}), usual.speaks),
        key=key,
        rules=table.take("rules", _rules_in(folder), usual.rules),
    )
    if model and not server and not read.revision and not Path(model).is_absolute():
        table.wrong("revision", "is missing", "pin the model by the commit that you looked at")
    table.finish()
    return read


def _where(model: str, folder: Path) -> str:
    """A folder begins with a dot or a slash; anything else is an id."""
    return str((folder / model).resolve()) if model.startswith((".", "/")) else model


def _labels(table: Table, *, needed: bool) -> Mapping[str, str]:
    held = table.table("labels")
    if held is None:
        if needed:
            right = 'say what its labels mean, as in labels = { LABEL_0 = "negative", LABEL_2 = "positive" }'
            table.wrong("labels", "is missing", right)
        return {}
    read = {label: held.take(label, text, "") for label in held}
    held.finish()
    said = set(read.values())
    if not any(said <= set(names) for names in MEANINGS.values()):
        choices = "; or ".join(", ".join(names) for names in MEANINGS.values())
        table.wrong("labels", "mean something that no post can be, or of several sorts", f"let them mean {choices}")
        return {}
    return read


def _rules_in(folder: Path) -> Parser[Path]:
    """A folder with files of rules, each of which can be read."""

    def parse(value: object) -> Path:
        found = folder / text(value)
        if not found.is_dir():
            raise Wrong(f"is no folder: {found}", "make it, or leave the key out")
        try:
            read_rulebooks(found)
        except ValueError as error:
            raise Wrong(str(error), "put it right there; docs/reference/reader.md says how rules are written") from None
        return found

    return parse
