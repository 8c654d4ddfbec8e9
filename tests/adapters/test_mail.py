"""What is particular to mail: what goes out and to whom, how it is found again, and who is not believed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.conformance.world import Ears, refs
from adapters.contract import (
    Absent,
    AuthFailed,
    CannotTell,
    Lost,
    PostRef,
    PublicPost,
    Ready,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Reply,
    Text,
    Throttled,
    Unavailable,
    Visibility,
)
from adapters.errors import Unreachable
from adapters.keeping import Forgetful
from adapters.mail import Mail
from adapters.mail_write import Names
from adapters.oauth import Tokens
from adapters.posts import BY_HAND, Audience
from adapters.settings import SettingError
from sandbox.mail import Fault, MailStandIn
from tests.adapters.mailbox import MADE, mailbox, post_of, reply_to, settings


@pytest.fixture
async def server() -> AsyncIterator[MailStandIn]:
    async with MailStandIn.serve() as one:
        yield one
        while MADE:
            await MADE.pop().close()


@pytest.fixture
async def platform(server: MailStandIn) -> Mail:
    one = mailbox(server, sent="copy", late_bound="1s", listing_lag="0s")
    await one.open()
    return one


# What goes out


async def test_an_answer_goes_to_its_author_alone_in_the_same_thread(server: MailStandIn, platform: Mail) -> None:
    first = await server.post("lea", "it is late", subject="Re: AW: Order 4711", cc="bob@customers.example")
    mail = await server.post("lea", "very late", subject="Order 4711", reply_to=first.id)
    receipt = await platform.publish(await reply_to(platform, mail, "Straße 4 – ✓\n\n> so\n. a dot\nend"), "key")
    (sent,) = server.delivered
    assert sent.recipients == ("lea@customers.example",)
    assert sent.parsed["To"] == "Lea <lea@customers.example>"
    assert sent.parsed["Cc"] is None
    assert sent.parsed["Bcc"] is None
    assert sent.parsed["Subject"] == "Re: Order 4711"
    assert sent.parsed["In-Reply-To"] == f"<{mail.id}>"
    assert str(sent.parsed["References"]).split() == [f"<{first.id}>", f"<{mail.id}>"]
    assert sent.parsed["Message-ID"] == f"<{receipt.ref.id}>"
    assert sent.parsed["Auto-Submitted"] is None  # people wrote and approved it
    assert sent.words == "Straße 4 – ✓\n\n> so\n. a dot\nend"


async def test_pre_flight_says_where_it_goes(server: MailStandIn, platform: Mail) -> None:
    mail = await server.post("lea", "hi", headers=[("Reply-To", "no-reply@shop.example"), ("Auto-Submitted", "auto-x")])
    ready = await platform.preflight(await reply_to(platform, mail))
    assert isinstance(ready, Ready)
    assert ready.notes == (
        "It goes to no-reply@shop.example alone.",
        "By its name, nobody reads what is sent there.",
        "A program wrote that mail.",
    )


async def test_nobody_smuggles_a_header_in(server: MailStandIn, platform: Mail) -> None:
    raw = (
        b"From: =?utf-8?Q?Lea=0D=0ABcc:_all@list.example?= <lea@customers.example>\r\nTo: care@acme.example\r\n"
        b"Date: Mon, 1 Jun 2026 10:00:00 +0000\r\nMessage-ID: <evil@customers.example>\r\n"
        b"Subject: =?utf-8?Q?late=0D=0ABcc:_all@list.example=0D=0A=0D=0Awords?=\r\n\r\nhi\r\n"
    )
    mail = server.arrive(raw)
    parent = await post_of(platform, mail)
    await platform.publish(Reply.to(parent, text=Text.of("ok")), "1")
    extra = dict(parent.extra) | {"subject": "a\r\nBcc: x@y", "answer_name": "\u2028Bcc: z", "thread": ["a>\r\nBcc: b"]}
    await platform.publish(Reply(parent=parent.ref, text=Text.of("ok"), extra=extra), "2")
    for sent in server.delivered:
        assert sent.recipients == ("lea@customers.example",)
        assert sent.parsed["Bcc"] is None
        assert sent.words == "ok"
    for bad in ("a@b\r\nRCPT TO:<x@y>", "a b@c", "@", "a@b>"):
        with pytest.raises(Refused):
            await platform.publish(Reply(parent=parent.ref, text=Text.of("ok"), extra={"answer_to": bad}), "3")


async def test_names_and_domains_beyond_ascii(server: MailStandIn, platform: Mail) -> None:
    mail = await server.post(
        "lea", "hi", headers=[("From", "Lea <lea@customers.example>"), ("Reply-To", "x@straße.example")]
    )
    await platform.publish(await reply_to(platform, mail), "1")
    mail = server.arrive("From: Lea <léa@customers.example>\r\nMessage-ID: <2@x>\r\n\r\nhi\r\n".encode())
    await platform.publish(await reply_to(platform, mail), "2")
    assert [sent.recipients for sent in server.delivered] == [("x@strasse.example",), ("léa@customers.example",)]


async def test_who_names_nobody_is_answered_by_hand(server: MailStandIn, platform: Mail) -> None:
    mail = server.arrive(b"From: undisclosed\r\nMessage-ID: <2@x>\r\n\r\nhi\r\n")
    post = await post_of(platform, mail)
    assert BY_HAND in post.extra
    refusal = await platform.preflight(Reply.to(post, text=Text.of("hi")))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_ALLOWED


# Found again


async def test_the_id_is_chosen_before_and_only_we_can_make_one_up() -> None:
    names = Names(secret="s", domain="acme.example")
    id = names.of("a key")
    assert id == names.of("a key") != names.of("another")
    assert names.are_ours(id)
    assert not Names(secret="another", domain="acme.example").are_ours(id)
    assert not names.are_ours(id.replace("acme", "evil"))


async def test_a_copy_comes_back_is_filed_and_told_once(server: MailStandIn, platform: Mail) -> None:
    mail = await server.post("lea", "help")
    async with Ears(platform) as ears:
        await ears.post(PostRef(mail.id))
        receipt = await platform.publish(await reply_to(platform, mail), "key")
        echo = (await ears.post(receipt.ref)).post
        await server.wait_for(lambda here: here.world.folders["Sent"].messages)
        answer = await server.post("lea", "thanks", reply_to=receipt.ref.id)
        thanks = (await ears.post(PostRef(answer.id))).post
    assert echo.ours
    assert echo.text.plain.strip() == "We are on it."
    assert (echo.root, echo.parent, thanks.root) == (PostRef(mail.id), PostRef(mail.id), PostRef(mail.id))
    assert [one.id for one in server.world.folders["INBOX"].messages] == [mail.id, answer.id]
    assert refs(ears.heard) == [PostRef(mail.id), receipt.ref, PostRef(answer.id)]
    assert {one.visibility for one in (echo, thanks)} == {Audience.DIRECT}


async def test_where_we_file_it_ourselves_an_accident_is_for_a_person(server: MailStandIn) -> None:
    platform = mailbox(server)  # sent = "append"
    await platform.open()
    assert not platform.can.finds
    mail = await server.post("lea", "help")
    reply = await reply_to(platform, mail, attempts=(datetime.now(UTC),))
    assert isinstance(await platform.find_own_reply(reply, "key"), CannotTell)
    server.fault(Fault.ACCEPT_AND_DROP)
    with pytest.raises(Lost):
        await platform.publish(reply, "key")
    assert isinstance(await platform.find_own_reply(reply, "key"), CannotTell)
    receipt = await platform.publish(reply, "other")
    (filed,) = server.world.folders["Sent"].messages
    assert filed.id == receipt.ref.id
    assert "\\Seen" in filed.flags
    assert await platform.find_own_reply(reply, "other") == receipt.__class__(
        ref=receipt.ref, url=None, at=filed.at.replace(microsecond=0), text="We are on it."
    )


async def test_where_the_server_files_it_the_folder_tells(server: MailStandIn) -> None:
    server.world.files_sent = True
    platform = mailbox(server, sent="server")
    await platform.open()
    mail = await server.post("lea", "help")
    reply = await reply_to(platform, mail, attempts=(datetime.now(UTC),))
    assert isinstance(await platform.find_own_reply(reply, "key"), Absent)
    server.fault(Fault.ACCEPT_AND_DROP)
    with pytest.raises(Lost):
        await platform.publish(reply, "key")
    assert isinstance(await platform.find_own_reply(reply, "key"), Receipt)
    assert len(server.delivered) == 1


async def test_an_answer_to_it_proves_that_it_arrived(server: MailStandIn) -> None:
    platform = mailbox(server, sent="server")
    await platform.open()
    mail = await server.post("lea", "help")
    reply = await reply_to(platform, mail, attempts=(datetime.now(UTC),))
    receipt = await platform.publish(reply, "key")  # and the server forgets to file it
    await server.post("lea", "thanks", reply_to=receipt.ref.id)
    found = await platform.find_own_reply(reply, "key")
    assert isinstance(found, CannotTell)
    assert "arrived" in found.why


async def test_a_mail_that_came_back_was_not_seen(server: MailStandIn, platform: Mail) -> None:
    mail = await server.post("lea", "help")
    receipt = await platform.publish(await reply_to(platform, mail), "key")
    assert await platform.look(receipt) is Visibility.VISIBLE
    server.bounce(server.delivered[0], action="delayed", says="451 later")
    assert await platform.look(receipt) is Visibility.PENDING
    server.bounce(server.delivered[0])
    assert await platform.look(receipt) is Visibility.REJECTED


async def test_what_a_server_says_is_what_is_certain(server: MailStandIn, platform: Mail) -> None:
    reply = await reply_to(platform, await server.post("lea", "help"))
    server.fault(Fault.REFUSE_WORDS)
    with pytest.raises(Refused, match="554"):
        await platform.publish(reply, "1")
    server.world.unknown.add("lea@customers.example")
    with pytest.raises(Refused, match="the customer's address"):
        await platform.publish(reply, "2")
    server.world.password = "another"
    with pytest.raises(Refused) as caught:
        await platform.publish(reply, "3")
    assert caught.value.reason is Reason.AUTH
    assert server.delivered == []


# Heard


async def test_a_folder_made_anew_is_gone_through_without_telling_twice(server: MailStandIn, platform: Mail) -> None:
    old = await server.post("old", "from long ago")
    old.at -= timedelta(days=30)
    stamp = b"Received: from a by b; Mon, 1 Jun 2020 10:00:00 +0000\r\n"
    old.raw = stamp + old.raw
    first, second = await server.post("lea", "one"), await server.post("kim", "two")
    async with Ears(platform) as ears:
        await ears.post(PostRef(second.id))
        server.world.remake("INBOX")
        third = await server.post("lea", "three")
        await ears.post(PostRef(third.id))
        cursor = ears.cursors[-1]
    assert refs(ears.heard) == [PostRef(one.id) for one in (first, second, third)]
    server.world.remake("INBOX")
    fourth = await server.post("kim", "four")
    async with Ears(mailbox(server), cursor) as ears:
        await ears.post(PostRef(fourth.id))
    assert refs(ears.heard) == [PostRef(fourth.id)]


async def test_two_mails_with_one_id_are_two(server: MailStandIn, platform: Mail) -> None:
    head = b"From: %s@customers.example\r\nMessage-ID: <1@broken>\r\nSubject: form\r\n\r\n%s\r\n"
    async with Ears(platform) as ears:
        server.arrive(head % (b"lea", b"first"))
        await ears.post(PostRef("1@broken"))
        server.arrive(head % (b"kim", b"second"))
        server.arrive(head % (b"kim", b"second"))  # that one was delivered twice
        last = await server.post("lea", "last")
        await ears.post(PostRef(last.id))
    posts = [one.post for one in ears.heard]  # type: ignore[union-attr]
    assert [post.author.handle.partition("@")[0] for post in posts] == ["lea", "kim", "lea"]
    assert posts[1].ref != posts[0].ref
    assert posts[1].root == posts[1].ref
    again = await platform.fetch([post.ref for post in posts])
    assert [again[post.ref].text for post in posts] == [post.text for post in posts]  # type: ignore[union-attr]


async def test_a_mail_without_an_id_is_heard_found_and_answered(server: MailStandIn, platform: Mail) -> None:
    async with Ears(platform) as ears:
        server.arrive(b"From: lea@customers.example\r\nSubject: old program\r\n\r\nhelp\r\n")
        (heard,) = await ears.until(bool)
    post = heard.post  # type: ignore[union-attr]
    found = (await platform.fetch([post.ref]))[post.ref]
    assert isinstance(found, PublicPost)
    await platform.publish(Reply.to(found, text=Text.of("Sure.")), "key")
    (sent,) = server.delivered
    assert sent.parsed["In-Reply-To"] is None
    assert sent.parsed["Subject"] == "Re: old program"


async def test_what_programs_wrote_is_told_as_the_settings_say(server: MailStandIn) -> None:
    kinds = {
        "a list": ("List-Id", "<news.example>"),
        "absent": ("Auto-Submitted", "auto-replied"),
        "a form": ("Auto-Submitted", "auto-generated"),
    }
    for words, header in kinds.items():
        await server.post("lea", words, headers=[header])
    first = await server.post("lea", "a person")
    await mailbox(server).close()
    all_on = {"hear_lists": True, "hear_auto_replies": True}
    for table, told in (({}, ["a form", "a person"]), (all_on, [*kinds, "a person"])):
        async with Ears(mailbox(server, **table)) as ears:
            await ears.post(PostRef(first.id))
        posts = [one.post for one in ears.heard]  # type: ignore[union-attr]
        assert [post.text.plain.partition("\n\n")[2].strip() for post in posts] == told
        assert [post.author.bot for post in posts] == [words != "a person" for words in told]


async def test_who_poses_as_us_is_not_believed(server: MailStandIn, platform: Mail) -> None:
    ours = [("From", "Acme Care <care@acme.example>")]
    fake = ("Message-ID", "<twoway.0123456789abcdef01234567.0123456789abcdef@acme.example>")
    async with Ears(platform) as ears:
        spoof = await server.post("eve", "we are bankrupt", headers=ours)
        await server.post("eve", "we are bankrupt", headers=[*ours, fake])
        last = await server.post("lea", "last")
        await ears.post(PostRef(last.id))
    assert refs(ears.heard) == [PostRef(spoof.id), PostRef(last.id)]
    assert not any(one.post.ours for one in ears.heard)  # type: ignore[union-attr]


async def test_what_colleagues_send_by_hand_is_heard_as_ours(server: MailStandIn, platform: Mail) -> None:
    mail = await server.post("lea", "help")
    async with Ears(platform) as ears:
        await ears.post(PostRef(mail.id))
        by_hand = await server.answer_by_hand(mail.id, "done")
        heard = (await ears.post(PostRef(by_hand.id))).post
    assert heard.ours
    assert (heard.root, heard.parent) == (PostRef(mail.id), PostRef(mail.id))


async def test_a_thread_is_followed_up_where_a_program_names_one_mail_only(server: MailStandIn, platform: Mail) -> None:
    first = await server.post("lea", "one")
    second = await server.post("lea", "two", reply_to=first.id)
    third = await server.post("lea", "three", reply_to=second.id, headers=[("References", f"<{second.id}>")])
    post = await post_of(platform, third)
    assert (post.root, post.parent) == (PostRef(first.id), PostRef(second.id))


async def test_what_was_archived_is_still_answered_and_what_is_in_the_bin_is_not(
    server: MailStandIn, platform: Mail
) -> None:
    kept, binned = await server.post("lea", "one"), await server.post("lea", "two")
    await server.archive(kept.id)
    await server.delete(binned.id)
    found = await platform.fetch([PostRef(kept.id), PostRef(binned.id)])
    assert isinstance(found[PostRef(kept.id)], PublicPost)
    assert isinstance(found[PostRef(binned.id)], Unavailable)


async def test_a_broken_mail_does_not_stop_the_others(server: MailStandIn, platform: Mail) -> None:
    async with Ears(platform) as ears:
        for raw in (
            b"\r\n",
            b"no headers at all\r\n\r\n",
            b"Subject: \xff\xfe\r\nFrom: <\xff@>\r\n\r\n\xff",
            b"X: y\r\n\r\n",
        ):
            server.arrive(raw)
        server.arrive(b"From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 50)
        last = await server.post("lea", "שלום \u200b" + "x" * 10_000)
        heard = (await ears.post(PostRef(last.id))).post
    assert "שלום" in heard.text.plain


# The lines


async def test_a_server_of_nonsense_is_unreachable_and_found_again(server: MailStandIn, platform: Mail) -> None:
    mail = await server.post("lea", "help")
    server.fault(Fault.NONSENSE)
    with pytest.raises(Unreachable):
        await platform.fetch([PostRef(mail.id)])
    server.clear_faults()
    assert (await post_of(platform, mail)).ref == PostRef(mail.id)


async def test_a_line_that_dropped_is_made_anew_for_the_next_question(server: MailStandIn, platform: Mail) -> None:
    mail = await server.post("lea", "help")
    server.imap.cut()
    assert (await post_of(platform, mail)).ref == PostRef(mail.id)


async def test_a_missing_folder_is_told_by_name(server: MailStandIn) -> None:
    with pytest.raises(Unreachable, match="no folder Support; it has INBOX, Sent"):
        await mailbox(server, folders="INBOX, Support").open()


# Consent instead of a password


async def test_a_token_opens_both_doors_and_one_that_is_not_taken_is_renewed(server: MailStandIn) -> None:
    server.world.token = "fresh"
    server.world.password = "nobody knows"
    keeper = Forgetful()
    now = datetime.now(UTC)
    await keeper.keep(Tokens(access="fresh", refresh="r", made=now, ends=now + timedelta(hours=1)).to_json())
    table = {"oauth": "google", "client_id": "c", "token_page": "http://127.0.0.1:9/token"}
    platform = mailbox(server, keeper=keeper, **table)
    mail = await server.post("lea", "help")
    await platform.open()
    await platform.publish(await reply_to(platform, mail), "key")
    assert len(server.delivered) == 1
    reply = await reply_to(platform, mail)
    server.world.token = "another"  # ours was withdrawn; and the place that makes new ones is away
    with pytest.raises(Throttled):
        await platform.publish(reply, "key")
    with pytest.raises(AuthFailed):
        await mailbox(server, keeper=Forgetful(), **table).open()
    assert len(server.delivered) == 1


def test_consent_is_asked_for_at_the_right_place() -> None:
    assert Mail.grant(settings()) is None
    google = Mail.grant(settings(oauth="google", client_id="c"))
    assert google is not None
    assert google.scopes == ("https://mail.google.com/",)
    microsoft = Mail.grant(settings(oauth="microsoft", client_id="c", tenant="acme"))
    assert microsoft is not None
    assert microsoft.token == "https://login.microsoftonline.com/acme/oauth2/v2.0/token"
    with pytest.raises(SettingError):
        Mail.grant(settings(oauth="google"))


def test_mistakes_in_the_settings_are_one_sentence() -> None:
    wrong: dict[str, object] = {
        "address": "care",
        "imap": "http://mail.acme.example",
        "smtp": "mail.acme.example:99999",
        "security": "none",
        "folders": " , ",
        "link": "https://mail.acme.example/",
        "call_limit": "0s",
        "longest": 0,
        "called": "a\nb",
        "token_page": "nowhere",
    }
    said = []
    for key, value in wrong.items():
        with pytest.raises(SettingError) as caught:
            settings(**{key: value})
        said.append(caught.value.key)
    assert said == list(wrong)
