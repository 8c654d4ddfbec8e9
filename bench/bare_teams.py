"""The baseline for Teams: botbuilder as its documentation shows it, with a handler that does nothing.

Run as a process: `python -m bench.bare_teams PORT`. Anonymous, as the bot is here: the comparison is about handling.
"""

from __future__ import annotations

import sys

from aiohttp import web
from botbuilder.core import ActivityHandler
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.schema import Activity
from botframework.connector.auth import BotFrameworkAuthenticationFactory, PasswordServiceClientCredentialFactory


class Adapter(CloudAdapterBase):
    pass


def bare() -> web.Application:
    """The shortest true handler."""
    credentials = PasswordServiceClientCredentialFactory("", "")
    adapter = Adapter(BotFrameworkAuthenticationFactory.create(credential_factory=credentials))
    handler = ActivityHandler()

    async def endpoint(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        await adapter.process_activity(request.headers.get("Authorization", ""), activity, handler.on_turn)
        return web.Response(status=200)

    served = web.Application()
    served.router.add_post("/api/messages", endpoint)
    return served


if __name__ == "__main__":
    web.run_app(bare(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
