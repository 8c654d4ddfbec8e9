"""Questions that go by POST, where a board's API has them so: asked once, with the errors of reading."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from adapters.errors import AuthFailed, Lost, Refused, Throttled, Unreachable
from adapters.http import Answer, Http, Judge, certainty

ASK_LIMIT = timedelta(seconds=20)


async def ask(
    http: Http,
    path: str,
    body: Mapping[str, object],
    *,
    judge: Judge = certainty,
    headers: Mapping[str, str] | None = None,
    auth: str,
) -> Answer:
    """An answer with any status but those that say wait, who are you, or nothing. `auth` is what a 401 means.

    Not repeated here: whoever listens asks again anyway.
    """
    kept: list[Answer] = []

    def judged(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
        kept.append(answer)
        return judge(answer, now)

    try:
        return await http.write_once("POST", path, body=body, headers=headers, limit=ASK_LIMIT, judge=judged)
    except Refused:
        if kept[-1].status == 401:
            raise AuthFailed(auth) from None
        return kept[-1]
    except Lost as error:
        raise Unreachable(error.detail) from error
