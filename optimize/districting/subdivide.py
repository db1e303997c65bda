"""Finer communities nested in a given plan (F16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimize.districting.partition import partition
from optimize.districting.result import PartitionResult

PARENT = "parent_community"


def subdivide(plan: PartitionResult, communities: int | Mapping[str, int], **options: Any) -> PartitionResult:
    """Divide every community of a plan into smaller ones.

    Parameters
    ----------
    plan : PartitionResult
        The coarser plan; no new community crosses its borders.
    communities : int or mapping
        How many in all (shared out by the first balanced attribute, at least one each), or by community.
    **options
        As for `optimize.partition`, without ``within``.

    Returns
    -------
    PartitionResult
        Its territory carries the coarser plan in the column ``parent_community``; balance holds inside each parent.
    """
    territory = plan.territory.with_columns({PARENT: plan.assignment})
    return partition(territory, communities, within=PARENT, **options)
