"""How a plan is found, and proven, whose communities are of unequal size."""
