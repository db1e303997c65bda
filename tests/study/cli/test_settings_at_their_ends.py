"""Legal settings far from the usual ones end well or are refused: a share of `tests.campaigns.settings`."""

import random
from pathlib import Path

import pytest

from scenarios import load_scenario
from tests.campaigns.settings import campaign, far, fields
from tests.sizes import size


@pytest.mark.slow
def test_settings_at_the_ends_of_their_ranges_end_well_or_are_refused(tmp_path: Path) -> None:
    assert campaign(size(6, 60), 11, tmp_path) == []


def test_what_is_drawn_is_far_from_what_the_plan_has() -> None:
    known, rng = dict(fields(load_scenario("plan"))), random.Random(3)
    assert {"training.seats", "selling.conversion.fixed", "phases.transition.mixed_teams"} <= known.keys()
    assert not any(key.startswith(("facts", "study.beliefs", "territory")) for key in known)
    assert far(True, rng) == "false" and far(12, rng) in {"0", "1", "2", "6", "24", "120", "7"}
