"""Fetching what a stranger names: a page or a feed somewhere on the web, never anything inside our own network.

Every address is checked after its name was resolved, and the connection goes to the address that was checked. Each
redirect is a new question. Size, time and what unpacks to more than it says are bounded. What a page means is left to
whoever asked.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import aiohttp
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from adapters.errors import Throttled, Unreachable
from adapters.http import WAIT_WITHOUT_HEADER, Clock, utc_now
from adapters.settings import SettingError
from adapters.waits import read_wait

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LARGEST = 4 * 2**20  # bytes, unpacked: a feed of 150 whole articles is some 2 MB
LIMIT = timedelta(seconds=15)  # for all hops together
MOST_HOPS = 5  # redirects
LONGEST_ADDRESS = 2048
PIECE = 2**16
# Ports on which the web is served; others below 1024 belong to services that must not be spoken to by accident.
LOW_PORTS = frozenset({80, 443})
PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})

#: Refused whatever the Python at hand holds of them, and by whom they are said to be no part of the public web.
REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890 2.2.2: some Pythons refuse it, others single addresses
        "192.88.99.0/24",  # relays to 6to4, given up by RFC 7526
        "168.63.129.16/32",  # Azure's own host, seen from its machines: Microsoft, "What is IP address 168.63.129.16?"
        "64:ff9b::/96",  # NAT64, RFC 6052: any IPv4 address may stand behind it, also one inside
        "64:ff9b:1::/48",  # NAT64 of one's own network, RFC 8215
        "3fff::/20",  # for documentation, RFC 9637
        "5f00::/16",  # segment routing within a network, RFC 9602
    )
)


class Forbidden(Unreachable):
    """The address is not one of the public web, or its name leads to one that is not."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was there. `address` is where it was found; `moved`, where it lives from now on, if it said so."""

    status: int
    address: str
    moved: str | None
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def kind(self) -> str:
        """Its media type, in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def networks(words: str, *, key: str = "inside") -> tuple[Network, ...]:
    """Networks and single addresses, with commas between; `SettingError` for anything else."""
    found: list[Network] = []
    for word in (one.strip() for one in words.split(",")):
        try:
            found += [ipaddress.ip_network(word)] if word else []
        except ValueError:
            raise SettingError(key, f'{word!r} is no network such as "10.1.0.0/16" or "127.0.0.1".') from None
    return tuple(found)


def is_public(given: str) -> bool:
    """Whether an address belongs to the public network, whatever it is wrapped in."""
    try:
        address: Address = ipaddress.ip_address(given.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(one) for one in (address, *_inner(address)))


def _is_public(address: Address) -> bool:
    inside = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or (isinstance(address, ipaddress.IPv6Address) and address.is_site_local)
    )
    return address.is_global and not inside and not any(address in network for network in REFUSED)


def _inner(address: Address) -> tuple[Address, ...]:
    """IPv4 addresses that an IPv6 address stands for: mapped, 6to4, Teredo."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    return tuple(one for one in found if one is not None)


class Guard:
    """Says which addresses may be spoken to: public ones, and what the settings allow."""

    def __init__(self, allow: Sequence[Network] = ()) -> None:
        self._allow = tuple(allow)

    def admits(self, given: str) -> bool:
        return self._allowed(given) or is_public(given)

    def _allowed(self, given: str) -> bool:
        try:
            address = ipaddress.ip_address(given)
        except ValueError:
            return False
        return any(address in network for network in self._allow)

    def check(self, url: URL) -> None:
        """What can be said of an address before anybody is asked. `Forbidden`."""
        host = url.raw_host or ""
        if url.scheme not in ("http", "https") or not host or len(str(url)) > LONGEST_ADDRESS:
            raise Forbidden("only http and https are fetched")
        literal = host.strip("[]")
        try:
            ipaddress.ip_address(literal.partition("%")[0])
        except ValueError:
            named = True
        else:
            named = False
        if not named and not self.admits(literal):
            raise Forbidden("the address is inside a network of ours")
        port = url.port or 0
        if port < 1024 and port not in LOW_PORTS and not self._allowed(literal):
            raise Forbidden("no web is served on that port")

    def socket_for(self, info: AddrInfoType) -> socket.socket:
        """The socket of a connection that is about to be opened: the last moment to look where it goes."""
        family, kind, proto, _, where = info
        if not self.admits(str(where[0])):
            raise OSError("the address is inside a network of ours")
        return socket.socket(family=family, type=kind, proto=proto)


