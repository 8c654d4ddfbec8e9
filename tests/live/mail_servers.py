"""exim and dovecot, as Debian packages them, on loopback: one mailbox of ours, and one for all customers."""

from __future__ import annotations

import asyncio
import getpass
import mailbox
import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.conformance.world import Shown, Trick, World
from adapters.contract import Platform
from adapters.posts import Audience, PostRef
from sandbox.ports import free_port

EXIM, DOVECOT = "/usr/sbin/exim4", "/usr/sbin/dovecot"
OURS, PASSWORD = "care@acme.example", "garden-gate"

_EXIM = """
primary_hostname = mail.acme.example
qualify_domain = acme.example
spool_directory = {dir}/spool
log_file_path = {dir}/exim-%slog
pid_file_path = {dir}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {smtp} : {smtps}
tls_on_connect_ports = {smtps}
tls_advertise_hosts = *
tls_certificate = {dir}/cert.pem
tls_privatekey = {dir}/key.pem
keep_environment =
never_users =
deliver_drop_privilege = true
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept

begin acl
check_rcpt:
  deny local_parts = nobody
       message = nobody has that address
  accept authenticated = *
  accept domains = acme.example
  deny message = relay not permitted

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{ours}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2

begin routers
fails:
  driver = redirect
  local_parts = moved
  allow_fail
  data = :fail: this person has moved away
ours:
  driver = accept
  domains = acme.example
  transport = to_us
theirs:
  driver = accept
  transport = to_them

begin transports
to_us:
  driver = appendfile
  directory = {dir}/ours
  maildir_format
to_them:
  driver = appendfile
  directory = {dir}/theirs
  maildir_format
"""

