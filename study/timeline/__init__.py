"""The search for a better timeline: what may change, who judges it, how it is searched, and what may be claimed."""
