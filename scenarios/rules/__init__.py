"""The business rules that simulation and optimisation share: calendar, workload, travel, selling day, learning."""
