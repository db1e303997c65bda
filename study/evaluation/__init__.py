"""One scenario from its decisions to its runs, and the difference to another."""
