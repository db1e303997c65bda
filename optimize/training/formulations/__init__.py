"""The mathematics of cross-training: each file is one model, built and never solved here."""
