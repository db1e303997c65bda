"""What is made up: the generated city, and what completes a territory whose tables are missing."""
