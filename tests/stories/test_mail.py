"""The same story by mail: one reader, no public, an id instead of a key, and mail that comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.mail import Fault, MailStandIn, Message
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "My xylophone is late: https://shop.example/orders/4711"
REPLY = "Sorry, Lea! It comes today."


class MailTown(Town):
    """The town whose square is a mailbox. Nothing else is different."""

    square: MailStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "mail"').replace('server = ""\n', "")

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"TWOWAY_ACME_PASSWORD": self.square.world.password}


@pytest.fixture
async def post_office(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[MailTown]:
    """The town with its bot: on one database and one way to Slack, since nothing of them is another here."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with MailStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = MailTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings |= {
            "address": f'"{square.world.address}"',
            "imap": f'"{square.imap_address}"',
            "smtp": f'"{square.smtp_address}"',
            "security": '"none"',
            "sent": '"copy"',
            "poll": '"500ms"',
        }
        made.brisk()
        made.account_settings["call_limit"] = '"3s"'  # a mail takes seven orders, one after another
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def drafted(here: MailTown) -> Message:
    mail = await here.asks("lea", ASKED)
    await here.card("Nobody has claimed it.", "xylophone", "Not public: only those it names can see it.")
    await here.mention(ANA, f"draft {REPLY}")
    await here.draft_message(1, REPLY, "It goes to lea@customers.example alone.")
    assert isinstance(mail, Message)
    return mail


async def test_a_customer_is_answered_by_mail_with_the_words_that_were_approved(post_office: MailTown) -> None:
    mail = await drafted(post_office)
    assert post_office.public() == []
    await post_office.reacts(BEA, await post_office.draft_message(1))
    await post_office.card("Answered")
    (sent,) = post_office.square.delivered
    assert sent.words == REPLY
    assert sent.recipients == ("lea@customers.example",)
    assert sent.parsed["In-Reply-To"] == f"<{mail.id}>"
    # A note of absence is nobody's words; her answer is, and it is the same conversation.
    away = [("Auto-Submitted", "auto-replied")]
    id = str(sent.parsed["Message-ID"]).strip("<>")
    await post_office.square.post("lea", "I am away", reply_to=id, headers=away)
    await post_office.square.post("lea", "thank you!", reply_to=id)
    await post_office.in_thread("thank you!")
    assert not post_office.in_chat("I am away")


async def test_a_mail_that_was_taken_without_an_answer_is_found_and_goes_out_once(post_office: MailTown) -> None:
    await drafted(post_office)
    post_office.square.fault(Fault.ACCEPT_AND_DROP)
    await post_office.reacts(BEA, await post_office.draft_message(1))
    await post_office.card("Answered")
    assert [one.words for one in post_office.square.delivered] == [REPLY]
    assert len(post_office.square.publish_calls) == 1


async def test_an_answer_by_hand_is_noticed(post_office: MailTown) -> None:
    mail = await drafted(post_office)
    await post_office.square.answer_by_hand(mail.id, "I called you, Lea.")
    await post_office.in_thread("Somebody answered from our account, not through me", "I called you, Lea.")
    assert post_office.square.publish_calls == []
