"""Suites of behavioural tests: files in CheckList's form, their cases, and which of them fail."""

from tunecard.examination.suites.case import Case, Suite
from tunecard.examination.suites.failing import is_failed
from tunecard.examination.suites.reading import read_suite

__all__ = ["Case", "Suite", "is_failed", "read_suite"]
