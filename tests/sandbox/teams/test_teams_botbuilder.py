"""Microsoft's own library (botbuilder) as the bot: each understands what the other sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import jwt
import pytest
from aiohttp import web
from botbuilder.core import CardFactory, MessageFactory, TurnContext
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.core.teams import TeamsActivityHandler, TeamsInfo
from botbuilder.schema import Activity, AdaptiveCardInvokeResponse
from botbuilder.schema.teams import (
    TaskModuleContinueResponse,
    TaskModuleMessageResponse,
    TaskModuleResponse,
    TaskModuleTaskInfo,
)
from botframework.connector.auth import (
    AuthenticationConfiguration,
    AuthenticationConstants,
    BotFrameworkAuthenticationFactory,
    PasswordServiceClientCredentialFactory,
)
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor, _OpenIdMetadata

from sandbox.teams import TeamsStandIn
from sandbox.teams.tenant import ANA, CARE, GIL
from sandbox.teams.things import ADAPTIVE, APP_ID, TENANT
from tests.sandbox.teams.conftest import CARD, FORM, card, text

TAKEN = card(text("#7 · Ana has it"))


class Bare(TeamsActivityHandler):
    """As short as the library allows. What it learnt is in `heard`."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []

    async def on_message_activity(self, context: TurnContext) -> None:
        words = TurnContext.remove_recipient_mention(context.activity).strip()
        self.heard.append(("said", words))
        if words == "card":
            await context.send_activity(MessageFactory.attachment(CardFactory.adaptive_card(CARD["content"])))
        elif words == "who":
            page = await TeamsInfo.get_paged_members(context)
            self.heard.append(("members", [one.name for one in page.members]))
            one = await TeamsInfo.get_member(context, context.activity.from_property.id)
            self.heard.append(("member", (one.tenant_id, one.user_principal_name)))
            # Not get_team_details: it blocks the loop in which the stand-in would answer.
        elif words == "change":
            sent = await context.send_activity("first")
            again = MessageFactory.text("second")
            again.id = sent.id
            await context.update_activity(again)
        else:
            await context.send_activity(f"You said {words}.")

    async def on_adaptive_card_invoke(self, context: TurnContext, value: Any) -> Any:
        # With a card: the library cannot write the other kind of answer, a text.
        self.heard.append(("pressed", (value.action["verb"], value.action["data"], context.activity.reply_to_id)))
        return AdaptiveCardInvokeResponse(status_code=200, type=ADAPTIVE, value=TAKEN["content"])

    async def on_teams_task_module_fetch(self, context: TurnContext, request: Any) -> Any:
        form = CardFactory.adaptive_card(FORM["content"])
        info = TaskModuleTaskInfo(title="Draft", height="medium", card=form)
        return TaskModuleResponse(task=TaskModuleContinueResponse(value=info))

    async def on_teams_task_module_submit(self, context: TurnContext, request: Any) -> Any:
        self.heard.append(("submitted", request.data))
        return TaskModuleResponse(task=TaskModuleMessageResponse(value="Saved."))

    async def on_reactions_added(self, reactions: list[Any], context: TurnContext) -> None:
        self.heard.append(("reacted", ([one.type for one in reactions], context.activity.reply_to_id)))

    async def on_installation_update_add(self, context: TurnContext) -> None:
        self.heard.append(("installed", context.activity.conversation.id))


class Adapter(CloudAdapterBase):
    """With the library's own check of tokens. No app id: nobody is asked for one."""

    def __init__(self, openid_url: str, app_id: str) -> None:
        constants = AuthenticationConstants
        super().__init__(
            BotFrameworkAuthenticationFactory.create(
                to_channel_from_bot_login_url=constants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX,
                to_channel_from_bot_oauth_scope=constants.TO_CHANNEL_FROM_BOT_OAUTH_SCOPE,
                to_bot_from_channel_token_issuer=constants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER,
                oauth_url=constants.OAUTH_URL,
                to_bot_from_channel_open_id_metadata_url=openid_url,
                to_bot_from_emulator_open_id_metadata_url=openid_url,
                credential_factory=PasswordServiceClientCredentialFactory(app_id),
                auth_configuration=AuthenticationConfiguration(),
            )
        )


