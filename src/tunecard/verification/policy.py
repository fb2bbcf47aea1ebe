"""`--policy rules.yaml`: what somebody demands of a folder beyond consistency; every rule becomes a check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tunecard.evidence import Findings
from tunecard.evidence.comparing import shown
from tunecard.recipe import check_mapping, read_yaml
from tunecard.verification.report import Check, judged

DEEP = "deep"


class Policy(BaseModel):
    """Rules of one file; every key may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    require_signature: bool = Field(False, description="true or false")
    require_declared: list[str] = Field([], description="a list of keys of the card block, such as license, contact")
    require_checks: list[str] = Field([], description="a list of names of checks; deep means all of --deep")
    min: dict[str, float] = Field({}, description="a mapping of finding ids to the least value, a number")
    max: dict[str, float] = Field({}, description="a mapping of finding ids to the largest value, a number")
    max_gaps: Annotated[int, Field(ge=0)] | None = Field(
        None, description="the largest number of explained gaps in the card, a whole number"
    )


def read_policy(path: Path) -> Policy:
    """Reads a file of rules.

    Raises: RecipeError: it is missing, no YAML, or has an unknown key or a wrong value; all faults at once.
    """
    content = read_yaml(path, "no such file of rules.{}")
    return check_mapping({} if content is None else content, Policy, what="a policy", place=path.name)


def check_policy(policy: Policy, findings: Findings, checks: Sequence[Check]) -> Iterator[Check]:
    """One check a rule, named `policy: RULE`."""
    if policy.require_signature:
        yield _required("signature", checks)
    for name in policy.require_checks:
        yield _required(name, checks)
    for key in policy.require_declared:
        finding = findings.get(f"declared.{key}")
        problems = [] if finding is not None and finding.status == "declared" else [f"card.{key} is not declared"]
        yield judged(f"policy: declared {key}", problems, f"card.{key} is declared")
    for id, least in policy.min.items():
        yield _bound(findings, id, least, is_least=True)
    for id, most in policy.max.items():
        yield _bound(findings, id, most, is_least=False)
    if policy.max_gaps is not None:
        yield _gaps(findings, policy.max_gaps)


def _required(name: str, checks: Sequence[Check]) -> Check:
    chosen = [check for check in checks if check.name == name or (name == DEEP and check.tier == DEEP)]
    problems = [] if chosen else [f"there is no check {name!r}"]
    problems += [
        f"{check.name} {'failed' if check.ok is False else 'was not made'}" for check in chosen if not check.ok
    ]
    return judged(f"policy: check {name}", problems, f"{', '.join(check.name for check in chosen)} passed")


def _bound(findings: Findings, id: str, bound: float, *, is_least: bool) -> Check:
    name, value = f"policy: {'min' if is_least else 'max'} {id}", findings.value(id)
    word = "at least" if is_least else "at most"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Check(name, False, f"{id} must be {word} {bound:g}; the evidence holds no number there")
    is_kept = value >= bound if is_least else value <= bound
    problems = [] if is_kept else [f"{id} is {shown(value)} and must be {word} {bound:g}"]
    return judged(name, problems, f"{id} is {shown(value)}, {word} {bound:g}")


def _gaps(findings: Findings, most: int) -> Check:
    name, states = "policy: max_gaps", findings.value("card.fields")
    gaps = states.get("explained") if isinstance(states, dict) else None
    if not isinstance(gaps, int):
        return Check(name, False, "the evidence does not count the gaps of the card (`card.fields`)")
    return judged(name, [f"{gaps} explained gaps, at most {most} are allowed"] if gaps > most else [], f"{gaps} gaps")
