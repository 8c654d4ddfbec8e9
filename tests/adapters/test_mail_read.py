"""Mail as programs and people write it: charsets, broken parts, threads, quotes, lists, and what poses as another."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.errors import Malformed
from adapters.mail_headers import is_id, shown
from adapters.mail_listen import State
from adapters.mail_posts import answered_at, answers_nobody, read_fetched, shown_text, writer
from adapters.mail_read import HASH, Letter, Wrote, plain_subject, read_letter
from adapters.mail_words import folds_at, sized, unflowed
from adapters.posts import Cursor

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HEAD = b"From: Lea <lea@customers.example>\r\nTo: care@acme.example\r\nSubject: Late\r\nMessage-ID: <1@x>\r\n"


def letter(raw: bytes | str, *, head: bytes = HEAD) -> Letter:
    body = raw.encode() if isinstance(raw, str) else raw
    return read_letter(head + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), arrived=NOW)


def words(raw: bytes | str) -> str:
    return letter(raw).text.plain


def test_letters_of_every_charset_are_read_also_of_a_wrong_one() -> None:
    cases = {
        b"Content-Type: text/plain; charset=windows-1255\n\n\xf9\xec\xe5\xed": "שלום",
        b"Content-Type: text/plain; charset=utf-8\n\nstra\xc3\x9fe": "straße",
        b"Content-Type: text/plain; charset=utf-8\n\nstra\xdfe": "straße",  # it says one and is the other
        b"Content-Type: text/plain; charset=no-such-thing\n\nhello": "hello",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8=": "hello",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n%%% not base64": "%%% not base64",
        b"Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$3$s\x1b(B": "こん",
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\na=20b=\nc": "a bc",
        b"\nno content type at all": "no content type at all",
    }
    assert {raw: words(raw) for raw in cases} == cases


def test_words_in_headers_are_read_however_they_are_written() -> None:
    cases = {
        "=?utf-8?B?U3RyYcOfZQ==?=": "Straße",
        "=?iso-8859-1?Q?Stra=DFe?= 4": "Straße 4",
        "=?utf-8?Q?a?= =?utf-8?Q?b?=": "ab",
        "=?nonsense?Q?a?=": "a",
        "=?utf-8?B?%%%?=": "",
        "=?utf-8*de?Q?gr=C3=BCn?=": "grün",
        "plain =? words": "plain =? words",
        "turned \u202e round": "turned round",
        "=?utf-8?Q?a=0D=0ABcc:_x?=": "a Bcc: x",
    }
    assert {raw: shown(raw) for raw in cases} == cases


def test_the_plain_part_is_read_else_the_html_and_nothing_is_fetched() -> None:
    both = (
        'Content-Type: multipart/alternative; boundary="b"\n\n--b\n\nplain\n'
        "--b\nContent-Type: text/html\n\n<p>html\n--b--"
    )
    only = (
        "Content-Type: text/html\n\n<style>p{}</style><p>Hello <b>you</b></p>"
        "<img src='https://spy.example/1.gif' alt=''>"
        "<script>alert(1)</script><a href='javascript:x'>press</a> <a href='https://a.example/'>here</a>"
    )
    assert words(both) == "plain"
    assert words(both.replace("\n\nplain", "\n\n \n")) == "html"
    assert words(only) == "Hello you\n\npress here (https://a.example/)"


def test_files_are_told_by_name_kind_and_size() -> None:
    one = letter(
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nsee below\n--b\n'
        'Content-Type: application/pdf\nContent-Disposition: attachment; filename="../../in\u202evoice.pdf"\n\n12345\n'
        "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nwords of another mail\n--b--"
    )
    assert one.text.plain == "see below"
    assert [(file.name, file.kind) for file in one.files] == [
        ("in voice.pdf", "application/pdf"),
        ("mail.eml", "message/rfc822"),
    ]
    assert "[attached: in voice.pdf, application/pdf, 5 bytes]" in shown_text(one).plain
    assert [sized(size) for size in (999, 12_345, 4_200_000)] == ["999 bytes", "12 kB", "4.2 MB"]


def test_what_is_quoted_below_is_folded_and_not_lost() -> None:
    cases = {
        "It is here.\n\nOn Monday, Acme wrote:\n> Where?\n> Say!": "It is here.",
        "Da ist es.\n\nAm 3. Mai 2026 um 10:00\nschrieb Acme <care@acme.example>:\n> Wo?\n": "Da ist es.",
        "Hier.\n\n-----Ursprüngliche Nachricht-----\nVon: Acme\nGesendet: heute\n\nWo?": "Hier.",
        "Here.\n\n________________________________\nFrom: Acme\nSent: today\nTo: Lea\n\nWhere?": "Here.",
    }
    found = {raw: letter("\n" + raw) for raw in cases}
    assert {raw: one.text.plain for raw, one in found.items()} == cases
    assert all("Wo" in one.folded or "Where" in one.folded for one in found.values())
    assert "[… earlier mail below it, 3 lines]" in shown_text(found[next(iter(cases))]).plain
    html = letter("Content-Type: text/html\n\n<p>Here.</p><p>On Monday, Acme wrote:</p><blockquote>Where?</blockquote>")
    assert html.text.plain == "Here."
    assert "Where?" in html.folded


def test_answers_between_the_lines_and_what_is_forwarded_stay_whole() -> None:
    cases = (
        "> Where is it?\nIn the garden.\n> And when?\nOn Monday.",
        "> only quoted",
        "Look at this:\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: today\n\nyour shop is bad",
        "From: me\nI write like that.",
        "He said that he wrote:\nnothing",
    )
    assert {raw: folds_at(raw) for raw in cases} == dict.fromkeys(cases)


def test_lines_that_a_program_broke_are_whole_again() -> None:
    assert unflowed("a long \nline\n> quoted \n> too\n-- \nLea", delete_space=False) == (
        "a long line\n> quoted \n> too\n-- \nLea"
    )
    assert unflowed("to \ngether\n from: stuffed", delete_space=True) == "together\nfrom: stuffed"


def test_a_thread_is_known_by_its_headers() -> None:
    one = letter("References: <a@x>\n <b@x>\nIn-Reply-To: <b@x>\n\nyes")
    assert (one.name, one.parents, one.parent) == ("1@x", ("a@x", "b@x"), "b@x")
    only = letter("In-Reply-To: your mail of today <b@x>\n\nyes")
    assert (only.parents, only.parent) == (("b@x",), "b@x")
    assert letter("\nyes").parents == ()
    assert letter("References: <1@x>\n\nitself").parents == ()


def test_a_mail_without_an_id_has_a_name_all_the_same() -> None:
    head = b"From: lea@customers.example\r\nDate: Mon, 1 Jun 2026 10:00:00 +0000\r\n"
    one, same = letter("\nhello", head=head), letter("\nhello", head=head)
    assert one.name == same.name
    assert one.name.startswith(HASH)
    assert letter("\nhello!", head=head).name != one.name
    for bad in ('<a"b@x>', "<a b>", "<a\\b@x>", "<>"):
        assert not is_id(bad.strip("<>"))
        assert letter("\nhello", head=head + f"Message-ID: {bad}\r\n".encode()).name.startswith(HASH)


def test_what_programs_wrote_is_recognised() -> None:
    cases = {
        "Auto-Submitted: auto-replied": Wrote.AUTO_REPLY,
        "X-Autoreply: yes": Wrote.AUTO_REPLY,
        "Precedence: auto_reply": Wrote.AUTO_REPLY,
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"': Wrote.AUTO_REPLY,
        "List-Id: <news.example>": Wrote.LIST,
        "Precedence: bulk": Wrote.LIST,
        "List-Unsubscribe: <https://x.example>": Wrote.LIST,
        "Auto-Submitted: auto-generated": Wrote.MACHINE,
        "Return-Path: <>": Wrote.MACHINE,
        "X-Auto-Response-Suppress: All": Wrote.MACHINE,
        "Auto-Submitted: no": Wrote.PERSON,
        "Return-Path: <lea@customers.example>": Wrote.PERSON,
        "X-Nothing: at all": Wrote.PERSON,
        "X-Failed-Recipients: bob@customers.example": Wrote.BOUNCE,
    }
    assert {name: letter(f"{name}\n\nhello").wrote for name in cases} == cases


def test_an_answer_goes_to_one_address_and_never_to_a_list_or_to_us() -> None:
    def to(more: str, head: bytes = HEAD) -> str | None:
        found = answered_at(letter(f"{more}\n\nhello", head=head), our_address="care@acme.example")
        return found and found.address

    assert to("Cc: bob@customers.example") == "lea@customers.example"
    assert to("Reply-To: Lea <lea@home.example>, bob@customers.example") == "lea@home.example"
    assert to("Reply-To: all@list.example\nList-Post: <mailto:all@list.example>") == "lea@customers.example"
    assert to("Reply-To: Care@acme.example") == "lea@customers.example"
    assert to("", b"From: care@acme.example\r\n") is None
    assert to("", b"From: nobody at all\r\n") is None
    assert to("Reply-To: a@b\nBcc: c@d", b"From: x\r\n") == "a@b"


def test_a_form_on_our_site_speaks_for_whom_it_names() -> None:
    form = letter("Reply-To: lea@customers.example\n\nhello", head=b"From: care@acme.example\r\n")
    found = writer(form, our_address="care@acme.example")
    assert found is not None
    assert found.address == "lea@customers.example"
    assert answers_nobody("no-reply@shop.example")
    assert answers_nobody("DoNotReply@shop.example")
    assert not answers_nobody("norbert@shop.example")


def test_subjects_are_answered_once() -> None:
    assert [plain_subject(one) for one in ("Re: AW: RE[2]: late", "late", "Rest: late", "Re:")] == [
        "late",
        "late",
        "Rest: late",
        "",
    ]


def test_a_mail_that_cannot_be_delivered_says_which() -> None:
    report = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nsorry\n--b\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nAction: ACTION\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 unknown\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <ours@x>\n\nhi\n--b--"
    )
    failed = letter(report.replace("ACTION", "failed"))
    assert failed.wrote is Wrote.BOUNCE
    assert failed.failure is not None
    assert (failed.failure.about, failed.failure.failed, failed.failure.says) == (("ours@x",), True, "550 unknown")
    delayed = letter(report.replace("ACTION", "delayed")).failure
    assert delayed is not None
    assert (delayed.failed, delayed.delayed) == (False, True)


def test_when_it_came_is_what_our_own_server_stamped() -> None:
    stamped = b"Received: from a by b; Mon, 1 Jun 2026 10:00:00 +0200\r\n" + HEAD
    assert letter("\nx", head=stamped).received == datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert letter("\nx", head=b"Received: nonsense\r\n" + HEAD).received == NOW
    assert letter("\nx").received == NOW


def test_a_very_deep_and_a_very_long_mail_are_read_in_time() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (at, at) for at in range(300))
    assert letter(deep + b"\nbottom").name == "1@x"
    long = letter("\n" + "x" * 10_000 + "\n>" * 10_000)
    assert len(long.text.plain) == 10_000
    assert letter("\n" + "<" * 200_000).text.plain.endswith("[…]")
    head = HEAD + b"References: " + b"<a@x> " * 20_000 + b"\r\nCc: " + b"a@b," * 5000 + b"\r\n"
    assert letter("\nx", head=head).parents == ("a@x",)


_PIECES = st.sampled_from(
    [
        "Content-Type: multipart/mixed; boundary=b\n",
        "Content-Type: text/html; charset=\xff\n",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
        "Content-Type: message/delivery-status\n",
        "Content-Type: message/rfc822\n",
        "Content-Disposition: attachment; filename*=utf-8''%ff%00\n",
        "Content-Disposition: attachment; filename*0*=bad''x\n",
        "Content-Transfer-Encoding: base64\n",
        "From: =?utf-8?B?\xff?= <a@b>\n",
        "Message-ID: <a@\n",
        "\n",
        "--b\n",
        "--b--\n",
        "> quoted\n",
    ]
)


@settings(max_examples=100, deadline=timedelta(seconds=2))
@given(st.lists(st.one_of(_PIECES.map(str.encode), st.binary(max_size=40)), max_size=25).map(b"".join))
def test_any_bytes_are_a_mail_or_no_mail_and_never_another_error(raw: bytes) -> None:
    try:
        one = read_letter(raw, arrived=NOW)
    except Malformed:
        return
    shown_text(one).plain.encode()
    one.subject.encode()
    assert one.name


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.one_of(_JSON, st.dictionaries(st.sampled_from([b"BODY[]<0>", b"INTERNALDATE", b"RFC822.SIZE"]), _JSON)))
def test_any_answer_of_a_server_is_a_mail_or_malformed(entry: object) -> None:
    with pytest.raises(Malformed):
        read_fetched(entry)


@settings(max_examples=40)
@given(st.one_of(st.text(max_size=30), _JSON.map(lambda one: json.dumps({"folders": one, "told": "{}"}))))
def test_any_cursor_is_ours_or_malformed(words: str) -> None:
    with pytest.raises(Malformed):
        State.read(Cursor(words))
