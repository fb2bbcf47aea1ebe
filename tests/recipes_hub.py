"""A Hub on loopback that holds what the shipped recipes name: data sets of the same shape, and a tiny base.

Columns, class names, configurations and splits are those of the real repositories; rows and weights are made here.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from transformers import RobertaConfig, RobertaForMaskedLM

from loopback import Loopback
from tiny_models import VOCABULARY, make_base

Files = dict[str, bytes]
MAIN, COPY = "main", "refs/convert/parquet"
BASE = "FacebookAI/roberta-large"
SIZES = {"train": 48, "validation": 12, "test": 6}
TWO = {
    "mrpc": ["not_equivalent", "equivalent"],
    "cola": ["unacceptable", "acceptable"],
    "sst2": ["negative", "positive"],
}
GLUE: dict[str, tuple[tuple[str, ...], list[str] | None]] = {
    "cola": (("sentence",), TWO["cola"]),
    "mnli": (("premise", "hypothesis"), ["entailment", "neutral", "contradiction"]),
    "mrpc": (("sentence1", "sentence2"), TWO["mrpc"]),
    "qnli": (("question", "sentence"), ["entailment", "not_entailment"]),
    "qqp": (("question1", "question2"), ["not_duplicate", "duplicate"]),
    "rte": (("sentence1", "sentence2"), ["entailment", "not_entailment"]),
    "sst2": (("sentence",), TWO["sst2"]),
    "stsb": (("sentence1", "sentence2"), None),
}
BIO = ("DNA", "protein", "cell_type", "cell_line", "RNA")
WNUT = ("corporation", "creative-work", "group", "location", "person", "product")
SCRIPTS: dict[str, tuple[str, str, tuple[str, ...]]] = {  # repository: configuration, column of tags, types
    "tner/bionlp2004": ("bionlp2004", "tags", BIO),
    "eriktks/conll2003": ("conll2003", "ner_tags", ("PER", "ORG", "LOC", "MISC")),
    "leondz/wnut_17": ("wnut_17", "ner_tags", WNUT),
    "ncbi/ncbi_disease": ("ncbi_disease", "ner_tags", ("Disease",)),
}
WORDS = ("cell", "gene", "river", "Ana", "Berlin", "plays", "music", "bank", "asks", "likes")


def commit_of(files: Files) -> str:
    return hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()


class RecipesHub(Loopback):
    """`hub.repos["datasets/owner/name"]["main"]` are the files of a revision; `hub.seen` the paths asked for."""

    def __init__(self, folder: Path) -> None:
        self.repos: dict[str, dict[str, Files]] = {f"models/{BASE}": {MAIN: base_files(folder)}}
        self.repos |= {"datasets/nyu-mll/glue": {MAIN: glue_files()}}
        self.repos |= {f"datasets/{name}": script_files(*told) for name, told in SCRIPTS.items()}
        self.seen: list[str] = []
        super().__init__(_Handler)

    def find(self, repo: str, revision: str) -> tuple[str, Files] | None:
        for name, files in self.repos.get(repo, {}).items():
            if revision in (name, commit_of(files)):
                return commit_of(files), files
        return None


class _Handler(BaseHTTPRequestHandler):
    stand_in: RecipesHub
    protocol_version = "HTTP/1.1"
    API = re.compile(r"/api/(models|datasets)/([^/]+/[^/]+?)(?:/revision/(.+))?$")
    TREE = re.compile(r"/api/(models|datasets)/([^/]+/[^/]+)/tree/([^/]+)(?:/(.+))?$")
    PATHS = re.compile(r"/api/(models|datasets)/([^/]+/[^/]+)/paths-info/([^/]+)$")
    FILE = re.compile(r"/(?:(datasets)/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)$")

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_POST = do_GET  # noqa: N815

    def _serve(self) -> None:
        path = urlsplit(self.path).path
        self.stand_in.seen.append(unquote(path))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        for pattern, answer in (
            (self.TREE, self._tree),
            (self.PATHS, self._paths),
            (self.FILE, self._file),
            (self.API, self._info),
        ):
            if match := pattern.match(path):
                groups = [unquote(part) if part else part for part in match.groups()]
                found = self.stand_in.find(f"{groups[0] or 'models'}/{groups[1]}", groups[2] or MAIN)
                if found is None:
                    self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
                else:
                    answer(*found, groups, body)
                return
        self._send(404, b"{}", {})

    def _info(self, commit: str, files: Files, groups: list[str], _: bytes) -> None:
        siblings = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
        self._json(
            {
                "id": groups[1],
                "sha": commit,
                "siblings": siblings,
                "private": False,
                "tags": [],
                "downloads": 0,
                "likes": 0,
            }
        )

    def _tree(self, commit: str, files: Files, groups: list[str], _: bytes) -> None:
        inside = f"{groups[3]}/" if groups[3] else ""
        below = {name.removeprefix(inside): content for name, content in files.items() if name.startswith(inside)}
        if "recursive=true" in urlsplit(self.path).query.lower():
            self._json([_entry(inside + name, content) for name, content in below.items()])
            return
        folders = dict.fromkeys(inside + name.partition("/")[0] for name in below if "/" in name)
        entries = [_entry(inside + name, content) for name, content in below.items() if "/" not in name]
        self._json([*({"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders), *entries])

    def _paths(self, commit: str, files: Files, groups: list[str], body: bytes) -> None:
        content = body.decode()
        asked = (
            json.loads(content)["paths"] if content.startswith("{") else re.findall(r"paths=([^&]+)", unquote(content))
        )
        self._json([_entry(name, files[name]) for name in asked if name in files])

    def _file(self, commit: str, files: Files, groups: list[str], _: bytes) -> None:
        if groups[3] not in files:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
            return
        content = files[groups[3]]
        self._send(200, content, {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": commit})

    def _json(self, content: Any) -> None:
        self._send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        first, last = 0, len(body) - 1
        if (asked := re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")) and status == 200 and body:
            first, last = int(asked[1]), min(int(asked[2] or last), last)
            status, headers = 206, {**headers, "Content-Range": f"bytes {first}-{last}/{len(body)}"}
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(last - first + 1)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            with suppress(ConnectionError):  # a client that knows enough hangs up
                self.wfile.write(body[first : last + 1])


def _entry(name: str, content: bytes) -> dict[str, Any]:
    return {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}


def base_files(folder: Path) -> Files:
    """A RoBERTa that reads 512 tokens, wide enough for the blocks and vectors of the recipes."""
    make_base(folder, positions=512)
    ids = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    sizes = {"hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 2, "num_attention_heads": 4}
    torch.manual_seed(0)
    RobertaForMaskedLM(
        RobertaConfig(**sizes, **ids, vocab_size=VOCABULARY, max_position_embeddings=514, type_vocab_size=1)
    ).save_pretrained(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def parquet(rows: list[dict[str, Any]], schema: pa.Schema) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema), stream)
    return stream.getvalue()


def noted(fields: list[pa.Field], features: dict[str, Any]) -> pa.Schema:
    """A schema with the note that the library `datasets` leaves."""
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def glue_files() -> Files:
    """nyu-mll/glue: parquet, a folder a configuration; the labels of its test rows are -1."""
    files, configs = {}, []
    for config, (columns, names) in GLUE.items():
        text = {"dtype": "string", "_type": "Value"}
        label = {"names": names, "_type": "ClassLabel"} if names else {"dtype": "float32", "_type": "Value"}
        features = {**dict.fromkeys(columns, text), "label": label, "idx": {"dtype": "int32", "_type": "Value"}}
        fields = [
            *(pa.field(name, pa.string()) for name in columns),
            pa.field("label", pa.int64() if names else pa.float32()),
        ]
        schema = noted([*fields, pa.field("idx", pa.int32())], features)
        parts = []
        for split in _splits(config):
            rows = [_pair(columns, names, row, split) for row in range(SIZES[split.partition("_")[0]])]
            files[f"{config}/{split}-00000-of-00001.parquet"] = parquet(rows, schema)
            parts.append(f"      - {{split: {split}, path: {config}/{split}-*}}")
        configs.append("\n".join([f"  - config_name: {config}", "    data_files:", *parts]))
    card = "---\nlicense: cc-by-4.0\nlanguage: [en]\nconfigs:\n" + "\n".join(configs) + "\n---\n# GLUE\n"
    return {"README.md": card.encode(), **files}


def _splits(config: str) -> list[str]:
    if config != "mnli":
        return ["train", "validation", "test"]
    return ["train", *(f"{split}_{kind}" for split in ("validation", "test") for kind in ("matched", "mismatched"))]


def _pair(columns: tuple[str, ...], names: list[str] | None, row: int, split: str) -> dict[str, Any]:
    count = len(names) if names else 6
    told = {
        name: f"{split} {row} {WORDS[(row + place) % 10]} {WORDS[row % count]}" for place, name in enumerate(columns)
    }
    label = -1 if split.startswith("test") else row % count
    return {**told, "label": label if names else float(label), "idx": row}


def script_files(config: str, column: str, types: tuple[str, ...]) -> dict[str, Files]:
    """A data set that is a script, with the Hub's own parquet copy; T-NER's names of tags stand in a file alone."""
    names = ["O", *(f"{mark}-{name}" for name in types for mark in "BI")]
    is_bare = column == "tags"
    value = {"dtype": "int32", "_type": "Value"} if is_bare else {"names": names, "_type": "ClassLabel"}
    text = {"dtype": "string", "_type": "Value"}
    features = {"tokens": {"feature": text, "_type": "Sequence"}, column: {"feature": value, "_type": "Sequence"}}
    schema = noted([pa.field("tokens", pa.list_(pa.string())), pa.field(column, pa.list_(pa.int64()))], features)
    main = {f"{config}.py": b"raise SystemExit", "README.md": b"---\nlicense: other\nlanguage: [en]\n---\n"}
    if is_bare:
        main["dataset/label.json"] = json.dumps({name: id for id, name in enumerate(names)}).encode()
    copies = {
        f"{config}/{split}/0000.parquet": parquet(
            [_sentence(column, len(types), row, split) for row in range(rows)], schema
        )
        for split, rows in SIZES.items()
    }
    return {MAIN: main, COPY: copies}


def _sentence(column: str, types: int, row: int, split: str) -> dict[str, Any]:
    kind = row % types
    return {
        "tokens": [split, str(row), WORDS[kind], WORDS[kind + 1], "."],
        column: [0, 0, 2 * kind + 1, 2 * kind + 2, 0],
    }
