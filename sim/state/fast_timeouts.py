"""A pause: what one process waits by, again and again; and the clock that ends pauses."""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any, final

import simpy
from simpy.events import NORMAL, URGENT, EventPriority

Process = Generator[simpy.Event, None, None]


@final
class Pause(simpy.Event):
    """The one event of a process that waits for one thing at a time, and for nothing that can fail.

    ``env.process`` makes an event for every wait, and looks at every event for failures and interruptions. The people
    of this model wait hundreds of thousands of times, for an hour of the clock or for somebody's call; so each has one
    event throughout, which wakes him directly. The order of what happens is that of ``env.process``. Only a `Clock`
    ends pauses, and only these: SimPy's own environment would wake nobody, nor would a clock by a kind of pause.
    """

    wake: Callable[[Any], Any]
    """Lets the process go on until its next wait."""

    def __init__(self, env: Clock) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        self._queue, self._number = env._queue, env._eid

    def hours(self, hours: float) -> Pause:
        """Return the pause, over in so many hours; the one before must be over."""
        due = self.env._now + hours
        heappush(self._queue, (due, NORMAL, next(self._number), self))  # what env.schedule does, without a call
        return self

    def at(self, moment: float) -> Pause:
        """Return the pause, over at a moment that is still to come [hours]."""
        heappush(self._queue, (moment, NORMAL, next(self._number), self))
        return self

    def until(self, event: simpy.Event) -> simpy.Event:
        """Return an event of others that is still to come: the pause until then."""
        event.callbacks.append(self.wake)
        return event


LAST = EventPriority(NORMAL + 1)
"""Priority of what comes after everything else of its moment."""


class Clock(simpy.Environment):
    """SimPy's environment; a pause that is over costs no more than waking whose pause it was."""

    def evening(self, hours: float) -> simpy.Event:
        """Return the event of the end of a day of so many hours: who is busy until then has finished by then."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        self.schedule(event, LAST, hours)
        return event

    def step(self) -> None:
        """Let every pause that is due first be over, then process the next event of any other kind, as SimPy does.

        A pause has one callback, cannot fail and ends no simulation: what ``step`` does for these is left out.
        """
        queue = self._queue
        while queue and type(queue[0][3]) is Pause:
            self._now, _, _, pause = heappop(queue)
            pause.wake(None)  # type: ignore[attr-defined]
        super().step()


def live(env: Clock, process: Callable[[Pause], Process]) -> None:
    """Let a process begin, before anything else happens at this moment.

    Parameters
    ----------
    env : Clock
    process : callable
        Takes its pause. It never returns: when there is nothing more to wait for, it yields the pause as it is.
    """
    pause = Pause(env)
    pause.wake = process(pause).send
    env.schedule(pause, URGENT)
