"""A desk: one queue, first come, first served, and the agents who take the next request when they are free."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sim.state.fast_timeouts import Clock, Pause, Process, live


class Request:
    """An outlet's (or anybody's) request for help, with the luck it will meet."""

    __slots__ = ("asked", "at_desk", "centre", "day", "inbox", "luck", "outlet", "taken")

    def __init__(self, asked: float, day: int, centre: int, outlet: int, luck: list[float]) -> None:
        self.asked = asked
        self.day = day
        self.at_desk = asked
        self.centre = centre
        self.outlet = outlet
        self.inbox = -1
        self.luck = luck
        self.taken = False


class Desk:
    """Agents behind one queue.

    The agents are processes that live as long as the study. A `simpy.Resource` would do the same with a process and
    five events for every request; here a request costs the event of its service and, when an agent rests, a call.

    Parameters
    ----------
    env : Clock
    agents : int
        Each begins when there is work for him.
    """

    def __init__(self, env: Clock, agents: int) -> None:
        self.env, self.absent = env, agents
        self.waiting: deque[Request] = deque()
        self.resting: list[Pause] = []

    def staff(self, agent: Callable[[Pause], Process]) -> None:
        """Say how an agent works: he takes from ``waiting`` and yields ``rest(pause)`` while nothing is there."""
        self.agent = agent

    def ask(self, request: Request) -> None:
        """Let a request join the queue, and call an agent if one is free."""
        request.at_desk = self.env.now
        self.waiting.append(request)
        if self.resting:
            self.resting.pop().hours(0.0)
        elif self.absent:
            self.absent -= 1
            live(self.env, self.agent)

    def rest(self, pause: Pause) -> Pause:
        """Return the pause of an agent until he is called."""
        self.resting.append(pause)
        return pause
