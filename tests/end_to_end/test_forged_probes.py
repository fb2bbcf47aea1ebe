"""Each probe is asked again by `verify --deep`, and another figure in any of its records is caught."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from small_runs import token_recipe, write_splits

from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.examination.examining import PASSES
from tunecard.examination.registry import BUILT_IN
from tunecard.reproduction import deep_checks
from tunecard.reproduction.probing_again import PROBED, check_probes_again

WHO = ["She", "The man", "A muslim", "The christian", "Their gay neighbour", "An asian woman"]
WHAT = {"good": ["liked", "praised", "enjoyed"], "bad": ["hated", "left", "broke"]}
# Probes whose answers are others each time, by what holds their records instead.
HELD_OTHERWISE = {
    "speed": "times must not contradict each other (tests/forgeries.py)",
    "memory": "sizes must not contradict each other (tests/forgeries.py)",
}
# What does not apply to texts of one label: tests/end_to_end/test_examining.py forges it where it does.
OF_OTHER_ROWS = {"as-used"}
Asked = tuple[RunFolder, Findings, Any, Any, Any]


def text_rows(count: int, seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    labels = [draw.choice(sorted(WHAT)) for _ in range(count)]
    return [
        {"text": f"{draw.choice(WHO)} {draw.choice(WHAT[label])} the {number} small shops", "label": label}
        for number, label in enumerate(labels)
    ]


def write_suite(path: Path) -> Path:
    cases = [
        {"test": "plain", "capability": "Vocabulary", "type": "MFT", "group": place, "variant": 0, "text": text, "label": label}
        for place, (text, label) in enumerate([("She liked it", "good"), ("He hated it", "bad")] * 5)
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(case) for case in cases))
    return path


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_base: Callable[[str], Path],
    small_run: Callable[[Any, Path], RunFolder],
) -> Asked:
    """A run that asked every probe, and what its deep verification asks them again with."""
    place = tmp_path_factory.mktemp("probes")
    data = write_splits(place / "data", text_rows, {"train": 90, "validation": 20, "test": 80})
    suite, base = write_suite(place / "suite.jsonl"), tiny_base("bert")
    asked = {"suites": [str(suite)], "budget": 9000, "show_text": True, "harmful": ["bad"]}
    recipe = token_recipe(base, data, evaluation=asked)
    recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"max_length": 8})})
    folder = small_run(recipe, place / "run")
    held: list[Asked] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)  # a folder names its suite by its name alone
        patch.setattr(
            deep_checks, "check_probes_again", lambda *given: held.append(given) or check_probes_again(*given)
        )
        checks = deep_checks.DeepVerification(str(data), str(base))(folder, folder.read_findings())
    (again,) = [check for check in checks if check.name == PROBED]
    assert again.ok, again.detail
    return held[0]


@pytest.mark.parametrize("probe", BUILT_IN, ids=lambda probe: probe.name)
def test_another_figure_is_caught(asked: Asked, probe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if not getattr(probe, "is_repeatable", True):
        assert probe.name in HELD_OTHERWISE
        return
    folder, findings, *rest = asked
    monkeypatch.chdir(folder.path.parent)
    alone = Findings([_of_one(one, probe.name) if one.id == PASSES else one for one in findings])
    honest = check_probes_again(folder, alone, *rest)
    own = {id for id in honest.covered if id in findings}
    assert honest.ok and own, f"{probe.name} leaves no record that is found again"
    is_measured = any(findings[id].status == "measured" for id in own)
    assert is_measured or probe.name in OF_OTHER_ROWS, f"{probe.name} measured nothing in this run"
    forged = Findings([_forged(one) if one.id in own else one for one in alone])
    check = check_probes_again(folder, forged, *rest)
    assert check.ok is False
    assert all(f"{id} is not what the probe finds again" in check.detail for id in sorted(own)[:1])


def _of_one(passes: Finding, name: str) -> Finding:
    return passes.model_copy(update={"value": [one for one in passes.value if one["probe"] == name]})


def _forged(finding: Finding) -> Finding:
    """The finding with its first figure moved by 0.1 or 1; one that was not measured becomes a figure."""
    if finding.status == "not measured":
        return finding.model_copy(update={"status": "measured", "value": 0.5, "reason": None, "method": "by hand"})
    return finding.model_copy(update={"value": _moved(finding.value)[0]})


def _moved(value: Any) -> tuple[Any, bool]:
    """The value with its first figure moved, and whether it holds one."""
    if isinstance(value, bool) or not isinstance(value, int | float | list | Mapping):
        return value, False
    if isinstance(value, int | float):
        return value + (1 if isinstance(value, int) else 0.1), True
    keys = list(value) if isinstance(value, Mapping) else range(len(value))
    copied: Any = dict(value) if isinstance(value, Mapping) else list(value)
    for key in keys:
        copied[key], is_moved = _moved(value[key])
        if is_moved:
            return copied, True
    return copied, False
