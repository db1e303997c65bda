"""The PuLP models: community boundaries, seller placement, targets; and the search around them."""

import frontline_fusion.check  # noqa: F401 (before anything of ours)
from optimize.districting.explain import explain
from optimize.districting.frontier import frontier, numbers
from optimize.districting.partition import partition
from optimize.districting.random_plans import Ensemble, ensemble
from optimize.districting.result import PartitionResult
from optimize.districting.subdivide import subdivide
from optimize.placement import PlacementResult, place_sellers
from optimize.rollout import RollOutPlan, roll_out
from optimize.targets import TargetResult, allocate_targets
from optimize.training import TrainingPlan, choose_trainees

__all__ = [
    "Ensemble",
    "PartitionResult",
    "PlacementResult",
    "RollOutPlan",
    "TargetResult",
    "TrainingPlan",
    "allocate_targets",
    "choose_trainees",
    "ensemble",
    "explain",
    "frontier",
    "numbers",
    "partition",
    "place_sellers",
    "roll_out",
    "subdivide",
]
