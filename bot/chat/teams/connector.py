"""The Bot Framework behind calls of our own: `verify` what comes in; `send`, `update`, `delete`, `members` go out.

The only file that knows botbuilder (docs/decisions/9): it checks signatures and fetches tokens. Requests go out over
our own session: one attempt each, a time limit each, every failure as one of the contract's `ChatError`s. Leaves
pacing to `limits`, what activities say to `inbound` and `render`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import quote

import aiohttp
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AuthenticationConfiguration,
    AuthenticationConstants,
    BotFrameworkAuthenticationFactory,
    ManagedIdentityServiceClientCredentialsFactory,
    PasswordServiceClientCredentialFactory,
)
from botframework.connector.auth.authenticate_request_result import AuthenticateRequestResult
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor
from jwt.algorithms import RSAAlgorithm

from bot.chat.contract import ChatClosed, ChatError, ChatUnreachable
from bot.chat.teams.failures import FOR_NOW, NEW_PASSWORD, TOKEN_REFUSED, asked_to_wait, failure
from bot.chat.teams.limits import Backoff
from bot.chat.teams.trust import Identity, Trust

log = logging.getLogger(__name__)

Json = Mapping[str, object]

ISSUER = AuthenticationConstants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER
SCOPE = AuthenticationConstants.TO_CHANNEL_FROM_BOT_OAUTH_SCOPE
LOGIN = AuthenticationConstants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX

CHANNEL = "msteams"
KEYS_GOOD_FOR = 24 * 3600.0  # seconds, as botbuilder's own cache; Microsoft rotates keys with days of notice
UNKNOWN_KEY_EVERY = 300.0  # a key that we do not know is looked up so often at most: anybody can name one
UNDECIDED = 503  # whether it is to be taken could not be found out
TOKEN_GOOD_FOR = 300.0  # then msal is asked again, which keeps it for its hour and renews it by itself


class Unverified(Exception):
    """What came in is not taken. `status` is what to answer, `reason` is for the log."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Credentials(Protocol):
    """Whoever can get a token; blocks."""

    def get_access_token(self) -> str: ...


