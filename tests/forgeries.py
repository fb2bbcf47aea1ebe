"""Forgeries of a real run folder: evidence changed, pictures drawn and cards rendered anew, hashes written anew.

Each entry says which check must see it, and what that check says. Nothing else in the folder gives it away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tiny_folders import Run
from tunecard.card import write_figures
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.evidence.files import json_text, sha256_of
from tunecard.tasks import task_named
from tunecard.verification.rows import recount

Change = Callable[[Run], None]
STAGES = ("baselines", "training", "evaluation")


@dataclass(frozen=True)
class Forgery:
    """One forgery.

    Attributes:
        name: what the forger did.
        check: the check that sees it.
        said: what stands in its detail.
        change: does it to a folder; rendering and hashes follow.
        on: the run that it is done to.
        besides: checks that see it, too.
    """

    name: str
    check: str
    said: str
    change: Change
    on: str = "pair_run"
    besides: frozenset[str] = frozenset()


def forge(folder: RunFolder, change: Change) -> Run:
    """The folder as a careful forger leaves it."""
    run = Run(folder)
    change(run)
    run.trust_predictions()
    write_figures(folder, folder.read_findings())
    run.render()
    return run


def value_of(run: Run, id: str) -> Any:
    return run.folder.read_findings()[id].value


def setting(id: str, **fields: Any) -> Change:
    return lambda run: run.set(id, **fields)


def scaled(id: str, factor: float) -> Change:
    """The value, or both ends of the interval, times a factor."""

    def change(run: Run) -> None:
        finding = run.folder.read_findings()[id]
        if finding.interval is not None:
            run.set(id, interval=[end * factor for end in finding.interval])
        elif isinstance(finding.value, dict):
            run.set(id, value={key: [end * factor for end in ends] for key, ends in finding.value.items()})
        else:
            run.set(id, value=finding.value * factor)

    return change


def gap(id: str) -> Change:
    return setting(id, status="not measured", value=None, interval=None, n=None, level=None, unit=None,
                   reason="it took too long")  # fmt: skip


def dropped(*ids: str) -> Change:
    return lambda run: [run.drop(id) for id in ids]  # type: ignore[return-value]


def invented(like: str, **fields: Any) -> Change:
    """A record more, made after another one."""

    def change(run: Run) -> None:
        content = json.loads(run.folder.evidence.read_text())
        model = next(record for record in content["findings"] if record["id"] == like)
        content["findings"].append(model | fields)
        run.folder.evidence.write_text(json_text(content))

    return change


def both(*changes: Change) -> Change:
    def change(run: Run) -> None:
        for one in changes:
            one(run)

    return change


def rescored(run: Run) -> None:
    """Every score and count computed anew from the predictions."""
    folder, findings = run.folder, run.folder.read_findings()
    task = task_named(findings.value("task.name"), tuple(findings.value("task.labels")))
    splits = sorted({split for split, predictor, _ in folder.prediction_files() if predictor is None})
    scores = evaluate(folder, task, splits, findings.value("training.temperature"))
    facts: dict[str, Any] = {}
    for split in splits:
        facts |= recount(task, folder.read_predictions(split), split)
    families = ("results.", "baseline.", "control.", "difference.")
    kept = [f for f in findings if f.id == "results.protocol" or not f.id.startswith(families)]
    kept = [f.model_copy(update={"value": facts[f.id]}) if f.id in facts and f.value is not None else f for f in kept]
    folder.write_findings(Findings([*kept, *scores]))


def picked(rows: Predictions, places: list[int]) -> Predictions:
    def of(column: Any) -> Any:
        return None if column is None else [column[place] for place in places]

    factors = {name: of(values) for name, values in rows.factors.items()}
    return Predictions(
        of(rows.rows), of(rows.labels), of(rows.predictions), of(rows.probabilities), factors, of(rows.unseen)
    )


def without_wrong_rows(run: Run) -> None:
    """Two rows of the test that are not the last are left out of every file, and every figure counted anew."""
    for split, predictor, _ in run.folder.prediction_files():
        if split == "test":
            rows = run.folder.read_predictions(split, predictor)
            run.folder.write_predictions(
                picked(rows, [p for p in range(len(rows)) if p not in (1, 2)]), split, predictor
            )
    rescored(run)


def test_is_validation(run: Run) -> None:
    """The test is given the rows and answers of validation."""
    for split, predictor, _ in run.folder.prediction_files():
        if split == "validation":
            rows = run.folder.read_predictions(split, predictor)
            run.folder.write_predictions(rows, "test", predictor)
    for predictor in ("head", "full"):
        run.folder.predictions("test", predictor).unlink(missing_ok=True)
    rescored(run)


def less_energy(run: Run) -> None:
    """One stage took a tenth of the energy, and so did the sum and the carbon."""
    findings = run.folder.read_findings()
    low, high = findings["energy.training_kwh"].interval or (0.0, 0.0)
    run.set("energy.training_kwh", interval=[low / 10, high / 10])
    total = findings["energy.total_kwh"].interval or (0.0, 0.0)
    less = [total[0] - 0.9 * low, total[1] - 0.9 * high]
    run.set("energy.total_kwh", interval=less)
    table = findings["co2.table"].value
    shares = [less[0] / total[0], less[1] / total[1]]
    assert isinstance(table, dict)
    run.set("co2.table", value={code: [a * shares[0], b * shares[1]] for code, (a, b) in table.items()})


def shorter_hours(run: Run) -> None:
    scaled("environment.evaluation_hours", 50.0)(run)


def a_quicker_stage(run: Run) -> None:
    """The longest stage took half as long, it says, and the run as long as before."""
    longest, *others = value_of(run, "run.stages")
    run.set("run.stages", value=[longest | {"seconds": 0.5 * longest["seconds"]}, *others])


def a_stage_twice(run: Run) -> None:
    stages = value_of(run, "run.stages")
    run.set("run.stages", value=[*stages, stages[0] | {"seconds": 0.0}])


def hidden_steps(run: Run) -> None:
    """The steps are told among everything else."""
    stages = {row["stage"]: row["seconds"] for row in value_of(run, "run.stages")}
    stages["everything else"] += stages.pop("optimisation")
    run.set("run.stages", value=[{"stage": name, "seconds": seconds} for name, seconds in stages.items()])


def steps_too_many(run: Run) -> None:
    curve = value_of(run, "training.curve")
    run.set("training.curve", value=[line | {"step": 10 * line["step"]} for line in curve])
    run.set("training.steps", value=10 * value_of(run, "training.steps"))


def an_epoch_more(run: Run) -> None:
    """A better epoch, behind the last that the recipe asks for, is said to have been trained and kept."""
    curve = value_of(run, "training.curve")
    last = curve[-1]
    step = last["step"] + last["step"] - curve[-2]["step"]
    more = last | {"epoch": last["epoch"] + 1, "step": step}
    epochs = value_of(run, "training.epochs_run")
    run.set("training.curve", value=[*curve, more])
    run.set("training.epochs_run", value=epochs + 1)
    run.set("training.steps", value=step)
    run.set("training.best_epoch", value=more["epoch"])
    for speed in ("training.rows_per_second", "training.tokens_per_second"):
        finding = run.folder.read_findings()[speed]
        n = (finding.n or 0) // epochs * (epochs + 1)
        run.set(speed, n=n, value=n / value_of(run, "training.seconds"))


def a_lower_loss(run: Run) -> None:
    curve, kept = value_of(run, "training.curve"), value_of(run, "training.best_epoch")
    lower = [line | ({"validation_loss": 0.01} if line["epoch"] == kept else {}) for line in curve]
    run.set("training.curve", value=lower)


def a_better_epoch(run: Run) -> None:
    """The kept epoch is said to have scored otherwise on validation than the saved adapter does there."""
    curve, kept = value_of(run, "training.curve"), value_of(run, "training.best_epoch")
    other = [line | ({"validation_metric": 0.5} if line["epoch"] == kept else {}) for line in curve]
    run.set("training.curve", value=other)
    run.set("training.best_validation", value=0.5)
    run.set("training.rescored_validation", value=0.5)


def a_picture_of_another(run: Run) -> None:
    """Drawn from evidence that looks better; what the evidence says stays as it is."""
    honest = run.folder.evidence.read_bytes()
    curve = value_of(run, "training.curve")
    run.set("training.curve", value=[line | {"train_loss": 0.01} for line in curve if line["epoch"]])
    write_figures(run.folder, run.folder.read_findings())
    image = (run.folder.figures / "learning_curve.png").read_bytes()
    run.folder.evidence.write_bytes(honest)
    write_figures(run.folder, run.folder.read_findings())
    (run.folder.figures / "learning_curve.png").write_bytes(image)


def another_tokenizer(run: Run) -> None:
    """One word is read as another by whoever loads the file itself, as servers do; transformers makes its own."""
    path = run.folder.path / "tokenizer.json"
    content = json.loads(path.read_text())
    content["normalizer"] = {"type": "Replace", "pattern": {"String": "knows"}, "content": "seen"}
    path.write_text(json.dumps(content))


def its_hash(run: Run) -> None:
    run.set("adapter.tokenizer_sha256", value={path.name: sha256_of(path) for path in run.folder.tokenizer_files()})


def with_capitals(run: Run) -> None:
    """Capital letters are kept, which makes other tokens of many words."""
    path = run.folder.path / "tokenizer_config.json"
    path.write_text(json_text(json.loads(path.read_text()) | {"do_lower_case": False}))


def longer_reading(run: Run) -> None:
    path = run.folder.path / "tokenizer_config.json"
    path.write_text(json_text(json.loads(path.read_text()) | {"model_max_length": 4096}))


def another_activation(run: Run) -> None:
    config = json.loads(run.folder.model_config.read_text())
    run.folder.model_config.write_text(json_text(config | {"hidden_act": "relu"}))


def stranger(name: str) -> Change:
    def change(run: Run) -> None:
        path = run.folder.checkpoints / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import os")

    return change


def no_validation(run: Run) -> None:
    """What the saved adapter answers on validation is left out: answers, scores, baselines."""
    for split, _, path in run.folder.prediction_files():
        if split == "validation":
            path.unlink()
    families = ("results.", "baseline.", "control.", "difference.", "calibration.")
    run.change_findings(
        lambda record: None if record["id"].startswith(families) and ".validation." in record["id"] else record
    )
    rescored(run)


def a_better_seed(run: Run) -> None:
    """The seed that was kept is said to have scored better on the test than it did."""
    better_seed(run, value_of(run, "training.seed"))


def another_seed(run: Run) -> None:
    """A seed that was not kept is said to have scored better."""
    better_seed(
        run,
        next(
            line["seed"] for line in value_of(run, "training.seeds") if line["seed"] != value_of(run, "training.seed")
        ),
    )


def better_seed(run: Run, seed: int, score: float = 0.9) -> None:
    seeds = [line | ({"test": score} if line["seed"] == seed else {}) for line in value_of(run, "training.seeds")]
    scores = [line["test"] for line in seeds]
    run.set("training.seeds", value=seeds)
    summary = {"mean": sum(scores) / len(scores), "lowest": min(scores), "highest": max(scores)}
    run.set("training.seeds_summary", value=summary)


def seconds_of_the_sum(run: Run) -> None:
    method = run.folder.read_findings()["energy.total_kwh"].method or ""
    run.set("energy.total_kwh", method=re.sub(r"[\d.e-]+ s;", "0.5 s;", method))


def changed(id: str, **values: Any) -> Change:
    """Some values of a mapping are others."""
    return lambda run: run.set(id, value=value_of(run, id) | values)


def more_tokens(run: Run) -> None:
    seconds = value_of(run, "training.seconds")
    run.set("training.tokens_per_second", n=1_000_000, value=1_000_000 / seconds)


def a_factor_of_nobody(run: Run) -> None:
    """Every score is sliced by a column that the data has not."""
    for split, predictor, _ in run.folder.prediction_files():
        rows = run.folder.read_predictions(split, predictor)
        rows.factors["gender"] = [("her", "his")[place % 2] for place in range(len(rows))]
        run.folder.write_predictions(rows, split, predictor)
    run.set("data.factors", value=[*value_of(run, "data.factors"), "gender"])
    in_the_recipe("  factors:\n  - length\n", "  factors:\n  - length\n  - gender\n")(run)
    rescored(run)


def a_larger_base(run: Run) -> None:
    """The base has more parameters, and so has the whole."""
    for id in ("base_model.parameters", "model.parameters"):
        run.set(id, value=value_of(run, id) + 1_000_000)


def in_the_recipe(old: str, new: str, *changes: Change) -> Change:
    """Evidence and recipe.yaml changed alike."""

    def change(run: Run) -> None:
        text = run.folder.recipe.read_text()
        assert old in text, text
        run.folder.recipe.write_text(text.replace(old, new))
        both(*changes)(run)

    return change


def a_lower_training_loss(run: Run) -> None:
    curve = value_of(run, "training.curve")
    run.set("training.curve", value=[line | ({"train_loss": 0.01} if "train_loss" in line else {}) for line in curve])


def less_doubt(run: Run) -> None:
    """Two suspect labels where the probe found more."""
    n = run.folder.read_findings()["data.suspect_labels.train"].n or 1
    changed("data.suspect_labels.train", count=2, share=2 / n, pairs=[], most_suspect=[])(run)


def a_little_surer(run: Run) -> None:
    """Every answer to the test is surer by less than two machines may differ, and every score is counted anew."""
    rows = run.folder.read_predictions("test")
    assert rows.probabilities is not None
    rows.probabilities[:] = [row and [word and nearer(word) for word in row] for row in rows.probabilities]
    run.folder.write_predictions(rows, "test")
    rescored(run)


def nearer(likely: list[float], by: float = 1e-3) -> list[float]:
    top = max(range(len(likely)), key=likely.__getitem__)
    return [p * (1 - by) + (by if place == top else 0.0) for place, p in enumerate(likely)]


SEEDS = [{"seed": seed, "validation": 0.9, "test": test} for seed, test in ((1, 0.9), (2, 0.91))]
TWO_SEEDS = both(
    invented("results.headline", id="training.seeds", status="measured", name="Every seed's accuracy", value=SEEDS, n=2,
             section="results", method="all seeds trained alike"),
    invented("results.headline", id="training.seeds_summary", name="Spread", n=2,
             value={"mean": 0.905, "lowest": 0.9, "highest": 0.91}),
)  # fmt: skip
RENDERED = frozenset(
    {"dataset card", "croissant", "page", "bill of materials", "evaluation records", "pictures", "records"}
)

FORGERIES = [
    Forgery("a file in checkpoints", "checkpoints", "checkpoints/load.py is nothing", stranger("load.py")),
    Forgery("a file beside weights", "checkpoints", "checkpoints/lora-seed-42/best.pkl is",
            stranger("lora-seed-42/best.pkl")),
    Forgery("another tokenizer", "tokenizer", "tokenizer.json is not the file of", another_tokenizer),
    Forgery("another tokenizer_config", "tokenizer", "tokenizer_config.json is not the file of", longer_reading),
    Forgery("another renderer", "card", "and tunecard 0.1.0, which the evidence names, has renderer",
            setting("run.renderer_version", value=99), besides=RENDERED),
    Forgery("another picture", "pictures", "figures/learning_curve.png is not what its records draw", lambda run: None),
    Forgery("overlap removed", "records", "data.overlap.train.test must be", dropped("data.overlap.train.test")),
    Forgery("personal data removed", "records", "data.personal.test must be", dropped("data.personal.test")),
    Forgery("suspect labels removed", "records", "data.suspect_labels.train must be",
            dropped("data.suspect_labels.train")),
    Forgery("reload removed", "records", "reload.max_logit_difference must be", dropped("reload.max_logit_difference")),
    Forgery("overlap a gap", "records", "data.overlap.train.test is not measured", gap("data.overlap.train.test")),
    Forgery("near overlap a gap", "records", "data.near_overlap.train.test is not measured",
            gap("data.near_overlap.train.test")),
    Forgery("reload a gap", "records", "reload.label_agreement is not measured", gap("reload.label_agreement")),
    Forgery("training time a gap", "records", "training.seconds is not measured", gap("training.seconds")),
    Forgery("suspect labels a gap", "records", "data.suspect_labels.train is not measured",
            gap("data.suspect_labels.train"), on="token_run"),
    Forgery("head start a gap", "records", "adapter.head_start is not measured", gap("adapter.head_start")),
    Forgery("a rank that is a gap", "records", "adapter.rank is not measured", gap("adapter.rank"),
            besides=frozenset({"adapter", "settings"})),
    Forgery("sizes of updates a gap", "adapter", "examination.update_norms is not measured",
            both(gap("examination.update_norms"), gap("examination.layers"))),
    Forgery("seeds beside one seed", "records", "training.seeds is recorded, and the other", TWO_SEEDS),
    Forgery("an average of no seeds", "records", "training.soup is recorded, and the other",
            invented("training.stopped", id="training.soup", name="Seeds in the average",
                     value={"seeds": [1, 2], "validation": 0.9})),
    Forgery("a robustness that nobody asked about", "records", "robustness.typo is no record",
            invented("results.headline", id="robustness.typo", value=0.99)),
    Forgery("a factor of no file", "rows", "`data.factors` has gender, and no predictions file has",
            setting("data.factors", value=["length", "source", "gender"]), on="token_run",
            besides=frozenset({"settings"})),
    Forgery("less energy", "costs", "energy.training_kwh is (", less_energy),
    Forgery("a smaller sum", "costs", "energy.total_kwh is (", scaled("energy.total_kwh", 0.1)),
    Forgery("less carbon", "costs", "co2.table: FRA is", scaled("co2.table", 0.1)),
    Forgery("fewer grams", "costs", "co2.grams is (", scaled("co2.grams", 0.1), on="token_run"),
    Forgery("an idle processor", "costs", "environment.cpu_utilisation is",
            scaled("environment.cpu_utilisation", 0.1)),
    Forgery("stages longer than the run", "costs", "the stages took", shorter_hours),
    Forgery("a stage that took less", "costs", "the stages of run.stages took", a_quicker_stage),
    Forgery("a stage told twice", "costs", "run.stages is no table of stages", a_stage_twice),
    Forgery("steps among everything else", "costs", "s of steps", hidden_steps),
    Forgery("steps that no batch gives", "course", "steps are an epoch", steps_too_many),
    Forgery("an epoch that was not asked for", "course", "the recipe to 2", an_epoch_more),
    Forgery("an early end", "course", "the recipe asks for no early stopping",
            setting("training.stopped", value="early: no gain for 3 epochs")),
    Forgery("a better epoch", "kept epoch", "training.rescored_validation is 0.5", a_better_epoch),
    Forgery("a lower loss", "kept epoch", "the validation loss of epoch", a_lower_loss),
    Forgery("rows left out", "rows", "row 23 is told of, and 22 rows are", without_wrong_rows,
            besides=frozenset({"kept epoch", "data figures"})),
    Forgery("validation for a test", "rows", "test has the answers of validation", test_is_validation, on="token_run",
            besides=frozenset({"data figures"})),
    Forgery("validation left out", "kept epoch", "nothing of how the saved adapter answers validation", no_validation,
            besides=frozenset({"records"})),
    Forgery("a better seed", "kept epoch", "training.seeds has 0.9 of test for seed 1", a_better_seed, on="token_run"),
    Forgery("seeds that are not told of", "arithmetic", "training.seeds is of 9 seeds, and tells of 2",
            setting("training.seeds", n=9), on="token_run"),
    Forgery("seconds of the sum", "costs", "energy.total_kwh is said to be of 0.5 s", seconds_of_the_sum),
    Forgery("a latency outside its range", "arithmetic", "prediction.latency_ms is 0.001, and its range is",
            setting("prediction.latency_ms", value=0.001)),
    Forgery("rows a second of nobody", "arithmetic", "prediction.rows_per_second is not what prediction.speed tells",
            scaled("prediction.rows_per_second", 10.0)),
    Forgery("less memory", "arithmetic", "prediction.least_memory_bytes is 1000, and its range is",
            setting("prediction.least_memory_bytes", value=1000)),
    Forgery("a title", "arithmetic", "run.name is 'The best of all', the names of data, base and method give",
            setting("run.name", value="The best of all"), besides=frozenset({"evaluation records"})),
    Forgery("another version", "arithmetic", "run.tunecard_version is '0.1.0', software.tunecard give '9.9'",
            setting("software.tunecard", value="9.9")),
    Forgery("more tokens", "course", "training.tokens_per_second counts 1000000 tokens", more_tokens),
    Forgery("a histogram of other rows", "data figures", "data.train.length_histogram counts 999 rows",
            changed("data.train.length_histogram", counts=[999])),
    Forgery("labels of fewer rows", "data figures", "data.train.labels counts 2, data.train.rows says 72",
            setting("data.train.labels", value={"same": 1, "other": 1})),
    Forgery("entities of fewer rows", "data figures", "data.train.labels counts 3, data.train.entities says 96",
            setting("data.train.labels", value={"PER": 1, "LOC": 2}), on="token_run"),
    Forgery("fewer words", "data figures", "data.train.words is 10, 72 rows of 8 words", setting("data.train.words", value=10)),
    Forgery("more repeats than rows", "data figures", "data.overlap.train.test is 500 of 24 rows",
            setting("data.overlap.train.test", value=500)),
    Forgery("cuts that no length gives", "data figures", "data.train.truncated_rows is 5, the longest row has 32 tokens",
            setting("data.train.truncated_rows", value=5)),
    Forgery("letters twice", "data figures", "data.test.scripts has shares that sum to 2",
            setting("data.test.scripts", value={"Latin": 1.0, "Greek": 1.0})),
    Forgery("personal data in no row", "data figures", "data.personal.test tells of 0 rows of 24",
            changed("data.personal.test", found={"e-mail addresses": 3})),
    Forgery("a share of other labels", "data figures", "data.suspect_labels.train says 1 of 72, which is no share of",
            changed("data.suspect_labels.train", count=1, pairs=[])),
    Forgery("rows of another count", "data figures", "data.train.origin is of 9 rows, data.train.rows says 72",
            setting("data.train.origin", n=9)),
    Forgery("declared by somebody else", "settings", "is declared by 'A Notified Body', recipe.yaml names None",
            setting("declared.direct_use", method="declared by A Notified Body in recipe.yaml on 2026-11-29"),
            on="token_run"),
    Forgery("another region", "settings", "environment.region is 'Norway', recipe.yaml declares 'France'",
            setting("environment.region", value="Norway"), on="token_run", besides=frozenset({"costs"})),
]  # fmt: skip

# What the files say consistently, and a second go does not: each with the hash of the tokenizer written anew.
DEEP_FORGERIES = [
    Forgery("capitals kept, with the hash", "tokenizer again", "tokenizer_config.json: do_lower_case is",
            both(with_capitals, its_hash), besides=frozenset({"data"})),
    Forgery("another tokenizer, with its hash", "tokenizer again", "tokenizer.json: normalizer is",
            both(another_tokenizer, its_hash)),
    Forgery("another tokenizer_config, with its hash", "tokenizer again", "tokenizer_config.json: model_max_length is 4096",
            both(longer_reading, its_hash)),
    Forgery("another hash of the base's config", "base", "base_model.config_sha256 is",
            setting("base_model.config_sha256", value="0" * 64)),
    Forgery("another activation", "base", "config.json: hidden_act is 'relu'", another_activation),
    Forgery("a larger base", "base", "base_model.parameters is", a_larger_base),
    Forgery("longer texts", "base", "base_model.max_tokens is 8192", setting("base_model.max_tokens", value=8192)),
    Forgery("another architecture", "base", "base_model.architecture is 'Large'",
            setting("base_model.architecture", value="Large")),
    Forgery("a factor that the data has not", "data", "lacks columns that recipe.yaml names", a_factor_of_nobody),
    Forgery("another licence of the data", "data", "data.license is 'mit', the data at hand says 'cc-by-nc-4.0'",
            setting("data.license", status="declared", value="mit", reason=None, unit=None,
                    method="declared by metadata.json beside the data")),
    Forgery("annotators of nobody", "data", "data.annotators is 'Three linguists.', the data at hand declares nothing",
            setting("data.annotators", status="declared", value="Three linguists.", reason=None, unit=None,
                    method="declared by metadata.json beside the data")),
]  # fmt: skip

# What no check shows, as docs/verifying.md lists it: each passes every check, and all together pass `--deep`.
UNSEEN: dict[str, Change] = {
    "Rows that somebody made up": lambda run: None,  # the rows of these runs are made up
    "How it was trained": in_the_recipe(
        "weight_decay: 0.01", "weight_decay: 0.9", changed("training.hyperparameters", weight_decay=0.9),
        changed("training.rule", rank="found by long experiments"),
        setting("training.optimizer", value="Muon"), setting("training.path", value="on paper"),
    ),
    "The course of the training": a_lower_training_loss,
    "Seeds that were not kept": another_seed,
    "What training fits on the way": both(
        less_doubt, setting("training.head_probe", value=0.99), changed("fit.probe", score=0.99, C=1.0)
    ),
    "Time, memory and load": both(
        setting("training.peak_memory_bytes", value=1000), setting("prediction.load_seconds", value=0.4, interval=[0.3, 0.5]),
        setting("prediction.others_share", value=0.0), setting("environment.failed_attempts", value=7),
    ),
    "The machine and its software": both(
        setting("environment.processor", value="A large one"), setting("environment.cores", value=64),
        setting("software.torch", value="99.0"),
    ),
    "Dates": setting("run.date", value="2020-01-01"),
    "What a person declares": in_the_recipe(
        "direct_use: Tests.", "direct_use: Surgery.", setting("declared.direct_use", value="Surgery.")
    ),
    "Statements of data and base that lie elsewhere": both(
        setting("data.license", status="declared", value="mit", reason=None, unit=None,
                method="declared by metadata.json beside the data"),
        setting("base_model.is_local", value=False),
    ),
    "The files that the rows lay in": setting("data.columns", value={"tokens": "words", "tags": "labels"}),
    "Differences within the tolerance": both(a_little_surer, setting("reload.max_logit_difference", value=1e-9)),
}  # fmt: skip
