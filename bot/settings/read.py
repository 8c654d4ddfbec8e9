"""Reads `twoway.toml` and the environment into `values`, and names every mistake at once.

Which keys there are stands here; what one value may look like stands in `parsing.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.settings import kinds, routes, storms, topics, voice
from bot.settings.abuse import abuse
from bot.settings.parsing import Mistake, Table, Wrong, did_you_mean, many, one_of, shown, text, yes_or_no
from bot.settings.reader import reading
from bot.settings.secret import Secret, Unreadable, secret_from
from bot.settings.values import (
    DEFAULT_DATABASE,
    DEFAULT_PATH,
    USUAL_SEARCH,
    USUAL_SUMMARY,
    USUAL_THANKS,
    USUAL_WARNING,
    AccountSettings,
    Catalogue,
    ChannelSettings,
    Hours,
    ModelKind,
    ModelSettings,
    ServiceSettings,
    Settings,
    SettingsError,
    SlackMode,
    SlackSettings,
    SuggestionSettings,
    Surface,
    TeamsSettings,
    TeamsSignIn,
    token_name,
)
from models.permits import Policy

T = TypeVar("T")


def load(
    path: Path | None, env: Mapping[str, str], *, catalogue: Catalogue | None = None, need_secrets: bool = True
) -> Settings:
    """Reads and checks everything. Raises `SettingsError` with every mistake found, never with the first alone.

    Without a catalogue the accounts' own options stay unchecked and their secrets unread. `need_secrets=False`
    takes missing tokens for no mistake, for what works without them.
    """
    path = path or DEFAULT_PATH
    mistakes: list[Mistake] = []
    top = Table(path.name, "", _read_toml(path), mistakes)
    reader = _Reader(path, top, env, mistakes, need_secrets)
    settings = Settings(
        path=path,
        service=reader.service(),
        slack=reader.slack(),
        teams=reader.teams(),
        accounts=tuple(reader.account(table, catalogue) for table in top.tables("accounts")),
        channels=tuple(reader.channel(table) for table in top.tables("channels")),
        model=reader.model(),
        reader=reading(top, reader.folder, reader.reader_key()),
        suggestions=reader.suggestions(),
        routes=tuple(routes.route(table) for table in top.tables("routes", called="number")),
        topics=tuple(topics.topic(table) for table in top.tables("topics")),
        storms=storms.watching(top),
        abuse=abuse(top),
    )
    voice.finish(top)
    top.finish()
    if not mistakes:
        mistakes += _between(settings, path.name)
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def load_service(path: Path | None, env: Mapping[str, str]) -> ServiceSettings:
    """The service's part alone, for what needs no team: without any file, the defaults beside where we stand."""
    return _alone(path, env, lambda reader: reader.service())


def load_teams(path: Path | None, env: Mapping[str, str]) -> tuple[ServiceSettings, TeamsSettings | None]:
    """The service's part and that of Teams, without its password: what an app package is made from."""
    return _alone(path, env, lambda reader: (reader.service(), reader.teams()))


def load_slack(path: Path | None, env: Mapping[str, str]) -> tuple[ServiceSettings, SlackSettings]:
    """The service's part and Slack's, without tokens: what an app is made from, before there is a team."""
    return _alone(path, env, lambda reader: (reader.service(), reader.slack() or SlackSettings()))


def _alone(path: Path | None, env: Mapping[str, str], read: Callable[[_Reader], T]) -> T:
    there = path is not None or DEFAULT_PATH.exists()
    path = path or DEFAULT_PATH
    mistakes: list[Mistake] = []
    top = Table(path.name, "", _read_toml(path) if there else {}, mistakes)
    part = read(_Reader(path, top, env, mistakes, need_secrets=False))
    if mistakes:
        raise SettingsError(mistakes)
    return part


