"""The mathematics of targets: each file is one model, built and never solved here."""
