"""What a record, a key and an address must look like: the checks that a PDS makes before it writes.

Where from: lexicons/app/bsky/feed/post.json, app/bsky/richtext/facet.json, specs/tid and specs/at-uri-scheme,
2026-08. Words of errors as the reference PDS has them.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime

import regex

POSTS = "app.bsky.feed.post"
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+|[A-Za-z0-9.-]+)/([A-Za-z0-9.-]+)/([A-Za-z0-9._:~-]+)")
_CID = re.compile(r"bafy[a-z2-7]{50,}")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_CLUSTER = regex.compile(r"\X")


class Rejected(Exception):
    """The server's no: a status, the error's name and its words."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(f"{status} {name}: {message}")
        self.status = status
        self.name = name
        self.message = message


def cid_of(value: Mapping[str, object]) -> str:
    """A content hash: the same for the same content, and shaped like one."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return "bafyrei" + base64.b32encode(digest.digest()).decode().lower().rstrip("=")


def tid(micros: int, clock: int = 0) -> str:
    number = micros << 10 | clock
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def graphemes(words: str) -> int:
    return len(_CLUSTER.findall(words))


def read_uri(value: object, where: str = "uri") -> tuple[str, str, str]:
    """Owner, collection and key, or a 400."""
    found = _URI.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Rejected(400, "InvalidRequest", f"Error: {where} must be a valid at-uri")
    return found[1], found[2], found[3]


def check_key(key: object) -> str:
    if not isinstance(key, str) or _TID.fullmatch(key) is None:
        raise Rejected(400, "InvalidRequest", "Invalid record key: expected a tid")
    return key


def check_post(record: object) -> Mapping[str, object]:
    """A post as its lexicon has it; fields that it does not know are let be."""
    if not isinstance(record, dict):
        raise Rejected(400, "InvalidRequest", "Input/record must be an object")
    _need(record.get("$type") == POSTS, f"Invalid $type: expected {POSTS}, got {record.get('$type')}")
    text = record.get("text")
    if not isinstance(text, str):
        raise _invalid('Record must have the property "text"')
    size = len(text.encode("utf-8", "surrogatepass"))
    _need(size <= 3000, "Record/text must not be longer than 3000 characters")
    _need(graphemes(text) <= 300, "Record/text must not be longer than 300 graphemes")
    _datetime(record.get("createdAt"))
    if "reply" in record:
        reply = _object(record["reply"], "Record/reply")
        for name in ("root", "parent"):
            _strong_ref(reply.get(name), f"Record/reply/{name}")
    for facet in _list(record.get("facets", []), "Record/facets"):
        _facet(facet, size)
    langs = _list(record.get("langs", []), "Record/langs")
    _need(len(langs) <= 3, "Record/langs must not have more than 3 elements")
    _need(all(isinstance(one, str) and _LANGUAGE.fullmatch(one) for one in langs), "Record/langs must be languages")
    return record


def images_of(record: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The images that a record embeds, if those are what it embeds."""
    embed = record.get("embed")
    images = embed.get("images") if isinstance(embed, dict) else None
    return [one for one in images if isinstance(one, dict)] if isinstance(images, list) else []


def check_images(embed: object) -> list[Mapping[str, object]]:
    """The blobs of app.bsky.embed.images, as its lexicon has it: four at most, 2,000,000 bytes each, `alt` required."""
    if not isinstance(embed, dict) or embed.get("$type") != "app.bsky.embed.images":
        return []
    images = _list(embed.get("images"), "Record/embed/images")
    _need(len(images) <= 4, "Record/embed/images must not have more than 4 elements")
    found = []
    for at, item in enumerate(images):
        where = f"Record/embed/images/{at}"
        image = _object(item, where)
        _need(isinstance(image.get("alt"), str), f'{where} must have the property "alt"')
        blob = _object(image.get("image"), f"{where}/image")
        size = blob.get("size")
        _need(blob.get("$type") == "blob", f"{where}/image should be a blob ref")
        _need(str(blob.get("mimeType")).startswith("image/"), f"{where}/image must be an image")
        _need(isinstance(size, int) and size <= 2_000_000, f"{where}/image size is too large")
        if "aspectRatio" in image:
            ratio = _object(image["aspectRatio"], f"{where}/aspectRatio")
            _need(all(isinstance(ratio.get(one), int) for one in ("width", "height")), f"{where}/aspectRatio")
        found.append(blob)
    return found


def _facet(value: object, size: int) -> None:
    facet = _object(value, "Record/facets/0")
    index = _object(facet.get("index"), "Record/facets/0/index")
    start, end = index.get("byteStart"), index.get("byteEnd")
    if not isinstance(start, int) or not isinstance(end, int) or start < 0:
        raise _invalid("Record/facets/0/index/byteStart must be an integer")
    # The server does not mind these two; clients then show plain words. Strict: nobody means to send that.
    _need(start < end <= size, "Record/facets/0/index is outside of the text")
    for item in _list(facet.get("features"), "Record/facets/0/features"):
        feature = _object(item, "Record/facets/0/features/0")
        field = {"link": "uri", "mention": "did", "tag": "tag"}.get(str(feature.get("$type")).partition("#")[2])
        given = feature.get(field or "")
        _need(isinstance(given, str) and bool(given), "Record/facets/0/features/0 must be a known union member")
        _need(field != "did" or str(given).startswith("did:"), "Record/facets/0/features/0/did must be a did")
        _need(field != "tag" or graphemes(str(given)) <= 64, "Record/facets/0/features/0/tag is too long")


def _strong_ref(value: object, where: str) -> None:
    ref = _object(value, where)
    read_uri(ref.get("uri"), f"{where}/uri")
    cid = ref.get("cid")
    _need(isinstance(cid, str) and _CID.fullmatch(cid) is not None, f"{where}/cid must be a cid")


def _datetime(value: object) -> None:
    _need(isinstance(value, str) and _DATETIME.fullmatch(value) is not None, "Record/createdAt must be a datetime")
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        raise _invalid("Record/createdAt must be a datetime") from None


def _need(holds: bool, message: str) -> None:
    if not holds:
        raise _invalid(message)


def _invalid(message: str) -> Rejected:
    return Rejected(400, "InvalidRequest", f"Invalid {POSTS} record: {message}")


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _invalid(f"{where} must be an object")
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise _invalid(f"{where} must be an array")
    return value
