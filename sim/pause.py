"""A pause: what one process waits by, again and again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappush
from typing import Any

import simpy
from simpy.events import NORMAL, URGENT

Process = Generator[simpy.Event, None, None]


class Pause(simpy.Event):
    """The one event of a process that waits for one thing at a time, and for nothing that can fail.

    ``env.process`` makes an event for every wait, and looks at every event for failures and interruptions. The people
    of this model wait hundreds of thousands of times, for an hour of the clock or for somebody's call; so each has one
    event throughout, which wakes him directly. The order of what happens is that of ``env.process``.
    """

    woken: list[Callable[[Any], Any]]

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        self._queue, self._number = env._queue, env._eid

    def __call__(self, hours: float) -> Pause:
        """Return the pause, over in so many hours; the one before must be over."""
        self.callbacks = self.woken
        due = self.env._now + hours
        heappush(self._queue, (due, NORMAL, next(self._number), self))  # what env.schedule does, without a call
        return self

    def until(self, event: simpy.Event) -> simpy.Event:
        """Return an event of others that is still to come: the pause until then."""
        event.callbacks.append(self.woken[0])
        return event


def live(env: simpy.Environment, process: Callable[[Pause], Process]) -> None:
    """Let a process begin, before anything else happens at this moment.

    Parameters
    ----------
    env : simpy.Environment
    process : callable
        Takes its pause. It never returns: when there is nothing more to wait for, it yields the pause as it is.
    """
    pause = Pause(env)
    begun = process(pause)
    pause.woken = [begun.send]
    first: list[Callable[[Any], Any]] = [lambda _: next(begun)]
    pause.callbacks = first
    env.schedule(pause, URGENT)
