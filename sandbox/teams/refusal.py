"""How the connector says no: the codes of learn.microsoft.com/microsoftteams/platform (bots, status codes; 2026-11)."""

from __future__ import annotations

from sandbox.teams.things import Json

# Code -> (status, message). Those that no table of Microsoft's names are marked "weak" in the reference.
CODES: dict[str, tuple[int, str]] = {
    "BadSyntax": (400, "Activity could not be read."),
    "Bad argument": (400, "Bad argument."),
    "BotNotRegistered": (401, "No registration found for this bot."),
    "BotDisabledByAdmin": (403, "The tenant admin disabled this bot."),
    "BotNotInConversationRoster": (403, "The bot is not part of the conversation roster."),
    "ConversationBlockedByUser": (403, "User blocked the conversation with the bot."),
    "ActivityNotFoundInConversation": (404, "The activity was not found in the conversation."),
    "ConversationNotFound": (404, "Conversation not found."),
    "MemberNotFoundInConversation": (404, "Member not found in conversation."),
    "PreconditionFailed": (412, "Precondition failed, please try again."),
    "MessageSizeTooBig": (413, "Message size too large."),
    "Throttled": (429, "Too many requests."),
    "ServiceError": (500, "An internal error happened."),
    "BadGateway": (502, "Bad gateway."),
    "ServiceUnavailable": (503, "Service unavailable."),
    "GatewayTimeout": (504, "Gateway timeout."),
}
CODE_OF = {status: code for code, (status, _) in CODES.items() if status in {412, 429, 500, 502, 503, 504}}


class Refusal(Exception):
    """One of CODES, with a sentence of what is wrong here."""

    def __init__(self, code: str, why: str = "", *, retry_after: int | None = None) -> None:
        self.code = code
        self.status, message = CODES[code]
        self.message = why or message
        self.retry_after = retry_after
        super().__init__(f"{code}: {self.message}")

    def wire(self) -> Json:
        return {"error": {"code": self.code, "message": self.message}}
