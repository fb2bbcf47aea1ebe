"""Looks through every file that is about to be published and finds what is nobody's business.

It reads files as foreign bytes and knows patterns; it must not know why a file is there.
"""

from tunecard.publishing.privacy.scan import Find, report, scan

__all__ = ["Find", "report", "scan"]
