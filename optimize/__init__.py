"""The PuLP models: community boundaries, seller placement, targets; and the search around them."""

from optimize.partition import partition
from optimize.result import PartitionResult

__all__ = ["PartitionResult", "partition"]
