"""When a record must be there: named conditions, each decided from the other records of the same evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunecard.evidence.record import Blanks, Condition
from tunecard.recipe.schema import AdapterRecipe, DataRecipe, Recipe, TrainingRecipe
from tunecard.rows.overlap import FACTOR, FOUND

if TYPE_CHECKING:
    from tunecard.evidence.finding import Findings

SPLITS = ("train", "validation", "test")
PAIRS = (("train", "test"), ("train", "validation"), ("validation", "test"))
FITTED = ("tfidf", "probe")
LEAST_LABELS = 2  # to tell apart
OFTEN = 20  # rows or entities: more than a cross-validated probe needs of a label
_HERE: list[Blanks] = [{}]
_STAGE = re.compile(r"(?:energy|environment)\.([a-z]+)_(?:kwh|hours)")
_TARGET = re.compile(r"target\.([1-9][0-9]?)")
_SCORE = re.compile(r"(?:results|baseline\.[^.]+|control\.[^.]+)\.(train|validation|test)\.([a-z0-9_]+)")


def is_known(id: str) -> Condition:
    """Where another record has a value."""
    return lambda findings: _HERE if _is_known(findings, id) else []


@dataclass(frozen=True)
class AskedBy:
    """Where a probe of this name was asked, going by what probes spent."""

    probe: str

    def __call__(self, findings: Findings) -> Iterable[Blanks]:
        spending = findings.value("examination.passes")
        told = spending if isinstance(spending, list) else []
        return _HERE if any(isinstance(one, dict) and one.get("probe") == self.probe for one in told) else []


def asked_by(probe: str) -> Condition:
    """The condition of a record that this probe always leaves."""
    return AskedBy(probe)


def trained_here(findings: Findings) -> Iterable[Blanks]:
    """The adapter was trained by the run that wrote the evidence."""
    return [] if was_completed(findings) else _HERE


def each_setting(findings: Findings) -> Iterable[Blanks]:
    """Every setting of the method that the run's recipe resolved."""
    asked = findings.value("training.hyperparameters")
    if was_completed(findings) or not isinstance(asked, dict):
        return []
    blocks = (Recipe, AdapterRecipe, TrainingRecipe, DataRecipe)
    common = {key for block in blocks for key in block.model_fields}
    return [{"setting": key} for key in asked if key not in common]


def was_completed(findings: Findings) -> bool:
    """Whether the folder was written by `complete`, around an adapter made elsewhere."""
    return "adapter.origin" in findings


def completed(findings: Findings) -> Iterable[Blanks]:
    """The adapter was made elsewhere, and what its run saw is not known."""
    return _HERE if was_completed(findings) else []


def where_code_may_fail(findings: Findings) -> Iterable[Blanks]:
    """Completed, or stock code of a few lines may misread the method: a learned prompt, or skills mixed by task."""
    asked = ("adapter.virtual_tokens", "adapter.skills")
    return _HERE if was_completed(findings) or any(_is_known(findings, id) for id in asked) else []


def each_split_of_a_completion(findings: Findings) -> Iterable[Blanks]:
    """Every split, of an adapter that was made elsewhere."""
    return [{"split": split} for split in SPLITS] if was_completed(findings) else []


def each_setting_of_a_completion(findings: Findings) -> Iterable[Blanks]:
    """Every setting that is recorded, of an adapter that was made elsewhere."""
    keys = [finding.id.removeprefix("adapter.") for finding in findings.under("adapter")]
    return [{"setting": key} for key in keys] if was_completed(findings) else []


def of_numbers(findings: Findings) -> Iterable[Blanks]:
    """The head gives one number and no label."""
    labels = findings.value("task.labels")
    return _HERE if isinstance(labels, list) and len(labels) < LEAST_LABELS else []


def without_doubts(findings: Findings) -> Iterable[Blanks]:
    """Labels that nothing can be said about: no probe, no classes, or too few rows of them."""
    counts = findings.value("data.train.labels")
    known = [n for n in counts.values() if isinstance(n, int)] if isinstance(counts, dict) else []
    often = [n for n in known if n >= max(OFTEN, sum(known) / 100)]
    is_judged = "training.head_probe" in findings and len(often) >= LEAST_LABELS
    # Of several labels a row none is the wrong one, and numbers are no classes, however their ranges are counted.
    is_judged = is_judged and "data.train.labels_a_row" not in findings and not of_numbers(findings)
    is_judged = is_judged and not _are_places(findings)
    return _HERE if was_completed(findings) or not is_judged else []


def with_warm_start(findings: Findings) -> Iterable[Blanks]:
    """The recipe names a phase without labels."""
    return _HERE if _asked(findings, "warm_start") not in (None, "none") else []


def with_small_base(findings: Findings) -> Iterable[Blanks]:
    """The recipe has frozen layers stored smaller than they are multiplied."""
    is_asked = _asked(findings, "base_weights") not in (None, "full") or bool(with_int8_products(findings))
    return _HERE if is_asked or _asked(findings, "precision") == "fp8-mixed" else []


