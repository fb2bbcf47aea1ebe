"""Reads the cards as a suspicious reader would: figures without a record, wrong records, metadata against prose."""

from tunecard.verification.lint.citations import check_citations
from tunecard.verification.lint.declarations import check_declarations
from tunecard.verification.lint.front_matter import check_metadata
from tunecard.verification.lint.prose import check_prose

__all__ = ["check_citations", "check_declarations", "check_metadata", "check_prose"]
