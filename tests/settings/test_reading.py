"""`twoway.toml` and the environment become settings, or every mistake in them becomes a sentence."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.signs import Meaning, signs_of
from bot.settings import (
    AccountSettings,
    ModelKind,
    Secret,
    SettingsError,
    SlackMode,
    Surface,
    load,
    load_service,
    token_name,
)
from bot.settings.kinds import SIGN_VERBS
from models.permits import OwnWords
from tests.settings.example import CATALOGUE, ENV, TOML, instead, read, write


def mistakes(folder: Path, toml: str, env: object = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(folder, toml, ENV if env is None else env)  # type: ignore[arg-type]
    return [str(mistake) for mistake in caught.value.mistakes]


def test_the_whole_example_reads(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.service.database == f"sqlite:///{tmp_path / 'twoway.db'}"
    assert (settings.service.host, settings.service.port) == ("127.0.0.1", 8080)
    assert settings.slack is not None
    assert settings.slack.mode is SlackMode.SOCKET
    assert settings.slack.bot_token.reveal() == "bot-secret"
    assert settings.teams is None
    (account,) = settings.accounts
    assert (account.name, account.platform) == ("acme", "mastodon")
    assert account.options == {"server": "https://mastodon.example"}
    assert account.revealed() == {"token": "acme-secret"}
    (channel,) = settings.channels
    assert (channel.surface, channel.chat_id) == (Surface.SLACK, "C0CARE")
    assert channel.timezone == ZoneInfo("Europe/Berlin")
    assert channel.policy.own_words is OwnWords.REFUSE
    assert channel.policy.hold == timedelta(seconds=30)
    assert channel.policy.claim_for == timedelta(minutes=30)
    assert channel.signs == {"thumbsup": "approve"}
    assert channel.summary_at == time(17, 30)


def test_searches_are_asked_as_often_as_is_wanted_and_the_platform_allows(tmp_path: Path) -> None:
    def account(*lines: str) -> AccountSettings:
        toml = instead('platform = "mastodon"', "\n".join(('platform = "mastodon"', *lines)))
        return read(tmp_path, toml).accounts[0]

    assert (account().searches, account('searches = ["akme", "#acme"]').searches) == ((), ("akme", "#acme"))
    assert account('searches = ["akme"]').search_every == timedelta(minutes=15)
    assert account('searches = ["akme"]', 'search_every = "2m"').search_every == timedelta(minutes=2)
    assert account('searches = ["a", "b", "c"]', 'search_every = "2m"').search_every == timedelta(minutes=3)


@pytest.mark.parametrize(
    ("platform", "searches", "sentence"),
    [
        ("mastodon", '["akme", "akme"]', '"akme" stands there twice; take one away'),
        ("mastodon", '"akme"', '"akme" is not a list; write it in brackets, as in ["one", "two"]'),
        ("mastodon", '["a\\nb"]', "is no search; write one line of at most 200 characters"),
        ("mastodon", f'["{"a" * 201}"]', "is no search; write one line of at most 200 characters"),
        (
            "bluesky",
            '["akme"]',
            'find nothing on "bluesky" that is not heard anyway; take them out, or give them to an account on another '
            "platform",
        ),
    ],
)
def test_a_search_that_is_of_no_use_is_told(tmp_path: Path, platform: str, searches: str, sentence: str) -> None:
    toml = instead('platform = "mastodon"', f'platform = "{platform}"\nsearches = {searches}')
    (mistake,) = mistakes(tmp_path, toml)
    assert mistake.startswith("twoway.toml: accounts.acme.searches: ")
    assert mistake.endswith(f"{sentence}.")


def test_a_language_model_is_asked_only_where_the_settings_name_one(tmp_path: Path) -> None:
    assert read(tmp_path).model is None
    asked = '[summary.model]\nname = "small"\nurl = "http://127.0.0.1:11434/v1/"\nwithin = "20s"\n'
    model = read(tmp_path, TOML + asked, {**ENV, "TWOWAY_MODEL_KEY": "model-secret"}).model
    assert model is not None
    assert (model.kind, model.url) == (ModelKind.OPENAI, "http://127.0.0.1:11434/v1")
    assert (model.within, model.key.reveal()) == (timedelta(seconds=20), "model-secret")
    here = read(tmp_path, TOML + '[summary.model]\nkind = "transformers"\nname = "tiny"\n').model
    assert here is not None
    assert (here.kind, here.url, here.within) == (ModelKind.TRANSFORMERS, "", timedelta(seconds=60))
    wrong = '[summary.model]\nkind = "transformers"\nurl = "http://x"\nwords = 3\n[summary.else]\n'
    assert [one.partition(": ")[2].partition(" ")[0].rstrip(":") for one in mistakes(tmp_path, TOML + wrong)] == [
        "summary.else",
        "summary.model.name",
        "summary.model.url",
        "summary.model.words",
    ]


def test_what_is_left_out_has_the_values_of_the_example(tmp_path: Path) -> None:
    least = """
        [[accounts]]
        name = "acme"
        platform = "mastodon"
        server = "https://mastodon.example"
        [[channels]]
        name = "care"
        chat = "slack:C0CARE"
        accounts = ["acme"]
    """
    (least_channel,) = read(tmp_path, least).channels
    (channel,) = read(tmp_path).channels
    assert least_channel.policy == channel.policy
    assert least_channel.summary_at == channel.summary_at
    assert least_channel.timezone == ZoneInfo("UTC")


def test_a_misspelt_key_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    assert mistakes(tmp_path, instead("hold = ", "holt = ")) == [
        'twoway.toml: channels.care.holt: is not a setting; did you mean "hold".'
    ]


def test_a_misspelt_section_is_named_too(tmp_path: Path) -> None:
    assert mistakes(tmp_path, instead("[service]", "[servce]")) == [
        'twoway.toml: servce: is not a setting; did you mean "service".'
    ]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    toml = TOML.replace('"30s"', '"half a minute"').replace('"Europe/Berlin"', '"Europe/Berln"')
    assert mistakes(tmp_path, toml, {**ENV, "SLACK_BOT_TOKEN": ""}) == [
        "environment: SLACK_BOT_TOKEN: is missing; set SLACK_BOT_TOKEN, or SLACK_BOT_TOKEN_FILE to a file that "
        "holds it (the app's page, OAuth & Permissions, xoxb-…).",
        'twoway.toml: channels.care.timezone: "Europe/Berln" is not a time zone; did you mean "Europe/Berlin".',
        'twoway.toml: channels.care.hold: "half a minute" is not a duration; write a number and ms, s, m, h or d, '
        'as in "30s" or "2d".',
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('mode = "socket"', 'mode = "sockets"', 'slack.mode: "sockets" is not one of the choices; write "socket" or'),
        ("approvals = 1", "approvals = 0", "channels.care.approvals: 0 does not fit; write a whole number from 1"),
        ("approvals = 1", "approvals = true", "channels.care.approvals: true does not fit"),
        ('"refuse"', '"maybe"', 'channels.care.own_words: "maybe" is not one of the choices; write "refuse",'),
        ('"refuse"', '"after 0m"', 'channels.care.own_words: "0m" is no time at all'),
        ('"slack:C0CARE"', '"slack:#care"', 'channels.care.chat: "slack:#care" does not hold a channel\'s id; write'),
        ('"slack:C0CARE"', '"irc:care"', 'channels.care.chat: "irc:care" names no place to work; begin with "slack:"'),
        ('"Mon-Fri 09:00-18:00"', '"Mon-Fry 9-18"', 'channels.care.hours: "Mon-Fry 9-18" is not a shift'),
        ('"Mon-Fri 09:00-18:00"', '"Mon 09:00-25:00"', 'channels.care.hours: "25:00" is not a time of day'),
        ('"17:30"', '"half past five"', 'channels.care.summary_at: "half past five" is not a time of day'),
        ('"30m"', '"0m"', 'channels.care.claim_for: "0m" is no time at all'),
        ("approvers = []", 'approvers = ["ana"]', "channels.care.approvers: \"ana\" is not a member's or a group's id"),
        ("leads = []", 'leads = ["U0ANA", "U0ANA"]', 'channels.care.leads: "U0ANA" stands there twice'),
        ('thumbsup = "approve"', 'thumbsup = "aprove"', 'channels.care.signs.thumbsup: "aprove" is not one of'),
        ('"127.0.0.1:8080"', '"8080"', 'service.listen: "8080" is not a place to listen; write host and port'),
        ('"https://care.example.com"', '"care.example.com"', "service.public_url: "),
        ('"sqlite:///twoway.db"', '"mysql://u:pw@host/x"', "service.database: is not the address of a database"),
        ('"sqlite:///twoway.db"', '"postgres://host/x"', 'begin it with "postgresql://"'),
        ('platform = "mastodon"', 'platform = "mastodn"', '"mastodn" is not a platform that Twoway knows; did you'),
        ("server = ", "servr = ", 'accounts.acme.servr: is not a setting; did you mean "server"'),
        ('"https://mastodon.example"', '"ftp://x"', 'accounts.acme.server: "ftp://x" is not an address; begin it with'),
        ('server = "', 'token = "x"\nserver = "', "accounts.acme.token: is a secret; take it out of the file, and set"),
        ('accounts = ["acme"]', 'accounts = ["acne"]', '"acne" is not an account; did you mean "acme"'),
        ('accounts = ["acme"]', "accounts = []", "accounts.acme: is in no channel; list it under a channel's accounts"),
        ('name = "care"\n', "", "channels.1.name: is missing; call it something"),
        ("[[channels]]", "[channels]", "channels: is not a list of tables; begin each with [[channels]]"),
        ("[service]", "[service", "is not TOML: "),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    said = mistakes(tmp_path, instead(old, new))
    assert any(sentence in one for one in said), said
    assert all("\n" not in one and one.endswith(".") for one in said)


def test_a_password_in_an_address_is_not_shown_in_the_mistake(tmp_path: Path) -> None:
    assert "pw" not in " ".join(mistakes(tmp_path, instead('"sqlite:///twoway.db"', '"mysql://u:pw@host/x"')))


def test_two_accounts_whose_tokens_would_share_a_variable_are_a_mistake(tmp_path: Path) -> None:
    toml = TOML.replace('["acme"]', '["a-b", "a_b"]').replace('name = "acme"', 'name = "a-b"') + (
        '[[accounts]]\nname = "a_b"\nplatform = "mastodon"\nserver = "https://m.example"\n'
    )
    assert any("TWOWAY_A_B_TOKEN" in one for one in mistakes(tmp_path, toml, {**ENV, "TWOWAY_A_B_TOKEN": "x"}))


def test_two_channels_with_one_chat_are_a_mistake(tmp_path: Path) -> None:
    toml = TOML + '[[channels]]\nname = "more"\nchat = "slack:C0CARE"\naccounts = ["acme"]\n'
    assert mistakes(tmp_path, toml) == [
        'twoway.toml: channels.more.chat: is also the chat of "care"; keep one of the two.'
    ]


def test_the_name_of_a_token_is_upper_case_with_underscores() -> None:
    assert token_name("acme-eu.2") == "TWOWAY_ACME_EU_2_TOKEN"


def test_a_token_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-the-file\n", encoding="utf-8")
    env = {**ENV, "TWOWAY_ACME_TOKEN": "", "TWOWAY_ACME_TOKEN_FILE": str(tmp_path / "token")}
    assert read(tmp_path, env=env).accounts[0].secrets["token"] == Secret("from-the-file")


def test_a_token_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = mistakes(tmp_path, TOML, {**ENV, "TWOWAY_ACME_TOKEN": "", "TWOWAY_ACME_TOKEN_FILE": "/nowhere"})
    assert said == [
        "environment: TWOWAY_ACME_TOKEN_FILE: TWOWAY_ACME_TOKEN_FILE names /nowhere, which cannot be read: "
        "No such file or directory; name a file that whoever runs Twoway can read."
    ]


def test_which_slack_secret_is_needed_depends_on_the_mode(tmp_path: Path) -> None:
    said = mistakes(tmp_path, instead('"socket"', '"http"'), {**ENV, "SLACK_APP_TOKEN": ""})
    assert len(said) == 1
    assert said[0].startswith("environment: SLACK_SIGNING_SECRET: is missing; set SLACK_SIGNING_SECRET")


def test_tokens_may_be_missing_where_they_are_not_needed(tmp_path: Path) -> None:
    assert not read(tmp_path, env={}, need_secrets=False).accounts[0].secrets["token"]


def test_the_database_of_the_environment_wins(tmp_path: Path) -> None:
    env = {**ENV, "TWOWAY_DATABASE": "postgresql://u:pw@db/twoway"}
    settings = read(tmp_path, env=env)
    assert settings.service.database == "postgresql://u:pw@db/twoway"
    assert "pw" not in repr(settings)
    assert Secret("pw") in set(settings.secrets())


def test_commands_may_be_renamed_one_by_one_or_all_at_once(tmp_path: Path) -> None:
    toml = instead('mode = "socket"', 'command_prefix = "acme-"\ncommands = { queue = "/waiting" }')
    slack = read(tmp_path, toml).slack
    assert slack is not None
    assert (slack.command("claim"), slack.command("queue")) == ("/acme-claim", "/waiting")


def test_a_sign_may_be_switched_on_or_off_by_its_name_or_as_it_looks(tmp_path: Path) -> None:
    (channel,) = read(tmp_path, instead('thumbsup = "approve"', '":eyes:" = "claim", "✅" = "off"')).channels
    signs = signs_of(channel.signs)
    assert signs.card("eyes") is Meaning.CLAIM
    assert signs.draft("white_check_mark") is None


def test_the_settings_know_every_meaning_of_a_sign() -> None:
    assert {verb for verb in SIGN_VERBS.values() if verb} == set(Meaning)


def test_own_words_may_wait(tmp_path: Path) -> None:
    (channel,) = read(tmp_path, instead('"refuse"', '"after 15m"')).channels
    assert channel.policy.own_words is OwnWords.AFTER
    assert channel.policy.own_words_after == timedelta(minutes=15)


def test_a_file_that_is_not_there_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file; write one, or name another by --config"):
        load(tmp_path / "no.toml", ENV, catalogue=CATALOGUE)


def test_the_service_reads_without_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_service(None, {}).database == f"sqlite:///{tmp_path / 'twoway.db'}"


def test_the_service_reads_while_the_channels_are_wrong(tmp_path: Path) -> None:
    path = write(tmp_path, instead("approvals = 1", "approvals = 0"))
    assert load_service(path, {}).database.endswith("/twoway.db")


@pytest.mark.parametrize(
    ("weekday", "at", "there"),
    [(0, "09:00", True), (0, "08:59", False), (4, "17:59", True), (4, "18:00", False), (5, "12:00", False)],
)
def test_hours_hold_their_first_minute_and_not_their_last(tmp_path: Path, weekday: int, at: str, there: bool) -> None:
    (channel,) = read(tmp_path).channels
    assert channel.hours.at_work(weekday=weekday, at=time.fromisoformat(at)) is there


def test_hours_may_pass_midnight_and_the_end_of_the_week(tmp_path: Path) -> None:
    (channel,) = read(tmp_path, instead("Mon-Fri 09:00-18:00", "Fri-Sun 22:00-06:00, Mon 12:00-24:00")).channels
    hours = channel.hours
    assert hours.at_work(weekday=0, at=time(5, 59))
    assert not hours.at_work(weekday=0, at=time(6))
    assert hours.at_work(weekday=0, at=time(23, 59))
    assert not hours.at_work(weekday=1, at=time(5))
    assert hours.at_work(weekday=6, at=time(22))


def test_always_is_always(tmp_path: Path) -> None:
    (channel,) = read(tmp_path, instead("Mon-Fri 09:00-18:00", "always")).channels
    assert channel.hours.at_work(weekday=6, at=time(3))


def test_another_model_for_the_reader_is_pinned_and_its_labels_are_ours(tmp_path: Path) -> None:
    table = '\n[reader]\nmodel = "acme/moods"\nrevision = "{}"\nlabels = {{ LABEL_0 = "negative", POS = "positive" }}\n'
    one = read(tmp_path, TOML + table.format("a" * 40)).reader
    assert (one.model, one.revision, one.labels["POS"], one.download) == ("acme/moods", "a" * 40, "positive", False)
    folder = read(tmp_path, TOML + '[reader]\nmodel = "./moods"\nlabels = { A = "spam" }\n').reader
    assert folder.model == str(tmp_path / "moods")
    cases = [
        (table.format("main"), 'reader.revision: "main" is not a whole commit; write its 40 characters'),
        ('\n[reader]\nmodel = "a/b"\nlabels = { A = "spam" }\n', "reader.revision: is missing; pin the model"),
        ('\n[reader]\nmodel = "./m"\n', "reader.labels: is missing; say what its labels mean"),
        ('\n[reader]\nmodel = "./m"\nlabels = { A = "spam", B = "negative" }\n', "of several sorts; let them mean"),
        ('\n[reader]\nserver = "http://127.0.0.1:8080"\n', "reader.model: is missing; say which model the server runs"),
        (
            '\n[reader]\nserver = "http://x.example"\nmodel = "m"\ntask = "x"\n',
            "reader.task: is not asked where a server",
        ),
    ]
    for more, sentence in cases:
        said = mistakes(tmp_path, TOML + more)
        assert any(sentence in one for one in said), (more, said)


def test_a_server_of_vectors_and_one_of_suggestions_have_keys_of_their_own(tmp_path: Path) -> None:
    more = (
        '\n[reader]\nserver = "http://127.0.0.1:8080"\nmodel = "bge-m3"\nspeaks = "tei"\n'
        '[suggestions]\nname = "mistral-small"\nurl = "http://127.0.0.1:11434/v1/"\n'
    )
    env = {**ENV, "TWOWAY_READER_KEY": "reader-secret", "TWOWAY_SUGGESTIONS_KEY": "suggestions-secret"}
    settings = read(tmp_path, TOML + more, env=env)
    assert (settings.reader.server, settings.reader.speaks.value) == ("http://127.0.0.1:8080", "tei")
    assert settings.suggestions is not None
    assert settings.suggestions.url == "http://127.0.0.1:11434/v1"
    assert {"reader-secret", "suggestions-secret"} <= {one.reveal() for one in settings.secrets()}
    assert read(tmp_path).suggestions is None
