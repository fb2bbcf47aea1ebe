"""docs/quality.md from what quality.py kept: scores with intervals, ours against the closest peer, time, calibration."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any

from quality_cells import ENTITIES, LABEL_SETS, NUMBERS, PER_CLASS, SETS, TEST_ROWS, Cell, open_cell, replace
from quality_scores import METRICS, RESAMPLES, SeedCounts, paired_difference, pooled_score, read_seed, verdict

OURS = "ours"
ORDER = ("ours", "probe", "tfidf", "constant", "setfit", "stock", "full")
VERDICTS = ("above", "same", "below", "unknown")

INTRODUCTION = """\
# Quality with nothing set

tunecard with nothing set but the data, against other ways to use the same labelled rows. `benchmarks/quality.py` writes
this page from the predictions that it kept; nothing here is typed by hand.

Every side gets the same training rows and no validation rows: it takes some of those given, or does without. A cell is
10 or 50 rows of every class (a class that has fewer gives all it has), 10 or 50 sentences that mention each entity type,
10 or 50 rows of each fifth of the range of numbers, or 2,000 rows drawn at random. Test rows are up to {test_rows:,} of
the test split, the same for all seeds and cells; classes that the drawn rows do not have are left out.

- **ours**: `tunecard.run` on a recipe that names the data and a seed.
- **probe**: a linear model on the frozen base. Its view (mean, first, pooler; of pairs also |u - v| and u * v of the two
  texts apart) and its strength are chosen by 3-fold cross-validation. For entities the last hidden state of first pieces.
- **tfidf**: a linear model on words, pairs of words and parts of words; C by 3-fold cross-validation. Not for entities.
- **constant**: the commonest class or tag, or the mean.
- **setfit**: SetFit with 40 pairs a text, at 10 a class on two sets.
- **stock**: Trainer and PEFT's LoRA (r 16, alpha 16, dropout 0.1, a random head, batch 16) at 1e-3, for as many epochs as
  ours took, or 10 where that is not known, and never fewer than 3. `stock-RATE`: another learning rate.
- **full**: Trainer on all weights, 5e-5, 3 epochs. `full-RATE`: another learning rate.

