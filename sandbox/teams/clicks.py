"""What people do with what the bot shows: buttons, dialogs, message extensions. Channels are people.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sandbox.teams import cards
from sandbox.teams.activities import as_html
from sandbox.teams.answers import Seen, Window, read_action, read_query, read_task, unread
from sandbox.teams.people import People
from sandbox.teams.things import TENANT, CannotDo, Dialog, Json, Message, Person, Place

Values = Mapping[str, object]


class Clicks(People):
    extension_commands: frozenset[str] | None = None

    # --- buttons ---

    async def press(
        self, user: str, place: str, message: str, title: str, values: Values | None = None, *, verb: str | None = None
    ) -> Seen:
        """A button of a card, by its title (or by `verb` where two have the same), with what was filled in."""
        person = self.person(user)
        found, there = self.message_for(person, place, message)
        card, action = pressed(there.cards, title, verb)
        return await self._act(person, found, there, card, action, values or {})

    async def press_stale(self, user: str, place: str, message: str, card: Json, title: str) -> Seen:
        """As `press`, on a card as it stood when the person last looked: their client was slow."""
        person = self.person(user)
        found, there = self.message_for(person, place, message)
        return await self._act(person, found, there, *pressed([card], title, None), {})

    async def _act(
        self, person: Person, place: Place, message: Message, card: Json, action: Json, values: Values
    ) -> Seen:
        kind = action["type"]
        if kind == "Action.OpenUrl":
            return Seen(url=str(action["url"]))
        if kind in {"Action.ShowCard", "Action.ToggleVisibility"}:
            return Seen()
        filled, errors = asked_for(card, action, values)
        if errors:
            return Seen(errors=errors)
        data = action.get("data", {})
        together = merged(data, filled)
        where = self.where(place, message)
        if kind == "Action.Execute":
            said = {key: action[key] for key in ("id", "title", "verb") if key in action}
            value: Json = {"action": {"type": kind, **said, "data": together}, "trigger": "manual"}
            activity = self.activities.invoke("adaptiveCard/action", person, where, value, reply_to=message.id)
            return read_action(await self.delivery.invoke(activity))
        teams = data.get("msteams") if isinstance(data, dict) else None
        if isinstance(teams, dict) and teams.get("type") == "task/fetch":
            origin = {"place": place.id, "message": message.id}
            activity = self.activities.invoke(
                "task/fetch", person, where, {"data": together, "context": {"theme": "default"}}, reply_to=message.id
            )
            return self._shown(person, read_task(await self.delivery.invoke(activity), may_close=False), origin)
        # The old way: a message without words, with the data as its value.
        activity = self.activities.base("message", person, where)
        activity |= {"id": self.tenant.new_id(), "value": together, "replyToId": message.id}
        self.tell(place, activity)
        return Seen()

    # --- dialogs ---

    def _shown(self, person: Person, window: Window | Seen, origin: Json, command: str | None = None) -> Seen:
        if isinstance(window, Seen):
            return window
        if window.closed:
            self.tenant.dialogs.pop(person.id, None)
            self.tenant.changed("dialog", user=person.id)
            return Seen(text=window.text, closed=True)
        dialog = Dialog(
            self.tenant.counted("dialog "),
            person.id,
            window.title,
            window.card,
            window.sentence,
            origin,
            command,
            window.height,
            window.width,
        )
        self.tenant.dialogs[person.id] = [dialog]
        self.tenant.changed("dialog", user=person.id)
        return Seen(dialog=dialog, text=window.sentence)

    async def submit(self, user: str, dialog: str, values: Values | None = None, *, title: str | None = None) -> Seen:
        """Fills in a dialog and presses its (first) button. An answer that fails leaves it open."""
        person = self.person(user)
        shown = next((one for one in self.tenant.dialogs.get(person.id, []) if one.id == dialog), None)
        if shown is None or shown.card is None:
            raise CannotDo(f"{person.name} has no such dialog to send")
        buttons = [a for a in cards.actions_of(shown.card) if a["type"] == "Action.Submit"]
        action = next((a for a in buttons if title in {None, a["title"]}), None)
        if action is None:
            raise CannotDo(f"there is no button {title}; there are {[a['title'] for a in buttons]}")
        filled, errors = asked_for(shown.card, action, values or {})
        if errors:
            return Seen(errors=errors, dialog=shown)
        data = action.get("data", {})
        value: Json = {"data": merged(data, filled), "context": {"theme": "default"}}
        place = self.place(shown.origin["place"])
        message = self.tenant.message(place.id, shown.origin["message"])
        where = self.where(place, message)
        name = "task/submit"
        if shown.command is not None:
            name, value = "composeExtension/submitAction", {**value, **self._command(shown.command, message)}
        reply_to = shown.origin["message"] if shown.command is None else None
        answer = await self.delivery.invoke(self.activities.invoke(name, person, where, value, reply_to=reply_to))
        window = read_task(answer, may_close=True, extension=shown.command is not None)
        return self._shown(person, window, shown.origin, shown.command)

    async def close_dialog(self, user: str, dialog: str) -> None:
        """The person closes it. No bot hears of that."""
        person = self.person(user)
        open_now = self.tenant.dialogs.get(person.id, [])
        if not any(one.id == dialog for one in open_now):
            raise CannotDo(f"{person.name} has no such dialog")
        self.tenant.dialogs[person.id] = [one for one in open_now if one.id != dialog]
        self.tenant.changed("dialog", user=person.id)

    # --- message extensions ---

    async def message_action(self, user: str, place: str, message: str, command: str) -> Seen:
        """A command of ours in the menu of any message."""
        person = self.person(user)
        found, there = self.message_for(person, place, message)
        if self.extension_commands is not None and command not in self.extension_commands:
            raise CannotDo(f"there is no command {command} on messages")
        value = {"context": {"theme": "default"}, **self._command(command, there)}
        activity = self.activities.invoke("composeExtension/fetchTask", person, self.where(found, there), value)
        window = read_task(await self.delivery.invoke(activity), may_close=False, extension=True)
        return self._shown(person, window, {"place": found.id, "message": there.id}, command)

    def _command(self, command: str, message: Message | None) -> Json:
        said: Json = {"commandId": command, "commandContext": "message" if message else "compose"}
        if message is None:
            return said
        author = self.tenant.people[message.author]
        kind = {"applicationIdentityType": "bot"} if author.bot else {"userIdentityType": "aadUser"}
        who = {"id": author.id.removeprefix("28:") if author.bot else author.aad, "displayName": author.name, **kind}
        payload: Json = {
            "id": message.id,
            "replyToId": message.root if message.is_reply else None,
            "createdDateTime": message.sent.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "lastModifiedDateTime": None,
            "deleted": False,
            "importance": message.importance,
            "locale": "en-us",
            "linkToMessage": f"https://teams.microsoft.com/l/message/{message.place}/{message.id}?tenantId={TENANT}",
            "from": {"application" if author.bot else "user": who},
            "body": {"contentType": "html", "content": as_html(message.text)},
            "attachments": [
                {"contentType": one["contentType"], "content": one["content"]} for one in message.attachments
            ],
            "mentions": [],
            "reactions": [],
        }
        return {**said, "messagePayload": payload}

    async def search(self, user: str, place: str, command: str, words: str) -> Seen:
        """A search command of ours, in the box above the messages."""
        person = self.person(user)
        found = self.place(place, seen_by=person)
        value = {
            "commandId": command,
            "parameters": [{"name": "query", "value": words}],
            "queryOptions": {"skip": 0, "count": 25},
        }
        answer = await self.delivery.invoke(
            self.activities.invoke("composeExtension/query", person, self.where(found), value)
        )
        return read_query(answer)

    async def invoke_raw(self, user: str, place: str, name: str, value: Json) -> Seen:
        """An invoke that no client of today sends, as clients of tomorrow might."""
        person = self.person(user)
        found = self.place(place, seen_by=person)
        answer = await self.delivery.invoke(self.activities.invoke(name, person, self.where(found), value))
        return unread(answer) or Seen(text=answer.text)


def pressed(shown: list[Json], title: str, verb: str | None) -> tuple[Json, Json]:
    """The card and its button with this title; CannotDo if there is none."""
    titles = []
    for card in shown:
        for action in cards.actions_of(card):
            if action.get("title") == title and verb in {None, action.get("verb")} and action.get("isEnabled", True):
                return card, action
            titles.append(action.get("title"))
    raise CannotDo(f"there is no button {title!r} to press; there are {titles}")


def merged(data: object, filled: Json) -> object:
    """What the bot gets: the button's data and the fields, or a text alone."""
    return {**cast(Json, data), **filled} if isinstance(data, dict) else data


