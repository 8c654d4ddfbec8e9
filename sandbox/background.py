"""What a stand-in does beside answering: work that ends with it, and calls that hang until they are let go."""

import asyncio
from collections.abc import Coroutine


class Background:
    """The tasks of one stand-in. A call that is to hang waits for `released`."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def release(self) -> None:
        """Let calls that hang end."""
        released, self.released = self.released, asyncio.Event()
        released.set()

    async def close(self) -> None:
        """End all of it, so that the server can stop at once."""
        self.release()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
