"""What the test of the shipped recipes does in a process that knows another Hub: `HF_ENDPOINT` is read at import.

Prints a JSON object: what each recipe became, and what verify said of those that were trained.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tunecard.adapters.methods.recipes import read_recipe
from tunecard.adapters.methods.registry import METHODS
from tunecard.pipeline import estimate, run
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.shipped import names, path_of, text_of
from tunecard.stock.warm_parent import warm_parent
from tunecard.verification import verify

SHORT = ["training.epochs=1", "training.train_batch_size=24"]
STARTED = "lora-stsb"
TRAINED = ("lora-mnli", "lora-rte", "peft-guide-bionlp2004")


def trained(name: str) -> dict[str, Any]:
    """A step or two, and the verdict."""
    folder = run(read_recipe(path_of(name), SHORT), out=Path("runs") / name)
    report = verify(folder.path)
    faults = [f"{check.name}: {check.detail}" for check in report.checks if check.ok is False]
    return {"faults": faults, "card": folder.card.read_text(encoding="utf-8")}


def read(name: str) -> dict[str, Any]:
    """The recipe with its rows and its base, everything decided and nothing trained, as `--dry-run` does first."""
    prepared = prepare(Plans(read_recipe(path_of(name))))
    data = prepared.dataset
    return {
        "rows": {split: len(rows) for split, rows in data.splits.items()},
        "labels": list(data.labels),
        "revision": data.revision,
        "start": None if prepared.start is None else prepared.start.compared_by,
    }


def chosen() -> list[str]:
    """A recipe for each data set, one for each method, and one that starts from an adapter trained here."""
    known: dict[Any, str] = {STARTED: STARTED}
    for name in names():
        content = yaml.safe_load(text_of(name))
        data, method = content["data"], content["adapter"]["method"]
        if method in METHODS:
            known.setdefault((data["source"], data.get("config"), json.dumps(data.get("splits"))), name)
            known.setdefault(method, name)
    return list(dict.fromkeys(known.values()))


def main() -> None:
    """Trains three, one of which starts from another, and reads the rest."""
    with warm_parent():
        told: dict[str, Any] = {"trained": {name: trained(name) for name in TRAINED}}
    told["read"] = {name: read(name) for name in chosen()}
    told["seconds"] = estimate(read_recipe(path_of("wnut17-lora"))).seconds
    Path("told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()
