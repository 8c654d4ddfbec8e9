"""The methods of dialogs and App Home: views.*. Each returns the answer or raises Refusal."""

from __future__ import annotations

from sandbox.slack.blocks import check_view
from sandbox.slack.core import Core
from sandbox.slack.methods_chat import Row
from sandbox.slack.refusal import Refusal, refuse_if
from sandbox.slack.things import Json, View

MAX_STACK = 3


def take_trigger(core: Core, args: Json) -> str:
    """Whose click this was. A trigger opens one view within 3 s."""
    trigger = core.triggers.get(str(args["trigger_id"]))
    if trigger is None:
        raise Refusal("invalid_arguments", ["[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]"])
    if trigger.used:
        raise Refusal("exchanged_trigger_id")
    if core.ws.stamp() > trigger.expires:
        raise Refusal("expired_trigger_id")
    trigger.used = True
    return trigger.user


def check(core: Core, args: Json, *surfaces: str) -> Json:
    refuse_if(check_view(args["view"], surfaces, core.faults.undownloadable))
    view: Json = args["view"]
    return view


def check_external_id(core: Core, body: Json, *, but: View | None = None) -> None:
    wanted = body.get("external_id")
    views = [v for stack in core.ws.stacks.values() for v in stack] + list(core.ws.homes.values())
    if wanted and any(v.body.get("external_id") == wanted and v is not but for v in views):
        raise Refusal("duplicate_external_id")


def views_open(core: Core, args: Json) -> Json:
    body = check(core, args, "modal")
    check_external_id(core, body)
    user = take_trigger(core, args)
    core.ws.stacks[user] = []  # a fresh dialog takes the place of whatever stood there
    return {"view": core.open_view(user, body).wire()}


def views_push(core: Core, args: Json) -> Json:
    body = check(core, args, "modal")
    check_external_id(core, body)
    user = take_trigger(core, args)
    stack = core.ws.stacks.get(user, [])
    if not stack:
        raise Refusal("not_found")
    if len(stack) >= MAX_STACK:
        raise Refusal("push_limit_reached")
    return {"view": core.open_view(user, body, on=stack[-1]).wire()}


def views_update(core: Core, args: Json) -> Json:
    if not args.get("view_id") and not args.get("external_id"):
        raise Refusal("invalid_arguments", ["[ERROR] missing required field: view_id"])
    view = (
        core.ws.view(str(args.get("view_id")))
        if args.get("view_id")
        else next(
            (v for stack in core.ws.stacks.values() for v in stack if v.body.get("external_id") == args["external_id"]),
            None,
        )
    )
    if view is None:
        raise Refusal("not_found")
    body = check(core, args, str(view.body["type"]))
    check_external_id(core, body, but=view)
    if args.get("hash") and args["hash"] != view.hash:
        raise Refusal("hash_conflict")
    core.replace_view(view, body)
    return {"view": view.wire()}


def views_publish(core: Core, args: Json) -> Json:
    user = str(args["user_id"])
    body = check(core, args, "home")
    if user not in core.ws.people:
        raise Refusal("user_not_found")
    home = core.ws.homes.get(user)
    if args.get("hash") and (home is None or args["hash"] != home.hash):
        raise Refusal("hash_conflict")
    if home is None:
        view_id = core.ws.new_id("V")
        home = core.ws.homes[user] = View(view_id, user, body, "", view_id)
    core.replace_view(home, body)
    return {"view": home.wire()}


VIEWS: dict[str, Row] = {
    "views.open": (views_open, "", ("trigger_id", "view")),
    "views.push": (views_push, "", ("trigger_id", "view")),
    "views.update": (views_update, "", ("view",)),
    "views.publish": (views_publish, "", ("user_id", "view")),
}
