"""What a day brought, settled in the evening by compiled loops."""
