"""The mathematics of the roll-out: each file is one model, built and never solved here."""