class _Resolver(AbstractResolver):
    """Names, looked up as the machine does; one that leads inside leads nowhere."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._asked = ThreadedResolver()
        self.forbidden = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._asked.resolve(host, port, family)
        good = [one for one in found if self._guard.admits(one["host"])]
        if len(good) < len(found):  # a name that leads to both is somebody's trick
            self.forbidden = True
            raise OSError("the name leads inside")
        return good

    async def close(self) -> None:
        await self._asked.close()


class Fetcher:
    """Fetches pages. Raises `Forbidden`, `Unreachable`, and `Throttled` where it is asked to wait."""

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        largest: int = LARGEST,
        limit: timedelta = LIMIT,
        clock: Clock = utc_now,
    ) -> None:
        self._guard = Guard(allow)
        self._largest = largest
        self._limit = limit
        self._clock = clock

    async def get(self, address: str, *, accept: str = "*/*", headers: Mapping[str, str] | None = None) -> Page:
        """The page at an address, with any status but a redirect, 429 and 503. One try."""
        try:
            async with asyncio.timeout(self._limit.total_seconds()):
                return await self._follow(address, {**(headers or {}), "Accept": accept})
        except TimeoutError as error:
            raise Unreachable("no answer in time") from error

    async def _follow(self, address: str, headers: Mapping[str, str]) -> Page:
        try:
            url = URL(address)
        except ValueError as error:
            raise Forbidden("that is no address") from error
        first, moved = url, url
        for _ in range(MOST_HOPS + 1):
            self._guard.check(url)
            status, answered, body = await self._ask(url, headers)
            if status not in REDIRECTS:
                return self._page(status, url, None if moved == first else str(moved), answered, body)
            try:
                following = url.join(URL(answered.get("location", "")))
            except ValueError as error:
                raise Unreachable("redirected to what is no address") from error
            if following.user or following.password:
                raise Forbidden("redirected to an address with a password")
            moved = following if status in PERMANENT and moved == url else moved
            url = following
        raise Unreachable(f"redirected more than {MOST_HOPS} times")

    def _page(self, status: int, url: URL, moved: str | None, headers: Mapping[str, str], body: bytes) -> Page:
        if status in (429, 503):
            raise Throttled(read_wait(headers, self._clock()) or self._clock() + WAIT_WITHOUT_HEADER)
        return Page(status, str(url), moved, headers, body)

    async def _ask(self, url: URL, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        resolver = _Resolver(self._guard)
        connector = aiohttp.TCPConnector(
            resolver=resolver,
            use_dns_cache=False,
            force_close=True,
            limit=1,
            socket_factory=self._guard.socket_for,
        )
        # One session a question: nothing of one stranger's server is kept for another's.
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    headers={"User-Agent": "Twoway (reads feeds and webmentions)", "Accept-Encoding": "gzip, deflate"},
                    timeout=aiohttp.ClientTimeout(total=self._limit.total_seconds()),
                ) as session,
                session.get(url, headers=headers, allow_redirects=False) as response,
            ):
                answered = {key.lower(): value for key, value in response.headers.items()}
                body = b"" if response.status in REDIRECTS else await self._read(response, answered)
                return response.status, answered, body
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if resolver.forbidden:
                raise Forbidden("its name leads inside a network of ours") from error
            raise Unreachable(type(error).__name__) from error
        finally:
            await resolver.close()

    async def _read(self, response: aiohttp.ClientResponse, headers: Mapping[str, str]) -> bytes:
        unpack = unpacker(headers.get("content-encoding", ""))
        body = bytearray()
        packed = 0  # counted too: a body may go on for ever and unpack to nothing
        async for piece in response.content.iter_chunked(PIECE):
            packed += len(piece)
            body += unpack(piece, self._largest + 1 - len(body))
            if max(packed, len(body)) > self._largest:
                raise Unreachable(f"more than {self._largest} bytes")
        return bytes(body)


class _Unpack:
    """Unpacks piece by piece and never more than is asked for."""

    def __init__(self, form: int) -> None:
        self._form = form
        self._made = zlib.decompressobj(form)
        self._begun = False

    def __call__(self, piece: bytes, most: int) -> bytes:
        if self._made.eof:
            return b""  # it has ended; zlib would keep whatever follows, and copy it at every piece
        try:
            out = self._made.decompress(piece, most)
        except zlib.error as error:
            if self._begun or self._form != zlib.MAX_WBITS:
                raise Unreachable("cannot be unpacked") from error
            # Some servers say deflate and send it without its frame.
            self._made = zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                out = self._made.decompress(piece, most)
            except zlib.error:
                raise Unreachable("cannot be unpacked") from error
        self._begun = True
        return out


def unpacker(encoding: str) -> _Unpack | _Plain:
    """How a body in this encoding is unpacked; `Unreachable` for one that we did not ask for."""
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Unpack(16 + zlib.MAX_WBITS)
        case "deflate":
            return _Unpack(zlib.MAX_WBITS)
        case _:
            raise Unreachable("packed in a way that we did not ask for")


class _Plain:
    def __call__(self, piece: bytes, most: int) -> bytes:
        return piece[:most]
