"""The ground: what is studied, as typed, checked, frozen data."""
