"""What a small job takes beside the work that was asked for: wall and processor seconds of each command, and by stage.

Every command has a process of its own, timed from its start to its end, imports and leaving included. The processor's
seconds are those of the command and of all processes that it starts: they say more than wall time where a machine is
busy with other things. A run tells its own stages (`run.stages`); beside optimisation is all wall time but its steps.

The rows are the package's sentences: their themes as labels of texts (500 rows of a csv, one epoch), and their entities
(500 sentences). The adapter that is completed is the one of the run on entities, as stock PEFT would have saved it.

    python benchmarks/overhead.py --rounds 3
    python benchmarks/overhead.py --jobs run-texts predict --rows 500 --texts reviews.csv
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import figures
import rounds

TEXTS, ENTITIES = "run-texts", "run-entities"
THEIRS = "theirs"
JOBS = ("help", "init", TEXTS, ENTITIES, "complete", "predict", "load", "verify", "audit")
FOLLOWING = {"complete": ENTITIES, "predict": TEXTS, "load": TEXTS, "verify": TEXTS, "audit": TEXTS}
COMPLETED, PREDICTED = 120, 4
LOAD = """
import json, sys, time
import peft, torch, transformers.modeling_utils, tunecard.inference.loading
began, spent = time.perf_counter(), time.process_time()
import tunecard
tunecard.load(sys.argv[1], *sys.argv[2:])
print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - spent}))
"""


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__)
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS))
    parser.add_argument("--rows", type=int, default=500, help="of the runs, all splits together")
    parser.add_argument("--texts", type=Path, help="a csv with the columns text and label, in the place of the themes")
    parser.add_argument("--base", default="embedded", help="the base of the runs")
    return parser


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Medians of every job over the rounds, and the stages of the round in the middle."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder, arguments)
        asked = [job for job in JOBS if job in arguments.jobs or job in {FOLLOWING.get(one) for one in arguments.jobs}]
        measured = rounds.in_turn(__file__, asked, arguments.rounds, folder, arguments.threads)
    return {"rows": arguments.rows, "threads": arguments.threads, "base": arguments.base,
            "jobs": {job: in_the_middle(found) for job, found in measured.items()}}  # fmt: skip


def in_the_middle(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The round whose wall time is the median, with the range of all."""
    ordered = sorted(found, key=lambda one: float(one["wall"]))
    ends = {"wall_range": [ordered[0]["wall"], ordered[-1]["wall"]], "cpu": statistics.median(o["cpu"] for o in found)}
    return {**ordered[len(ordered) // 2], **ends}


def write_rows(folder: Path, arguments: argparse.Namespace) -> None:
    """Rows and recipes of the runs; `rows.csv`, `sentences/`, `some/`, `few.csv`."""
    sentences = embedded_rows()
    some = [{"text": " ".join(row["tokens"]), "label": row["theme"]} for row in sentences]
    if arguments.texts:
        with arguments.texts.open(encoding="utf-8", newline="") as stream:
            some = list(csv.DictReader(stream))
    write_csv(folder / "rows.csv", some[: arguments.rows])
    write_csv(folder / "few.csv", [{"text": row["text"]} for row in some[:PREDICTED]])
    write_jsonl(folder / "sentences" / "train.jsonl", sentences[: arguments.rows])
    write_jsonl(folder / "some" / "test.jsonl", sentences[-COMPLETED:])
    for job, source in ((TEXTS, "rows.csv"), (ENTITIES, "sentences")):
        recipe = {"base_model": arguments.base, "data": {"source": source}, "training": {"epochs": 1}}
        (folder / f"{job}.yaml").write_text(json.dumps(recipe))


def embedded_rows() -> list[dict[str, Any]]:
    from tunecard.data.embedded import FOLDER

    lines = [line for path in sorted(FOLDER.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir()
    lines = [json.dumps({"tokens": row["tokens"], "tags": row["tags"]}, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One job in a process of its own."""
    if side == "load":
        done = subprocess.run(
            [sys.executable, "-c", LOAD, str(folder / TEXTS), *base_of(folder)[1:]],
            capture_output=True,
            text=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer
    made = folder / side
    shutil.rmtree(made, ignore_errors=True)
    if side == "complete":
        hand_over(folder / ENTITIES, folder / THEIRS)
    began, spent = time.perf_counter(), spent_by_children()
    subprocess.run(
        [sys.executable, "-m", "tunecard", *command(side, made)], cwd=folder, capture_output=True, check=True
    )
    timed = {"wall": time.perf_counter() - began, "cpu": spent_by_children() - spent}
    return timed | stages_of(made, timed["wall"])


def hand_over(run: Path, to: Path) -> None:
    """What stock PEFT would have saved, and the labels: a run folder as such is no adapter made elsewhere."""
    to.mkdir(exist_ok=True)
    for name in ("adapter_config.json", "adapter_model.safetensors", "config.json"):
        shutil.copyfile(run / name, to / name)


def command(job: str, made: Path) -> list[str]:
    """What is typed, in the folder of the rows."""
    base = base_of(made.parent)
    return {
        "help": ["--help"],
        "init": ["init", "rows.csv", "--yes", "--out", f"init-{os.getpid()}.yaml"],
        TEXTS: ["run", f"{TEXTS}.yaml", "--out", str(made)],
        ENTITIES: ["run", f"{ENTITIES}.yaml", "--out", str(made)],
        "complete": ["complete", THEIRS, "--data", "some", "--out", str(made), *base],
        "predict": ["predict", TEXTS, "few.csv", *base],
        "verify": ["verify", TEXTS],
        "audit": ["audit", f"{TEXTS}/README.md"],
    }[job]


def base_of(folder: Path) -> list[str]:
    """The option that names the base, where the adapter alone does not say where it lies."""
    named = json.loads((folder / f"{TEXTS}.yaml").read_text())["base_model"]
    return [] if named == "embedded" else ["--base", named]


def spent_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def stages_of(made: Path, wall: float) -> dict[str, Any]:
    """What a run tells of its stages, and its wall time without steps; nothing of a job that is no run."""
    evidence = made / "evidence.json"
    if not evidence.is_file():
        return {}
    values = {finding["id"]: finding["value"] for finding in json.loads(evidence.read_text("utf-8"))["findings"]}
    stages = {row["stage"]: row["seconds"] for row in values["run.stages"]}
    return {"stages": stages, "beside_optimisation": wall - stages.get("optimisation", 0.0)}


def show(found: dict[str, Any]) -> None:
    print("{rows} rows, base {base}, {threads} threads; seconds\n".format(**found))
    rows = [
        [job, *(f"{one[key]:.2f}" if key in one else "" for key in ("wall", "cpu", "beside_optimisation")),
         " to ".join(f"{end:.2f}" for end in one["wall_range"])]
        for job, one in found["jobs"].items()
    ]  # fmt: skip
    figures.print_table(["job", "wall", "processor", "beside optimisation", "wall, all rounds"], rows)
    for job, one in found["jobs"].items():
        if "stages" in one:
            print(f"\n{job}")
            figures.print_table(["stage", "seconds"], [[name, f"{s:.2f}"] for name, s in one["stages"].items()])


if __name__ == "__main__":
    main()
