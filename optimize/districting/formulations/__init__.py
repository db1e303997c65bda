"""Formulations: each file is the mathematics of one model, built and never solved here."""
