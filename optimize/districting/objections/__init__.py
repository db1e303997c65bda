"""Managers object unit by unit: what each objection costs alone, and which can be granted together."""
