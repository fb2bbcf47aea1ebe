"""Findings of our own: what an id is called, where it belongs and its unit come from the catalogue."""

from __future__ import annotations

from typing import Any

from tunecard.evidence.catalogue import entry_of
from tunecard.evidence.finding import Finding, Status


def measured(id: str, value: Any, **rest: Any) -> Finding:
    """A finding that was measured in this run; its name, section and unit are those of its entry in the catalogue.

    Args:
        rest: the other fields, and a name or unit where the entry leaves it open.
    Raises: UnknownRecordError: the catalogue has no such id.
    """
    return _recorded(id, "measured", value=value, **rest)


def derived(id: str, value: Any, *, method: str, **rest: Any) -> Finding:
    """A finding computed from stated inputs under stated assumptions (`method` names both). As `measured`."""
    return _recorded(id, "derived", value=value, method=method, **rest)


def declared(id: str, value: Any, *, method: str, **rest: Any) -> Finding:
    """A finding that a person or a source stated (`method` says who or what, and when). As `measured`."""
    return _recorded(id, "declared", value=value, method=method, **rest)


def not_measured(id: str, *, reason: str, **rest: Any) -> Finding:
    """An honest gap: why there is nothing, and what would fill it. As `measured`."""
    return _recorded(id, "not measured", reason=reason, **rest)


def _recorded(id: str, status: Status, **rest: Any) -> Finding:
    entry = entry_of(id)
    return Finding(id=id, status=status, **entry.record.fields(entry.blanks) | rest)