class Connector:
    """One bot's way in and out. `opened` between `open` and `close`."""

    def __init__(
        self,
        identity: Identity,
        trust: Trust,
        *,
        time_limit: timedelta,
        credentials: Credentials | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._identity = identity
        self._trust = trust
        self._time_limit = time_limit.total_seconds()
        self._credentials = credentials
        self._now = now
        self._session: aiohttp.ClientSession | None = None
        self._token: tuple[float, str] | None = None
        self._asking = asyncio.Lock()
        self._backoff = Backoff()
        self._adapter = _Adapter(_Door(identity))

    def open(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._time_limit))
            # botbuilder would fetch keys by a call that blocks the loop and has no time limit.
            JwtTokenExtractor.metadataCache[self._identity.openid_url] = _Keys(self._identity.openid_url, self.session)

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise ChatUnreachable("not_started")
        return self._session

    # -------------------------------------------------------------------------------------------- what comes in

    async def verify(self, authorization: str, activity: Json) -> None:
        """That Microsoft sent it, to us, from a service that we trust. Raises `Unverified`.

        The order matters: nothing is asked of the network for the sake of an address or an issuer that we do not know.
        """
        service_url = activity.get("serviceUrl")
        if not isinstance(service_url, str) or not self._trust.allows(service_url):
            raise Unverified("serviceUrl not allowed", 403)
        if not self._identity.anonymous and _issuer(authorization) != ISSUER:
            raise Unverified("no token of the Bot Framework", 401)
        kind, channel = activity.get("type"), activity.get("channelId")
        turn = _Turn()
        try:
            async with asyncio.timeout(self._time_limit):
                await self._adapter.process_activity(
                    "" if self._identity.anonymous else authorization,
                    Activity(
                        type=kind if isinstance(kind, str) else "",
                        channel_id=channel if isinstance(channel, str) else "",
                        service_url=service_url,
                    ),
                    turn.begins,
                )
        except (KeysAway, TimeoutError) as error:
            raise Unverified(f"keys cannot be had: {type(error).__name__}", UNDECIDED) from error
        except Exception as error:  # botbuilder and PyJWT refuse in a dozen ways
            raise Unverified(f"token refused: {type(error).__name__}", 401) from error
        if not turn.begun:
            raise Unverified("no turn", 401)
        if channel != CHANNEL:
            raise Unverified("not from Teams", 403)  # a bot in Azure has a web chat from the beginning
        if (tenant := tenant_of(activity)) != self._identity.tenant:
            raise Unverified("another tenant" if tenant else "no tenant", 403)

    # -------------------------------------------------------------------------------------------- what goes out

    async def send(self, conversation: str, activity: Json, *, targeted: bool = False) -> str:
        """The new message's id. `targeted`: only the activity's `recipient` sees it."""
        query = "?isTargetedActivity=true" if targeted else ""
        answer = await self._call("POST", conversation, f"/activities{query}", activity)
        return _id(answer, "id")

    async def begin(self, parameters: Json) -> tuple[str, str]:
        """A new conversation (a thread in a channel, or one with a person): its id, and its first message's."""
        answer = await self._call("POST", "", body=parameters)
        first = answer.get("activityId") if isinstance(answer, dict) else None
        return _id(answer, "id"), first if isinstance(first, str) else ""

    async def update(self, conversation: str, message: str, activity: Json) -> None:
        await self._call("PUT", conversation, f"/activities/{_part(message)}", activity)

    async def delete(self, conversation: str, message: str) -> None:
        await self._call("DELETE", conversation, f"/activities/{_part(message)}")

    async def member(self, conversation: str, person: str) -> object:
        """One person, as the conversation's own roster has them."""
        return await self._call("GET", conversation, f"/members/{_part(person)}")

    async def members(self, conversation: str, after: str = "") -> tuple[list[object], str]:
        """A page of the roster, and what to ask for next; "" after the last."""
        query = f"&continuationToken={_part(after)}" if after else ""
        answer = await self._call("GET", conversation, f"/pagedmembers?pageSize={PAGE}{query}")
        if not isinstance(answer, dict) or not isinstance(answer.get("members"), list):
            raise ChatUnreachable("unreadable_answer")
        following = answer.get("continuationToken")
        return answer["members"], following if isinstance(following, str) else ""

    async def token(self) -> str:
        """To be let in with; "" where nobody asks for one. Raises `ChatError`."""
        if self._identity.anonymous and self._credentials is None:
            return ""
        async with self._asking:
            if self._token is not None and time.monotonic() < self._token[0]:
                return self._token[1]
            try:
                async with asyncio.timeout(self._time_limit):
                    if self._credentials is None:
                        self._credentials = await _credentials(self._identity)
                    # Blocks, so it runs in a thread.
                    token = await asyncio.to_thread(self._credentials.get_access_token)
            except TimeoutError as error:
                raise ChatUnreachable("no_token:timeout") from error
            except PermissionError as error:
                raise ChatClosed(TOKEN_REFUSED, NEW_PASSWORD) from error
            except Exception as error:  # requests and msal: no network, odd answers
                raise ChatUnreachable(f"no_token:{type(error).__name__}") from error
            self._token = (time.monotonic() + TOKEN_GOOD_FOR, token)
            return token

    async def _call(self, method: str, conversation: str, rest: str = "", body: Json | None = None) -> object:
        """One request to the one service that the settings name, never to an address that came in. About a
        conversation; "" is for one that is to begin."""
        token = await self.token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        path = "v3/conversations" + (f"/{_part(conversation)}{rest}" if conversation else "")
        try:
            async with (
                asyncio.timeout(self._time_limit),
                self.session.request(
                    method, self._identity.service_url + path, json=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                status, said, answer = response.status, response.headers, await response.text()
        except (TimeoutError, aiohttp.ClientError, asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise ChatUnreachable(type(error).__name__) from None
        if status not in FOR_NOW:
            self._backoff.answered(conversation)
        if 200 <= status < 300:
            return _object(answer)
        raise self._failed(status, said, answer, conversation)

    def _failed(self, status: int, headers: Mapping[str, str], text: str, conversation: str) -> ChatError:
        if status == 401:
            self._token = None
        if status not in FOR_NOW:
            return failure(status, _code(text))
        now = self._now()
        return failure(status, _code(text), now + self._backoff.refused(conversation, asked_to_wait(headers, now)))


PAGE = 500  # learn.microsoft.com/microsoftteams/platform: get-teams-context, 2026-11: 50 to 500


def tenant_of(activity: Json) -> str:
    """Where it happened; "" where the activity does not say."""
    conversation, data = activity.get("conversation"), activity.get("channelData")
    held = conversation.get("tenantId") if isinstance(conversation, dict) else None
    if not isinstance(held, str) or not held:
        tenant = data.get("tenant") if isinstance(data, dict) else None
        held = tenant.get("id") if isinstance(tenant, dict) else None
    return held.lower() if isinstance(held, str) else ""


# ---------------------------------------------------------------------------------------------- botbuilder


class KeysAway(Exception):
    """Microsoft's public keys could not be had: no verdict."""


class _Turn:
    """botbuilder begins a turn only for what it has verified."""

    def __init__(self) -> None:
        self.begun = False

    async def begins(self, context: object) -> None:
        self.begun = True


class _Adapter(CloudAdapterBase):  # type: ignore[misc]
    """Nothing of its own: the class is abstract in name only."""


class _Nothing:
    """In place of the clients that botbuilder makes for each turn (25 ms of work), which we do not use."""

    async def create(self, service_url: str, audience: str | None = None) -> object:
        return self


class _Door:
    """botbuilder's check of tokens, with nothing made for the answer."""

    def __init__(self, identity: Identity) -> None:
        self._checked = BotFrameworkAuthenticationFactory.create(
            to_channel_from_bot_login_url=LOGIN,
            to_channel_from_bot_oauth_scope=SCOPE,
            to_bot_from_channel_token_issuer=ISSUER,
            oauth_url=AuthenticationConstants.OAUTH_URL,
            to_bot_from_channel_open_id_metadata_url=identity.openid_url,
            to_bot_from_emulator_open_id_metadata_url=identity.openid_url,
            credential_factory=PasswordServiceClientCredentialFactory("" if identity.anonymous else identity.app_id),
            auth_configuration=AuthenticationConfiguration(),
        )

    async def authenticate_request(self, activity: object, header: str) -> AuthenticateRequestResult:
        result = await self._checked.authenticate_request(activity, header or None)
        result.connector_factory = _Nothing()
        return result

    async def create_user_token_client(self, claims: object) -> None:
        return None


class _Keys:
    """Microsoft's public keys, in the place of botbuilder's own cache."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session
        self._keys: dict[str, _Key] = {}
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def get(self, key_id: str) -> _Key:
        async with self._asking:
            age = time.monotonic() - self._asked_at if self._asked_at is not None else KEYS_GOOD_FOR
            if age >= KEYS_GOOD_FOR or (key_id not in self._keys and age >= UNKNOWN_KEY_EVERY):
                await self._ask()
        if key_id not in self._keys:
            raise PermissionError("unknown key")
        return self._keys[key_id]

    async def _ask(self) -> None:
        try:
            where = await self._read(self._url)
            found = await self._read(str(where["jwks_uri"]))
            listed = found["keys"]
            keys = {str(one["kid"]): _Key(one) for one in listed} if isinstance(listed, list) else {}
        except (TimeoutError, aiohttp.ClientError, OSError, KeyError, TypeError, ValueError) as error:
            raise KeysAway(type(error).__name__) from error
        self._keys, self._asked_at = keys, time.monotonic()

    async def _read(self, url: str) -> dict[str, object]:
        async with self._session.get(url) as response:
            response.raise_for_status()
            answer: object = await response.json(content_type=None)
        if not isinstance(answer, dict):
            raise ValueError("no object")
        return answer


@dataclass(init=False)
class _Key:
    """As botbuilder asks for it."""

    public_key: object
    endorsements: list[str]

    def __init__(self, jwk: Mapping[str, object]) -> None:
        self.public_key = RSAAlgorithm.from_jwk(json.dumps(jwk))
        endorsed = jwk.get("endorsements")
        self.endorsements = [str(one) for one in endorsed] if isinstance(endorsed, list) else []


async def _credentials(identity: Identity) -> Credentials:
    factory = (
        ManagedIdentityServiceClientCredentialsFactory(identity.app_id)
        if identity.managed
        else PasswordServiceClientCredentialFactory(identity.app_id, identity.password, identity.tenant)
    )
    made: Credentials = await factory.create_credentials(identity.app_id, SCOPE, LOGIN, True)
    return made


# ---------------------------------------------------------------------------------------------- small readers


def _issuer(authorization: str) -> str:
    """Who a token says that it is of; nothing is believed by it."""
    scheme, _, token = authorization.partition(" ")
    claims = token.split(".")[1:2]
    if scheme != "Bearer" or not claims:
        return ""
    try:
        said: object = json.loads(base64.urlsafe_b64decode(claims[0] + "=" * (-len(claims[0]) % 4)))
    except (ValueError, binascii.Error):
        return ""
    issuer = said.get("iss") if isinstance(said, dict) else None
    return issuer if isinstance(issuer, str) else ""


def _part(value: str) -> str:
    return quote(value, safe="")


def _object(text: str) -> object:
    try:
        found: object = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found


def _code(text: str) -> str:
    """The service's word for what is wrong."""
    said = _object(text)
    error = said.get("error") if isinstance(said, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code[:60] if isinstance(code, str) else ""


def _id(answer: object, key: str) -> str:
    found = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(found, str) or not found:
        raise ChatUnreachable("no_id")
    return found
