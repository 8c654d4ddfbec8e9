"""The story of a contact form: it calls us, and is answered through its webhook, or by hand where it has none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.inbound import Fault, Message, Office
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, DAN, Town

ASKED = "my bike is xylophone late, order 4711"
REPLY = "Sorry, lea! It comes today."


class OfficeTown(Town):
    """The town whose customers write into a system of the company's own. Nothing else is different."""

    square: Office  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        words = super().toml(port).replace('platform = "mastodon"', 'platform = "inbound"')
        return words.replace(f'server = "{self.square.base_url}"\n', "").replace("streaming = false\n", "")

    @property
    def environment(self) -> dict[str, str]:
        return self.team_secrets() | {"TWOWAY_ACME_SECRET": self.square.secret}

    async def start(self) -> None:
        await super().start()
        self.square.callback = f"http://127.0.0.1:{self.port}/hooks/acme/events"
        self.square.changes.tell()


@pytest.fixture
async def form(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[OfficeTown]:
    """The town, not started yet."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with Office.serve() as office, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = OfficeTown(tmp_path, office, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.brisk()
        del made.account_settings["poll"]
        made.account_settings["streaming"] = "false"
        try:
            yield made
        finally:
            await made.stop()


async def drafted(here: OfficeTown) -> Message:
    message = await here.asks("lea", ASKED)
    await here.card("Nobody has claimed it.", "xylophone")
    await here.mention(ANA, f"draft {REPLY}")
    await here.draft_message(1, REPLY)
    assert isinstance(message, Message)
    return message


async def test_a_message_comes_by_call_and_its_reply_goes_to_the_webhook_once(form: OfficeTown) -> None:
    form.account_settings |= {"webhook": f'"{form.square.webhook}"', "asks": "true"}
    await form.start()
    message = await drafted(form)
    form.square.fault(Fault.ACCEPT_AND_DROP)
    await form.reacts(BEA, await form.draft_message(1))
    await form.card("Answered")
    (reply,) = form.square.posted_by_us()
    assert (reply.words, reply.parent) == (REPLY, message.id)
    assert len(form.square.publish_calls) == 1
    # An answer to the answer is the same conversation.
    await form.square.post("lea", "thank you!", reply_to=reply)
    await form.in_thread("thank you!")


async def test_an_edit_voids_a_draft_where_nobody_can_be_asked_and_a_deletion_ends_it(form: OfficeTown) -> None:
    form.account_settings |= {"webhook": f'"{form.square.webhook}"'}
    await form.start()
    message = await drafted(form)
    await form.square.edit(message, "it is here, and broken")
    await form.in_thread("Draft 1: shown again below: the customer changed the post")
    await form.reacts(BEA, await form.draft_message(1))
    await form.card("Answered")
    assert [one.words for one in form.public()] == [REPLY]  # type: ignore[attr-defined]
    second = await form.square.post("kim", "mine is xylophone, too")
    await form.card("mine is xylophone", number=2)
    await form.square.delete(second)
    await form.card("Closed", number=2)


async def test_without_a_webhook_the_answer_is_given_by_hand_and_settled(form: OfficeTown) -> None:
    form.channel_settings["leads"] = f'["{DAN}"]'
    await form.start()
    await form.asks("lea", ASKED)
    await form.card("I may not answer this one.", "settle 1 sent")
    await form.mention(DAN, "settle sent https://forms.example/4711")
    await form.card("Answered")
    assert form.public() == []
