"""Proofs where only so much may leave its community of today."""
