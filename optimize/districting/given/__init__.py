"""A plan that people drew: what it is worth, what it breaks, and what would mend it with the fewest moves."""
