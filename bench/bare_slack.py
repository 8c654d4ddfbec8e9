"""The baseline for acknowledgements: slack-bolt as its documentation shows it, with handlers that do nothing.

Run as a process: `python -m bench.bare_slack PORT`; the signing secret and the API's address come from the
environment, as for the bot.
"""

from __future__ import annotations

import os
import sys

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient


async def authorize() -> AuthorizeResult:
    """Without a network call, like ours: the comparison is about handling, not about Slack's auth.test."""
    return AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token="none", bot_id="B0", bot_user_id="U0")


def bare() -> web.Application:
    """The shortest true handler."""
    app = AsyncApp(
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
        client=AsyncWebClient(base_url=os.environ["SLACK_API_URL"]),
        authorize=authorize,
    )

    @app.command("/twoway")
    async def nothing(ack: AsyncAck) -> None:
        await ack()

    @app.event("reaction_added")
    async def nothing_either() -> None:
        pass

    async def endpoint(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    served = web.Application()
    served.router.add_post("/slack/events", endpoint)
    return served


if __name__ == "__main__":
    web.run_app(bare(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