def _read_toml(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        wrong = "there is no such file"
        right = "write one, or name another by --config or TWOWAY_CONFIG; `twoway sandbox` needs none"
    except OSError as error:
        wrong, right = f"cannot be read ({error.strerror})", "make it readable for whoever runs Twoway"
    except UnicodeDecodeError:
        wrong, right = "is not text in UTF-8", "save it as UTF-8"
    except tomllib.TOMLDecodeError as error:
        wrong, right = f"is not TOML: {error}", "mend that place; texts stand in quotes, lists in brackets"
    raise SettingsError([Mistake(str(path), "", wrong, right)])


class _Reader:
    """Knows each table's keys. One method a table; all note their mistakes in one list."""

    def __init__(
        self, path: Path, top: Table, env: Mapping[str, str], mistakes: list[Mistake], need_secrets: bool
    ) -> None:
        self.folder = path.absolute().parent
        self._top = top
        self._env = env
        self._mistakes = mistakes
        self._need_secrets = need_secrets

    def service(self) -> ServiceSettings:
        table = self._top.table("service") or Table(self._top.file, "service", {}, self._mistakes)
        host, port = table.take("listen", kinds.listen, ("127.0.0.1", 8080))
        database = table.take("database", kinds.database, DEFAULT_DATABASE)
        if given := self._secret("TWOWAY_DATABASE"):
            try:
                database = kinds.database(given.reveal())
            except Wrong as wrong:
                self._mistakes.append(Mistake("environment", "TWOWAY_DATABASE", "is not an address", wrong.right))
        read = ServiceSettings(
            database=self._beside_the_file(database),
            public_url=table.take("public_url", kinds.public_url, ""),
            host=host,
            port=port,
            key=self._key(),
        )
        table.finish()
        return read

    def slack(self) -> SlackSettings | None:
        table = self._top.table("slack")
        if table is None:
            if not any(str(one.get("chat")).startswith("slack:") for one in self._top.raw("channels")):
                return None
            table = Table(self._top.file, "slack", {}, self._mistakes)
        mode = table.take("mode", one_of({mode.value: mode for mode in SlackMode}), SlackMode.SOCKET)
        commands = table.table("commands")
        renamed = {} if commands is None else {verb: commands.take(verb, kinds.command, "") for verb in commands}
        read = SlackSettings(
            mode=mode,
            api_url=table.take("api_url", kinds.api_url, SlackSettings().api_url),
            command_prefix=table.take("command_prefix", kinds.command_prefix, ""),
            renamed=renamed,
            post_every=table.take("post_every", kinds.duration, SlackSettings().post_every),
            bot_token=self._need_secret("SLACK_BOT_TOKEN", "the app's page, OAuth & Permissions, xoxb-…"),
            signing_secret=self._need_secret(
                "SLACK_SIGNING_SECRET", "the app's page, Basic Information", needed=mode is SlackMode.HTTP
            ),
            app_token=self._need_secret(
                "SLACK_APP_TOKEN", "the app's page, App-Level Tokens, xapp-…", needed=mode is SlackMode.SOCKET
            ),
        )
        table.finish()
        return read

    def teams(self) -> TeamsSettings | None:
        table = self._top.table("teams")
        if table is None:
            return None
        usual = TeamsSettings("", "")
        ways = {way.value: way for way in TeamsSignIn}
        sign_in = table.take("sign_in", one_of(ways), usual.sign_in)
        service_url = table.take("service_url", kinds.service_url, usual.service_url)
        anonymous = table.take("anonymous", yes_or_no, usual.anonymous)
        if anonymous and not kinds.on_loopback(service_url):
            right = "take it out: only a stand-in at a service_url on this very machine may be trusted without tokens"
            table.wrong("anonymous", "lets anybody in", right)
        read = TeamsSettings(
            app_id=table.need("app_id", kinds.guid, "", right="write the bot's application id"),
            tenant=table.need("tenant", kinds.guid, "", right="write the directory's id"),
            password=self._need_secret(
                "TEAMS_APP_PASSWORD",
                "the app's registration, Certificates & secrets",
                needed=sign_in is TeamsSignIn.SECRET and not anonymous,
            ),
            sign_in=sign_in,
            service_url=service_url,
            services=table.take("services", many(kinds.service_url), (*usual.services, service_url)),
            openid_url=table.take("openid_url", kinds.openid_url, usual.openid_url),
            anonymous=anonymous,
            targeted=table.take("targeted", yes_or_no, usual.targeted),
            post_every=table.take("post_every", kinds.duration, usual.post_every),
        )
        table.finish()
        return read

    def model(self) -> ModelSettings | None:
        """`[summary.model]`; None where no language model is wanted."""
        above = self._top.table("summary")
        table = None if above is None else above.table("model")
        if above is not None:
            above.finish()
        if table is None:
            return None
        usual = ModelSettings(ModelKind.OPENAI, "")
        kind = table.take("kind", one_of({kind.value: kind for kind in ModelKind}), usual.kind)
        name = table.need("name", text, "", right='name the model, as in name = "mistral-small"')
        url = ""
        if kind is ModelKind.OPENAI:
            url = table.need("url", kinds.model_url, "", right='say where it is, as in "http://127.0.0.1:11434/v1"')
        else:
            table.refuse("url", "is not asked for a local model", "take it out")
        read = ModelSettings(
            kind=kind,
            name=name,
            url=url,
            within=table.take("within", kinds.some_time, usual.within),
            key=self._secret("TWOWAY_MODEL_KEY"),
        )
        table.finish()
        return read

    def reader_key(self) -> Secret:
        """Of the server that makes vectors."""
        return self._secret("TWOWAY_READER_KEY")

    def suggestions(self) -> SuggestionSettings | None:
        """`[suggestions]`; None where nobody is to be offered any."""
        table = self._top.table("suggestions")
        if table is None:
            return None
        read = SuggestionSettings(
            name=table.need("name", text, "", right='name the model, as in name = "mistral-small"'),
            url=table.need("url", kinds.model_url, "", right='say where it is, as in "http://127.0.0.1:11434/v1"'),
            key=self._secret("TWOWAY_SUGGESTIONS_KEY"),
        )
        table.finish()
        return read

    def account(self, table: Table, catalogue: Catalogue | None) -> AccountSettings:
        name = table.need("name", kinds.name, "", right="call it something, in letters, digits, - and _")
        platform = table.need("platform", text, "", right='name one, as in platform = "mastodon"')
        nothing: tuple[str, ...] = ()
        searches = table.take("searches", many(kinds.search), nothing)
        search_every = table.take("search_every", kinds.some_time, USUAL_SEARCH)
        if catalogue is None or not name or not platform:
            return AccountSettings(name, platform, table.rest(), searches=searches, search_every=search_every)
        if platform not in catalogue.platforms:
            right = did_you_mean(platform, catalogue.platforms)
            table.wrong("platform", f"{shown(platform)} is not a platform that Twoway knows", right)
            return AccountSettings(name, platform)
        options: dict[str, object] = {}
        secrets: dict[str, Secret] = {}
        try:
            asks = catalogue.asks(platform)
        except Wrong as wrong:
            table.wrong("platform", wrong.wrong, wrong.right)
            return AccountSettings(name, platform)
        for asked in asks:
            variable = token_name(name, asked.name)
            if asked.secret:
                secrets[asked.name] = self._need_secret(variable, asked.help, needed=asked.needed)
                table.refuse(asked.name, "is a secret", f"take it out of the file, and set {variable} instead")
            elif asked.name in table:
                table.take(asked.name, asked.parser, None)
                options[asked.name] = table.held(asked.name)
            elif asked.needed:
                table.need(asked.name, asked.parser, None, right=asked.help or f"{platform} needs it")
            else:
                table.know(asked.name)
        table.finish()
        if searches:
            search_every = max(search_every, self._search_pause(table, platform, catalogue) * len(searches))
        return AccountSettings(name, platform, options, secrets, searches, search_every)

    def _search_pause(self, table: Table, platform: str, catalogue: Catalogue) -> timedelta:
        """Between two searches of one account, whichever they are."""
        pause = catalogue.search_pause(platform)
        if pause is None:
            wrong = f"find nothing on {shown(platform)} that is not heard anyway"
            table.wrong("searches", wrong, "take them out, or give them to an account on another platform")
        return pause or timedelta()

    def channel(self, table: Table) -> ChannelSettings:
        name = table.need("name", kinds.name, "", right="call it something, in letters, digits, - and _")
        surface, chat_id = table.need(
            "chat", kinds.chat, (Surface.SLACK, ""), right='say where the team works, as in "slack:C0CARE"'
        )
        person = kinds.person if surface is Surface.SLACK else kinds.guid
        usual = Policy()
        own_words, own_words_after = table.take("own_words", kinds.own_words, (usual.own_words, timedelta()))
        signs = table.table("signs")
        read = ChannelSettings(
            name=name,
            surface=surface,
            chat_id=chat_id,
            accounts=table.need("accounts", many(text), (), right="list the accounts whose posts come here"),
            timezone=table.take("timezone", kinds.zone, ZoneInfo("UTC")),
            policy=Policy(
                approvals=table.take("approvals", kinds.approvals, usual.approvals),
                own_words=own_words,
                own_words_after=own_words_after,
                hold=table.take("hold", kinds.duration, usual.hold),
                approval_lasts=table.take("approval_lasts", kinds.some_time, usual.approval_lasts),
                claim_for=table.take("claim_for", kinds.some_time, usual.claim_for),
                keep_deleted=table.take("keep_deleted", kinds.duration, usual.keep_deleted),
                answer_within=table.take("answer_within", kinds.some_time, usual.answer_within),
                describe_pictures=table.take("describe_pictures", yes_or_no, usual.describe_pictures),
            ),
            hours=table.take("hours", kinds.hours, Hours()),
            holidays=kinds.holidays(table.take("holidays", many(kinds.holiday), ())),
            thank_within=table.take("thank_within", kinds.some_time, USUAL_THANKS),
            warn_before=table.take("warn_before", kinds.duration, USUAL_WARNING),
            escalate_to=table.take("escalate_to", many(person), ()),
            approvers=table.take("approvers", many(person), ()),
            leads=table.take("leads", many(person), ()),
            signs={} if signs is None else kinds.signs(signs),
            summary_at=table.take("summary_at", kinds.time_or_off, USUAL_SUMMARY),
            summary_names=table.take("summary_names", yes_or_no, False),
            languages=table.take("languages", many(kinds.language), ()),
            danger_to=table.take("danger_to", many(person), ()),
            forget_after=table.take("forget_after", kinds.some_time, None),
            voice=voice.listening(table, self._top),
        )
        table.finish()
        return read

    def _key(self) -> Secret:
        key = self._secret("TWOWAY_KEY")
        if key:
            try:
                kinds.encryption_keys(key.reveal())
            except Wrong as wrong:
                self._mistakes.append(Mistake("environment", "TWOWAY_KEY", wrong.wrong, wrong.right))
        return key

    def _secret(self, name: str) -> Secret:
        try:
            return secret_from(self._env, name)
        except Unreadable as unreadable:
            right = "name a file that whoever runs Twoway can read"
            self._mistakes.append(Mistake("environment", f"{name}_FILE", str(unreadable), right))
            return Secret("")

    def _need_secret(self, name: str, where: str, *, needed: bool = True) -> Secret:
        noted = len(self._mistakes)
        secret = self._secret(name)
        if needed and not secret and self._need_secrets and len(self._mistakes) == noted:
            right = f"set {name}, or {name}_FILE to a file that holds it" + (f" ({where})" if where else "")
            self._mistakes.append(Mistake("environment", name, "is missing", right))
        return secret

    def _beside_the_file(self, database: str) -> str:
        path = database.removeprefix("sqlite:///")
        if path == database or Path(path).is_absolute():
            return database
        return f"sqlite:///{self.folder / path}"


def _between(settings: Settings, file: str) -> Iterator[Mistake]:
    """What is wrong between tables that are each right by themselves."""
    names = {account.name for account in settings.accounts}
    for kind, given in (
        ("accounts", [account.name for account in settings.accounts]),
        ("channels", [channel.name for channel in settings.channels]),
    ):
        for name in sorted({name for name in given if given.count(name) > 1}):
            yield Mistake(file, f"{kind}.{name}.name", "is given twice", "give each a name of its own")
    variables = [token_name(name) for name in names]
    for name in sorted(names):
        if variables.count(token_name(name)) > 1:
            wrong = f"shares the variable {token_name(name)} with another account"
            yield Mistake(file, f"accounts.{name}.name", wrong, "let them differ in a letter or a digit")
    if not settings.accounts:
        yield Mistake(file, "accounts", "there is none", "add an [[accounts]] table for each account of yours")
    if not settings.channels:
        yield Mistake(file, "channels", "there is none", "add a [[channels]] table for each channel of the team")
    heard = {account for channel in settings.channels for account in channel.accounts}
    for name in sorted(names - heard if settings.channels else ()):
        yield Mistake(file, f"accounts.{name}", "is in no channel", "list it under a channel's accounts")
    chats: dict[tuple[Surface, str], str] = {}
    for channel in settings.channels:
        for account in channel.accounts:
            if account not in names:
                wrong = f"{shown(account)} is not an account"
                yield Mistake(file, f"channels.{channel.name}.accounts", wrong, did_you_mean(account, names))
        other = chats.setdefault((channel.surface, channel.chat_id), channel.name)
        if other != channel.name:
            wrong = f'is also the chat of "{other}"'
            yield Mistake(file, f"channels.{channel.name}.chat", wrong, "keep one of the two")
        if channel.surface is Surface.TEAMS and settings.teams is None:
            right = "add a [teams] section with app_id and tenant"
            yield Mistake(file, f"channels.{channel.name}.chat", "needs Teams, which is not set up", right)
    yield from routes.between(settings.routes, settings.accounts, settings.channels, file)
    yield from topics.between(settings.topics, settings.routes, file)
