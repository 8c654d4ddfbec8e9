"""Reps as rows: found by their chat account, made when they first act, renamed when chat says so."""

from __future__ import annotations

from sqlalchemy import select

from models.people import Rep
from models.store import Work


async def rep_for(work: Work, *, surface: str, team: str, user: str, name: str) -> Rep:
    """The rep behind a chat account; made if nobody was known under it."""
    query = select(Rep).where(Rep.surface == surface, Rep.team == team, Rep.user == user)
    rep = await work.session.scalar(query)
    if rep is None:
        rep = Rep(surface=surface, team=team, user=user, name=name or user, languages=[])
        work.add(rep)
        await work.flush()
    elif name and rep.name != name:
        rep.name = name
    return rep


async def rep_known(work: Work, *, surface: str, team: str, user: str) -> Rep | None:
    """The rep behind a chat account, if one ever acted."""
    query = select(Rep).where(Rep.surface == surface, Rep.team == team, Rep.user == user)
    return await work.session.scalar(query)