def asked_for(card: Json, action: Json, values: Values) -> tuple[Json, Json]:
    """What goes along with a button: the fields, unless it wants none."""
    return ({}, {}) if action.get("associatedInputs") == "none" else fill_in(card, values)


def fill_in(card: Json, values: Values) -> tuple[Json, Json]:
    """Every field with what was typed or stood there before, and what the client itself says against it."""
    inputs = {one["id"]: one for one in cards.inputs_of(card)}
    if strange := set(values) - set(inputs):
        raise CannotDo(f"there is no field {sorted(strange)[0]}; there are {sorted(inputs)}")
    filled: Json = {}
    errors: Json = {}
    for key, field in inputs.items():
        value = values.get(key, field.get("value", ""))
        value = "" if value is None else value
        if field["type"] == "Input.Toggle":
            value = value or field.get("valueOff", "false")
        choices = {choice["value"] for choice in field.get("choices", ())}
        chosen = {str(value)} if not field.get("isMultiSelect") else set(filter(None, str(value).split(",")))
        if choices and value != "" and not chosen <= choices:
            raise CannotDo(f"there is no choice {value} in {key}")
        if field.get("isRequired") and value == "":
            errors[key] = field.get("errorMessage", "This is a required field.")
        elif isinstance(value, str) and len(value) > int(field.get("maxLength", 10**6)):
            raise CannotDo(f"{key} takes no more than {field['maxLength']} characters")
        filled[key] = value
    return filled, errors
