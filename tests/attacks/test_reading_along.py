"""Who is not in a channel reads nothing of it, whichever way they ask."""

from __future__ import annotations

import json

from sandbox.slack.things import Channel
from tests.stories import stages
from tests.stories.town import ANA, BEA, CARE, GUEST, Town

LOUNGE = "C0LOUNGE"


class TwoRooms:
    """The town's second channel is a lounge, in which guests sit; care is none of theirs."""

    def __init__(self, here: Town) -> None:
        self.here = here
        lounge = Channel(LOUNGE, "lounge", [*here.slack.channel(CARE).members])
        here.slack.add_channel(lounge)
        here.slack.channel(CARE).members.remove(GUEST)
        written = here.toml

        def toml(port: int) -> str:
            lounge = f'[[channels]]\nname = "lounge"\nchat = "slack:{LOUNGE}"\naccounts = ["acme"]\n'
            return f"{written(port)}\n{lounge}"

        here.toml = toml  # type: ignore[method-assign]  # the harness writes one channel

    async def says(self, user: str, words: str) -> str:
        """What `/twoway words`, typed in the lounge, is answered: privately, or in the dialog that it opens."""
        slack = self.here.slack
        before, views = len(slack.ephemerals(user, LOUNGE)), {view.id for view in slack.views(user)}
        await slack.command(user, LOUNGE, "/twoway", words)

        def answer() -> str | None:
            opened = [view for view in slack.views(user) if view.id not in views]
            shown = [view for view in opened if "Loading" not in slack.text_of(view)]
            said = slack.ephemerals(user, LOUNGE)[before:]
            return json.dumps((shown or said)[-1].blocks) if shown or said else None

        return str(await self.here.until(answer))


async def test_who_may_not_approve_in_a_channel_resumes_nothing_of_it_from_another(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["approvers"] = f'["{ANA}"]'
    rooms = TwoRooms(here)
    await here.start()
    await stages.drafted(here)
    assert "Everything is on hold" in await rooms.says(BEA, "hold all")
    for words in ("resume all", "resume acme"):
        said = await rooms.says(BEA, words)
        assert "concerns #care too, where you may not do it. Nothing was changed." in said
    await here.card("✋ Everything is on hold")
    assert "Resumed" in await rooms.says(ANA, "resume all")


async def test_a_guest_reads_no_conversation_of_a_channel_that_they_are_not_in(quiet_town: Town) -> None:
    here = quiet_town
    rooms = TwoRooms(here)
    await here.start()
    await here.asks(words="@acme my secret is xylophone")
    assert "you are not in that channel" in await rooms.says(GUEST, "show 1")
    assert "xylophone" in await rooms.says(BEA, "show 1")
    for words in ("show 1", "queue", "mine", "draft 1", "edit 1", "claim 1", "note 1 hm", "close 1"):
        assert "xylophone" not in await rooms.says(GUEST, words)


async def test_whoever_cannot_be_told_reads_nothing(quiet_town: Town) -> None:
    """Slack does not say who is in the channel: then nobody is taken for somebody who is."""
    here = quiet_town
    rooms = TwoRooms(here)
    here.slack.channel(CARE).members.remove(BEA)
    await here.start()
    await here.asks(words="@acme my secret is xylophone")
    here.slack.fail_next("conversations.members", "internal_error", times=20)
    for words in ("show 1", "note 1 hm", "draft 1 You fool"):
        assert "could not find out" in await rooms.says(BEA, words)
    assert "draft" not in " ".join(here.in_store("You fool"))
