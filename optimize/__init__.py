"""The PuLP models: community boundaries, seller placement, targets; and the search around them."""

from optimize.ensemble import Ensemble, ensemble
from optimize.explain import explain
from optimize.frontier import frontier, numbers
from optimize.partition import partition
from optimize.placement import PlacementResult, place_sellers
from optimize.result import PartitionResult
from optimize.rollout import RollOutPlan, roll_out
from optimize.subdivide import subdivide
from optimize.targets import TargetResult, allocate_targets

__all__ = [
    "Ensemble",
    "PartitionResult",
    "PlacementResult",
    "RollOutPlan",
    "TargetResult",
    "allocate_targets",
    "ensemble",
    "explain",
    "frontier",
    "numbers",
    "partition",
    "place_sellers",
    "roll_out",
    "subdivide",
]
