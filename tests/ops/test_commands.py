"""The operator's commands: what they print, what they return, what they leave out."""

import asyncio
import csv
import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from bot.desk import praising
from bot.desk.approving import SignKind, sign
from bot.desk.closing import answered_by_hand
from bot.desk.outcomes import Actor
from bot.ops.commands import COMMANDS
from bot.ops.exporting import FILES
from bot.ops.tables import ago, clean, clip, width
from models.conversation import Note
from models.ideas import Support, new_idea, set_votes
from models.permits import Standing
from models.praise import Praise
from models.seals import seal
from tests.ops.conftest import SETTINGS

#: What is exported whole, with what customers said.
WITH_WORDS = ("conversations.jsonl", "replies.jsonl")

ROOT = Path(__file__).parents[2]


def narrow(output):
    """No line is wider than a terminal that nobody made wider."""
    return all(width(line) <= 80 for line in output.splitlines())


async def test_the_queue_is_a_table_that_fits_and_tells_the_time_of_the_channel(world, run):
    ana = await world.rep("ana")
    number = await world.heard("Where is my parcel? It was to come on Monday and nobody tells me anything.", urgency=3)
    await world.claims(number, ana)
    await world.heard(
        "こんにちは、荷物が届きません。いつ届きますか。教えてください。お願いします。もう一週間です。",
        handle="東京太郎@とても長い名前.example",
    )
    await world.heard("\x1b[2Jcleared\u202e your screen")
    done = await run("queue")
    assert done.return_value == 0
    assert narrow(done.output)
    head, columns, first, *_ = done.output.splitlines()
    assert head == "care: 3 wait (times in Europe/Berlin)"
    assert columns.split() == ["No.", "Urgent", "Waits", "Who", "State", "With", "Says"]
    assert first.split()[:2] == ["1", "3"]
    assert "ana to 11:45" in first  # half an hour after 10:15 UTC, in Berlin
    assert "\x1b" not in done.output
    assert "\u202e" not in done.output


async def test_nobody_waits(world, run):
    assert (await run("queue")).output == "care: nobody waits.\n"


async def test_the_queue_as_json(world, run):
    number = await world.heard("Where is it?\nHurry!")
    done = await run("queue", "--json")
    found = json.loads(done.output)
    (channel,) = found["channels"]
    assert (channel["channel"], channel["waiting"], channel["timezone"]) == ("care", 1, "Europe/Berlin")
    (row,) = channel["conversations"]
    assert (row["number"], row["line"], row["claimed_by"]) == (number, "Where is it?", None)
    assert row["waiting_since"] == "2026-11-23T10:15:00Z"


async def test_an_unknown_channel_is_one_sentence(world, run):
    done = await run("queue", "--channel", "cares")
    assert done.return_value == 1
    assert 'no channel "cares"' in done.stderr
    assert "care" in done.stderr


