"""OAuth 2.0: a code becomes tokens, tokens are renewed once, early, and kept before anybody uses them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import AuthFailed, Malformed, Throttled, Unreachable
from adapters.keeping import Forgetful
from adapters.oauth import Access, Ask, Grant, Proof, Tokens, begin, finish, keep, read_kept, read_tokens
from tests.adapters.token_server import REDIRECT, TokenServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Recording(Forgetful):
    """Keeps, and says when; may fail at it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, datetime | None]] = []
        self.away = 0

    async def keep(self, secret: str, *, ends: datetime | None = None) -> None:
        if self.away:
            self.away -= 1
            raise Unreachable("the store is away")
        self.kept.append((secret, ends))
        await super().keep(secret, ends=ends)


@pytest.fixture
async def server() -> AsyncIterator[TokenServer]:
    async with TokenServer.serve() as one:
        yield one


@pytest.fixture
def clock() -> Clock:
    return Clock()


def grant_at(server: TokenServer, **more: object) -> Grant:
    usual: dict[str, object] = {
        "authorise": f"{server.base_url}/authorise",
        "token": f"{server.base_url}/token",
        "client_id": "our app",
        "client_secret": "s/cret",
        "scopes": ("read", "write"),
    }
    return Grant(**{**usual, **more})  # type: ignore[arg-type]  # a test's own words


async def connected(server: TokenServer, clock: Clock, **more: object) -> tuple[Grant, Recording]:
    grant, keeper = grant_at(server, **more), Recording()
    begun = begin(grant, state="s", redirect=REDIRECT)
    code = server.consent(begun.address)
    await keep(keeper, await finish(grant, code=code, verifier=begun.verifier, redirect=REDIRECT, clock=clock))
    return grant, keeper


async def test_the_page_is_asked_for_what_the_grant_says_and_the_verifier_stays_with_us(server: TokenServer) -> None:
    grant = grant_at(server, between_scopes=",", extra={"access_type": "offline"})
    begun = begin(grant, state="a state", redirect=REDIRECT)
    asked = parse_qs(urlsplit(begun.address).query)
    assert asked.pop("code_challenge") != [begun.verifier]
    assert asked == {
        "response_type": ["code"],
        "client_id": ["our app"],
        "redirect_uri": [REDIRECT],
        "scope": ["read,write"],
        "state": ["a state"],
        "code_challenge_method": ["S256"],
        "access_type": ["offline"],
    }
    assert 43 <= len(begun.verifier) <= 128
    assert begun.verifier not in repr(begun)
    assert "+" not in begun.address  # a space is %20 for those who do not read forms


async def test_a_code_becomes_tokens_with_the_verifier_only_and_once(server: TokenServer, clock: Clock) -> None:
    grant = grant_at(server)
    begun = begin(grant, state="s", redirect=REDIRECT)
    server.consent(begun.address)
    with pytest.raises(AuthFailed, match="withdrawn"):
        await finish(grant, code="the-code", verifier="another", redirect=REDIRECT, clock=clock)
    server.consent(begun.address)
    tokens = await finish(grant, code="the-code", verifier=begun.verifier, redirect=REDIRECT, clock=clock)
    assert (tokens.access, tokens.refresh, tokens.ends) == ("access-1", "refresh-1", NOW + timedelta(hours=2))
    assert "access-1" not in repr(tokens)
    with pytest.raises(AuthFailed):
        await finish(grant, code="the-code", verifier=begun.verifier, redirect=REDIRECT, clock=clock)


async def test_an_app_proves_itself_as_the_grant_says(server: TokenServer, clock: Clock) -> None:
    await connected(server, clock)
    assert (server.asked[-1]["client_id"], server.asked[-1]["client_secret"]) == ("our app", "s/cret")
    await connected(server, clock, proof=Proof.BASIC, headers={"User-Agent": "ours"})
    assert "client_secret" not in server.asked[-1]
    assert server.headers[-1]["Authorization"] == "Basic b3VyJTIwYXBwOnMlMkZjcmV0"  # our%20app:s%2Fcret
    assert server.headers[-1]["User-Agent"] == "ours"
    await connected(server, clock, client_secret="", pkce=False)
    assert "client_secret" not in server.asked[-1]
    assert "code_verifier" not in server.asked[-1]


async def test_a_token_is_renewed_before_it_ends_and_kept_before_anybody_has_it(
    server: TokenServer, clock: Clock
) -> None:
    grant, keeper = await connected(server, clock)
    access = Access(grant, keeper, clock=clock)
    assert (await access.current()).access == "access-1"
    clock.now += timedelta(minutes=116)
    assert (await access.current()).access == "access-2"
    assert read_kept(keeper.kept[-1][0]).refresh == "refresh-2"
    assert [form["grant_type"] for form in server.asked] == ["authorization_code", "refresh_token"]


