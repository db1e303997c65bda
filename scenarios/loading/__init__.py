"""How a scenario is written, overridden and varied."""
