"""Mail's adapter against exim and dovecot, which we did not write."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

from adapters.conformance.parts import new_key, reply_to
from adapters.conformance.suite import Conformance
from adapters.conformance.world import Ears, World, refs
from adapters.contract import Posted, PostRef, PublicPost, Receipt, Refused, Reply, Text, Visibility
from tests.live.mail_servers import MailTown, Servers, mail_world, running

pytestmark = pytest.mark.needs("mail")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with running() as one:
        yield one


@pytest.fixture
async def world(servers: Servers) -> AsyncIterator[World]:
    async with mail_world(servers) as one:
        yield one


class TestMailServers(Conformance):
    """Every test of the suite that these servers can play."""


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_over_a_protected_line(world: MailTown, monkeypatch: pytest.MonkeyPatch, security: str) -> None:
    servers = world.servers
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.folder / "cert.pem"))
    imap, smtp = (servers.imaps, servers.smtps) if security == "tls" else (servers.imap, servers.smtp)
    table = {"security": security, "imap": f"127.0.0.1:{imap}", "smtp": f"127.0.0.1:{smtp}"}
    platform = world.platform(table=table)
    await platform.open()
    ref = await world.post("help")
    async with Ears(platform, None) as ears:
        second = await world.post("and this")
        await ears.post(second)
    await platform.publish(await reply_to(platform, ref, "We are on it."), new_key())
    assert [one.words for one in await world.replies(ref)] == ["We are on it."]


async def test_the_copy_is_filed_and_our_words_are_heard_once(world: MailTown) -> None:
    platform = world.platform()
    await platform.open()
    async with Ears(platform) as ears:
        ref = await world.post("help")
        await ears.post(ref)
        receipt = await platform.publish(await reply_to(platform, ref, "Straße ✓\n. dot"), new_key())
        echo = (await ears.post(receipt.ref)).post
        thanks = await world.post("thanks", to=receipt.ref, address="lea@customers.example")
        await ears.post(thanks)
    assert echo.ours
    assert echo.text.plain.strip() == "Straße ✓\n. dot"
    assert refs(ears.heard) == [ref, receipt.ref, thanks]
    sent = [path for part in ("new", "cur") for path in (world.servers.folder / "ours" / ".Sent" / part).iterdir()]
    assert any(f"<{receipt.ref.id}>".encode() in path.read_bytes() for path in sent)


async def test_one_that_cannot_be_delivered_comes_back(world: MailTown) -> None:
    platform = world.platform()
    await platform.open()
    ref = await world.post("help", address="moved@customers.example")
    receipt = await platform.publish(await reply_to(platform, ref, "We are on it."), new_key())
    async with asyncio.timeout(60):
        while await platform.look(receipt) is not Visibility.REJECTED:
            await asyncio.sleep(0.1)
    nobody = await world.post("help", address="nobody@customers.example")
    with pytest.raises(Refused, match="nobody has that address"):
        await platform.publish(await reply_to(platform, nobody, "We are on it."), new_key())


async def test_a_folder_that_is_made_anew_tells_nothing_twice(world: MailTown) -> None:
    platform = world.platform()
    async with Ears(platform) as ears:
        first = await world.post("first")
        await ears.post(first)
        cursor = ears.cursors[-1]
    for path in (world.servers.folder / "ours").glob("dovecot*"):  # its numbers, and the validity of the folder
        path.unlink() if path.is_file() else shutil.rmtree(path)
    second = await world.post("second")
    async with Ears(world.platform(), cursor) as ears:
        await ears.post(second)
        await asyncio.sleep(0.5)
    told = refs(ears.heard)
    assert second in told
    assert first not in told


async def test_a_mail_that_names_itself_nothing_is_found(world: MailTown) -> None:
    platform = world.platform()
    await platform.open()
    async with Ears(platform) as ears:
        raw = b"From: lea@customers.example\r\nTo: care@acme.example\r\nSubject: old\r\n\r\nold program\r\n"
        world.put(raw)

        def there(heard: list[object]) -> bool:
            return any(isinstance(one, Posted) and "old program" in one.post.text.plain for one in heard)

        heard = await ears.until(there)  # type: ignore[arg-type]
    post = next(one.post for one in heard if isinstance(one, Posted) and "old program" in one.post.text.plain)
    found = (await platform.fetch([post.ref]))[post.ref]
    assert isinstance(found, PublicPost)
    assert isinstance(await platform.publish(Reply.to(found, text=Text.of("Sure.")), new_key()), Receipt)
    assert PostRef("x") not in refs(heard)