async def test_show_tells_why_a_reply_went_out(world, run, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("Where is my parcel?")
    clock.forward(timedelta(minutes=7))
    await world.answered(number, ana, bea, "@lou It left our house today, and it will be with you tomorrow. " * 3)
    done = await run("show", str(number))
    assert done.return_value == 0
    assert narrow(done.output)
    for words in (
        "| Where is my parcel?",
        "| @lou It left our house",
        "drafted",
        "by bea",
        "https://square.example/reply-",
    ):
        assert words in done.output, words
    assert "2026-11-23 11:22" in done.output
    told = json.loads((await run("show", str(number), "--json")).output)
    assert (told["number"], told["state"]) == (number, "answered")
    assert told["revisions"][0]["last"]["name"] == "ana"
    assert [event["kind"] for event in told["events"]][-1] == "sent"


async def test_show_tells_which_approval_did_not_count(world, run, clock):
    """On the operator's paper nobody's approval of their own words looks like one."""
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    message = await world.drafts(number, ana)
    for rep in (ana, bea):
        clock.forward(timedelta(minutes=1))
        async with world.store.work() as work:
            dossier = await world.open(work, number)
            who = Actor(rep, Standing.APPROVER)
            await sign(dossier, who, SignKind.APPROVE, given=True, message=message, at=work.now)
    done = await run("show", str(number))
    lines = done.output.splitlines()
    (own,) = (at for at, line in enumerate(lines) if " approved " in line and " ana " in line)
    (other,) = (at for at, line in enumerate(lines) if " approved " in line and " bea " in line)
    assert lines[own + 1] == "    which does not count: own words"
    assert "does not count" not in lines[other] + lines[other + 1]
    assert done.output.count("does not count") == 1
    assert narrow(done.output)


async def test_show_tells_the_address_of_an_answer_by_hand_and_on_whose_word(world, run):
    bea = await world.rep("bea")
    number = await world.heard()
    address = "https://square.example/@acme/7"
    async with world.store.work() as work:
        dossier = await world.open(work, number)
        await answered_by_hand(dossier, Actor(bea, Standing.LEAD), address)
    assert f"    {address} (says bea)\n" in (await run("show", str(number))).output + "\n"


async def test_show_tells_no_deleted_words(world, run):
    number = await world.heard("my number is 555-0199")
    async with world.store.reading() as session:
        post = (await session.execute(text("SELECT id FROM post"))).scalar_one()
    await world.deletes(post)
    for arguments in (["show", str(number)], ["show", str(number), "--json"], ["export"], ["queue"]):
        done = await run(*arguments)
        assert "555-0199" not in done.output
    assert "[deleted by its author]" in (await run("show", str(number))).output


async def test_show_of_an_unknown_number_is_one_sentence(world, run):
    done = await run("show", "4711")
    assert (done.return_value, done.stderr) == (1, "twoway: There is no conversation 4711.\n")


async def test_what_is_no_number_is_answered_with_what_one_looks_like(run):
    for typed in ("abc", "0", "#142x"):
        with pytest.raises(click.BadParameter, match=f'"{typed}" is no conversation\'s number; it stands on the card'):
            await run("show", typed)


async def test_audit_verify_is_0_when_whole_and_1_when_not(world, run):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.answered(number, ana, bea)
    done = await run("audit", "verify")
    whole = "The journal is whole: 6 events in 1 chain, 0 days sealed.\nCustomers' words: 1 post compared.\n"
    assert (done.return_value, done.output) == (0, whole)
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE event SET kind = 'noted' WHERE seq = 3"))
    done = await run("audit", "verify")
    assert done.return_value == 1
    assert narrow(done.output)
    assert "Conversation 1, event 3 (number 3): changed" in done.output
    found = json.loads((await run("audit", "verify", "--json")).output)
    assert found["whole"] is False
    assert [fault["event"] for fault in found["faults"]] == [3]


async def test_a_journal_that_was_rewritten_whole_is_betrayed_by_a_seal_that_was_kept_elsewhere(world, run, clock):
    await world.heard()
    await seal(world.store, clock().date())
    said = (await run("audit", "verify")).output
    kept = said.splitlines()[-1]
    assert kept.startswith("2026-11-23:")
    done = await run("audit", "verify", "--kept", kept)
    assert (done.return_value, "The seal of 2026-11-23 is as you kept it." in done.output) == (0, True)
    assert narrow(done.output)
    async with world.store.work() as work:  # whoever may write everything: the event, its seal, and what names the seal
        await work.session.execute(text("DELETE FROM seal"))
        await work.session.execute(text("DELETE FROM event WHERE chain = 0"))
    await world.heard("put in afterwards")
    await seal(world.store, clock().date())
    assert (await run("audit", "verify")).return_value == 0
    done = await run("audit", "verify", "--kept", kept)
    assert (done.return_value, "NOT as you kept it" in done.output) == (1, True)
    told = json.loads((await run("audit", "verify", "--kept", kept, "--json")).output)
    assert (told["whole"], told["kept_stands"], told["last_seal"]["day"]) == (False, False, "2026-11-23")


async def test_words_that_were_changed_are_named_by_conversation_and_post(world, run):
    number = await world.heard("Where is my parcel?")
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE post SET words = 'hacked'"))
    done = await run("audit", "verify")
    assert done.return_value == 1
    assert "NOT whole" in done.output
    assert f"Conversation {number}, event 1 (number 1): words: post 1 says something" in done.output
    assert "hacked" not in done.output
    assert narrow(done.output)
    found = json.loads((await run("audit", "verify", "--json")).output)
    assert (found["whole"], found["posts"], found["versions"], found["unproven_posts"]) == (False, 1, 0, 0)


@pytest.mark.parametrize(
    "typed", ["foo", "", ":", "2026-11-23", "2026-11-23:", "2026-13-01:00", "2026-11-23:xyz", "0" * 64, "today:00"]
)
async def test_what_is_no_seal_is_a_slip_and_no_alarm(run, typed):
    with pytest.raises(
        click.BadParameter, match="give a whole line that `twoway audit verify` said, as in 2026-11-23:"
    ):
        await run("audit", "verify", "--kept", typed)


async def test_a_seal_that_was_cut_while_copying_is_a_slip_and_no_alarm(world, run, clock):
    await world.heard()
    made = await seal(world.store, clock().date())
    with pytest.raises(click.BadParameter, match="A seal has 64 characters, this one 63"):
        await run("audit", "verify", "--kept", f"{made.day}:{made.digest[:63]}")
    done = await run("audit", "verify", "--kept", f" {made.day}:{made.digest.upper()} ")
    assert (done.return_value, "is as you kept it" in done.output) == (0, True)


@pytest.mark.parametrize("digest", ["00", "0" * 64])
async def test_a_day_that_was_never_sealed_is_said_to_be_so(world, run, clock, digest):
    await world.heard()
    await seal(world.store, clock().date())
    done = await run("audit", "verify", "--kept", f"2020-01-01:{digest}")
    assert done.return_value == 1
    assert "There is no seal of 2020-01-01 here, and the journal tells of none." in done.output
    assert "rewritten" not in done.output
    assert "The journal is whole" in done.output
    told = json.loads((await run("audit", "verify", "--kept", f"2020-01-01:{digest}", "--json")).output)
    assert (told["whole"], told["kept_stands"], told["kept"]) == (True, False, "unknown")


async def test_a_seal_that_was_taken_away_is_missed_because_the_journal_tells_of_it(world, run, clock):
    await world.heard()
    made = await seal(world.store, clock().date())
    async with world.store.work() as work:
        await work.session.execute(text("DELETE FROM seal"))
    done = await run("audit", "verify")
    assert done.return_value == 1
    assert "the seal of 2026-11-23 is missing" in done.output
    assert narrow(done.output)
    done = await run("audit", "verify", "--kept", f"{made.day}:{made.digest}")
    assert done.return_value == 1
    assert "There is no seal of 2026-11-23, though the journal tells of one" in done.output
    told = json.loads((await run("audit", "verify", "--kept", f"{made.day}:{made.digest}", "--json")).output)
    assert (told["whole"], told["kept_stands"], told["kept"]) == (False, False, "missing")


async def test_export_writes_every_conversation_and_the_paper_on_every_reply(world, run, tmp_path, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.answered(number, ana, bea)
    clock.forward(timedelta(days=2))
    later = await world.heard("Hello?")
    out = tmp_path / "out"
    done = await run("export", "--out", str(out))
    assert (done.return_value, done.output) == (0, f"2 conversations and 1 reply in {out}.\n")
    lines = [json.loads(line) for line in (out / "conversations.jsonl").read_text().splitlines()]
    assert [line["conversation"]["number"] for line in lines] == [number, later]
    (paper,) = [json.loads(line) for line in (out / "replies.jsonl").read_text().splitlines()]
    assert paper["type"] == "reply"
    assert [rep["name"] for rep in paper["reply"]["approvers"]] == ["bea"]
    assert stat.S_IMODE((out / "replies.jsonl").stat().st_mode) == 0o600
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    outlines = list(csv.DictReader((out / "conversations.csv").read_text().splitlines()))
    assert [(row["number"], row["channel"], row["state"]) for row in outlines] == [
        (str(number), "care", "answered"),
        (str(later), "care", "open"),
    ]
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    assert [row["kind"] for row in csv.DictReader((out / "events.csv").read_text().splitlines())] == [
        event["kind"] for event in events
    ]
    assert events[0]["kind"] == "heard"
    days = [json.loads(line) for line in (out / "days.jsonl").read_text().splitlines()]
    assert (days[0]["day"], days[0]["figures"]["answered"], days[0]["behind"]["answered"]) == (
        "2026-11-23",
        1,
        [number],
    )
    assert days[2]["figures"]["posts"] == 1
    rows = list(csv.DictReader((out / "days.csv").read_text().splitlines()))
    assert [row["posts"] for row in rows[:3]] == ["1", "0", "1"]
    told = json.loads((await run("export", "--out", str(out), "--since", "2026-11-25", "--json")).output)
    assert (told["conversations"], told["replies"]) == (1, 0)
    streamed = [json.loads(line) for line in (await run("export")).output.splitlines()]
    assert [line["type"] for line in streamed] == ["conversation", "conversation", "reply"]


async def test_export_of_a_customer_is_all_that_we_have_of_them_and_nothing_of_anybody_else(world, run, tmp_path):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("my number is 555-0199", handle="lou@far.example")
    await world.heard("I am somebody else", handle="kim")
    await world.answered(number, ana, bea, "@lou@far.example We call you.")
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE post SET parent = (SELECT ref FROM post WHERE id = 1) WHERE ours"))
        work.add(
            Praise(
                conversation_id=number,
                given=True,
                at=work.now,
                quote="yes",
                post_id=1,
                quote_url="https://x.example/lou",
            )
        )
        work.add(Note(conversation_id=number, rep_id=ana, words="the team's own", at=work.now))
    done = await run("export", "--customer", "@lou@far.example")
    assert done.return_value == 0
    told = json.loads(done.output)
    assert (told["type"], told["conversations"]) == ("customer", [number])
    assert [one["handle"] for one in told["accounts"]] == ["lou@far.example"]
    assert [one["words"] for one in told["posts"]] == ["my number is 555-0199"]
    assert [one["words"] for one in told["answers"]] == ["@lou@far.example We call you."]
    assert [(one["quote"], one["url"]) for one in told["permissions"]] == [("yes", "https://x.example/lou")]
    assert "somebody else" not in done.output
    assert "the team's own" not in done.output
    out = tmp_path / "out"
    done = await run("export", "--customer", "1", "--out", str(out))
    assert done.output == f"Customer 1 in {out}/customer-1.json.\n"
    assert stat.S_IMODE((out / "customer-1.json").stat().st_mode) == 0o600
    assert (await run("export", "--customer", "nobody")).return_value == 1
    assert (await run("erase", "1", "--yes")).return_value == 0
    told = json.loads((await run("export", "--customer", "1")).output)
    assert [one["words"] for one in told["posts"]] == [None]
    assert told["permissions"] == [{"conversation": number, "quote": "yes", "url": None, "at": None}]
    for words in ("555-0199", "lou"):
        assert words not in json.dumps(told), words


async def test_export_writes_ideas_and_praise_without_a_customers_words(world, run, tmp_path):
    ana = await world.rep("ana")
    number = await world.heard("=1+1 You are the best, @lou!")
    async with world.store.work() as work:
        dossier = await world.open(work, number)
        who = Actor(ana, Standing.MEMBER, "ana")
        await praising.mark(dossier, who, given=True, at=work.now)
        await praising.answered(dossier, who, allowed=True, address="https://square.example/@lou/7")
        root = await new_idea(work)
        root.title = "=cmd()"
        await set_votes(work, root.id, "board", 12, rep=ana)
        mark = {"conversation_id": number, "identity_id": dossier.conversation.identity_id, "given": True}
        work.add(Support(idea_id=root.id, post_id=dossier.posts[0].id, source="rep 1", at=work.now, **mark))
    out = tmp_path / "out"
    assert (await run("export", "--out", str(out))).return_value == 0

    def rows(name):
        lines = [json.loads(line) for line in (out / f"{name}.jsonl").read_text().splitlines()]
        table = list(csv.DictReader((out / f"{name}.csv").read_text().splitlines()))
        assert len(lines) == len(table)
        return [(line, row) for line, row in zip(lines, table, strict=True)]

    (idea, idea_row), *_ = rows("ideas")
    assert (idea["title"], idea_row["title"], idea["people"]) == ("=cmd()", "'=cmd()", 1)
    assert [(line["source"], line["count"], line["by"]) for line, _ in rows("votes")] == [("board", 12, "ana")]
    assert [(line["conversation"], line["source"], line["given"]) for line, _ in rows("supporters")] == [
        (number, "rep 1", True)
    ]
    assert rows("told") == []
    (praise, row), *_ = rows("praise")
    assert (praise["quote"], praise["quote_by"], row["address"]) == ("yes", "ana", "https://square.example/@lou/7")
    tables = "".join(path.read_text() for path in out.iterdir() if path.name not in WITH_WORDS)
    assert "the best" not in tables


async def test_erase_asks_first_and_leaves_nothing(world, run):
    number = await world.heard("my number is 555-0199", handle="lou@far.example")
    await world.heard("I am somebody else", handle="kim")
    kept = await run("erase", "@lou@far.example", input="n\n")
    assert kept.return_value == 1
    assert "Nothing was erased." in kept.output
    assert "555-0199" in (await run("show", str(number))).output
    done = await run("erase", "@lou@far.example", input="y\n")
    assert done.return_value == 0
    assert "Erased: customer 1, 1 post in 1 conversation." in done.output
    shown = await run("show", str(number))
    assert "555-0199" not in shown.output
    assert "lou" not in shown.output
    assert (await run("audit", "verify")).return_value == 0
    done = await run("erase", "lou@far.example", "--yes")
    assert (done.return_value, done.stderr) == (1, "twoway: There is no such customer.\n")


async def test_who_has_a_name_and_no_handle_is_called_so_and_not_erased(world, run):
    number = await world.heard("Where is it?")
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE identity SET handle = '', name = 'Lea Lou'"))
    for command in (["queue"], ["show", str(number)], ["erase", "lea lou"]):
        shown = (await run(*command, input="n\n")).output
        assert "Lea Lou" in shown, command
        assert "erased]" not in shown, command
        assert "()" not in shown, command


async def test_erase_of_a_name_that_two_people_have_erases_nobody(world, run):
    await world.heard("One", handle="lou@near.example")
    await world.heard("Two", handle="lou@far.example")
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE identity SET name = 'Lou'"))
    done = await run("erase", "lou", "--yes")
    assert done.return_value == 1
    assert "More than one customer" in done.stderr
    assert "lou@near.example" in done.stderr
    assert narrow(done.stderr)
    assert (await run("erase", "2", "--yes")).return_value == 0


async def test_a_database_that_is_behind_ends_with_2(run, world):
    async with world.store.work() as work:
        await work.session.execute(text("DELETE FROM alembic_version"))
    done = await run("queue")
    assert done.return_value == 2
    assert done.stderr == "twoway: The database is behind this version of Twoway; run `twoway db upgrade` first.\n"


async def test_a_database_that_does_not_answer_is_one_sentence(tmp_path):
    settings = SETTINGS.format(database="postgresql://nobody@127.0.0.1:9/none")
    (tmp_path / "twoway.toml").write_text(settings, encoding="utf-8")
    given = ["queue", "--config", str(tmp_path / "twoway.toml")]
    twoway = click.Group("twoway", commands=list(COMMANDS))
    said = type("Said", (), {"config": None, "debug": False})()
    done = await asyncio.to_thread(
        CliRunner().invoke, twoway, given, standalone_mode=False, obj=said, catch_exceptions=False
    )
    assert done.return_value == 1
    assert done.stderr.startswith("twoway: The database did not answer: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("heavy", ["sqlalchemy", "asyncio", "alembic", "models", "adapters"])
def test_the_commands_are_listed_without_anything_heavy(heavy):
    look = f"import sys, bot.ops.commands; assert {heavy!r} not in sys.modules"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, env={"PATH": os.environ["PATH"]}, check=False)
    assert done.returncode == 0


def test_every_command_has_a_sentence_of_help():
    names = ["queue", "show", "audit", "route", "export", "erase", "completion"]
    assert [command.name for command in COMMANDS] == names
    assert all(command.help for command in COMMANDS)


def test_words_are_cut_by_the_columns_that_they_take():
    assert clip("こんにちは", 7) == "こんに…"
    assert clip("abc", 3) == "abc"
    assert clip("abcd", 3) == "ab…"
    assert width("é") == 1


def test_words_from_outside_do_nothing_to_a_terminal():
    assert clean("a\x1b[31mb\nc\u202ed\x07") == "a[31mb cd"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5), "2h 5m"),
        (timedelta(days=3, hours=4), "3d 4h"),
        (timedelta(seconds=-5), "0 min"),
    ],
)
def test_waiting_is_told_in_two_units(span, said):
    assert ago(span) == said


async def test_erase_for_programs_says_what_it_did_or_whom_it_found(world, run):
    await world.heard("One", handle="lou@near.example")
    await world.heard("Two", handle="lou@far.example")
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE identity SET name = 'Lou'"))
    found = json.loads((await run("erase", "lou", "--yes", "--json")).stdout)
    assert found["erased"] is None
    assert [one["handle"] for one in found["found"]] == ["lou@near.example", "lou@far.example"]
    done = json.loads((await run("erase", "2", "--yes", "--json")).stdout)
    assert (done["erased"]["posts"], done["erased"]["waiting"]) == (1, [])
