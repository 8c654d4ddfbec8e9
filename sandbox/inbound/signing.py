"""Standard Webhooks, as somebody else would write it: HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

WINDOW = 300  # seconds


def signature(secret: str, id: str, moment: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    digest = hmac.new(key, f"{id}.{moment}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(secret: str, id: str, at: float, body: bytes) -> dict[str, str]:
    moment = str(int(at))
    signed = signature(secret, id, moment, body)
    return {
        "webhook-id": id,
        "webhook-timestamp": moment,
        "webhook-signature": signed,
        "content-type": "application/json",
    }


def refusal(secret: str, given: Mapping[str, str], body: bytes, now: float) -> str | None:
    """Why a call is not taken; None: it is."""
    id, moment = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not id or not moment.isdecimal():
        return "webhook-id and webhook-timestamp are missing"
    if abs(now - int(moment)) > WINDOW:
        return "too old"
    wanted = signature(secret, id, moment, body)
    if not any(hmac.compare_digest(wanted, one) for one in given.get("webhook-signature", "").split()):
        return "not signed"
    return None
