"""The PuLP models: community boundaries, seller placement, targets; and the search around them."""

from optimize.partition import partition
from optimize.placement import PlacementResult, place_sellers
from optimize.result import PartitionResult
from optimize.targets import TargetResult, allocate_targets

__all__ = [
    "PartitionResult",
    "PlacementResult",
    "TargetResult",
    "allocate_targets",
    "partition",
    "place_sellers",
]
