"""What customers write stays what it is: words. It pings nobody and formats nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories import stages
from tests.stories.pings import pinged
from tests.stories.town import ANA, BEA, CARE, Town

HOSTILE = {
    "pings": "@acme <!channel> <!here> <!everyone> <@U0ANA> <!subteam^S0CARE> and @ana, look here",
    "formatting": "@acme *bold* _slanted_ ~struck~ `code` > quote ```block``` "
    "<https://evil.example|https://good.example> &lt;!channel&gt; &amp;amp; <b>bold</b> look here",
    "letters": "@acme \u202elook here\u202c \u05e9\u05dc\u05d5\u05dd lo\u200bok he\u2060re\ufeff",
    "buttons": '@acme :tada: {"type": "button", "action_id": "approve", "value": "1:1:1"} look here',
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_words_ping_nobody_and_format_nothing(here: Town, kind: str) -> None:
    words = HOSTILE[kind]
    name = "<!channel> *Lea*" if kind == "pings" else None
    await here.square.post("lea", words, display_name=name)
    card = await here.card("Nobody has claimed it.")
    assert pinged(card) == []
    assert shown_literally(card, words), here.slack.text_of(card)
    nothing_formats(here)


async def test_hostile_words_in_edits_replies_and_drafts_stay_words(here: Town) -> None:
    """Where customers' words come again: the thread's notices, and the dialog."""
    words = HOSTILE["pings"] + " " + HOSTILE["formatting"]
    post = await stages.opened(here)
    await here.square.edit(post, words)
    edited = await here.in_thread("changed the post")
    more = await here.square.post("kim", words, reply_to=post)
    again = await here.in_thread("wrote again")
    view = await here.opens(ANA, await here.card("Nobody has claimed it."), "Draft")
    for shown in (edited, again, view):
        assert pinged(shown) == []
        assert shown_literally(shown, words)
    await here.square.delete(more)
    nothing_formats(here)


async def test_what_reps_type_pings_nobody_either(here: Town) -> None:
    """Their words are to be public: a mention of a colleague is named as such and blocks the draft."""
    await stages.opened(here)
    await here.mention(ANA, "draft Ask <@U0BEA>, she knows *all*")
    draft = await here.in_thread("These work only here in chat, not in public")
    assert pinged(draft) == [] or BEA not in pinged(draft)
    assert [one.text for one in here.slack.buttons_of(draft)].count("Approve") == 0
    nothing_formats(here)


async def test_ten_thousand_characters_are_shortened_on_the_card_and_kept_whole(quiet_town: Town) -> None:
    here = quiet_town
    here.square.server.world.max_characters = 20_000
    await here.start()
    words = "@acme " + "xylophone " * 999 + "marimba"
    await here.square.post("lea", words)
    card = await here.card("xylophone", "…")
    assert len(here.slack.text_of(card)) < 3_000
    assert here.in_store("marimba") == ["post"]


async def test_a_nul_among_the_words_harms_nobody(here: Town) -> None:
    """No text with a NUL can be stored in PostgreSQL; the rest of it is not lost."""
    await here.square.post("lea", "@acme before\x00after")
    card = await here.card("before", "after")
    assert "\x00" not in here.slack.text_of(card)


def shown_literally(shown: object, words: str) -> bool:
    """Whether some rich text or plain text says exactly these words, without any style."""
    return any(words in text for text in _plain(shown.blocks))


def _plain(thing: object) -> Iterator[str]:
    if isinstance(thing, list):
        for one in thing:
            yield from _plain(one)
    elif isinstance(thing, dict):
        if thing.get("type") in {"text", "plain_text"} and isinstance(thing.get("text"), str):
            style = thing.get("style") or {}
            if not set(style) - {"strike"}:
                yield thing["text"]
        if thing.get("type") == "TextRun" and not set(thing) - {"type", "text", "strikethrough"}:
            yield thing["text"]
        for one in thing.values():
            yield from _plain(one)


def nothing_formats(here: Town) -> None:
    """No mrkdwn that the bot ever sent holds customers' words; nor does the text beside the blocks ping."""
    for call in here.slack.calls():
        assert not any("look here" in words for words in _text_blocks(call.args)), "text blocks read markdown"
        assert "xylophone" not in "".join(_mrkdwn(call.args.get("blocks")))
        for words in (*_mrkdwn(call.args.get("blocks")), str(call.args.get("text") or "")):
            assert not any(ping in words for ping in ("<!", "<@", "*bold*", "<https://evil")), words
    for message in here.slack.messages(CARE):
        assert "look here" not in message.text


def _mrkdwn(thing: object) -> Iterator[str]:
    if isinstance(thing, list):
        for one in thing:
            yield from _mrkdwn(one)
    elif isinstance(thing, dict):
        if thing.get("type") == "mrkdwn":
            yield str(thing.get("text"))
        for one in thing.values():
            yield from _mrkdwn(one)


def _text_blocks(thing: object) -> Iterator[str]:
    """Where Adaptive Cards read markdown and mentions."""
    if isinstance(thing, list):
        for one in thing:
            yield from _text_blocks(one)
    elif isinstance(thing, dict):
        if thing.get("type") == "TextBlock":
            yield str(thing.get("text"))
        for one in thing.values():
            yield from _text_blocks(one)
