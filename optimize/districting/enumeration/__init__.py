"""Maps so small that every division of them is looked at."""
