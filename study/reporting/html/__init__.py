"""The report: one self-contained page that a strategy team can read, print and pass on."""

from study.reporting.html.render import render_report

__all__ = ["render_report"]
