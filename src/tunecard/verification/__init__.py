"""Asks again: is a run folder consistent with its own evidence? Consistent is not the same as reproduced.

This room reads any folder as foreign input and runs nothing from it.
"""

from tunecard.verification.policy import Policy, read_policy
from tunecard.verification.report import LIMIT, Check, Claim, Report
from tunecard.verification.table import render_report
from tunecard.verification.verify import verify

__all__ = ["LIMIT", "Check", "Claim", "Policy", "Report", "read_policy", "render_report", "verify"]
