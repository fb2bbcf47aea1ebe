"""The functions of `tunecard`: what the command line does, for what Python has at hand.

Each imports what it needs when it is called: `import tunecard` costs milliseconds, `verify` and `audit` no torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.errors import MachineError, RecipeError, RunFolderError
from tunecard.pipeline.progress import SILENCE, ProgressListener

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from peft import PeftModel

    from tunecard.auditing import AuditReport
    from tunecard.bulk.wish import BulkReport
    from tunecard.evaluation.compared_runs import Comparison
    from tunecard.evidence import Finding, RunFolder
    from tunecard.examination import Probe, Subject
    from tunecard.exporting import Export
    from tunecard.inference import ManyAdapters, Predictor
    from tunecard.publishing import Published
    from tunecard.recipe import Recipe
    from tunecard.reproduction.evaluated import Evaluation
    from tunecard.reproduction.examining_again import Examination
    from tunecard.sweeping import Sweep
    from tunecard.sweeping.loops import Loop
    from tunecard.verification import Report
    from tunecard.verification.verify import Deep

FilePath = str | os.PathLike[str]
RUNS, SWEEPS = Path("runs"), Path("sweeps")
IN_MEMORY = "data in memory"


def run(
    recipe: FilePath | Mapping[str, Any] | Recipe,
    *,
    data: Mapping[str, Any] | None = None,
    out: FilePath | None = None,
    resume: bool = False,
    overwrite: bool = False,
    listener: ProgressListener = SILENCE,
) -> RunFolder:
    """From labelled data to an adapter with a full card.

    Args:
        recipe: a recipe file, a mapping like one, or a Recipe. Paths in a file are relative to its folder, in the
            others to the working directory.
        data: a `datasets.DatasetDict`, or splits by name, in the place of `data.source`.
        out: the folder to make; without it `runs/` and the name of the recipe file, or of the data.
        resume: goes on with a run that stopped.
        overwrite: clears what an earlier run left in `out`.
        listener: hears stages, steps and epochs.
    Returns: the folder with adapter, card and evidence; a notebook shows its card.
    Raises: TunecardError: bad input (all faults at once), a machine that cannot, or an interruption.
    """
    from tunecard.pipeline import run as run_recipe
    from tunecard.pipeline.in_memory import splits_of

    if resume and overwrite:
        raise RecipeError("resume goes on with a run and overwrite clears it. Give one of them.")
    if data is not None and isinstance(recipe, Mapping):
        recipe = {**recipe, "data": {"source": IN_MEMORY, **(recipe.get("data") or {})}}
    asked, base_folder, name = _read(recipe)
    target = RUNS / name if out is None else Path(out)
    splits = None if data is None else splits_of(data)
    folder: RunFolder = run_recipe(
        asked, out=target, base_folder=base_folder, data=splits, resume=resume, overwrite=overwrite, listener=listener
    )
    return folder


def complete(  # noqa: PLR0913 - each is an answer that a file may lack
    model: FilePath | PeftModel,
    dataset: Any,
    *,
    task: str | None = None,
    base: FilePath | None = None,
    labels: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    cluster: str | None = None,
    out: FilePath | None = None,
    record: FilePath | None = None,
    overwrite: bool = False,
    separator: str = "auto",
    encoding: str = "auto",
    labels_alike: str = "refuse",
    suites: Sequence[str | Mapping[str, Any]] = (),
    listener: ProgressListener = SILENCE,
) -> RunFolder:
    """A full card for an adapter that was made elsewhere with stock PEFT; nothing is trained.

    Args:
        model: the adapter's folder, or a PeftModel in memory, such as a Trainer's; its label names are then those of
            its config.
        dataset: labelled rows: a path, a Hub id, a `datasets.DatasetDict`, or a mapping of splits to paths or
            `datasets.Dataset`; one `datasets.Dataset` is the test split.
        task: the name of a task, a key of `tunecard.tasks.TASKS`; without it what adapter_config.json says.
        base: folder, Hub id or "embedded"; without it what the adapter names.
        labels: names in the order of their ids, where no file says them.
        columns: role to name, such as `{"text": "body"}`; guessed where the names are usual.
        cluster: a column whose equal values mark rows that belong together, such as those of one document.
        out: the folder to make; without it `runs/` and the adapter's name with "-completed".
        record: a folder that tells of the training (a Trainer's output_dir); the adapter's own is always read.
        overwrite: replaces what an earlier completion left in `out`.
        separator, encoding: of files of rows, where they are not found: ";", "windows-1252".
        labels_alike: "merge" takes labels for one that differ only in case, blanks or Unicode form.
        suites: files of behavioural tests in CheckList's form, paths or mappings of `path` and `labels`, as
            `evaluation.suites` of a recipe has them.
        listener: hears stages.
    Returns: the folder with the adapter, its card and evidence.
    Raises: TunecardError: what does not fit or is not known; nothing is written then.
    """
    from tunecard.pipeline import Completion
    from tunecard.pipeline import complete as complete_adapter
    from tunecard.pipeline.in_memory import adapter_folder, splits_of

    with adapter_folder(model) as folder:
        name = Path(folder).resolve().name if isinstance(model, str | os.PathLike) else "adapter"
        asked = Completion(
            adapter=folder,
            data=splits_of(dataset),
            out=RUNS / f"{name}-completed" if out is None else Path(out),
            task=task,
            base=None if base is None else str(base),
            labels=labels,
            columns=columns,
            cluster=cluster,
            record=None if record is None else Path(record),
            overwrite=overwrite,
            separator=separator,
            encoding=encoding,
            labels_alike=labels_alike,
            suites=suites,
        )
        made: RunFolder = complete_adapter(asked, listener)
    return made


def evaluate(  # noqa: PLR0913 - an option of the command each
    folder: FilePath,
    data: Any = None,
    *,
    split: str | None = None,
    config: str | None = None,
    columns: Mapping[str, str] | None = None,
    labels: Sequence[str] | None = None,
    factors: Sequence[str] = (),
    cluster: str | None = None,
    name: str | None = None,
    overwrite: bool = False,
    base: FilePath | None = None,
    device: str = "auto",
    precision: str = "fp32",
    separator: str = "auto",
    encoding: str = "auto",
    labels_alike: str = "refuse",
    listener: ProgressListener = SILENCE,
) -> Evaluation:
    """Scores labelled rows of your own with a saved adapter, beside what its author recorded.

    Args:
        folder: of a run. Nothing in it changes; what is found is kept in `evaluations/`, outside its manifest.
        data: a path, a Hub id, a `datasets.Dataset` or `DatasetDict`, or splits by name; None predicts the author's
            own rows again, where recipe.yaml still finds them.
        split: which split of the data; without it the first with labels of test, validation and train.
        config: the configuration of a Hub data set that has several, or the sheet of a workbook.
        columns: role to name, such as `{"text": "body"}`; else as the adapter's own rows had them, or by usual names.
        labels: names in the order of the numbers, where rows hold numbers in their place.
        factors: columns that slice the scores.
        cluster: a column whose equal values mark rows that belong together, such as those of one document.
        name: of the evaluation; without it the data's, numbered where it is taken.
        overwrite: replaces an earlier evaluation of that name.
        base, device, precision: as `load` takes them.
        separator, encoding, labels_alike: as `complete` takes them.
        listener: hears stages.
    Returns: the scores, the author's, and their differences, each with its interval; a notebook shows them as a table.
    Raises: TunecardError: rows, labels, base or folder that do not fit, told before anything is written.
    """
    from tunecard.pipeline.in_memory import splits_of
    from tunecard.reproduction.evaluating import Asked
    from tunecard.reproduction.evaluating import evaluate as evaluate_rows
    from tunecard.reproduction.own_rows import OwnRows

    rows = None
    if data is not None:
        rows = OwnRows(
            splits_of(data), split, config, columns or {}, labels, factors, cluster, separator, encoding, labels_alike
        )  # fmt: skip
    elif split or config or columns or labels or factors or cluster:
        raise RecipeError(
            "split, config, columns, labels, factors and cluster are for rows of your own. Give data, too."
        )
    asked = Asked(Path(folder), rows, name, overwrite, None if base is None else str(base), device, precision)
    return evaluate_rows(asked, listener)


def load(folder: FilePath, base: FilePath | None = None, device: str = "auto", precision: str = "fp32") -> Predictor:
    """Loads an adapter for predicting; strict about base, labels and keys.

    Args:
        folder: with adapter_config.json, adapter_model.safetensors and config.json.
        base: folder, Hub id or "embedded"; without it the base that adapter_config.json names.
        device: auto, cpu, cuda, cuda:1 or mps.
        precision: "fp32", or "int8": linear layers are multiplied in int8, which makes few answers others; the
            predictor's `changed` says how many the run counted.
    Returns: what predicts; its `unchecked` says what was taken on trust where the folder has no evidence.json.
    Raises:
        RunFolderError: no such folder, or an evidence.json that cannot be read.
        AdapterError: another base, other or permuted labels, missing, unexpected or shape-changed keys; all named.
        BaseModelError: the base cannot be found or is no encoder.
        MachineError: no such device, products that it does not compute, or the Hub cannot be reached.
    """
    from tunecard.inference import load as load_one

    return load_one(Path(folder), None if base is None else str(base), device, precision)


def predict_by_ray(  # noqa: PLR0913 - an option of the command each
    folder: FilePath,
    source: FilePath,
    out: FilePath,
    *,
    address: str | None = None,
    base: FilePath | None = None,
    device: str = "auto",
    columns: Mapping[str, str] | None = None,
    only_predictions: bool = False,
    separator: str = "auto",
    encoding: str = "auto",
    precision: str = "fp32",
) -> BulkReport:
    """Predicts a file, or a folder of part files, on any number of processes and machines by Ray Data.

    Rows, their order and columns are those of `tunecard predict`. What is done is kept in shards: a call after one that
    was stopped or killed computes only what is missing.

    Args:
        folder, base, device, precision: as `load` takes them.
        source: a file that `tunecard predict` reads, or a folder of part files of one kind.
        out: a .jsonl, .csv or .parquet file, or a folder with a part file for each of the input's.
        address: HOST:PORT of a Ray cluster, or "auto"; without it Ray is started on this machine and ended again.
        columns: role to column; else as the adapter was made with, or by usual names.
        only_predictions: leaves the input's columns out, `id` aside.
        separator, encoding: of files that do not tell them.
    Returns: how many rows there are, how many of them are errors, and how many this call computed.
    Raises:
        RunFolderError: `out` was begun with another model, input or options, or is in use.
        DataError, AdapterError, BaseModelError: as of `load`, and rows or columns that do not fit.
        MachineError: packages are missing, or no Ray answers at the address.
        Interrupted: what is done is kept.
    """
    from tunecard.data.readers.options import ReadingOptions

    with _extra_for("--ray", "ray"):
        import ray  # noqa: F401 - whether it is there, before what takes long
    with _extra_for("--ray"):
        from tunecard.bulk.predicting import predict_by_ray as predict
        from tunecard.bulk.wish import Wish
    reading = ReadingOptions(separator, encoding)
    of_base = None if base is None else str(base)
    wish = Wish(Path(folder), Path(source), Path(out), address, of_base, device, columns, only_predictions, reading)
    return predict(replace(wish, precision=precision))


def load_many(folders: Sequence[FilePath], base: FilePath | None = None, device: str = "auto") -> ManyAdapters:
    """Loads plain LoRA adapters of one task over one base, for rows that each have their own.

    Args:
        folders: as `load` takes them; one or more. The base's weights are in memory once.
        base, device: as `load` takes them; without a base the one that the first folder names.
    Returns: what predicts; an adapter is named by its folder.
    Raises: as `load`; AdapterError also where base, task, keys or method do not fit. All folders at once.
    """
    from tunecard.inference import load_many as load_all

    return load_all([Path(folder) for folder in folders], None if base is None else str(base), device)


def verify(
    folder: FilePath,
    *,
    deep: bool = False,
    data: str | None = None,
    base: str | None = None,
    policy: FilePath | None = None,
    key: FilePath | None = None,
) -> Report:
    """Asks whether a run folder is consistent with its own evidence; nothing that stands in it is run.

    Args:
        folder: of a run, from anywhere.
        deep: also predicts again, runs the get-started code, reloads with stock PEFT.
        data, base: with `deep`, where the rows and the base lie; without them as recipe and adapter say.
        policy: a file of rules in YAML that the folder must keep besides.
        key: file of the public key that must have signed it.
    Returns: the report; `ok` is False only if a check failed. What could not be checked is listed as such.
    Raises:
        RecipeError: `data` or `base` without `deep`, or no such rules.
        RunFolderError: no run folder.
        SigningError: the key cannot be read.
        MachineError: `deep` needs packages that are not there.
    """
    from tunecard.verification import read_policy
    from tunecard.verification import verify as check

    if not deep and (data is not None or base is not None):
        raise RecipeError("data and base are for deep=True. Give it, or leave them out.")
    rules = None if policy is None else read_policy(Path(policy))
    return check(Path(folder), _deep(data, base) if deep else None, rules, None if key is None else Path(key))


@contextmanager
def _extra_for(what: str, extra: str = "train") -> Iterator[None]:
    """Around imports. Raises: MachineError: a package that the extra brings is missing."""
    try:
        yield
    except ImportError as error:
        raise MachineError(
            f"{what} needs the extra: pip install 'tunecard[{extra}]' ({error.name} is missing)."
        ) from error


def _deep(data: str | None, base: str | None) -> Deep:
    with _extra_for("--deep"):
        from tunecard.reproduction.deep_checks import DeepVerification
    return DeepVerification(data, base)


def examine(
    folder: FilePath,
    *,
    probes: Sequence[str | Probe | Callable[[Subject, int], list[Finding]]] | None = None,
    budget: int | None = None,
    data: str | None = None,
    base: str | None = None,
    suites: Sequence[str | Mapping[str, Any]] = (),
) -> Examination:
    """Asks the saved adapter of a run folder again, and writes evidence and card with what probes found.

    Args:
        folder: of a run or a completion.
        probes: names, objects that keep the promise of `tunecard.examination.Probe`, or functions of a subject and a
            budget that return findings `examination.own.NAME`; None asks all that are known.
        budget: forward passes of all of them together; None takes the recipe's.
        data, base: where rows and base lie; without them as recipe and adapter say.
        suites: files of behavioural tests in the place of those that recipe.yaml names, which is written anew; paths,
            or mappings of `path` and `labels`.
    Returns: what each probe spent and found.
    Raises:
        RecipeError: a name that no probe has, or a suite that cannot be read.
        RunFolderError: no run folder.
        AdapterError, DataError: base or rows are not there, or are others; nothing is written then.
        MachineError: packages that it needs are not there.
    """
    with _extra_for("examine"):
        from tunecard.examination.registry import chosen_probes
        from tunecard.reproduction.examining_again import examine_folder
    return examine_folder(Path(folder), chosen_probes(probes), budget, data, base, suites)


def export(
    folder: FilePath, out: FilePath, format: str = "safetensors", *, data: str | None = None, base: str | None = None
) -> Export:
    """Hands the adapter of a run folder over in a form that others load, compared with it on the rows it was judged on.

    Args:
        folder: of a run or a completion.
        out: the folder to make.
        format: "safetensors" (merged in fp32, a plain model of transformers), "onnx", "onnx-int8", or "peft-0.7.1".
        data, base: where rows and base lie; without them as recipe and adapter say.
    Returns: where it lies, how many rows were compared, the largest difference of a logit, and how many answers flip.
    Raises:
        RecipeError: no such format. RunFolderError: no run folder, or `out` is there already.
        AdapterError, DataError: base or rows are not there or are others, or the method has no such form.
        CheckFailed: answers are others in the new form; then nothing is written.
        MachineError: packages that it needs are not there.
    """
    with _extra_for("export"):
        from tunecard.exporting import export_folder, format_named
    return export_folder(Path(folder), Path(out), format_named(format), data=data, base=base)


def export_space(folder: FilePath, out: FilePath, *, base: str | None = None, allow: Sequence[str] = ()) -> Path:
    """Writes a Gradio Space: a page to try the adapter of a run folder, on the Hub or by `python app.py`.

    Args:
        folder: of a run or a completion.
        out: the folder to make.
        base: where the base lies; without it as the adapter says. A base that is on no Hub goes into the Space.
        allow: texts that the search for private things lets pass.
    Returns: `out`.
    Raises:
        RunFolderError: no run folder, or `out` is there already. AdapterError, BaseModelError: base or adapter are not
            there or are others. CheckFailed, PrivacyError: what `push` would refuse. Then nothing is written.
    """
    from tunecard.exporting import export_space as export

    return export(Path(folder), Path(out), base=base, allow=allow)


def sweep(  # noqa: PLR0913 - what is tried, where, by whom
    recipe: FilePath | Mapping[str, Any],
    over: Mapping[str, Sequence[Any]],
    *,
    out: FilePath | None = None,
    resume: bool = False,
    stop_early: bool = False,
    ray: str | None = None,
    listener: ProgressListener = SILENCE,
) -> Sweep:
    """Trains a recipe with every combination of some settings, and compares them on validation; test is never read.

    Args:
        recipe: a recipe file, or a mapping like one.
        over: key to the values to try, such as `{"adapter.rank": [4, 8], "training.seed": [1, 2]}`.
        out: the folder to make, with a run folder a combination; without it `sweeps/` and the recipe's name.
        resume: goes on with a sweep that stopped.
        stop_early: ends trainings that score below the median of those before them (ASHA).
        ray: makes trials on Ray's workers, many at once (extra `ray`): "local" for those of this machine, or the
            address of a cluster, "HOST:PORT" or "auto". All machines must see folder and data by the same paths.
        listener: hears stages, steps and epochs.
    Returns: all settings, best first, with paired differences, what they cost, and which of them to take. Values of
        `training.seed` are tries of the other settings, which are then compared by their means.
    Raises: TunecardError: a combination that cannot be (told before any is trained), a machine that cannot, or an
        interruption.
    """
    from tunecard.sweeping import settings_of
    from tunecard.sweeping import sweep as try_settings

    settings = settings_of(over)
    _, base_folder, name = _read(recipe)
    return try_settings(
        lambda options: _read(recipe, options)[0],
        settings,
        SWEEPS / name if out is None else Path(out),
        base_folder=base_folder,
        resume=resume,
        stop_early=stop_early,
        loop=None if ray is None else _over_ray(ray),
        listener=listener,
    )


def _over_ray(address: str) -> Loop:
    with _extra_for("sweep --ray", "ray"):
        from tunecard.sweeping.over_ray import OverRay
    return OverRay(address)


def audit(paths: FilePath | Sequence[FilePath], require: Sequence[str] | None = None) -> AuditReport:
    """How complete and how valid is any model card, field by field of the Hub's template? Works offline.

    Args:
        paths: a card (.md), a folder with a README.md or with such folders below, or several of them.
        require: only these states count as filled, such as `["measured", "declared"]`; without it all but `empty`.
    Returns: one audit a card.
    Raises: DataError: a path holds no card, or `require` names no state.
    """
    from tunecard.auditing import audit_cards

    several = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    return audit_cards(several, None if require is None else frozenset(require))


def compare(*folders: FilePath, split: str | None = None, metric: str | None = None) -> Comparison:
    """Which of several runs is better on the same rows, and what differs between them? Needs no torch.

    Args:
        folders: of two runs or more; completed adapters are runs, too. Nothing in them is changed.
        split: the one to compare on; without it the test split, or validation where not every run has that.
        metric: key of a measure of the task, such as "macro_f1"; without it the task's headline.
    Returns: the score of each run, every paired difference with interval and p value (adjusted by Holm for all pairs),
        and the records that have another value.
    Raises:
        RunFolderError: what is no run folder, whose predictions are withheld, unlabelled or not those of its evidence,
            or which is of other rows, gold labels, label sets or tasks; all folders at once.
        RecipeError: the task has no such measure.
    """
    from tunecard.evaluation.compared_runs import compare_runs

    return compare_runs([Path(folder) for folder in folders], split=split, metric=metric)


def sign(folder: FilePath, key: FilePath, *, model_signing: bool = False) -> str:
    """Signs a run folder that verifies: who stands behind these bytes. Writes manifest.json.sig.

    Args:
        folder: of a run.
        key: file of a private key, Ed25519 or ECDSA on P-256; its password is taken from TUNECARD_KEY_PASSWORD.
        model_signing: writes OpenSSF's signature as well, `model.sig` (ECDSA keys only).
    Returns: the fingerprint of the key.
    Raises:
        RunFolderError: the folder does not verify, or is none.
        SigningError: the key cannot be read or cannot sign.
    """
    from tunecard.signing import sign_folder, sign_model
    from tunecard.verification import verify as check

    checks = check(Path(folder)).checks
    failed = [one.name for one in checks if one.ok is False and not one.name.endswith("signature")]
    if failed:
        raise RunFolderError(
            f"does not verify ({', '.join(failed)}), so it is not signed. `tunecard verify {folder}` tells more.",
            place=str(folder),
        )
    if model_signing:  # first, since it takes fewer kinds of keys: a refusal leaves nothing half-signed
        sign_model(Path(folder), Path(key))
    return sign_folder(Path(folder), Path(key))


def push(  # noqa: PLR0913 - an option of the command each
    folder: FilePath,
    repo: str,
    *,
    public: bool = False,
    without_predictions: bool = False,
    create_pr: bool = False,
    allow: Sequence[str] = (),
    allow_text: bool = False,
    api: HfApi | None = None,
) -> Published:
    """Puts a run folder on the Hub in one commit, after `verify` and a search for what is private.

    Args:
        folder: of a run. Nothing in it is changed.
        repo: `owner/name`, or `name` under the owner of the token. It is made where it does not exist.
        public: whether anyone may see it; without it a public repository is refused and a new one is private.
        without_predictions: keeps `predictions/` here; a reader's `verify` then says that they are withheld.
        create_pr: opens a pull request instead of committing to main.
        allow: texts that the search lets pass wherever they stand; keys and tokens never pass.
        allow_text: lets rows of the data pass.
        api: a client of the Hub with an endpoint or token of its own.
    Returns: the commit, and what stayed here.
    Raises:
        CheckFailed: the folder is not consistent with its evidence.
        RunFolderError: no run folder, or metadata that the Hub would refuse.
        PrivacyError: something private stands in a file; all finds at once.
        HubError, MachineError: the Hub refuses, or cannot be reached.
    """
    from tunecard.publishing import push as publish

    return publish(
        folder, repo, public=public, without_predictions=without_predictions, create_pr=create_pr, allow=allow,
        allow_text=allow_text, api=api,
    )  # fmt: skip


def _read(
    recipe: FilePath | Mapping[str, Any] | Recipe, settings: Sequence[str] = ()
) -> tuple[Recipe, Path, str]:  # fmt: skip
    """The recipe with `key=value` settings over it, what its paths are relative to, and a name for its run."""
    from tunecard.adapters.methods.recipes import check_recipe, read_recipe
    from tunecard.recipe import Recipe

    if isinstance(recipe, str | os.PathLike):
        from tunecard.data.path_kinds import other_kind
        from tunecard.shipped import path_of, shipped_name

        path = Path(recipe)
        if (name := shipped_name(path)) is not None:
            return read_recipe(path_of(name), settings), Path(), name
        if (said := other_kind(path, ("recipe",), "a recipe is needed")) is not None:
            raise RecipeError(said, place=str(path))
        return read_recipe(path, settings), path.parent, path.stem
    checked = recipe if isinstance(recipe, Recipe) else check_recipe(recipe, settings=settings)
    source = checked.data.source
    return checked, Path(), Path(source).stem if isinstance(source, str) and Path(source).stem else "recipe"
