"""Microsoft's own local playground for Teams, as a process of its own, and people who act in it.

What is posted is read from its stream, what the bot answered to an invoke from its log. People write and press by the
interface of its page; what that cannot do (reactions, dialogs, somebody who is no member) goes in verbatim.
"""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp

from sandbox.ports import free_port
from sandbox.teams import cards
from tests.plugins.not_run import PLAYGROUND

T = TypeVar("T")
Json = dict[str, Any]

TENANT = "7e4a0c11-93d5-4a57-8f0e-2d1c6b9a5e01"
APP_ID = "2b7a91d4-6f0c-4e35-b8aa-5c9d1e7f3a03"
GENERAL, CARE = "19:general@thread.tacv2", "19:care@thread.tacv2"
# The playground knows people by one id only; here it is the one of the directory.
_PERSON = "00000000-0000-4000-a000-0000000000{:02x}"
NAMES = ("Ana Lindt", "Bea Roth", "Cyd Moreau", "Dan Okoye", "Eli Stone", "Fay Wong")  # it wants six
ANA, BEA, CYD = (_PERSON.format(n) for n in (1, 2, 3))
STRANGER = _PERSON.format(0xEE)
# Nothing here takes so long unless it is broken, also on a machine that does much else.
LIMIT = 60.0


def _person(n: int, name: str) -> str:
    first, last = name.split()
    mail = f"{first.lower()}@acme.example"
    fields = {
        "id": _PERSON.format(n),
        "name": name,
        "userPrincipleName": mail,
        "aadObjectId": _PERSON.format(n),
        "givenName": first,
        "surname": last,
        "email": mail,
    }
    return json.dumps(fields)  # which is YAML too


def configuration() -> str:
    """A small company in the playground's own words."""
    people = [_person(n, name) for n, name in enumerate(NAMES, start=1)]
    return "\n".join(
        [
            'version: "0.1.1"',
            f"tenantId: {TENANT}",
            f"bot: {json.dumps({'id': APP_ID, 'name': 'Twoway'})}",
            f"currentUser: {people[0]}",
            f"users: [{', '.join(people[1:])}]",
            'personalChat: {"id": "a:1personal"}',
            'groupChat: {"id": "19:group@thread.v2", "name": "Group Chat"}',
            "team:",
            f"  id: {json.dumps(GENERAL)}",
            "  name: Acme Care",
            f"  aadGroupId: {_PERSON.format(0x31)}",
            f"  channels: [{json.dumps({'id': CARE, 'name': 'care'})}]",
        ]
    )


class Shown:
    """A message of the bot's, as it stands now."""

    def __init__(self, wire: Json, place: str) -> None:
        self.id = str(wire["messageId"])
        self.place = place
        self.updates = 0
        self.fill(wire)

    def fill(self, wire: Json) -> None:
        self.cards: list[Json] = [one["content"] for one in wire.get("attachments", ())]
        self.text = "\n".join([wire.get("text", ""), *(line for card in self.cards for line in cards.words_of(card))])

    @property
    def titles(self) -> list[str]:
        return [str(action.get("title")) for card in self.cards for action in cards.actions_of(card)]

    def action(self, title: str) -> Json:
        found = [a for card in self.cards for a in cards.actions_of(card) if a.get("title") == title]
        assert found, f"no button {title!r}; there are {self.titles}"
        return found[0]


