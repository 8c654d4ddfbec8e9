"""Our mailbox on the stand-in, for tests of what is particular to mail."""

from __future__ import annotations

from adapters.contract import PostRef, PublicPost, Reply, Text
from adapters.http import Clock, utc_now
from adapters.keeping import Keeper
from adapters.mail import Mail
from adapters.mail_settings import Settings
from adapters.settings import build
from sandbox.mail import MailStandIn, Message

MADE: list[Mail] = []  # in the test that runs: they are closed with its server


def settings(server: MailStandIn | None = None, **table: object) -> Settings:
    fast: dict[str, object] = {
        "address": "care@acme.example",
        "imap": server.imap_address if server else "mail.acme.example",
        "smtp": server.smtp_address if server else "mail.acme.example",
        "poll": "100ms",
        "call_limit": "2s",
    }
    own = {"security": "none"} if server else {}
    password = server.world.password if server else "garden gate"
    secrets = {"password": password, "client_secret": "c"} if "oauth" in table else {"password": password}
    return build(Settings, {**fast, **own, **table}, secrets)


def mailbox(server: MailStandIn, *, keeper: Keeper | None = None, clock: Clock = utc_now, **table: object) -> Mail:
    """Our account, not yet opened; what a test makes here is closed with its server."""
    made = Mail(settings(server, **table), keeper, clock=clock)
    MADE.append(made)
    return made


async def post_of(platform: Mail, mail: Message) -> PublicPost:
    post = (await platform.fetch([PostRef(mail.id)]))[PostRef(mail.id)]
    assert isinstance(post, PublicPost)
    return post


async def reply_to(platform: Mail, mail: Message, words: str = "We are on it.", **more: object) -> Reply:
    return Reply.to(await post_of(platform, mail), text=Text.of(words), **more)  # type: ignore[arg-type]
