"""What a dialog asks about pictures, and what its answers come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from adapters.pictures import JPEG, PNG, TakenPictures
from bot.chat.contract import Person, SharedFile, Submitted
from bot.chat.picture_fields import ALL, FILES, KEEP, NONE, WORDS, chosen, fields, said
from models.attachments import Pictured
from models.reply import DraftKind

TAKES = TakenPictures(count=4, size=1_000_000, kinds=frozenset({JPEG, PNG}), alt=1_500)
ONE = Pictured(1, "a" * 64, "A button", PNG, 9, 9, 99)
TWO = replace(ONE, of=2, digest="b" * 64, alt="")


def saved(*files: str, **values: str) -> Submitted:
    return Submitted(
        key="k",
        who=Person("slack", "T", "U"),
        dialog="V",
        kind="draft",
        private="",
        values=values,
        at=datetime(2026, 11, 22, tzinfo=UTC),
        files={FILES: tuple(SharedFile(one) for one in files)},
    )


def named(one: Pictured) -> str:
    return fields(TAKES, DraftKind.REPLY, [one], asks=True)[0].name


def test_it_asks_for_as_many_as_there_is_room_for_and_shows_the_words_of_those_that_are_there() -> None:
    first = fields(TAKES, DraftKind.REPLY, [], asks=True)
    assert [(field.name, field.kind, field.most, field.optional) for field in first] == [
        (FILES, "file", 4, True),
        (WORDS, "long", 1, True),
    ]
    more = fields(TAKES, DraftKind.REPLY, [ONE, TWO], asks=True)
    assert [field.value for field in more[:2]] == ["A button", ""]
    assert [option.label for option in more[2].options] == [
        "Keep all", "Take picture 1 off", "Take picture 2 off", "Take all off",
    ]  # fmt: skip
    assert more[3].most == 2
    assert [field.kind for field in fields(TAKES, DraftKind.REPLY, [ONE] * 4, asks=True)][-1] == "choice"


def test_where_there_can_be_no_pictures_it_asks_for_none_and_says_why() -> None:
    for kind in (DraftKind.CORRECTION, DraftKind.RETRACTION):
        assert fields(TAKES, kind, [ONE], asks=True) == ()
        assert said(TAKES, kind, asks=True, how="", where="Mastodon") == ()
    assert fields(None, DraftKind.REPLY, [], asks=True) == ()
    (line,) = said(None, DraftKind.REPLY, asks=True, how="", where="Mail")
    assert "Mail takes no pictures from us" in repr(line)
    assert fields(TAKES, DraftKind.REPLY, [], asks=False) == ()
    (line,) = said(TAKES, DraftKind.REPLY, asks=False, how="Reinstall the app.", where="Mastodon")
    assert "Reinstall the app." in repr(line)
    assert said(TAKES, DraftKind.REPLY, asks=True, how="Reinstall the app.", where="Mastodon") == ()


def test_each_line_describes_one_picture_in_their_order() -> None:
    both = chosen(saved("F1", "F2", **{WORDS: "The button\n\n  The  page after it\n"}), [])
    assert [(one.file["id"], one.alt) for one in both.given] == [("F1", "The button"), ("F2", "The page after it")]
    one = chosen(saved("F1", **{WORDS: "In two\nlines"}), [])
    assert [one.alt for one in one.given] == ["In two lines"]
    fewer = chosen(saved("F1", "F2", **{WORDS: "The button"}), [])
    assert [one.alt for one in fewer.given] == ["The button", ""]


def test_what_fits_no_picture_or_works_only_in_chat_is_said_beside_its_field() -> None:
    for files, words in (
        ((), "Of what?"),
        (("F1", "F2"), "one\ntwo\nthree"),
        (("F1",), "ask <@U0BEA>"),
        (("F1",), "x" * 1_001),
    ):
        wrong = chosen(saved(*files, **{WORDS: words}), [])
        assert wrong.mistakes is not None, words
        assert list(wrong.mistakes) == [WORDS]
    left = chosen(saved(**{named(ONE): "see :acme:", KEEP: ALL}), [ONE])
    assert left.mistakes is not None
    assert list(left.mistakes) == [named(ONE)]


def test_words_change_and_pictures_go_only_where_the_dialog_showed_them() -> None:
    shown = {named(ONE): " A red  button ", named(TWO): "", KEEP: ALL}
    assert chosen(saved(**shown), [ONE, TWO]).pictures == (replace(ONE, alt="A red button"), TWO)
    assert chosen(saved(**{**shown, KEEP: named(ONE)}), [ONE, TWO]).pictures == (TWO,)
    assert chosen(saved(**{**shown, KEEP: NONE}), [ONE, TWO]).pictures == ()
    # A colleague added the second one meanwhile: it stays, whatever was chosen.
    assert chosen(saved(**{named(ONE): "", KEEP: NONE}), [ONE, TWO]).pictures == (TWO,)
    assert chosen(saved(text="words alone"), [ONE]).pictures is None
