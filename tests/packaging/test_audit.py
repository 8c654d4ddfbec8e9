"""`make audit`: what is publicly known about the locked versions, against a stand-in of osv.dev."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from sandbox.ports import free_port
from sandbox.serving import serving
from scripts.audit import main, pins

ROOT = Path(__file__).parents[2]

LOCK = """\
good==1.0 \\
    --hash=sha256:aa
old-thing==0.1.2 ; python_full_version < '3.12' \\
    --hash=sha256:bb
"""


@contextmanager
def database(at: str) -> Iterator[None]:
    before = os.environ.get("TWOWAY_OSV")
    os.environ["TWOWAY_OSV"] = at
    try:
        yield
    finally:
        os.environ.pop("TWOWAY_OSV")
        if before is not None:
            os.environ["TWOWAY_OSV"] = before


async def audited(lock: Path, *, broken: bool = False) -> tuple[int, list[object]]:
    asked: list[object] = []

    async def batch(request: web.Request) -> web.Response:
        said = await request.json()
        asked.append(said)
        names = [one["package"]["name"] for one in said["queries"]]
        results = [{"vulns": [{"id": "PYSEC-1", "modified": "x"}]} if name == "old-thing" else {} for name in names]
        return web.json_response({} if broken else {"results": results})

    async def one(request: web.Request) -> web.Response:
        events = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.1.3"}]}
        return web.json_response({"summary": "It lets\nanybody in", "affected": [{"ranges": [events]}]})

    app = web.Application()
    app.router.add_post("/querybatch", batch)
    app.router.add_get("/vulns/PYSEC-1", one)
    async with serving(app) as address:
        with database(address):
            return await asyncio.to_thread(main, [str(lock)]), asked


async def test_what_is_known_is_told_with_the_version_that_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text(LOCK, encoding="utf-8")
    code, asked = await audited(lock)
    said = capsys.readouterr().out
    assert code == 1
    assert "old-thing 0.1.2: PYSEC-1, mended in 0.1.3. It lets anybody in\n" in said
    assert "1 known about 2 versions." in said
    (question,) = asked
    assert question["queries"][1]["version"] == "0.1.2"  # type: ignore[index]  # as the test made it
    lock.write_text(LOCK.split("old", maxsplit=1)[0], encoding="utf-8")
    assert (await audited(lock))[0] == 0
    assert "nothing known about 1 versions" in capsys.readouterr().out


async def test_a_database_that_cannot_be_asked_is_said_plainly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text(LOCK, encoding="utf-8")
    with database(f"http://127.0.0.1:{free_port()}"):
        assert await asyncio.to_thread(main, [str(lock)]) == 2
    assert "could not be asked" in capsys.readouterr().err
    assert (await audited(lock, broken=True))[0] == 2
    assert "nothing is known about these 2 versions, good or bad" in capsys.readouterr().err


def test_every_locked_version_is_asked_about() -> None:
    for path in ROOT.glob("requirements*.lock"):
        text = path.read_text(encoding="utf-8")
        assert len(pins(text)) == len(re.findall(r"^[^ #].*==", text, re.MULTILINE)), path
