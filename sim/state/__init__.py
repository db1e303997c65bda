"""What changes while a run goes on, and what is recorded of it."""
