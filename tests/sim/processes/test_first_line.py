"""Who answers the outlets: whoever of a team knows them best, as far as his hours go (F6, F13)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from scenarios import Scenario, Territory
from sim import simulate
from sim.kpis import kpis
from sim.processes.channel import answer_requests, deal_requests
from sim.state.desk import Request
from sim.state.model import Model
from sim.world.build import build_world
from tests.sizes import size

ABLE = [0.2, 0.9, 0.5]
"""Three members of the team, by what they know of outlets."""


@dataclass
class Team:
    """Three sellers of an area who share an inbox, in a model where nobody else looks into one."""

    model: Model
    inbox: int
    members: list[int]

    @property
    def best(self) -> int:
        return self.members[int(np.argmax(ABLE))]

    def ask(self, luck: float) -> Request:
        """Ask the team for help; with luck below 0 whoever answers settles it."""
        request = Request(0.0, 0, 0, 0, [luck])
        request.inbox = self.inbox
        self.model.inboxes[self.inbox].append(request)
        return request

    def deal(self, requests: int, hours: float) -> list[int]:
        """Return how many of the requests go to each, whose outlets have so many hours; then how many are left."""
        for number in range(requests):
            self.ask(number - requests)
        deal_requests(self.model, np.full(len(self.model.duties), hours / 0.5))
        own = [self.model.inboxes[self.model.own_inbox + i] for i in self.members]
        for i, waiting in zip(self.members, own, strict=True):
            assert all(request.inbox == self.model.own_inbox + i for request in waiting)  # where patience looks for it
        return [*(len(waiting) for waiting in own), len(self.model.inboxes[self.inbox])]


@pytest.fixture
def team(plan: Scenario, town: Territory) -> Team:
    model = Model(build_world(plan, town), 1, 0)
    duties = list(model.world.postings[-1].duties)
    inbox, _ = Counter(duty.inbox for duty in duties).most_common(1)[0]
    members = [i for i, duty in enumerate(duties) if duty.inbox == inbox][: len(ABLE)]
    model.duties, model.outlet_part = duties, [0.0] * len(duties)
    for i, ability in zip(members, ABLE, strict=True):
        model.ability[i], model.outlet_part[i] = ability, 0.5
    return Team(model, inbox, members)


@pytest.mark.parametrize(
    ("requests", "hours", "found"),
    [
        (2, 1.0, [0, 2, 0, 0]),
        (4, 1.0, [0, 3, 1, 0]),
        (8, 1.0, [2, 3, 3, 0]),
        (11, 1.0, [3, 3, 3, 2]),
        (3, 0.2, [0, 0, 0, 3]),
    ],
)
def test_the_best_takes_what_waits_as_far_as_his_hours_go(
    team: Team, requests: int, hours: float, found: list[int]
) -> None:
    assert team.model.world.scenario.outlets.first_line_minutes == pytest.approx(20.0)
    assert team.deal(requests, hours) == found


def test_the_eldest_requests_go_to_the_best(team: Team) -> None:
    team.deal(4, 1.0)
    assert [request.luck[0] for request in team.model.inboxes[team.model.own_inbox + team.best]] == [-4, -3, -2]


def test_what_is_his_comes_before_what_came_to_the_team_since(team: Team) -> None:
    team.deal(3, 1.0)
    late = team.ask(-1.0)
    assert answer_requests(team.model, team.best, team.inbox, 1.0) == pytest.approx(1.0)
    assert not late.taken
    assert answer_requests(team.model, team.best, team.inbox, 1.0) == pytest.approx(1 / 3)
    assert late.taken


@pytest.fixture
def reversed_order(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what lets sellers begin in the opposite order from then on."""

    def turn() -> None:
        monkeypatch.setattr("sim.start.range", lambda count: reversed(list(range(count))), raising=False)

    return turn


@pytest.mark.slow
def test_who_wakes_first_does_not_decide_how_long_outlets_wait(
    plan: Scenario, town: Territory, reversed_order: Callable[[], None]
) -> None:
    def wait() -> float:
        runs = [simulate(plan, town, replication=r) for r in range(size(3, 12))]
        return float(np.mean([kpis(run)["support_wait_hours"] for run in runs]))

    first = wait()
    reversed_order()
    assert wait() == pytest.approx(first, rel=0.1)
