"""What a verification says: one line a check, true, false, or not made, and by what kind of asking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tunecard.rows.frames import frame_of
from tunecard.verification.shown import check_in_words, claim_in_words, report_as_html, report_in_words

if TYPE_CHECKING:
    import pandas

Tier = Literal["hashes", "rendered again", "recomputed", "lint", "deep", "policy"]

TIERS: tuple[Tier, ...] = ("hashes", "rendered again", "recomputed", "lint", "deep", "policy")
SHOWN_PROBLEMS = 10
# Not made for want of something that is no part of the folder: a key, --deep, the same drawing library.
WANTING = {"signature", "OpenSSF signature", "inference re-run", "pictures"}
LIMIT = (
    "What no check can show: an author who made up the data, or trained and tested on rows made to agree, "
    "would pass them all."
)


@dataclass(frozen=True)
class Check:
    """One question asked of a run folder.

    Attributes:
        name: stable short name, e.g. "scores".
        ok: True, False, or None when it could not be made.
        detail: what was compared; or what differs; or why nothing could be compared.
        tier: the kind of asking.
        covered: ids of the findings that it asked about; when it passed, it has shown that they follow from something
            else.
    """

    name: str
    ok: bool | None
    detail: str
    tier: Tier = field(default="hashes", compare=False)
    covered: frozenset[str] = field(default=frozenset(), compare=False)

    def __repr__(self) -> str:
        return check_in_words(self.name, self.ok, self.detail)


@dataclass(frozen=True)
class Claim:
    """Findings that were checked in one way, or in none.

    Attributes:
        how: the way, in words.
        is_checked: whether it shows that the value is right, rather than that it was not changed since.
        ids: of the findings.
    """

    how: str
    is_checked: bool
    ids: tuple[str, ...]

    def __repr__(self) -> str:
        return claim_in_words(len(self.ids), self.how)


@dataclass(frozen=True)
class Report:
    """All checks of one folder, and what became of each claim. A check that could not be made does not fail it.

    Attributes:
        checks: in the order in which they were made.
        claims: every finding once, by how it was checked.
        unchecked_headline: the id of the headline score when nothing recomputed it; None when something did.
    """

    checks: tuple[Check, ...]
    claims: tuple[Claim, ...] = field(default=(), compare=False)
    unchecked_headline: str | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return all(check.ok is not False for check in self.checks)

    @property
    def not_made(self) -> tuple[str, ...]:
        """Checks that this folder, or what was given with it, did not let be made: the verdict is loud about them."""
        return tuple(check.name for check in self.checks if check.ok is None and check.name not in WANTING)

    def __repr__(self) -> str:
        return report_in_words(self._shown_checks())

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict, then the checks, those that failed first."""
        is_loud = self.unchecked_headline is not None or bool(self.not_made)
        claims = [(len(c.ids), c.how if c.is_checked else f"unchecked: {c.how}") for c in self.claims]
        return report_as_html(self._shown_checks(), claims, verdict(self), LIMIT, is_loud=is_loud)

    def _shown_checks(self) -> list[tuple[str, bool | None, str]]:
        return [(check.name, check.ok, check.detail) for check in self.checks]

    def to_pandas(self) -> pandas.DataFrame:
        """A row a check: `name`, `ok` (None where it could not be made), `detail`, `tier`, `covered`.

        Raises: MachineError: pandas is not installed.
        """
        rows = ({**vars(check), "covered": sorted(check.covered)} for check in self.checks)
        return frame_of(rows, ("name", "ok", "detail", "tier", "covered"))

    def to_json(self) -> dict[str, Any]:
        """`{"ok": bool, "checks": [{"name", "ok", "detail", "tier"}], "claims": [...], ...}`."""
        checks = [{"name": c.name, "ok": c.ok, "detail": c.detail, "tier": c.tier} for c in self.checks]
        claims = [{"how": c.how, "is_checked": c.is_checked, "ids": list(c.ids)} for c in self.claims]
        return {
            "ok": self.ok,
            "checks": checks,
            "claims": claims,
            "unchecked_headline": self.unchecked_headline,
            "not_made": list(self.not_made),
            "verdict": verdict(self),
            "limit": LIMIT,
        }


def judged(name: str, problems: Sequence[str], passed: str, covered: Iterable[str] = ()) -> Check:
    """A check that fails with its problems, or passes with what was compared and the findings it shows to be right."""
    about = frozenset(covered)
    if not problems:
        return Check(name, True, passed, covered=about)
    shown = list(problems[:SHOWN_PROBLEMS])
    if len(problems) > SHOWN_PROBLEMS:
        shown.append(f"and {len(problems) - SHOWN_PROBLEMS} more")
    return Check(name, False, "; ".join(shown), covered=about)


def headline(report: Report) -> str:
    """The first word: whether it is consistent, and how many of the checks that were made say so."""
    made = sum(check.ok is not None for check in report.checks)
    failed = sum(check.ok is False for check in report.checks)
    left = len(report.checks) - made
    unmade = f"; {left} could not be made" if left else ""
    if failed:
        return f"NOT consistent: {failed} of {made} checks failed{unmade}."
    return f"Consistent: {made} of {made} checks passed{unmade}."


def doubts(report: Report) -> list[str]:
    """What a reader must hear with the first word: a score that nothing checked, a check that the folder prevented."""
    said = []
    if report.ok and report.not_made:
        count = len(report.not_made)
        said.append(f"BUT {count} OF THOSE NOT MADE ASK ABOUT THE FOLDER: {', '.join(report.not_made)}.")
    if report.ok and report.unchecked_headline:
        said.append(f"BUT THE HEADLINE SCORE WAS NOT CHECKED: nothing here recomputes {report.unchecked_headline}.")
    return said


def verdict(report: Report) -> str:
    """The last word in a few sentences; loud where no score was checked, or the folder let a check not be made."""
    failed = [check.name for check in report.checks if check.ok is False]
    if failed:
        return f"Not consistent: {len(failed)} of {len(report.checks)} checks failed ({', '.join(failed)})."
    passed = sum(check.ok is True for check in report.checks)
    said = f"Consistent: {passed} checks passed, {len(report.checks) - passed} could not be made."
    if report.not_made:
        said += f" BUT {len(report.not_made)} OF THEM ASK ABOUT THE FOLDER: {', '.join(report.not_made)}."
    if report.unchecked_headline:
        said += f" BUT THE HEADLINE SCORE WAS NOT CHECKED: nothing here recomputes {report.unchecked_headline}."
    return said + " Consistent is not the same as reproduced by somebody else."
