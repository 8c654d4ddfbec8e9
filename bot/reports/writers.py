"""Language models that write: behind any address that speaks OpenAI's way, or a local one in a process of its own.

What they are asked and what of their words counts is `paragraph`'s. One attempt, a time limit, every failure one of
ours.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import aiohttp

from bot.children import NoAnswer, ask
from bot.settings.secret import Secret

#: A paragraph is some hundred bytes; whatever is larger is none.
LARGEST = 256 * 1024

PROGRAM: Sequence[str] = (sys.executable, "-m", "bot.reports.local_model")

#: What is said where a local model is asked for and its libraries are not there: transformers comes with Twoway for
#: most machines, and writes nothing without torch.
NOT_INSTALLED = 'torch is not installed: pip install transformers torch, or take kind = "openai"'

#: What the local program may know of where it runs, besides what every program of ours may.
_KNOWS = ("HF_HOME", "HF_HUB_OFFLINE", "XDG_CACHE_HOME")


class NotWritten(Exception):
    """There is no text. The message is for the log; it holds nobody's words."""


class Writer(Protocol):
    """Something that answers."""

    async def write(self, order: str, data: str) -> str:
        """What it says to an order and the data that it is about. Raises NotWritten."""
        ...


@dataclass(frozen=True, slots=True)
class OpenAiWriter:
    """`POST {url}/chat/completions`, as OpenAI, vLLM, llama.cpp, Ollama and others answer it.

    Neither length nor temperature is asked for: some servers refuse either.
    """

    url: str
    name: str
    within: timedelta
    key: Secret

    async def write(self, order: str, data: str) -> str:
        body = {
            "model": self.name,
            "messages": [{"role": "system", "content": order}, {"role": "user", "content": data}],
            "stream": False,
        }
        headers = {"Authorization": f"Bearer {self.key.reveal()}"} if self.key else {}
        limit = aiohttp.ClientTimeout(total=self.within.total_seconds())
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(f"{self.url}/chat/completions", json=body, headers=headers, allow_redirects=False) as got,
            ):
                if got.status != 200:
                    raise NotWritten(f"status {got.status}")
                raw = await got.content.read(LARGEST)
                if not got.content.at_eof():
                    raise NotWritten("more than a paragraph")
        except (TimeoutError, aiohttp.ClientError, asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise NotWritten(type(error).__name__) from None
        return read_completion(raw)


def read_completion(raw: bytes) -> str:
    """The words in an answer. Raises NotWritten for anything else."""
    try:
        answer: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotWritten("an answer that is no JSON") from None
    choices = answer.get("choices") if isinstance(answer, Mapping) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, Mapping) else None
    words = message.get("content") if isinstance(message, Mapping) else None
    if not isinstance(words, str):
        raise NotWritten("an answer without words")
    return words


@dataclass(frozen=True, slots=True)
class LocalWriter:
    """A model of the transformers library, loaded for one paragraph and gone with its process."""

    name: str
    within: timedelta
    program: Sequence[str] = PROGRAM

    async def write(self, order: str, data: str) -> str:
        messages = [{"role": "system", "content": order}, {"role": "user", "content": data}]
        asked = json.dumps({"model": self.name, "messages": messages})
        try:
            answer = await ask(self.program, asked.encode(), within=self.within, knows=_KNOWS)
        except NoAnswer as error:
            raise NotWritten(str(error)) from None
        if answer.code == MISSING:
            raise NotWritten(NOT_INSTALLED)
        if answer.code or len(answer.out) > LARGEST:
            raise NotWritten(f"ended with {answer.code}")
        return answer.out.decode(errors="replace")


#: How the local program ends where its library is not there.
MISSING = 3


def local_is_there() -> bool:
    """Whether a local model could be loaded, without loading it."""
    return all(importlib.util.find_spec(name) is not None for name in ("transformers", "torch"))
