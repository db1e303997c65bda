"""The search for good plans: a balanced start, then annealing on compiled kernels."""
