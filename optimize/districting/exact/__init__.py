"""How a plan is proven best: bounds, branch and cut, column generation, sets of seats."""
