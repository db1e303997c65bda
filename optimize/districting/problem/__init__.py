"""What was asked: request, side constraints, arrays, and the check of a plan without a solver."""
