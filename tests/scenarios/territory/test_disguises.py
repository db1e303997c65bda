"""A share of the campaign: whatever a city is disguised as, it is the same territory, or the refusal says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns.territories import verdict


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(500, 524))
def test_a_city_in_disguise_is_the_same_city(tmp_path: Path, seed: int) -> None:
    disguise, came_out, why = verdict(seed, tmp_path)
    assert came_out == "same", f"{disguise}: {why}"
