"""How a model is given to a solver: deadline, process of its own, status, bound."""
