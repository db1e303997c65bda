"""What no replication changes: who stands where, which ways there are, who takes over what."""
