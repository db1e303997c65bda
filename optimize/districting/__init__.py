"""Which communities? Boundaries that are balanced, in one piece and compact, with a bound and a proof."""
