"""How many replications, which intervals, and which scenario is best."""
