"""Files: the three steps of an upload, the looks of people at what was uploaded, and what people share with our app in
a dialog. A file of ours is shared in no channel here, only named by image blocks (`slack_file`).

docs.slack.dev/reference/methods/files.getUploadURLExternal, files.completeUploadExternal, files.info, and
reference/block-kit/block-elements/file-input-element, 2026-11.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.slack.refusal import Refusal
from sandbox.slack.things import CannotDo, Json

if TYPE_CHECKING:
    from sandbox.slack.core import Core

MAX_ALT = 1_000
MAX_SHARED = 10 * 1024 * 1024  # file-input-element: "There is a 10MB file size limit."
MAX_SIZE = 8 * 1024 * 1024  # Slack takes a gigabyte; nobody here needs that
KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
Row = tuple[Callable[["Core", Json], Json], str, tuple[str, ...]]


@dataclass
class File:
    """One file. `looks` is how often it is still unknown to blocks: Slack processes files after it took them."""

    id: str
    name: str
    length: int
    alt: str
    ticket: str
    body: bytes | None = None
    title: str = ""
    complete: bool = False
    looks: int = 0
    owner: str = ""  # the person who shared it; "": our app
    shown_to_us: bool = False  # a dialog of ours was sent with it

    @property
    def kind(self) -> str | None:
        """What it is, by its first bytes; None: no image that a block may show."""
        return next((kind for magic, kind in KINDS.items() if (self.body or b"").startswith(magic)), None)

    def wire(self) -> Json:
        return {"id": self.id, "title": self.title or self.name}

    def full(self, address: str) -> Json:
        """The file object, as a dialog's state and files.info have it."""
        private = f"{address}/files-pri/{self.id}"
        return {
            **self.wire(),
            "name": self.name,
            "mimetype": self.kind or "application/octet-stream",
            "filetype": self.name.rpartition(".")[2].lower(),
            "user": self.owner,
            "size": len(self.body or b""),
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "url_private": private,
            "url_private_download": f"{private}/download",
            "permalink": f"{address}/files/{self.id}",
        }


def share(core: Core, user: str, body: bytes, name: str) -> File:
    """A person chooses a file from their device: it is theirs, and nobody else's, until a dialog is sent with it."""
    if len(body) > MAX_SHARED:
        raise CannotDo("files in dialogs have 10 MB at most")
    file = File(core.ws.new_id("F"), name, len(body), "", secrets.token_urlsafe(24), body=body, owner=user)
    file.complete = True
    core.files[file.id] = file
    return file


def info(core: Core, args: Json) -> Json:
    file = core.files.get(str(args["file"]))
    if file is None or not (file.shown_to_us or not file.owner):
        raise Refusal("file_not_found")
    return {"file": file.full(core.address), "comments": [], "response_metadata": {"next_cursor": ""}}


async def download(core: Core, request: web.Request) -> web.Response:
    """The bytes, for our token alone; anybody else is shown Slack's page to sign in, with a 200."""
    fault = core.faults.take("download")
    if fault is not None:
        return web.Response(status=500, text="Internal Server Error")
    file = core.files.get(request.match_info["id"])
    known = request.headers.get("Authorization") == f"Bearer {core.bot_token}" and "files:read" in core.scopes
    if file is None or not known or not (file.shown_to_us or not file.owner):
        return web.Response(text="<html>Sign in to Slack</html>", content_type="text/html")
    return web.Response(body=file.body, content_type="application/octet-stream")


def get_upload_url(core: Core, args: Json) -> Json:
    try:
        length = int(str(args["length"]))
    except ValueError:
        raise Refusal("invalid_arguments", ["[ERROR] length must be an integer"]) from None
    if length <= 0:
        raise Refusal("missing_argument")
    if length > MAX_SIZE:
        raise Refusal("file_upload_size_restricted")
    alt = str(args.get("alt_txt") or "")
    if len(alt) > MAX_ALT:
        raise Refusal("alt_txt_too_large")
    file = File(core.ws.new_id("F"), str(args["filename"]), length, alt, secrets.token_urlsafe(24))
    core.files[file.id] = file
    return {"upload_url": f"{core.address}/upload/v1/{file.ticket}", "file_id": file.id}


def complete_upload(core: Core, args: Json) -> Json:
    files = args["files"]
    if isinstance(files, str):
        try:
            files = json.loads(files)
        except ValueError:
            raise Refusal("invalid_arguments", ["[ERROR] files is not JSON"]) from None
    if not isinstance(files, list) or not files or not all(isinstance(one, dict) and one.get("id") for one in files):
        raise Refusal("invalid_arguments", ["[ERROR] files must be an array of objects with an id"])
    if args.get("channel_id") or args.get("channels"):
        raise Refusal("invalid_arguments", ["[ERROR] this stand-in shares no file in a channel"])
    found = [core.files.get(str(one["id"])) for one in files]
    if any(file is None or file.body is None or file.complete for file in found):
        raise Refusal("file_not_found")
    done: list[Json] = []
    for one, file in zip(files, found, strict=True):
        assert file is not None
        file.title, file.complete, file.looks = str(one.get("title") or ""), True, core.faults.slow_files
        done.append(file.wire())
    return {"files": done}


async def upload(core: Core, request: web.Request) -> web.Response:
    """The bytes, raw or as a form. The address is the right to it: a token here would be given away."""
    file = next((one for one in core.files.values() if one.ticket == request.match_info["ticket"]), None)
    if file is None or file.body is not None or "Authorization" in request.headers:
        return web.Response(status=404, text="not found")
    fault = core.faults.take("upload")
    if fault is not None:
        return web.Response(status=500, text="Internal Server Error")
    if request.content_type == "multipart/form-data":
        part = next((value for value in (await request.post()).values() if isinstance(value, web.FileField)), None)
        body = part.file.read() if part is not None else b""
    else:
        body = await request.read()
    if len(body) != file.length:
        return web.Response(status=400, text=f"expected {file.length} bytes, got {len(body)}")
    file.body = body
    return web.Response(text=f"OK - {len(body)}")


async def show(core: Core, request: web.Request) -> web.Response:
    """For the page, whose people are in the workspace."""
    file = core.files.get(request.match_info["id"])
    if file is None or not file.complete or file.kind is None:
        return web.Response(status=404, text="not found")
    return web.Response(body=file.body, content_type=file.kind, headers={"X-Content-Type-Options": "nosniff"})


def known_file(core: Core, id: str) -> bool:
    """Whether a block may show it now: ours, complete, processed, an image."""
    file = core.files.get(id)
    if file is None or not file.complete or file.kind is None:
        return False
    if file.looks > 0:
        file.looks -= 1
        return False
    return True


FILES: dict[str, Row] = {
    "files.info": (info, "files:read", ("file",)),
    "files.getUploadURLExternal": (get_upload_url, "files:write", ("filename", "length")),
    "files.completeUploadExternal": (complete_upload, "files:write", ("files",)),
}
