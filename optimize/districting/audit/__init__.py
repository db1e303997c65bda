"""Do proofs hold? Certificates are checked by code that shares nothing with what made them."""

from optimize.districting.audit.audit import Audit, Finding, audit

__all__ = ["Audit", "Finding", "audit"]
