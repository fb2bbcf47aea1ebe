"""How complete and how valid is any model card: field by field of the Hub's template, offline.

This room knows Markdown, YAML and the habits of the card generators in use; it must not know how a card is made. Of the
card room it takes only the table of fields.
"""

from tunecard.audit.cards import audit_cards, audit_text
from tunecard.audit.report import AuditReport, CardAudit, FieldAudit
from tunecard.audit.states import STATES
from tunecard.audit.table import render_table

__all__ = ["STATES", "AuditReport", "CardAudit", "FieldAudit", "audit_cards", "audit_text", "render_table"]
