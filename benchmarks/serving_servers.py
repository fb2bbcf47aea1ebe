"""The servers that are measured: ours, and two as they are usually written with FastAPI. Each runs until it is told to stop.

`pipeline`: transformers' pipeline over every adapter merged into a model of its own, in FastAPI's threads. `set-adapter`: one PEFT
model a task with all adapters in it; a lock, `set_adapter`, and the pipeline over that model. Heads of fewer labels are filled up,
since PEFT gives all heads of a model one size. All get the same number of torch's threads.
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rounds import silent_libraries
from serving_folders import LABELS

OURS, PIPELINE, SET_ADAPTER = "ours", "pipeline", "set-adapter"
SIDES = (OURS, PIPELINE, SET_ADAPTER)
MOST_LABELS = max(max(counts) for counts in LABELS.values())
NEVER = -1e4  # the logit of a label that an adapter does not have
CLASSES = {"SEQ_CLS": "AutoModelForSequenceClassification", "TOKEN_CLS": "AutoModelForTokenClassification"}
PIPELINES = {"SEQ_CLS": "text-classification", "TOKEN_CLS": "token-classification"}
Predict = Callable[[str, list[str]], list[Any]]


def run_server(side: str, work: Path) -> None:
    """One side over the folders of `server.json`."""
    told = json.loads((work / "server.json").read_text())
    folders = [Path(path) for path in told["folders"]]
    _import_all()
    Path(told["mark"]).write_text(str(time.time()))
    if side == OURS:
        serve_ours(folders, told["port"])
        return
    load = {PIPELINE: load_pipelines, SET_ADAPTER: load_set_adapter}[side]
    with silent_libraries():
        predict = load(folders, work)
    serve_with_fastapi(predict, told["port"])


def _import_all() -> None:
    """What every side needs, so that seconds after it are its own."""
    import peft  # noqa: F401
    import torch
    import transformers.models.bert.modeling_bert  # noqa: F401
    import uvicorn  # noqa: F401

    import tunecard.serving.server  # noqa: F401

    torch.set_num_interop_threads(1)


def serve_ours(folders: Sequence[Path], port: int) -> None:
    """`tunecard serve DIR... --port PORT`."""
    from tunecard.cli import main

    sys.argv = ["tunecard", "serve", *map(str, folders), "--port", str(port)]
    main()


def serve_with_fastapi(predict: Predict, port: int) -> None:
    """As FastAPI's own examples do it: a function that blocks, which FastAPI calls in one of its threads."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    class Asked(BaseModel):
        inputs: list[str]
        adapter: str

    app = FastAPI()

    def answer(asked: Asked) -> list[Any]:
        return predict(asked.adapter, asked.inputs)

    answer.__annotations__ = {"asked": Asked}  # they are text in this file, which FastAPI cannot read inside a function
    app.post("/predict")(answer)
    app.get("/readyz")(lambda: {"ready": True})
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def load_pipelines(folders: Sequence[Path], work: Path) -> Predict:
    """A merged model and a pipeline an adapter."""
    from peft import PeftModel

    pipes = {}
    for folder in folders:
        facts = _facts(folder)
        model = PeftModel.from_pretrained(_base(facts, len(facts["labels"])), folder).merge_and_unload()
        model.config.id2label = dict(enumerate(facts["labels"]))
        pipes[folder.name] = _pipe(facts["kind"], model)
    return lambda name, inputs: _plain(pipes[name](inputs))


def load_set_adapter(folders: Sequence[Path], work: Path) -> Predict:
    """One model a task, whose adapter is set for each request under a lock."""
    facts = {folder.name: _facts(folder) for folder in folders}
    models = {kind: _with_adapters(kind, folders, facts, work) for kind in CLASSES}
    pipes = {kind: _pipe(kind, model.base_model.model) for kind, model in models.items() if model is not None}
    lock = threading.Lock()

    def predict(name: str, inputs: list[str]) -> list[Any]:
        labels, kind = facts[name]["labels"], facts[name]["kind"]
        with lock:
            models[kind].set_adapter(name, inference_mode=True)
            pipes[kind].model.config.id2label = dict(enumerate(labels)) | dict.fromkeys(
                range(len(labels), MOST_LABELS), ""
            )
            return [[one for one in answer if one.get("label") != ""] for answer in _plain(pipes[kind](inputs))]

    return predict


def _with_adapters(kind: str, folders: Sequence[Path], facts: Mapping[str, Any], work: Path) -> Any:
    """PEFT's model with every adapter of a kind; None where there is none."""
    from peft import PeftModel

    own = [folder for folder in folders if facts[folder.name]["kind"] == kind]
    model: Any = None
    for folder in own:
        filled = _filled_up(folder, work / "filled" / folder.name)
        if model is None:
            model = PeftModel.from_pretrained(_base(facts[folder.name], MOST_LABELS), filled, adapter_name=folder.name)
        else:
            model.load_adapter(filled, adapter_name=folder.name)
    return None if model is None else model.eval()


def _filled_up(folder: Path, target: Path) -> Path:
    """The adapter with a head of the most labels."""
    import torch
    from safetensors.torch import load_file, save_file

    if target.is_dir():
        return target
    tensors = load_file(folder / "adapter_model.safetensors")
    for name in [name for name in tensors if "classifier" in name]:
        more = MOST_LABELS - len(tensors[name])
        fill = torch.full((more, *tensors[name].shape[1:]), NEVER if name.endswith("bias") else 0.0)
        tensors[name] = torch.cat([tensors[name], fill])
    target.mkdir(parents=True)
    save_file(tensors, target / "adapter_model.safetensors")
    shutil.copy(folder / "adapter_config.json", target)
    return target


def _facts(folder: Path) -> dict[str, Any]:
    names = json.loads((folder / "config.json").read_text())["id2label"]
    config = json.loads((folder / "adapter_config.json").read_text())
    return {"labels": [names[str(number)] for number in range(len(names))], "kind": config["task_type"]}


def _base(facts: Mapping[str, Any], labels: int) -> Any:
    import transformers

    from tunecard.encoders import locate_base

    auto = getattr(transformers, CLASSES[facts["kind"]])
    return auto.from_pretrained(locate_base("embedded").folder, num_labels=labels)


def _pipe(kind: str, model: Any) -> Any:
    """The pipeline that gives what our server gives: every label's score, or whole entities."""
    import transformers

    from tunecard.encoders import locate_base

    tokenizer = transformers.AutoTokenizer.from_pretrained(locate_base("embedded").folder)
    asked = {"top_k": None} if kind == "SEQ_CLS" else {"aggregation_strategy": "simple"}
    return transformers.pipeline(PIPELINES[kind], model=model.eval(), tokenizer=tokenizer, **asked)


def _plain(answers: Sequence[Any]) -> list[Any]:
    """As JSON can have them."""
    return [
        [{key: value if isinstance(value, str) else _number(value) for key, value in one.items()} for one in answer]
        for answer in answers
    ]


def _number(value: Any) -> float | int | None:
    return value if value is None or isinstance(value, int) else float(value)
