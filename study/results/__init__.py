"""What is kept of a run: its record, its files, run.json, and what an interrupted run leaves."""
