"""A notebook client that looks again: now and then the wake-up of a message that is there gets lost on its way.

Sockets of ZeroMQ tell an event loop of their messages once. Where that is missed, nbclient sits before a message that
it has, until the time allowed for a whole cell is over, and then reads it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from queue import Empty
from typing import Any

from nbclient import NotebookClient

LOOK = 2.0
"""Seconds between two looks."""

Get = Callable[..., Awaitable[dict[str, Any]]]


class Attentive(NotebookClient):  # type: ignore[misc]  # it comes without types
    """Runs a notebook from top to bottom, and misses no message for long."""

    async def async_start_new_kernel_client(self) -> Any:
        """Connect to the kernel."""
        client = await super().async_start_new_kernel_client()
        for channel in (client.shell_channel, client.iopub_channel):
            channel.get_msg = looking_again(channel.get_msg)
        return client


def looking_again(get: Get) -> Get:
    """Return a way to get a message that asks every few seconds, for as long as the caller would wait."""

    async def get_msg(timeout: float | None = None) -> dict[str, Any]:
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return await get(timeout=max(0.0, min(LOOK, end - time.monotonic())))
            except Empty:
                if time.monotonic() >= end:
                    raise

    return get_msg
