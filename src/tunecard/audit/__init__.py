"""How complete and how valid is any model card: field by field of the Hub's template, offline.

This room knows Markdown, YAML and the habits of the card generators in use; it must not know how a card is made. Of the
card room it takes only the table of fields.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import ModuleType

from tunecard.audit.cards import audit_cards, audit_text, iterate_audits
from tunecard.audit.report import AuditReport, CardAudit, FieldAudit
from tunecard.audit.states import STATES
from tunecard.audit.table import render_table, table_lines

__all__ = [
    "STATES",
    "AuditReport",
    "CardAudit",
    "FieldAudit",
    "audit_cards",
    "audit_text",
    "iterate_audits",
    "render_table",
    "table_lines",
]


class _CallableRoom(ModuleType):
    """`tunecard.audit(...)` is promised as a function and the room has its name: so the room itself can be called."""

    def __call__(
        self, paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], require: Sequence[str] | None = None
    ) -> AuditReport:
        """Audits a card, a folder with cards, or several of them. See `audit_cards`."""
        several = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        return audit_cards(several, None if require is None else frozenset(require))


sys.modules[__name__].__class__ = _CallableRoom
