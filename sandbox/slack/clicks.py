"""What people do with what the app shows: buttons, menus, dialogs, shortcuts. Channels are people.py."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.slack.blocks import check_view
from sandbox.slack.core import initial_state
from sandbox.slack.methods_files import share
from sandbox.slack.methods_views import MAX_STACK
from sandbox.slack.people import People, Seen
from sandbox.slack.rich_text import elements_of
from sandbox.slack.things import APP_ID, TEAM, CannotDo, Json, Person, View

TROUBLE = "We had some trouble connecting. Try again?"
Values = Mapping[tuple[str, str], object]


@dataclass(frozen=True)
class Submission:
    """What became of a dialog that was sent.

    `errors` (block_id to sentence) keep it open, as does `error`, Slack's own sentence; `view` is what stands
    there now, None when it closed.
    """

    closed: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    view: View | None = None


class Clicks(People):
    def _frame(self, kind: str, person: Person) -> Json:
        return {
            "type": kind,
            "token": "unused",
            "api_app_id": APP_ID,
            "enterprise": None,
            "is_enterprise_install": False,
            "team": {"id": TEAM, "domain": "acme"},
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": person.team_id,
            },
        }

    # --- buttons ---

    async def press(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        value: object = None,
        selected: object = None,
    ) -> Seen:
        """A button or menu of a message (also of one only this person sees). `value` picks among equal ids."""
        person, found = self.person(user), self.channel(channel, seen_by=user)
        whisper = self.visible_ephemeral(user, channel, ts)
        message = None if whisper else self.place(user, channel, ts)[1]
        shown = whisper or message
        assert shown is not None
        action = self._action(shown.blocks, action_id, value, selected)
        trigger = self.new_trigger(user)
        response = self.new_response_url(
            channel, user, original=ts, original_is_ephemeral=whisper is not None, thread_ts=shown.thread_ts
        )
        payload = self._frame("block_actions", person) | {
            "container": {
                "type": "message",
                "message_ts": ts,
                "channel_id": channel,
                "is_ephemeral": whisper is not None,
                **({"thread_ts": shown.thread_ts} if shown.thread_ts else {}),
            },
            "trigger_id": trigger,
            "channel": {"id": channel, "name": found.name or "directmessage"},
            "state": {"values": {}},
            "response_url": response,
            "actions": [action],
        }
        if message is not None:
            payload["message"] = message.wire()
        answer = await self.delivery.send("interactive", payload)
        return self._pressed(answer.error, user, trigger, response)

    async def press_in_view(
        self, user: str, view_id: str, action_id: str, *, value: object = None, selected: object = None
    ) -> Seen:
        """A button or menu in a dialog or in the Home."""
        person, view = self.person(user), self._own_view(user, view_id)
        action = self._action(view.blocks, action_id, value, selected)
        for block_id, element in elements_of(view.blocks):
            if element["action_id"] == action_id and element["type"] not in {"button", "overflow"}:
                view.values[block_id, action_id] = state_of(element, selected if selected is not None else value)
        trigger = self.new_trigger(user)
        answer = await self.delivery.send(
            "interactive",
            self._frame("block_actions", person)
            | {
                "container": {"type": "view", "view_id": view_id},
                "trigger_id": trigger,
                "view": view.wire(),
                "actions": [action],
            },
        )
        return self._pressed(answer.error, user, trigger, "")

    def _pressed(self, error: str | None, user: str, trigger: str, response: str) -> Seen:
        view = next(iter(self.ws.stacks.get(user, [])[-1:]), None)
        # An app's words in the answer to a click are ignored, as Slack does; only response_url shows something.
        return Seen(
            error="This app responded with an error." if error else None,
            view=view,
            trigger_id=trigger,
            response_url=response,
        )

    def _action(self, blocks: list[Json], action_id: str, value: object, selected: object) -> Json:
        named = [(b, e) for b, e in elements_of(blocks) if e["action_id"] == action_id]
        if value is not None and len(named) > 1:
            named = [(b, e) for b, e in named if e.get("value") == value]
        if not named:
            raise CannotDo(f"there is nothing called {action_id} to press")
        block_id, element = named[0]
        action: Json = {
            "action_id": action_id,
            "block_id": block_id,
            "action_ts": self.ws.new_ts(),
            "type": element["type"],
        }
        if element["type"] == "button":
            action["text"] = element["text"]
            for key in ("value", "style", "url"):
                if key in element:
                    action[key] = element[key]
            return action
        return action | state_of(element, selected if selected is not None else value)

    # --- dialogs ---

    def _own_view(self, user: str, view_id: str) -> View:
        view = self.ws.view(view_id)
        if view is None or view.user != user:
            raise CannotDo(f"{user} has no view {view_id}")
        return view

    def share(self, user: str, name: str, body: str | bytes) -> str:
        """The person chooses a file for an open dialog; its id, to be given as one of the input's. Text is base64."""
        self.person(user)
        return share(self, user, base64.b64decode(body) if isinstance(body, str) else body, name).id

    def _files(self, user: str, element: Json, chosen: object) -> Json:
        """The state of a file input: what the client lets through by name, and no more than there is room for."""
        ids = chosen if isinstance(chosen, list) else [chosen] if chosen else []
        found = [self.files.get(str(one)) for one in ids]
        if any(file is None or file.owner != user for file in found):
            raise CannotDo(f"{user} has no such file")
        endings = element.get("filetypes")
        if endings and any(file and file.name.rpartition(".")[2].lower() not in endings for file in found):
            raise CannotDo(f"only {', '.join(endings)}")
        if len(found) > element.get("max_files", 10):
            raise CannotDo(f"{element.get('max_files', 10)} files at most")
        return {"type": "file_input", "files": [file.full(self.address) for file in found if file]}

    def type_into(self, user: str, view_id: str, values: Values) -> None:
        """What the person types into an open dialog without sending it."""
        view = self._own_view(user, view_id)
        elements = {(b, e["action_id"]): e for b, e in elements_of(view.blocks)}
        for (block_id, action_id), value in values.items():
            if (block_id, action_id) not in elements:
                raise CannotDo(f"the dialog has no field {block_id} {action_id}")
            element = elements[block_id, action_id]
            if element["type"] == "file_input":
                view.values[block_id, action_id] = self._files(user, element, value)
            else:
                view.values[block_id, action_id] = state_of(element, value)

    async def submit(self, user: str, view_id: str, values: Values | None = None) -> Submission:
        """Sends a dialog. Slack's own checks come first: required fields, lengths, choices."""
        person, view = self.person(user), self._own_view(user, view_id)
        stack = self.ws.stacks.get(user, [])
        if view not in stack or stack[-1] is not view:
            raise CannotDo("only the dialog on top can be sent")
        if view.body.get("submit") is None or view.body.get("submit_disabled"):
            raise CannotDo("this dialog has no button to send it")
        self.type_into(user, view_id, values or {})
        if errors := unfilled(view):
            return Submission(errors=errors, view=view)
        for state in view.values.values():
            for one in state.get("files", []):
                self.files[one["id"]].shown_to_us = True
        answer = await self.delivery.send(
            "interactive",
            self._frame("view_submission", person)
            | {"trigger_id": self.new_trigger(user), "view": view.wire(), "response_urls": []},
        )
        if not answer.ok:
            return Submission(error=TROUBLE, view=view)
        return self._answered(view, answer.body)

    def _answered(self, view: View, body: Json | None) -> Submission:
        stack = self.ws.stacks.get(view.user, [])
        action = (body or {}).get("response_action")
        if body and action is None:
            return Submission(error=TROUBLE, view=view)  # words instead of a response_action
        if action == "errors":
            errors = (body or {}).get("errors")
            inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
            if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
                return Submission(error=TROUBLE, view=view)
            return Submission(errors=errors, view=view)
        if action in {"update", "push"}:
            new = (body or {}).get("view")
            if check_view(new, ("modal",), self.faults.undownloadable) is not None or not isinstance(new, dict):
                return Submission(error=TROUBLE, view=view)
            if action == "push":
                if len(stack) >= MAX_STACK:
                    return Submission(error=TROUBLE, view=view)
                return Submission(view=self.open_view(view.user, new, on=view))
            self.replace_view(view, new)
            return Submission(view=view)
        if action not in {None, "clear"}:
            return Submission(error=TROUBLE, view=view)
        if action == "clear":
            stack.clear()
        elif view in stack:
            stack.remove(view)
        self.ws.changed("view", user=view.user)
        return Submission(closed=True, view=stack[-1] if stack else None)

    async def close_view(self, user: str, view_id: str, *, all_of_them: bool = False) -> None:
        """The person closes a dialog; the app hears of it if it asked to (notify_on_close)."""
        person, view = self.person(user), self._own_view(user, view_id)
        stack = self.ws.stacks.get(user, [])
        if view not in stack:
            raise CannotDo("Home cannot be closed")
        cleared = all_of_them or bool(view.body.get("clear_on_close"))
        gone = list(stack) if cleared else [view]
        stack[:] = [v for v in stack if v not in gone]
        self.ws.changed("view", user=user)
        for one in gone:
            if one.body.get("notify_on_close"):
                await self.delivery.send(
                    "interactive",
                    self._frame("view_closed", person) | {"view": one.wire(), "is_cleared": cleared},
                )

    async def shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Seen:
        """A message shortcut, from the menu of a message. Members of our workspace only."""
        person = self.person(user)
        found, message = self.place(user, channel, ts)
        known = self.shortcuts is None or callback_id in self.shortcuts
        if not known or "commands" not in self.scopes or person.team_id != TEAM:
            raise CannotDo(f"there is no shortcut {callback_id}")
        trigger = self.new_trigger(user)
        response = self.new_response_url(channel, user, original=ts, thread_ts=message.thread_ts)
        answer = await self.delivery.send(
            "interactive",
            self._frame("message_action", person)
            | {
                "action_ts": self.ws.new_ts(),
                "channel": {"id": channel, "name": found.name},
                "callback_id": callback_id,
                "trigger_id": trigger,
                "response_url": response,
                "message_ts": ts,
                "message": message.wire(),
            },
        )
        return self._pressed(answer.error, user, trigger, response)


