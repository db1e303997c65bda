"""Do proofs hold? Certificates are checked by code that shares nothing with what made them."""

from optimize.audit.audit import Audit, Finding, audit

__all__ = ["Audit", "Finding", "audit"]