def with_int8_products(findings: Findings) -> Iterable[Blanks]:
    """The recipe has frozen layers multiplied in int8."""
    return _HERE if _asked(findings, "frozen_products") == "int8" else []


def at_best_quality(findings: Findings) -> Iterable[Blanks]:
    """The recipe asks for the best quality: rates are tried, and seeds averaged."""
    return _HERE if _asked(findings, "quality") == "best" else []


def _asked(findings: Findings, key: str) -> Any:
    asked = findings.value("training.hyperparameters")
    return asked.get(key) if isinstance(asked, dict) else None


def head_from_probe(findings: Findings) -> Iterable[Blanks]:
    """The head started from a linear probe."""
    return _HERE if findings.value("adapter.head_start") == "probe" else []


def several_seeds(findings: Findings) -> Iterable[Blanks]:
    """The recipe asks for more than one seed."""
    asked = findings.value("training.hyperparameters")
    return _HERE if isinstance(asked, dict) and "," in str(asked.get("seed")) else []


def several_test_scores(findings: Findings) -> Iterable[Blanks]:
    """More than one seed has a test score."""
    seeds = findings.value("training.seeds")
    known = [seed for seed in seeds if seed.get("test") is not None] if isinstance(seeds, list) else []
    return _HERE if len(known) > 1 else []


def of_entities(findings: Findings) -> Iterable[Blanks]:
    """Labels are entities."""
    return _HERE if _counts_entities(findings) else []


def of_rows(findings: Findings) -> Iterable[Blanks]:
    """What the model gives is no tags of entities."""
    return [] if _counts_entities(findings) else _HERE


def each_split(findings: Findings) -> Iterable[Blanks]:
    """Every split whose rows were read."""
    return [{"split": split} for split in _splits(findings)]


def each_entity_split(findings: Findings) -> Iterable[Blanks]:
    """Every split whose rows were read, where labels are entities."""
    return each_split(findings) if _counts_entities(findings) else []


def each_labelled_entity_split(findings: Findings) -> Iterable[Blanks]:
    """The same, where the rows have labels."""
    return [blanks for blanks in each_entity_split(findings) if _is_known(findings, f"data.{blanks['split']}.labels")]


def each_pair(findings: Findings) -> Iterable[Blanks]:
    """Every two splits whose rows were read."""
    splits = _splits(findings)
    return [{"seen": seen, "split": split} for seen, split in PAIRS if seen in splits and split in splits]


def each_score(findings: Findings) -> Iterator[Blanks]:
    """Every measure that any predictor has on any split, on every split that is scored for it."""
    found = [(match, finding.status) for finding in findings if (match := _SCORE.fullmatch(finding.id))]
    scored = dict.fromkeys(match[1] for match, status in found if status != "not measured")
    of_others = dict.fromkeys(match[2] for match, _ in found if not match[0].startswith("results."))
    yield from ({"split": split, "measure": measure} for split in scored for measure in of_others)


def each_scored(findings: Findings) -> Iterable[Blanks]:
    """Every split on which the adapter has a score."""
    found = [_SCORE.fullmatch(finding.id) for finding in findings.under("results") if finding.status == "measured"]
    scored = {match[1] for match in found if match}
    return [{"split": split} for split in SPLITS if split in scored]


def each_of_amounts(findings: Findings) -> Iterable[Blanks]:
    """Every split on which answers are amounts, whose distance from what is right was scored."""
    return [blanks for blanks in each_scored(findings) if f"results.{blanks['split']}.mae" in findings]


def each_moved(findings: Findings) -> Iterable[Blanks]:
    """Every split on which the adapter has a score, beside the probe."""
    return [{"predictor": "probe", **blanks} for blanks in each_scored(findings)]


def each_doubted(findings: Findings) -> Iterable[Blanks]:
    """Every split on which the adapter has a score, where a probe of the frozen base was to be fitted."""
    is_fitted = "fit.probe" in findings
    return [blanks for blanks in each_scored(findings) if is_fitted and blanks["split"] != "train"]


def each_with_doubts(findings: Findings) -> Iterable[Blanks]:
    """Every split of whose scored rows the probe doubts a label."""

    def doubts(split: str) -> bool:
        told = findings.value(f"data.suspect_labels.{split}")
        return isinstance(told, dict) and bool(told.get("rows"))

    return [blanks for blanks in each_scored(findings) if doubts(blanks["split"])]


def each_chosen_for(findings: Findings) -> Iterable[Blanks]:
    """Every split on which the adapter has a score, but the one that chooses thresholds."""
    return [blanks for blanks in each_scored(findings) if blanks["split"] != "validation"]


def each_searched(findings: Findings) -> Iterable[Blanks]:
    """Every split with two slices or more whose score has an interval, enough behind it, and less than all have."""
    return [{"split": split} for split in SPLITS if len(_tested_slices(findings, split)) >= LEAST_LABELS]


