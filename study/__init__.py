"""The study: joins simulation and optimisation and speaks to people."""
