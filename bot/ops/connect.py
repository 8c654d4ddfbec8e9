"""How to get the token of an account: what `twoway connect` says."""

from __future__ import annotations

from adapters import registry
from adapters.settings import declared
from bot.settings.values import AccountSettings, token_name


def how_to_connect(account: AccountSettings) -> str:
    """The steps for this account, one a line. Makes no call: this version stores no tokens of its own."""
    secrets = [one for one in declared(registry.load(account.platform).settings) if one.secret]
    lines = [f"{account.name} ({account.platform}) gets its token from the environment; Twoway stores none itself yet."]
    for one in secrets:
        variable = token_name(account.name, one.key)
        have = "is set" if account.secrets.get(one.key) else "is not set"
        lines.append(f"  {variable} (or {variable}_FILE) {have}. {one.help}".rstrip())
    lines.append("Then `twoway check` says whether it works.")
    return "\n".join(lines)
