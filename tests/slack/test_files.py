"""A picture of ours in Slack: uploaded once, shown by the message alone, and words where that does not work."""

from __future__ import annotations

import logging

import pytest

from bot.chat.contract import Card, Line, Person, Picture, Plain, ReplyTo
from tests.slack.conftest import Rig

PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"
ALT = "12 posts on Monday. 4 of 5 answers within 30 min."


def a_card(name: str = "n" * 43) -> Card:
    drawn = Picture(url="", alt=ALT, drawing="{}", name=name, png=PNG)
    return Card(summary="Monday", blocks=(Line((Plain("12 posts came."),)), drawn))


def shown(rig: Rig) -> list[dict[str, object]]:
    (message,) = rig.slack.messages("C0CARE")
    return [block for block in message.blocks if block["type"] == "image"]


async def test_a_picture_is_uploaded_once_and_stands_in_its_message(socket_rig: Rig) -> None:
    place = await socket_rig.surface.place("C0CARE")
    message = await socket_rig.surface.post(place, a_card())
    (image,) = shown(socket_rig)
    assert image["alt_text"] == ALT
    await socket_rig.surface.update(message, a_card())
    assert shown(socket_rig)[0]["slack_file"] == image["slack_file"]
    (file,) = socket_rig.slack.files.values()
    assert (file.body, file.alt, image["slack_file"]) == (PNG, ALT, {"id": file.id})
    await socket_rig.surface.update(message, a_card("m" * 43))
    assert len(socket_rig.slack.files) == 2


async def test_a_file_that_slack_still_looks_at_is_waited_for(socket_rig: Rig) -> None:
    socket_rig.slack.slow_files(1)
    await socket_rig.surface.post(await socket_rig.surface.place("C0CARE"), a_card())
    assert len(shown(socket_rig)) == 1


async def test_without_the_scope_the_summary_comes_in_words_and_the_log_says_what_to_do(
    socket_rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    socket_rig.slack.scopes.discard("files:write")
    with caplog.at_level(logging.ERROR):
        await socket_rig.surface.post(await socket_rig.surface.place("C0CARE"), a_card())
    assert shown(socket_rig) == []
    assert ALT in socket_rig.slack.text_of(socket_rig.slack.messages("C0CARE")[0])
    (record,) = [one for one in caplog.records if one.getMessage() == "slack: picture not uploaded"]
    assert "files:write" in str(record.__dict__["remedy"])


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
async def test_whatever_step_fails_the_message_stands(socket_rig: Rig, method: str) -> None:
    socket_rig.slack.fail_next(method, "500")
    await socket_rig.surface.post(await socket_rig.surface.place("C0CARE"), a_card())
    assert shown(socket_rig) == []
    assert ALT in socket_rig.slack.text_of(socket_rig.slack.messages("C0CARE")[0])


async def test_who_asks_gets_the_picture_privately(socket_rig: Rig) -> None:
    place, who = await socket_rig.surface.place("C0CARE"), Person("slack", "T0ACME", "U0ANA")
    seen = await socket_rig.slack.command("U0ANA", "C0CARE", "/claim")
    await socket_rig.surface.answer(ReplyTo(seen.response_url, who, place), a_card())
    whispered = socket_rig.slack.ephemerals("U0ANA")[-1]
    assert [block["type"] for block in whispered.blocks] == ["rich_text", "image"]
