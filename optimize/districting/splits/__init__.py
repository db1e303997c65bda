"""How a plan is found, and proven, where groupings may be split only so often."""
