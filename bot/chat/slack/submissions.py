"""What a saved dialog is answered with, as Slack's `response_action`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.contract import Close, Mistakes, ShowInstead, SubmissionAnswer
from bot.chat.slack.fields import field_of
from bot.chat.slack.render import notice, view

Json = Mapping[str, object]

TOO_SLOW = "That took too long and was not saved. Your text is still here: please save again."
NOT_SAVED = "Something went wrong and this was not saved. Your text is still here: please save again."


def response_action(answer: SubmissionAnswer, inputs: Sequence[str]) -> Json:
    """`inputs` are the ids of the dialog's inputs: mistakes are shown beside them."""
    match answer:
        case Close():
            return {"response_action": "clear"}
        case ShowInstead():
            # Without pictures: one that Slack cannot load would cost the text, and there is no second try here.
            return {"response_action": "update", "view": view(answer.dialog, pictures=False)}
        case Mistakes():
            return mistakes(answer.by_field, inputs)


def mistakes(by_field: Mapping[str, str], inputs: Sequence[str]) -> Json:
    """Beside the first input of each field; a field that is not there, beside the first of all."""
    errors: dict[str, str] = {}
    for name, words in by_field.items():
        at = next((block for block in inputs if (found := field_of(block)) and found[0] == name), None)
        block = at or next(iter(inputs), None)
        if block is not None:
            errors[block] = f"{errors[block]} {words}" if block in errors else words
    if not errors:  # a dialog without inputs has no place for them
        return {"response_action": "update", "view": notice("Not saved", " ".join(by_field.values()) or NOT_SAVED)}
    return {"response_action": "errors", "errors": errors}


def kept_back(words: str, inputs: Sequence[str]) -> Json:
    return mistakes({"": words}, inputs)
