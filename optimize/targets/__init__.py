"""Which targets everybody gets, from the company to the person."""

from optimize.targets.allocate import allocate_targets, communities_at
from optimize.targets.result import TargetResult, targets_csv

__all__ = ["TargetResult", "allocate_targets", "communities_at", "targets_csv"]
