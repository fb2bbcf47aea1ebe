"""Every probe by its name: those of this room, and those of installed packages (entry points of `tunecard.probes`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from tunecard.errors import RecipeError, nearest
from tunecard.evidence import Finding
from tunecard.examination.group_swaps import GroupSwaps
from tunecard.examination.layers_apart import LayersApart
from tunecard.examination.membership import Membership
from tunecard.examination.merging import Merging
from tunecard.examination.mistaken_texts import MistakenTexts
from tunecard.examination.out_of_scope import OutOfScope
from tunecard.examination.probe import Probe
from tunecard.examination.robustness import Robustness
from tunecard.examination.subject import Subject
from tunecard.examination.suite_tests import SuiteTests
from tunecard.examination.update_size import UpdateSizes

GROUP = "tunecard.probes"
BUILT_IN: tuple[Probe, ...] = (
    UpdateSizes(),
    Robustness(),
    SuiteTests(),
    OutOfScope(),
    Membership(),
    GroupSwaps(),
    LayersApart(),
    Merging(),
    MistakenTexts(),
)


@cache
def known_probes() -> dict[str, Probe]:
    """Name to probe, those of this room first. An entry point names a probe, or what makes one when called.

    Raises: RecipeError: an entry point cannot be loaded, or takes a name that is taken.
    """
    found = {probe.name: probe for probe in BUILT_IN}
    for point in entry_points(group=GROUP):
        try:
            loaded = point.load()
            probe: Probe = loaded() if isinstance(loaded, type) else loaded
        except Exception as error:  # whatever somebody else's package raises
            raise RecipeError(f"must be importable. Got {error!r}.", place=f"probe {point.value}") from error
        if probe.name in found:
            raise RecipeError(f"must have a name of its own. {probe.name!r} is taken.", place=f"probe {point.value}")
        found[probe.name] = probe
    return found


def probe_faults(names: Sequence[str]) -> list[str]:
    """What keeps these from being names of probes, a sentence each.

    >>> probe_faults(["update-size"])[0].partition("Got")[2]
    " 'update-size'. Did you mean 'update-sizes'?"
    """
    known = known_probes()
    return [
        f"evaluation.probes must be names of probes: {', '.join(known)}. Got {name!r}.{nearest(name, list(known))}"
        for name in names
        if name not in known
    ]


@dataclass(frozen=True)
class OwnProbe:
    """A function of a subject and a budget, asked as a probe is. Its findings are `examination.own.NAME`."""

    name: str
    function: Callable[[Subject, int], list[Finding]]

    def price(self, subject: Subject) -> int:
        """A pass for each row; a function that makes more keeps to its budget."""
        return len(subject.rows)

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """What the function returns."""
        return self.function(subject, budget)


def chosen_probes(asked: Sequence[str | Probe | Callable[[Subject, int], list[Finding]]] | None) -> list[Probe]:
    """Probes by name, as objects or as functions; all that are known where nobody chose.

    Raises: RecipeError: a name is unknown.
    """
    if asked is None:
        return list(known_probes().values())
    named = probes_named([one for one in asked if isinstance(one, str)])
    own = [_as_probe(one) for one in asked if not isinstance(one, str)]
    return [*named, *own]


def _as_probe(one: Any) -> Probe:
    probe: Probe = one if hasattr(one, "price") else OwnProbe(getattr(one, "__name__", "own"), one)
    return probe


def probes_named(names: Sequence[str]) -> list[Probe]:
    """The probes of these names, in the order of all of them. Raises: RecipeError: a name is unknown."""
    if faults := probe_faults(names):
        raise RecipeError(faults, place="recipe")
    return [probe for name, probe in known_probes().items() if name in names]
