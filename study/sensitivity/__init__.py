"""Sensitivity: what the results hang on."""
