"""Common random numbers: a stream for each replication, entity and activity."""
