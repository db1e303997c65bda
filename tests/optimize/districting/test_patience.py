"""What an audit may cost is counted, not timed; only where the clock struck may another machine say otherwise."""

from __future__ import annotations

import time
from typing import Any

import pytest

from optimize import partition
from optimize.districting.audit import audit
from optimize.districting.audit.patience import Patience
from scenarios import generate_city


@pytest.fixture(scope="module")
def certificates() -> Any:
    city = generate_city(units=30, centres=1, seed=3)
    return partition(city, 3, balance={"population": 0.2}, objective="cut-edges", work_limit=10).certificates


@pytest.mark.slow
def test_an_audit_without_work_leaves_the_claim_open_and_blames_no_clock(certificates: Any) -> None:
    found = audit(certificates, work=0.0)
    assert found.findings[-1].verdict == "open" and not found.clock_bound


def test_the_work_of_an_audit_is_the_same_again_and_no_time_stands_in_what_is_written(certificates: Any) -> None:
    first, second = audit(certificates), audit(certificates)
    assert first.verdict == "confirmed" and first.to_dict() == second.to_dict()
    assert first.findings[-1].work > 0
    assert all("seconds" not in finding for finding in first.to_dict()["findings"])


def test_a_clock_that_strikes_is_named(certificates: Any) -> None:
    found = audit(certificates, seconds=0.0)
    assert found.findings[-1].verdict == "open" and found.clock_bound


def test_patience_ends_with_its_work_or_with_the_clock_and_knows_which() -> None:
    worn = Patience(work=1.0)
    worn.spend(1.0)
    assert worn.over and not worn.cut and worn.spent == 1.0
    late = Patience(work=1.0, seconds=0.001)
    time.sleep(0.002)
    assert late.over and late.cut
    assert Patience(work=1.0).times(0.25) == 4 and Patience(work=0.0).times(0.25) == 1