class Playground:
    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self.base = base
        self.http = http
        self.shown: dict[str, Shown] = {}
        self.answers: dict[str, Json] = {}  # an activity's id -> what the bot answered
        self._bell = asyncio.Event()

    @property
    def service_url(self) -> str:
        return f"{self.base}/_connector"

    # --- looking ---

    async def read_stream(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for event in socket:
            said = json.loads(event.data)
            message = said.get("message")
            if not isinstance(message, dict) or message.get("from", {}).get("id") != APP_ID:
                continue
            if said["action"] == "updateMessage" and message["messageId"] in self.shown:
                shown = self.shown[message["messageId"]]
                shown.fill(message)
                shown.updates += 1
            else:
                one = Shown(message, said["actionConversationId"])
                self.shown[one.id] = one
            self._bell.set()

    async def read_log(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for event in socket:
            entry = json.loads(event.data).get("log") or {}
            request, response = entry.get("request"), entry.get("response")
            sent = request.get("body") if isinstance(request, dict) else None
            if entry.get("to") == "User Application" and isinstance(sent, dict) and isinstance(response, dict):
                self.answers[str(sent.get("id"))] = response
                self._bell.set()

    async def until(self, look: Callable[[], T], limit: float = LIMIT) -> T:
        try:
            async with asyncio.timeout(limit):
                while not (seen := look()):
                    self._bell.clear()
                    await self._bell.wait()
                return seen
        except TimeoutError:
            stands = "\n".join(f"- {one.place} {one.text!r}" for one in self.shown.values())
            raise AssertionError(f"never seen. There is:\n{stands}") from None

    async def says(self, *words: str, place: str = CARE, updates: int = 0) -> Shown:
        """The latest message of the bot's that says all of `words`."""

        def look() -> Shown | None:
            for one in reversed(self.shown.values()):
                if one.place.startswith(place) and one.updates >= updates and all(w in one.text for w in words):
                    return one
            return None

        return await self.until(look)

    def elsewhere(self) -> list[Shown]:
        """What the bot said outside of the team's channels: in chats of two."""
        return [one for one in self.shown.values() if not one.place.startswith((CARE, GENERAL))]

    # --- doing, as the playground's page does ---

    async def _post(self, path: str, body: Json) -> object:
        async with self.http.post(self.base + path, json=body) as answer:
            text = await answer.text()
            assert answer.status == 200, text
            return json.loads(text) if text else None

    async def mention(self, who: str, words: str, place: str = CARE) -> None:
        """`@Twoway …`, in a channel or in a thread of it."""
        tag = "<at>Twoway</at>"
        body = {
            "from": {"id": who},
            "text": f"{tag} {words}",
            "textFormat": "plain",
            "mentions": [{"mentioned": {"id": APP_ID}, "text": tag}],
        }
        await self._post(f"/_conversation/v1/conversations/{quote(place, safe='')}/messages", body)

    async def press(self, who: str, shown: Shown, title: str, root: Shown | None = None) -> Json:
        """A button that is an Action.Execute; what the page was answered."""
        action = shown.action(title)
        assert action["type"] == "Action.Execute"
        body = {
            "name": "adaptiveCard/action",
            "from": {"id": who},
            "conversation": {"id": thread_of(root or shown)},
            "replyToId": shown.id,
            "value": {"action": action, "trigger": "manual"},
        }
        answer = await self._post("/_conversation/v1/invoke", body)
        assert isinstance(answer, dict), answer
        return answer

    # --- doing, word for word ---

    def activity(self, kind: str, who: str, root: Shown, **more: object) -> Json:
        names = {_PERSON.format(n): name for n, name in enumerate(NAMES, start=1)}
        return {
            "type": kind,
            "id": f"f:{uuid.uuid4()}",
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {"id": who, "aadObjectId": who, "name": names.get(who, "Somebody")},
            "recipient": {"id": f"28:{APP_ID}", "name": "Twoway"},
            "conversation": {
                "isGroup": True,
                "conversationType": "channel",
                "tenantId": TENANT,
                "id": thread_of(root),
            },
            "channelData": {"channel": {"id": CARE}, "team": {"id": GENERAL}, "tenant": {"id": TENANT}},
            **more,
        }

    async def send(self, activity: Json) -> Json:
        """The bot's answer: `statusCode` and `body`."""
        await self._post("/_internal/v1/customActivities", activity)
        return await self.until(lambda: self.answers.get(activity["id"]))

    async def react(self, who: str, shown: Shown, kind: str, root: Shown, *, added: bool = True) -> Json:
        change = {"reactionsAdded" if added else "reactionsRemoved": [{"type": kind}]}
        return await self.send(self.activity("messageReaction", who, root, replyToId=shown.id, **change))

    async def opens(self, who: str, shown: Shown, title: str, root: Shown) -> Json:
        """A dialog's card."""
        data = shown.action(title)["data"]
        assert data["msteams"] == {"type": "task/fetch"}
        value = {"data": data, "context": {"theme": "default"}}
        activity = self.activity("invoke", who, root, name="task/fetch", replyToId=shown.id, value=value)
        answer = await self.send(activity)
        task = answer["body"]["task"]
        assert task["type"] == "continue", task
        card: Json = task["value"]["card"]["content"]
        return card

    async def saves(self, who: str, card: Json, words: str, shown: Shown, root: Shown) -> Json:
        """Fills in the dialog's first field and sends it."""
        (field, *_) = cards.inputs_of(card)
        (button, *_) = [one for one in cards.actions_of(card) if one["type"] == "Action.Submit"]
        value = {"data": {**button["data"], field["id"]: words}, "context": {"theme": "default"}}
        return await self.send(self.activity("invoke", who, root, name="task/submit", replyToId=shown.id, value=value))


def thread_of(root: Shown) -> str:
    return f"{CARE};messageid={root.id}"


@asynccontextmanager
async def playing(folder: Path, endpoint: str) -> AsyncIterator[Playground]:
    """The playground, until the end of the block; the bot may come up later. It listens on every interface."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".m365agentsplayground.yml").write_text(configuration(), "utf-8")
    command = ["node", str(PLAYGROUND), "start", "-e", endpoint, "-c", "msteams", "-p", str(port)]
    command += ["--service-url", f"{base}/_connector", "--disable-telemetry"]
    with (folder / "playground.out").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**os.environ, "TEAMSAPPTESTER_BROWSER": "none"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LIMIT)) as http:
            one = Playground(base, http)
            await _ready(process, http, base, folder)
            async with (
                http.ws_connect(f"{base}/_ws_conversation/v1/conversations/stream") as stream,
                http.ws_connect(f"{base}/_ws/log/stream") as log,
            ):
                readers = [asyncio.create_task(one.read_stream(stream)), asyncio.create_task(one.read_log(log))]
                try:
                    yield one
                finally:
                    for reader in readers:
                        reader.cancel()
                    await asyncio.gather(*readers, return_exceptions=True)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(process: asyncio.subprocess.Process, http: aiohttp.ClientSession, base: str, folder: Path) -> None:
    async with asyncio.timeout(60):
        while process.returncode is None:
            try:
                async with http.get(f"{base}/_debug/ping") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    log = folder / "devTools" / "m365agentsplayground.log"
    raise AssertionError(f"the playground ended: {log.read_text()[-2000:] if log.exists() else process.returncode}")