A score is the mean over seeds. Its 95 % interval, and that of a difference, is of {resamples:,} resamples of the test
rows; a row is drawn for all seeds at once, so seeds of the same rows do not pass for more rows. Further seeds would widen
it. The *closest peer* is the one that ours is least ahead of, chosen after the fact on the test rows among all others, a
grid's best rate included: that favours the peers. A difference is **above** or **below** where its interval leaves out 0,
else **same**. A peer of one seed is compared on that seed. No side's tags are repaired.
"""

ABOUT_SECONDS = """\
Wall time in seconds, mean over seeds. `ours` is the whole of `tunecard.run`: reading, checks, training, evaluation on
test, card and figures. The other sides: from rows in memory to a trained model, vectors of the test rows included for
`probe`; prediction is left out for the others. Times are of a machine that did other work as well.
"""

ABOUT_CALIBRATION = """\
Expected calibration error of ours, as its card states it, with the card's interval: mean over seeds. *By chance* is what 95
of 100 perfectly calibrated models stay below on these confidences (text only); a seed whose interval begins at 0 is one
that chance explains.
"""


@dataclass(frozen=True)
class Standing:
    """A cell with what lies in its folders.

    Attributes:
        kept: side to seed to what its JSON says.
    """

    work: Path
    set: str
    size: int

    @cached_property
    def kept(self) -> dict[str, dict[int, dict[str, Any]]]:
        found: dict[str, dict[int, dict[str, Any]]] = {}
        for folder in sorted((self.work / self.set / str(self.size)).glob("seed-*")):
            seed = int(folder.name.removeprefix("seed-"))
            for path in sorted(folder.glob("*.json")):
                if path.with_suffix(".parquet").is_file():
                    found.setdefault(path.stem, {})[seed] = json.loads(path.read_text())
        return {side: found[side] for side in sorted(found, key=place)}

    @cached_property
    def counts(self) -> dict[str, dict[int, SeedCounts]]:
        return {side: {seed: read_seed(self.cell(seed), side) for seed in seeds} for side, seeds in self.kept.items()}

    @cached_property
    def scores(self) -> dict[str, tuple[float, Any]]:
        return {side: pooled_score(self.kind, seeds) for side, seeds in self.counts.items()}

    @cached_property
    def differences(self) -> dict[str, tuple[float, Any, list[int]]]:
        """Ours minus every peer, the closest first; a peer without a score is left out."""
        mine = self.counts.get(OURS, {})
        found = {side: paired_difference(self.kind, mine, seeds) for side, seeds in self.counts.items() if side != OURS}
        told = {side: one for side, one in found.items() if one is not None and one[0] == one[0]}
        return dict(sorted(told.items(), key=lambda item: item[1][0]))

    @property
    def verdict(self) -> str | None:
        """Of ours against the closest peer; None without either."""
        return next((verdict(interval) for _, interval, _ in self.differences.values()), None)

    @property
    def kind(self) -> str:
        return SETS[self.set].kind

    @property
    def title(self) -> str:
        if self.size not in PER_CLASS:
            return f"{self.size:,} rows"
        return f"{self.size} a " + {ENTITIES: "type", NUMBERS: "fifth", LABEL_SETS: "label"}.get(self.kind, "class")

    def cell(self, seed: int) -> Cell:
        return open_cell(self.work, self.set, self.size, seed)

    def count_rows(self) -> tuple[float, float, int]:
        """Rows of train and test in the mean over seeds, and labels of the first seed."""
        folders = sorted((self.work / self.set / str(self.size)).glob("seed-*/cell.json"))
        told = [json.loads(path.read_text()) for path in folders]
        return fmean(len(one["train"]) for one in told), fmean(len(one["test"]) for one in told), len(told[0]["labels"])


def place(side: str) -> tuple[int, str]:
    name = side.partition("-")[0]
    return (ORDER.index(name) if name in ORDER else len(ORDER), side)


def write_table(
    path: Path,
    work: Path,
    cells: Sequence[tuple[str, int]],
    skipped: Mapping[tuple[str, int], str],
    missing: Sequence[str],
) -> None:
    """The whole page.

    Args:
        skipped: cells that a set cannot fill, and why.
        missing: items that are planned and not there.
    """
    standings = sorted((Standing(work, *cell) for cell in cells), key=lambda one: (list(SETS).index(one.set), one.size))
    standings = [one for one in standings if one.kept]
    parts = [INTRODUCTION.format(test_rows=TEST_ROWS, resamples=RESAMPLES), describe(standings), summary(standings)]
    for name in dict.fromkeys(one.set for one in standings):
        parts.append(set_section(name, [one for one in standings if one.set == name]))
    parts += [calibration(standings), absent(skipped, missing)]
    text = "\n".join(part for part in parts if part)
    replace(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def describe(standings: Sequence[Standing]) -> str:
    """Where and when, from what the sides kept."""
    every = [told for one in standings for seeds in one.kept.values() for told in seeds.values()]
    commits = sorted({told["commit"] for told in every})
    seeds = sorted({seed for one in standings for kept in one.kept.values() for seed in kept})
    return (
        f"\nWritten {datetime.date.today().isoformat()}; {processor()}, {os.environ.get('OMP_NUM_THREADS', 'all')} "
        f"thread(s) a side; seeds {', '.join(map(str, seeds))}; commit {', '.join(commits)}; {len(every):,} items.\n"
    )


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{named[0] if named else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def summary(standings: Sequence[Standing]) -> str:
    """How many cells are above, same and below, and each in a line."""
    judged = [one for one in standings if one.verdict]
    if not judged:
        return "\n## Ours against the closest peer\n\nOurs has not run yet.\n"
    counted = Counter(one.verdict for one in judged)
    told = ", ".join(f"{counted[name]} {name}" for name in VERDICTS if counted[name])
    rows = [[one.set, one.title, *against(one)] for one in judged]
    header = ("set", "rows", "closest peer", "ours minus it", "95 % interval", "")
    return f"\n## Ours against the closest peer\n\n{count_of(len(judged), 'cell')}: {told}.\n\n" + markdown(
        header, rows
    )


def against(one: Standing) -> list[str]:
    side, (value, interval, seeds) = next(iter(one.differences.items()))
    note = "" if len(seeds) > 1 else f" (seed {seeds[0]})"
    return [side + note, f"{value:+.3f}", bounds(interval, "+.3f"), f"**{one.verdict}**"]


def set_section(name: str, standings: Sequence[Standing]) -> str:
    """Scores, differences and seconds of one set."""
    kind = SETS[name].kind
    sides = sorted({side for one in standings for side in one.kept}, key=place)
    sizes = [one.count_rows() for one in standings]
    labels = {ENTITIES: "tags", NUMBERS: "labels", LABEL_SETS: "labels"}.get(kind, "classes")
    scores = [
        [one.title, f"{rows[0]:,.0f}", f"{rows[1]:,.0f}", *(shown_score(one, side) for side in sides)]
        for one, rows in zip(standings, sizes, strict=True)
    ]
    apart = [
        [one.title, *(shown_difference(one, side) for side in sides if side != OURS)]
        for one in standings
        if one.differences
    ]
    seconds = [[one.title, *(shown_seconds(one, side) for side in sides)] for one in standings]
    count = "" if kind == NUMBERS else f", {max(rows[2] for rows in sizes)} {labels}"
    table = markdown(("cell", "train rows", "test rows", *sides), scores)
    parts = [f"\n## {name}\n\n{METRICS[kind]}{count}.\n\n{table}"]
    if kind == NUMBERS:
        parts.append("Spearman's correlation:\n\n" + markdown(("cell", *sides), spearman(standings, sides)))
    if apart:
        parts.append("Ours minus each:\n\n" + markdown(("cell", *(side for side in sides if side != OURS)), apart))
    parts.append("Seconds:\n\n" + markdown(("cell", *sides), seconds))
    return "\n".join(parts)


def shown_score(one: Standing, side: str) -> str:
    if side not in one.scores or one.scores[side][0] != one.scores[side][0]:
        return "-"
    score, interval = one.scores[side]
    return f"{score:.3f} ({bounds(interval, '.3f')}; {count_of(len(one.kept[side]), 'seed')})"


def shown_difference(one: Standing, side: str) -> str:
    if side not in one.differences:
        return "-"
    value, interval, _ = one.differences[side]
    return f"{value:+.3f} ({bounds(interval, '+.3f')}) {verdict(interval)}"


def shown_seconds(one: Standing, side: str) -> str:
    return f"{fmean(told['seconds'] for told in one.kept[side].values()):,.0f}" if side in one.kept else "-"


def spearman(standings: Sequence[Standing], sides: Sequence[str]) -> list[list[str]]:
    rows = []
    for one in standings:
        found = [
            [told["scores"].get("Spearman's correlation") for told in one.kept.get(side, {}).values()] for side in sides
        ]
        rows.append(
            [one.title, *(f"{fmean(values):.3f}" if values and None not in values else "-" for values in found)]
        )
    return rows


def calibration(standings: Sequence[Standing]) -> str:
    """ECE of ours."""
    rows = []
    for one in standings:
        told = [
            kept for kept in one.kept.get(OURS, {}).values() if kept["settings"].get("results.test.ece") is not None
        ]
        if not told:
            continue
        intervals = [kept["settings"].get("results.test.ece.interval") for kept in told]
        chance = [kept["scores"]["ece_by_chance"] for kept in told if "ece_by_chance" in kept["scores"]]
        explained = sum(interval is not None and interval[0] == 0 for interval in intervals)
        known = [interval for interval in intervals if interval]
        ends = bounds([fmean(pair) for pair in zip(*known, strict=True)], ".3f") if known else "-"
        rows.append(
            [one.set, one.title, f"{fmean(kept['settings']['results.test.ece'] for kept in told):.3f}", ends,
             f"{fmean(chance):.3f}" if chance else "-", f"{explained} of {len(told)}"]
        )  # fmt: skip
    header = ("set", "cell", "ECE", "95 % interval", "by chance", "seeds that chance explains")
    return f"\n## Calibration of ours\n\n{ABOUT_CALIBRATION}\n{markdown(header, rows)}" if rows else ""


def absent(skipped: Mapping[tuple[str, int], str], missing: Sequence[str]) -> str:
    """What this page does not tell."""
    lines = [f"- {name}, {size}: the set is too small ({why})." for (name, size), why in skipped.items()]
    sides = Counter(tuple(name.split("/")[i] for i in (0, 1, 3)) for name in missing)
    lines += [
        f"- {name}, {size}: {side}, {count_of(count, 'seed')}." for (name, size, side), count in sorted(sides.items())
    ]
    return f"\n## Seconds, and what is missing\n\n{ABOUT_SECONDS}\n" + (
        "Not run, or failed:\n\n" + "\n".join(lines) + "\n" if lines else "Nothing is missing.\n"
    )


def count_of(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def bounds(interval: Sequence[float] | None, form: str) -> str:
    return "-" if interval is None else f"{interval[0]:{form}} to {interval[1]:{form}}"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
