"""Trainers whom all centres share teach no more than they have seats, and enough of them teach as own ones do."""

import numpy as np
import pytest

from scenarios import Scenario, Territory
from scenarios.loading.load import with_settings
from sim import simulate
from sim.run import Run


def hours(run: Run) -> np.ndarray:
    return np.asarray(run.records.hours[:, :, run.world.activities.index("training")].sum(axis=1))


@pytest.fixture(scope="module")
def narrow(plan: Scenario) -> Scenario:
    return with_settings(plan, {"training.seats": 1, "run.days": 20})


def test_shared_trainers_teach_no_more_than_their_seats(narrow: Scenario, town: Territory) -> None:
    shared = with_settings(narrow, {"training.shared_trainers": 1})
    own, few = hours(simulate(narrow, town)), hours(simulate(shared, town))
    assert 0 < few.sum() < own.sum()
    assert few.max() <= narrow.calendar.hours_per_day  # one trainer, one seat
    assert own.max() <= 2 * narrow.calendar.hours_per_day  # one in each of two centres


def test_enough_shared_trainers_are_as_good_as_own_ones(narrow: Scenario, town: Territory) -> None:
    wide = with_settings(narrow, {"training.seats": 500})
    shared = with_settings(wide, {"training.shared_trainers": 2})
    np.testing.assert_array_equal(hours(simulate(wide, town)), hours(simulate(shared, town)))