def _tested_slices(findings: Findings, split: str) -> list[str]:
    measure = str(findings.value("results.headline")).rpartition(".")[2]
    whole = findings.get(f"results.{split}.{measure}")
    value = whole.value if whole is not None else None
    # at an end of its scale nothing can be tested against it
    if whole is None or whole.n is None or not isinstance(value, int | float) or abs(value) in (0, 1):
        return []
    prefix = f"results.{split}.slice."
    slices = [one for one in findings.under(f"results.{split}") if one.id.startswith(prefix)]
    of_score = [one for one in slices if one.id.endswith(f".{measure}") and one.interval is not None]
    return [one.id for one in of_score if one.n is not None and OFTEN <= one.n < whole.n]


def each_shared(findings: Findings) -> Iterable[Blanks]:
    """Every split that is sliced by whether training has the row, and has rows that it does have."""
    prefix = f"slice.{FACTOR}={FOUND}."
    sliced = {split for split in SPLITS for one in findings.under(f"results.{split}") if prefix in one.id}
    return [{"split": split} for split in SPLITS if split in sliced]


def each_split_of_people(findings: Findings) -> Iterable[Blanks]:
    """Every split on which the adapter has a score, where columns that tell of people were named."""
    return each_scored(findings) if _is_known(findings, "data.people") else []


def each_compared(findings: Findings) -> Iterable[Blanks]:
    """Every split on which scores are set beside those of other predictors, or beside those of some of the rows."""
    found = {one.id.split(".")[2] for one in findings.under("difference") if one.value is not None}
    cleaned = {split for split in SPLITS if _is_known(findings, f"results.{split}.clean.difference")}
    return [{"split": split} for split in SPLITS if split in found | cleaned]


def each_entity_score(findings: Findings) -> Iterable[Blanks]:
    """Every split on which entities were scored."""
    return [
        {"split": split}
        for split in SPLITS
        if _counts_entities(findings) and _is_known(findings, f"results.{split}.f1")
    ]


def each_rank_score(findings: Findings) -> Iterable[Blanks]:
    """Every split on which partners were ranked."""
    return [{"split": split} for split in SPLITS if _is_known(findings, f"results.{split}.mrr")]


def each_calibrated(findings: Findings) -> Iterable[Blanks]:
    """Every split with an expected calibration error, where logits were divided by a temperature."""
    is_divided = _is_known(findings, "training.temperature")
    return [{"split": split} for split in SPLITS if is_divided and f"results.{split}.ece" in findings]


def each_fitted_baseline(findings: Findings) -> Iterable[Blanks]:
    """Every baseline that is a fitted model and has a score."""
    scored = {finding.id.split(".")[1] for finding in findings.under("baseline")}
    return [{"predictor": name} for name in FITTED if name in scored]


def each_target(findings: Findings) -> Iterable[Blanks]:
    """Every published score that the recipe names."""
    return [{"number": match[1]} for finding in findings if (match := _TARGET.fullmatch(finding.id))]


def each_stage(findings: Findings) -> Iterable[Blanks]:
    """The stages of every folder, and those that any record names."""
    stages = dict.fromkeys(["evaluation"] if was_completed(findings) else ["training", "evaluation"])
    stages |= {"controls": None} if any(finding.id.startswith("control.") for finding in findings) else {}
    stages |= {match[1]: None for finding in findings if (match := _STAGE.fullmatch(finding.id))}
    unmetered = {"total"} | ({"training"} if was_completed(findings) else set())
    return [{"stage": stage} for stage in stages if stage not in unmetered]


def each_stage_on_a_grid(findings: Findings) -> Iterable[Blanks]:
    """The stages, where a region gives grams."""
    return each_stage(findings) if _is_known(findings, "co2.grams") else []


def without_a_grid(findings: Findings) -> Iterable[Blanks]:
    """The energy is known, and no region gives grams of it."""
    has_table = _is_known(findings, "energy.total_kwh") and _is_known(findings, "software.codecarbon")
    return _HERE if has_table and not _is_known(findings, "co2.grams") else []


def _is_known(findings: Findings, id: str) -> bool:
    finding = findings.get(id)
    return finding is not None and finding.status != "not measured"


def _counts_entities(findings: Findings) -> bool:
    ids = ("task.types", *(f"data.{split}.entities" for split in SPLITS))
    return any(id in findings for id in ids)


def _are_places(findings: Findings) -> bool:
    """Labels say where in a row the right answer is, and are no classes: answers are scored, and no class is."""
    measures = {match[2] for finding in findings.under("results") if (match := _SCORE.fullmatch(finding.id))}
    return "exact_match" in measures or ("accuracy" in measures and not measures & {"macro_f1", "f1"})


def _splits(findings: Findings) -> list[str]:
    """Those of which anything is known; of training rows that nobody has, only that is recorded."""
    return [
        split
        for split in SPLITS
        if any(finding.status != "not measured" for finding in findings.under(f"data.{split}"))
    ]
