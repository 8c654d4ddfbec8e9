"""A strict stand-in for a Slack workspace with our app installed in it.

Tests use `SlackStandIn` in process; the sandbox page uses `…/control/` over HTTP. The bot cannot tell it from
Slack: it speaks the Web API under `…/api/`, Socket Mode under `…/socket`, signed HTTP to a request URL, and
response addresses. Imports nothing of adapters, models or bot.

The control interface, relative to where `app()` is mounted (all of it in docs/reference/sandbox-slack.md):

* `GET  control/state?user=U`  what that person's client shows: channels with messages, threads, reactions and
  ephemeral messages, people, open dialogs, Home.
* `GET  control/calls?method=M` every call of the Web API as it came.
* `GET  control/stream`        server-sent events: `{"changed": "message", "channel": "C…", "ts": "…"}`.
* `POST control/{doing}`       a JSON object of arguments; every public doing of `SlackStandIn` by its name:
  `command`, `say`, `react`, `press`, `submit` …; 200 `{"seen": …}`, 409 `{"error": sentence}`.
"""

from sandbox.slack.clicks import Submission
from sandbox.slack.core import Call
from sandbox.slack.people import Seen
from sandbox.slack.standin import Button, SlackStandIn
from sandbox.slack.things import CannotDo, Channel, Ephemeral, Message, Person, View

__all__ = [
    "Button",
    "Call",
    "CannotDo",
    "Channel",
    "Ephemeral",
    "Message",
    "Person",
    "Seen",
    "SlackStandIn",
    "Submission",
    "View",
]
