"""How complete and how valid is any model card: field by field of the Hub's template, offline.

This room knows Markdown, YAML and the habits of the card generators in use; it must not know how a card is made. Of the
card room it takes only the table of fields.
"""

from __future__ import annotations

from tunecard.auditing.cards import audit_cards, audit_text, iterate_audits
from tunecard.auditing.report import AuditReport, CardAudit, FieldAudit
from tunecard.auditing.states import STATES
from tunecard.auditing.table import render_table, table_lines

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
