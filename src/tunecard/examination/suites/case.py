"""Cases of behavioural tests as CheckList has them: what must hold of the answers to one text, or to several.

Source: Ribeiro et al. 2020, "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["MFT", "INV", "DIR"]
Names = tuple[str, ...]
FOREIGN = "allow no label that the adapter has"


@dataclass(frozen=True)
class Case:
    """One case of a test; it fails where any of its texts does.

    Attributes:
        test, capability: that it belongs to.
        kind: MFT, each answer must be an allowed one; INV, each that of the first text; DIR, the probability of the
            first answer must not drop, or rise.
        texts: inputs by role, the original first.
        allowed: (of MFT) the labels that each text may have.
        must_not: (of DIR) "drop" or "rise".
        people: the group of people that it is about, where the file tells one.
    """

    test: str
    capability: str
    kind: Kind
    texts: tuple[Mapping[str, str], ...]
    allowed: tuple[Names, ...] = ()
    must_not: str = ""
    people: str | None = None


@dataclass(frozen=True)
class Suite:
    """The cases of one file.

    Attributes:
        name: of the file, or of its folder where it is called as a split is.
        left_out: reason to the number of cases that are not asked.
    """

    name: str
    cases: tuple[Case, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    def in_labels(self, own: Collection[str], names: Mapping[str, str]) -> Suite:
        """The cases in the labels of an adapter; those that allow none of them are left out and counted.

        Args:
            own: the adapter's labels.
            names: the file's name of a label to the adapter's, where the two differ.
        """
        every = [replace(case, allowed=_translated(case.allowed, own, names)) for case in self.cases]
        kept = tuple(case for case in every if case.kind != "MFT" or all(case.allowed))
        foreign = len(every) - len(kept)
        return replace(self, cases=kept, left_out={**self.left_out, **({FOREIGN: foreign} if foreign else {})})


def _translated(allowed: Sequence[Names], own: Collection[str], names: Mapping[str, str]) -> tuple[Names, ...]:
    return tuple(tuple(new for name in one if (new := names.get(name, name)) in own) for one in allowed)
