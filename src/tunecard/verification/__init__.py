"""Asks again: is a run folder consistent with its own evidence? Consistent is not the same as reproduced.

This room reads any folder as foreign input and runs nothing from it.
"""

from tunecard.verification.report import Check, Report, render_report
from tunecard.verification.verify import verify

__all__ = ["Check", "Report", "render_report", "verify"]