async def listening(teams: TeamsStandIn, adapter: Adapter, bot: Bare) -> web.AppRunner:
    async def endpoint(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        try:
            # None, not "": the library reads an empty header as one that is wrong.
            header = request.headers.get("Authorization")
            who = await adapter.bot_framework_authentication.authenticate_request(activity, header)
            answer = await adapter.process_activity(who, activity, bot.on_turn)
        except (PermissionError, jwt.PyJWTError):
            return web.Response(status=401)
        return web.Response() if answer is None else web.json_response(answer.body, status=answer.status)

    site = web.Application()
    site.router.add_post("/api/messages", endpoint)
    runner = web.AppRunner(site, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    teams.set_endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages")
    return runner


@pytest.fixture
async def bare(teams: TeamsStandIn) -> AsyncIterator[Bare]:
    bot = Bare()
    runner = await listening(teams, Adapter(teams.openid_url, ""), bot)
    yield bot
    await runner.cleanup()


async def test_a_mention_is_read_and_answered_in_its_thread(teams: TeamsStandIn, bare: Bare):
    root = await teams.mention(ANA, CARE, "hello")
    await teams.settled()
    assert bare.heard == [("said", "hello")]
    assert [one.text for one in teams.thread(CARE, root)] == ["You said hello."]


async def test_a_message_is_changed_in_place(teams: TeamsStandIn, bare: Bare):
    root = await teams.mention(ANA, CARE, "change")
    await teams.settled()
    assert [(one.text, one.edited) for one in teams.thread(CARE, root)] == [("second", True)]


async def test_people_are_read_page_by_page_and_one_by_one(teams: TeamsStandIn, bare: Bare):
    await teams.mention(GIL, CARE, "who")
    await teams.settled()
    heard = dict(bare.heard)
    assert heard["members"] == ["Ana Lindt", "Bea Roth", "Cyd Moreau", "Dan Okoye", "Gil Guest"]
    assert heard["member"] == (TENANT, "gil_acme.example#EXT#@acme.example")


async def test_a_card_a_button_a_dialog_and_a_reaction(teams: TeamsStandIn, bare: Bare):
    root = await teams.mention(ANA, CARE, "card")
    await teams.settled()
    (shown,) = teams.thread(CARE, root)
    assert (await teams.press(ANA, CARE, shown.id, "Claim")).card == TAKEN["content"]
    dialog = (await teams.press(ANA, CARE, shown.id, "Draft")).dialog
    assert dialog is not None
    assert (await teams.submit(ANA, dialog.id, {"words": "Sorry!"})).text == "Saved."
    await teams.react(ANA, CARE, shown.id, "like-tone3")
    await teams.install_chat(ANA)
    await teams.settled()
    heard = dict(bare.heard)
    assert heard["pressed"] == ("claim", {"conversation": 7}, shown.id)
    assert heard["submitted"] == {"draft": 3, "words": "Sorry!"}
    assert heard["reacted"] == (["like-tone3"], shown.id)
    assert heard["installed"] == teams.chat_with(ANA)


async def test_the_librarys_own_check_takes_our_tokens_and_no_others(teams: TeamsStandIn, bare: Bare):
    # It would ask for the keys by a call that blocks, and who answers is in the same thread.
    keys = _OpenIdMetadata(teams.openid_url)
    keys.keys, keys.last_updated = [teams.doors.key.jwk()], datetime.now()
    JwtTokenExtractor.metadataCache[teams.openid_url] = keys
    bot = Bare()
    runner = await listening(teams, Adapter(teams.openid_url, APP_ID), bot)
    await teams.install_chat(ANA)  # something to send again
    await teams.settled()
    activity = teams.delivery.log[-1].activity
    statuses = {
        "ours": (await teams.send_raw(activity, teams.token())).status,
        "none": (await teams.send_raw(activity, "")).status,
        "for another bot": (await teams.send_raw(activity, teams.token(audience="somebody"))).status,
        "of another service": (await teams.send_raw(activity, teams.token(service_url="https://evil.example/"))).status,
        "of another issuer": (await teams.send_raw(activity, teams.token(issuer="https://evil.example"))).status,
        "old": (await teams.send_raw(activity, teams.token(lifetime=-3600))).status,
        "forged": (await teams.send_raw(activity, teams.token(forged=True))).status,
    }
    await runner.cleanup()
    assert statuses.pop("ours") == 200
    assert [who for who, status in statuses.items() if status < 400] == []
    assert [one for one, _ in bot.heard] == ["installed"]
