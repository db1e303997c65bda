"""A desk: one queue, first come, first served, and the agents who take the next request when they are free."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator

import simpy

Agent = Callable[[], Generator[simpy.Event, None, None]]


class Request:
    """An outlet's (or anybody's) request for help, with the luck it will meet."""

    __slots__ = ("asked", "at_desk", "centre", "inbox", "luck", "outlet", "taken")

    def __init__(self, asked: float, centre: int, outlet: int, luck: list[float]) -> None:
        self.asked = asked
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
    env : simpy.Environment
    agents : int
        Each begins when there is work for him.
    """

    def __init__(self, env: simpy.Environment, agents: int) -> None:
        self.env, self.absent = env, agents
        self.waiting: deque[Request] = deque()
        self.resting: list[simpy.Event] = []

    def staff(self, agent: Agent) -> None:
        """Say how an agent works: he takes requests from ``waiting`` and yields ``rest()`` while there are none."""
        self.agent = agent

    def ask(self, request: Request) -> None:
        """Let a request join the queue, and call an agent if one is free."""
        request.at_desk = self.env.now
        self.waiting.append(request)
        if self.resting:
            self.resting.pop().succeed()
        elif self.absent:
            self.absent -= 1
            self.env.process(self.agent())

    def rest(self) -> simpy.Event:
        """Return the event of being called."""
        call = self.env.event()
        self.resting.append(call)
        return call
