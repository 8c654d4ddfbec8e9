"""Towns whose public square is a shop of reviews: the same bot and the same Slack, another platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select

from adapters.contract import Visibility
from models.reply import Delivery
from models.wakes import Topic
from sandbox.reviews import Review, ShopStandIn
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, LIMIT, Town


class ShopTown(Town):
    """Nothing but the platform is different. `keys`: the account's secrets, by what its settings call them."""

    square: ShopStandIn  # type: ignore[assignment]
    platform: str
    keys: Mapping[str, str]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', f'platform = "{self.platform}"')

    @property
    def environment(self) -> dict[str, str]:
        key = {"TWOWAY_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
        return self.team_secrets() | key | {f"TWOWAY_ACME_{name.upper()}": value for name, value in self.keys.items()}

    def stands(self, review: Review) -> list[str]:
        return [reply.words for reply in self.square.replies_to(review)]

    async def answers(self, words: str, *, draft: str = "Draft 1, last words by", number: int = 1) -> None:
        """Ana writes it, and Bea says yes."""
        await self.mention(ANA, f"draft {words}", number=number)
        await self.reacts(BEA, await self.in_thread(draft, words, number=number))

    async def looked(self) -> None:
        """The time has come to look what became of what waits for the shop's yes; until something did, on the card."""
        assert self.app is not None
        async with asyncio.timeout(LIMIT):
            while True:
                async with self.app.store.work() as work:
                    query = select(Delivery).where(Delivery.visible == Visibility.PENDING.value)
                    waiting = list(await work.session.scalars(query))
                    for delivery in waiting:
                        delivery.due_at = work.now
                    work.wake(Topic.DELIVER)
                if not waiting:
                    break
                await asyncio.sleep(0.1)
        await self.until(lambda: "Nobody sees it yet" not in self.slack.text_of(self.card_now()))  # type: ignore[arg-type]


@asynccontextmanager
async def shop_town(
    folder: Path, template: Path, square: ShopStandIn, platform: str, *, keys: Mapping[str, str], **account: str
) -> AsyncIterator[ShopTown]:
    """A town that is not started yet. `account`: further settings, as they stand in the file."""
    (folder / "twoway.db").write_bytes(template.read_bytes())
    async with SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = ShopTown(folder, square, slack, f"sqlite:///{folder / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.platform, made.keys = platform, keys
        made.brisk()
        made.account_settings |= {"poll": '"200ms"', "call_limit": '"6s"'}  # a quarter of it is for the look before
        made.account_settings |= {name: f'"{value}"' for name, value in account.items()}
        try:
            yield made
        finally:
            await made.stop()