_DOVECOT = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{dir}/ours
first_valid_uid = 1
{users}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password={{PLAIN}}{password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
}}
"""


@dataclass(frozen=True)
class Servers:
    """Where they listen, in the clear and with TLS, and where their mail lies."""

    folder: Path
    smtp: int
    smtps: int
    imap: int
    imaps: int


@contextmanager
def running() -> Iterator[Servers]:
    """Both servers, until the block ends. (Others must be able to read the folder, so it is none of pytest's.)"""
    folder = Path(tempfile.mkdtemp(prefix="twoway-mail-"))
    folder.chmod(0o755)
    started: list[subprocess.Popen[bytes]] = []
    try:
        servers = Servers(folder, free_port(), free_port(), free_port(), free_port())
        _prepare(servers)
        commands = [EXIM, "-C", str(folder / "exim.conf"), "-bdf"], [DOVECOT, "-F", "-c", str(folder / "dovecot.conf")]
        quiet = subprocess.DEVNULL
        started += [subprocess.Popen(command, stdout=quiet, stderr=quiet) for command in commands]
        for port in (servers.smtp, servers.imap):
            _wait(port, servers)
        yield servers
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(servers: Servers) -> None:
    folder, root = servers.folder, os.getuid() == 0
    # exim gives its rights away for settings that are not its own, and delivers as its own user.
    owner = pwd.getpwnam("Debian-exim") if root else pwd.getpwuid(os.getuid())
    _certificate(folder)
    boxes = [f"{whose}/{part}" for whose in ("ours", "theirs") for part in ("new", "cur", "tmp")]
    for name in ("ours", "theirs", "spool", "run", "state", *boxes):
        (folder / name).mkdir()
    words = {
        "dir": str(folder),
        "ours": OURS,
        "password": PASSWORD,
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
        **{name: getattr(servers, name) for name in ("smtp", "smtps", "imap", "imaps")},
        "users": ""
        if root
        else "\n".join(f"default_{one}_user = {getpass.getuser()}" for one in ("internal", "login")),
    }
    (folder / "exim.conf").write_text(_EXIM.format(**words))
    (folder / "dovecot.conf").write_text(_DOVECOT.format(**words))
    for path in (folder, *(folder / name for name in ("ours", "theirs", "spool", "key.pem", *boxes))):
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    (folder / "key.pem").write_bytes(private)
    (folder / "key.pem").chmod(0o640)


def _wait(port: int, servers: Servers) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    logs = "\n".join(path.read_text(errors="replace") for path in servers.folder.glob("*log"))
    raise AssertionError(f"nobody listens at {port}: {logs[-2000:]}")


class MailTown(World):
    """Customers who write by SMTP to exim, and read what it puts into their mailbox."""

    platform_name = "mail"
    audience = Audience.DIRECT
    tricks = frozenset({Trick.DELETE})

    def __init__(self, servers: Servers) -> None:
        super().__init__()
        self.servers = servers

    def table(self) -> dict[str, object]:
        return {
            "address": OURS,
            "imap": f"127.0.0.1:{self.servers.imap}",
            "smtp": f"127.0.0.1:{self.servers.smtp}",
            "security": "none",
            "sent": "copy",
            "link": "https://mail.acme.example/?id={id}",
            "poll": "1s",
            "look_back": "1h",
            "longest": 600,
            "call_limit": "5s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"password": PASSWORD}

    def platform(
        self, *, secrets: Mapping[str, str] | None = None, table: Mapping[str, object] | None = None
    ) -> Platform:
        """A `server` that is given stands for both of ours."""
        given = dict(table or {})
        if isinstance(address := given.pop("server", None), str):
            given |= dict.fromkeys(("imap", "smtp"), address.removeprefix("http://"))
        return super().platform(secrets=secrets, table=given)

    async def post(
        self,
        words: str,
        *,
        author: str = "lea",
        to: PostRef | None = None,
        audience: Audience = Audience.PUBLIC,
        warning: str | None = None,
        picture: str | None = None,
        address: str | None = None,
    ) -> PostRef:
        """One that names its address is sent through exim, all the others lie there at once."""
        mail = EmailMessage(policy=SMTP)
        sender = address or f"{author}@customers.example"
        id = f"{uuid.uuid4().hex}@customers.example"
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, OURS, "A question", f"<{id}>"
        mail["Date"] = format_datetime(datetime.now(UTC))
        if to is not None:
            mail["In-Reply-To"] = mail["References"] = f"<{to.id}>"
        mail.set_content(words, charset="utf-8")
        if address is None:
            self.put(mail.as_bytes())
        else:
            await asyncio.to_thread(self._send, sender, mail.as_bytes())
            await self.arrived(id)
        return PostRef(id)

    def put(self, raw: bytes) -> None:
        """As exim does it: written beside, then moved into place. (exim itself takes a process for each.)"""
        name = f"{time.time_ns()}.1.twoway"
        beside = self.servers.folder / "ours" / "tmp" / name
        beside.write_bytes(raw)
        owner = (self.servers.folder / "ours").stat()
        os.chown(beside, owner.st_uid, owner.st_gid)
        beside.rename(self.servers.folder / "ours" / "new" / name)

    def _send(self, sender: str, raw: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.servers.smtp, timeout=60) as line:
            line.sendmail(sender, [OURS], raw)

    async def arrived(self, id: str) -> Path:
        """The file of a mail in our mailbox, once exim has put it there."""
        async with asyncio.timeout(60):
            while True:
                for path in self._files("ours"):
                    if f"Message-ID: <{id}>".encode() in path.read_bytes():
                        return path
                await asyncio.sleep(0.02)

    def _files(self, whose: str) -> list[Path]:
        folder = self.servers.folder / whose
        return sorted(path for part in ("new", "cur") for path in (folder / part).glob("*") if path.is_file())

    async def replies(self, ref: PostRef) -> list[Shown]:
        await self.settled()
        found = []
        for path in self._files("theirs"):
            mail = mailbox.MaildirMessage(path.read_bytes())
            if mail["In-Reply-To"] == f"<{ref.id}>":
                payload = mail.get_payload(decode=True)
                words = payload.decode().removesuffix("\n") if isinstance(payload, bytes) else ""
                found.append(Shown(PostRef(str(mail["Message-ID"]).strip("<>")), words, Audience.DIRECT, ""))
        return found

    async def settled(self) -> None:
        """exim delivers after it has answered, from its spool."""
        async with asyncio.timeout(60):
            while list((self.servers.folder / "spool" / "input").rglob("*-[HDJ]")):
                await asyncio.sleep(0.02)

    async def delete(self, ref: PostRef) -> None:
        (await self.arrived(ref.id)).unlink()


@asynccontextmanager
async def mail_world(servers: Servers) -> AsyncIterator[MailTown]:
    """Empty mailboxes."""
    for folder in ("ours", "theirs", "ours/.Sent"):
        for path in [*(servers.folder / folder / "new").glob("*"), *(servers.folder / folder / "cur").glob("*")]:
            path.unlink()
    world = MailTown(servers)
    try:
        yield world
    finally:
        await world.close()
