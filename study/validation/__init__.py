"""Validation: the model beside closed formulas."""
