"""A strict stand-in for Microsoft Teams' side of the Bot Framework, with our bot installed in a tenant.

Tests use `TeamsStandIn` in process; a page may use `…/control/` over HTTP. The bot cannot tell it from Teams: it
speaks the Bot Connector under `service_url`, sends activities and invokes to the bot's `/api/messages` (anonymous, or
signed by a key of its own that `openid_url` publishes), and lets the bot in with tokens of its own login. Imports
nothing of adapters, models or bot.

The control interface, relative to where `app()` is mounted (all of it in docs/reference/sandbox-teams.md):

* `GET  control/state?user=U`      what that person's client shows: channels with messages, threads, reactions and
  targeted messages, chats, people, open dialogs.
* `GET  control/calls?operation=O` every call of the connector as it came.
* `GET  control/stream`            server-sent events: `{"changed": "message", "place": "19:…", "id": "…"}`.
* `POST control/{doing}`           a JSON object of arguments; every public doing of `TeamsStandIn` by its name:
  `mention`, `say`, `react`, `press`, `submit` …; 200 `{"seen": …}`, 409 `{"error": sentence}`.
"""

from sandbox.teams.answers import Seen
from sandbox.teams.core import Call
from sandbox.teams.delivery import Answer
from sandbox.teams.standin import Button, TeamsStandIn
from sandbox.teams.things import CannotDo, Channel, Chat, Dialog, Kind, Message, Person, Role

__all__ = [
    "Answer",
    "Button",
    "Call",
    "CannotDo",
    "Channel",
    "Chat",
    "Dialog",
    "Kind",
    "Message",
    "Person",
    "Role",
    "Seen",
    "TeamsStandIn",
]