async def test_many_who_ask_renew_once_and_so_do_two_machines(server: TokenServer, clock: Clock) -> None:
    grant, keeper = await connected(server, clock)
    here, there = (Access(grant, keeper, clock=clock) for _ in range(2))
    await here.current()
    await there.current()
    clock.now += timedelta(hours=2)
    found = await asyncio.gather(*[one.current() for one in (here, there) for _ in range(10)])
    assert {one.access for one in found} == {"access-2"}
    assert len(server.asked) == 2


async def test_a_token_that_the_server_does_not_take_is_renewed_unless_another_came_meanwhile(
    server: TokenServer, clock: Clock
) -> None:
    grant, keeper = await connected(server, clock)
    here, there = (Access(grant, keeper, clock=clock) for _ in range(2))
    stale = await here.current()
    assert (await here.renew(stale)).access == "access-2"
    assert (await there.renew(stale)).access == "access-2"
    assert server.made == 2


async def test_a_refresh_token_that_does_not_rotate_stays(server: TokenServer, clock: Clock) -> None:
    grant, keeper = await connected(server, clock)
    server.rotates = False
    access = Access(grant, keeper, clock=clock)
    for hours in (2, 4):
        clock.now = NOW + timedelta(hours=hours)
        assert (await access.current()).refresh == "refresh-1"


async def test_what_a_renewal_brought_is_not_lost_when_nobody_waits_for_it_any_more(
    server: TokenServer, clock: Clock
) -> None:
    grant, keeper = await connected(server, clock)
    access = Access(grant, keeper, clock=clock)
    clock.now += timedelta(hours=2)
    waiting = asyncio.create_task(access.current())
    while len(server.asked) < 2:
        await asyncio.sleep(0)
    waiting.cancel()
    await access.close()
    assert read_kept(keeper.kept[-1][0]).access == "access-2"


async def test_a_new_token_that_could_not_be_kept_is_used_by_nobody_and_kept_at_the_next_try(
    server: TokenServer, clock: Clock
) -> None:
    grant, keeper = await connected(server, clock)
    access = Access(grant, keeper, clock=clock)
    await access.current()
    clock.now += timedelta(hours=1, minutes=57)  # the old one would still do for the server
    keeper.away = 1
    with pytest.raises(Unreachable):
        await access.current()
    assert (await access.current()).access == "access-2"
    assert len(server.asked) == 2


async def test_a_renewal_that_is_refused_says_the_remedy_and_is_not_tried_again_soon(
    server: TokenServer, clock: Clock
) -> None:
    grant, keeper = await connected(server, clock)
    access = Access(grant, keeper, clock=clock)
    server.revoke()
    clock.now += timedelta(hours=2)
    for _ in range(5):
        with pytest.raises(AuthFailed, match=r"twoway connect.*It says: used or revoked"):
            await access.current()
    assert len(server.asked) == 2
    # Somebody connects it: the next one to ask has it, without a restart.
    await keep(keeper, Tokens(access="by hand", made=clock.now))
    assert (await access.current()).access == "by hand"


async def test_while_the_old_token_lives_a_renewal_that_fails_stops_nobody(server: TokenServer, clock: Clock) -> None:
    grant, keeper = await connected(server, clock)
    access = Access(grant, keeper, clock=clock)
    clock.now += timedelta(minutes=116)
    server.next_answers += [(503, {})]
    assert (await access.current()).access == "access-1"
    assert (await access.current()).access == "access-1"
    assert len(server.asked) == 2  # a pause between two tries
    clock.now += timedelta(minutes=5)
    server.next_answers += [(503, {})]
    with pytest.raises(Unreachable):
        await access.current()
    assert (await access.current()).access == "access-2"


async def test_what_the_token_address_says_is_told_by_what_it_means(server: TokenServer, clock: Clock) -> None:
    grant = grant_at(server)
    cases: list[tuple[int, object, type[Exception], str]] = [
        (401, {"error": "invalid_client"}, AuthFailed, "client id"),
        (400, {"error": "redirect_uri_mismatch"}, AuthFailed, "callback address"),
        (400, {"error": {"message": "Code has expired", "code": 100}}, AuthFailed, "Code has expired"),
        (200, {"error": "invalid_grant"}, AuthFailed, "withdrawn"),
        (400, {"error": {"message": "again", "code": 2, "is_transient": True}}, Unreachable, "400"),
        (404, {}, AuthFailed, "does not give us access"),
        (429, {}, Throttled, "wait"),
        (500, {}, Unreachable, "500"),
        (302, {}, Unreachable, "302"),
        (200, [], Malformed, "object"),
        (200, {"access_token": "a", "token_type": "mac"}, Malformed, "bearer"),
        (200, {"access_token": ""}, Malformed, "bearer"),
        (200, {"access_token": 7}, Malformed, "string"),
    ]
    for status, body, kind, words in cases:
        server.next_answers = [(status, body)]
        with pytest.raises(kind, match=words):
            await finish(grant, code="c", verifier="v", redirect=REDIRECT, clock=clock)


