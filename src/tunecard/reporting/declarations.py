"""What only a person knows, from the recipe's `card:` block to findings; what nobody declared names the key to set."""

from __future__ import annotations

from tunecard.evidence import Finding, Findings, declared, measured, not_measured
from tunecard.evidence.declaring import FOR_ADAPTER, declared_method, is_stale, made_stale, on_one_line, read_declared
from tunecard.evidence.records.declared import KEYS
from tunecard.recipe import CardRecipe


def declaration_findings(card: CardRecipe, today: str) -> list[Finding]:
    """`declared.{key}` for every key of the block, dated `card.declared_on`, else today.

    Args:
        today: ISO date of the run.
    """
    method = declared_method(card.declared_by, card.declared_on or today)
    if card.declared_on is not None and card.declared_on < today:
        method += ", before this adapter was trained"  # it may have been written for another one
    return _declarations(card, method)


def renewed_declarations(
    earlier: Findings, card: CardRecipe, weights: str, today: str, *, confirm: bool = False
) -> list[Finding]:
    """The declarations of a run whose recipe may have changed since, and whose adapter may have.

    What did not change keeps its date; what did is dated today. When the adapter's weights are others than those it was
    declared for, what did not change is marked stale, unless `confirm` dates all of it today.

    Args:
        earlier: the findings of the run until now.
        weights: sha256 of the adapter's weights now.
    Returns: `declared.{key}` for every key, and `declared.for_adapter`.
    """
    made_for = str(earlier.value(FOR_ADAPTER) or earlier.value("adapter.sha256") or weights)
    fresh = _declarations(card, declared_method(card.declared_by, today))
    renewed = []
    for new in fresh:
        before = earlier.get(new.id)
        if before is None or confirm or not _is_same(before, new, card.declared_by):
            renewed.append(new)
        else:
            renewed.append(made_stale(before, made_for) if weights != made_for and not is_stale(before) else before)
    return [*renewed, for_adapter_finding(weights)]


def for_adapter_finding(weights: str) -> Finding:
    """`declared.for_adapter`: the weights (their sha256) that every declaration is for which does not say otherwise."""
    return measured(
        FOR_ADAPTER,
        weights,
        method="sha256 of adapter_model.safetensors when the card was declared or its declarations last looked at; "
        "a declaration made for other weights says so",
    )


def _declarations(card: CardRecipe, method: str) -> list[Finding]:
    findings = []
    for key in KEYS:
        value = getattr(card, key)
        if value is None:
            findings.append(not_measured(f"declared.{key}", reason=f"not declared: set `card.{key}` in the recipe"))
        else:
            text = ", ".join(value) if isinstance(value, list) else value
            findings.append(declared(f"declared.{key}", text, method=method))
    return findings


def _is_same(before: Finding, new: Finding, declared_by: str | None) -> bool:
    """Whether nobody declared anything new: neither the words changed, nor who stands for them."""
    if before.status != "declared" or new.status != "declared" or before.value != new.value:
        return False
    said, who = read_declared(before), on_one_line(declared_by)
    return said is None or who is None or said.who == who
