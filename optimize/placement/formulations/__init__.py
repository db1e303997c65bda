"""The mathematics of placement: each file is one model, built and never solved here."""