def state_of(element: Json, chosen: object) -> Json:
    """The entry of `state.values` after somebody typed or chose; CannotDo if there is no such choice."""
    state = initial_state(element)
    key = next((k for k in state if k != "type"), "value")
    if key in {"selected_option", "selected_options"}:
        wanted = chosen if isinstance(chosen, list) else [chosen]
        groups = element.get("option_groups") or [{"options": element.get("options", [])}]
        options = [o for group in groups for o in group["options"]]
        picked = [o for o in options if o["value"] in wanted]
        if len(picked) != len([w for w in wanted if w is not None]):
            raise CannotDo(f"there is no choice {chosen}")
        state[key] = picked if key == "selected_options" else (picked[0] if picked else None)
    else:
        state[key] = chosen if chosen != "" else None
    return state


def unfilled(view: View) -> dict[str, str]:
    """What Slack's client refuses by itself before the app hears anything."""
    errors = {}
    for block in view.blocks:
        if block["type"] != "input":
            continue
        element, state = block["element"], view.values[block["block_id"], block["element"]["action_id"]]
        value = next((v for k, v in state.items() if k != "type"), None)
        if not value and not block.get("optional"):
            errors[block["block_id"]] = "Please complete this required field."
        elif isinstance(value, str) and len(value) > element.get("max_length", 3000):
            errors[block["block_id"]] = f"Must be fewer than {element.get('max_length', 3000) + 1} characters."
        elif isinstance(value, str) and len(value) < element.get("min_length", 0):
            errors[block["block_id"]] = f"Must be at least {element['min_length']} characters."
    return errors