async def test_a_platform_may_exchange_further_after_the_code_and_renew_by_its_own_call(
    server: TokenServer, clock: Clock
) -> None:
    """As Threads: a short token becomes one of 60 days, which renews itself by a GET and has no refresh token."""

    async def longer(ask: Ask, tokens: Tokens, now: datetime) -> Tokens:
        body = await ask("GET", f"{server.base_url}/again", params=[("access_token", tokens.access)])
        made = read_tokens(body, now, before=tokens)
        return Tokens(access=made.access, made=now, ends=made.ends, connect_by=made.ends, more=made.more)

    server.extra = {"user_id": 17841400000000001}
    steps = {"after_code": longer, "renewal": longer, "early": timedelta(days=50)}
    grant, keeper = await connected(server, clock, **steps)
    tokens = await (access := Access(grant, keeper, clock=clock)).current()
    assert (tokens.access, tokens.more) == ("long-2", {"user_id": "17841400000000001"})
    assert keeper.kept[-1][1] == NOW + timedelta(days=60)  # people are told in time if nobody renews it
    clock.now += timedelta(days=29)
    assert (await access.current()).access == "long-2"
    clock.now += timedelta(days=2)  # half of its life is over
    assert (await access.current()).access == "long-3"
    assert server.asked[-1] == {"access_token": "long-2"}
    assert keeper.kept[-1][1] == clock.now + timedelta(days=60)


async def test_a_token_from_the_environment_wins_and_is_renewed_by_nobody(server: TokenServer, clock: Clock) -> None:
    grant, keeper = await connected(server, clock)
    access = Access(grant, keeper, clock=clock, given="plain")
    tokens = await access.current()
    assert tokens.access == "plain"
    with pytest.raises(AuthFailed, match="environment"):
        await access.renew(tokens)


async def test_an_account_that_nobody_connected_says_so(server: TokenServer, clock: Clock) -> None:
    with pytest.raises(AuthFailed, match="twoway connect"):
        await Access(grant_at(server), Forgetful(), clock=clock).current()


async def test_kept_words_that_are_no_tokens_ask_for_a_person(server: TokenServer, clock: Clock) -> None:
    good = json.loads(Tokens(access="a", made=NOW).to_json())
    bad: list[object] = [7, {}, {**good, "made": None}, {**good, "scopes": "x"}, {**good, "ends": "soon"}]
    bad += [{**good, "access": ""}, {**good, "more": {"page": 1}}]
    for words in ["", "[" * 10_000, *map(json.dumps, bad)]:
        keeper = Forgetful()
        await keeper.keep(words)
        with pytest.raises(AuthFailed, match="twoway connect"):
            await Access(grant_at(server), keeper, clock=clock).current()


def test_tokens_are_the_same_after_they_were_kept() -> None:
    tokens = Tokens(access="a", made=NOW, refresh="r", ends=NOW, connect_by=NOW, scopes=("x",), more={"page": "1"})
    assert read_kept(tokens.to_json()) == tokens


def test_how_long_a_token_lives_is_read_in_every_spelling() -> None:
    for said, seconds in [(60, 60), ("60", 60), (60.5, 60.5), (0, None), (None, None), ("soon", None), (True, None)]:
        tokens = read_tokens({"access_token": "a", "expires_in": said}, NOW)
        assert tokens.ends == (None if seconds is None else NOW + timedelta(seconds=seconds)), said
    assert read_tokens({"access_token": "a", "expires_in": 1e300}, NOW).ends is None
    week = read_tokens({"access_token": "a", "refresh_token_expires_in": 604799}, NOW)
    assert week.connect_by == NOW + timedelta(seconds=604799)


def test_a_grant_never_sends_tokens_in_the_clear() -> None:
    with pytest.raises(ValueError, match="https"):
        Grant(authorise="https://platform.example/a", token="http://platform.example/t", client_id="x")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
answers = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("access_token", "token_type", "expires_in", "refresh_token", "scope", "refresh_token_expires_in"), json_values
    ),
)


@given(value=json_values | answers)
def test_any_answer_is_tokens_or_malformed(value: object) -> None:
    try:
        tokens = read_tokens(value, NOW)
    except Malformed:
        return
    assert read_kept(tokens.to_json()) == tokens


@given(words=st.text() | json_values.map(json.dumps))
def test_any_kept_words_are_tokens_or_malformed(words: str) -> None:
    try:
        read_kept(words)
    except Malformed:
        pass
