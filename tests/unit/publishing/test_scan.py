"""What must not go up is found wherever it stands; what only looks like it is let pass."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, PngImagePlugin

from hub_stand_in import HubStandIn
from tunecard.errors import PrivacyError
from tunecard.evidence import RunFolder
from tunecard.publishing import Published
from tunecard.publishing.privacy import names, report, scan
from tunecard.publishing.privacy.names import machine_patterns
from tunecard.publishing.privacy.patterns import CHECKPOINT, EMAIL, HOST, PATH, SECRET, TEXT, USER

MIXED = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1bC3dE5f"  # keys are put together here, so that no search finds this file
PRIVATE = {
    PATH: [
        "/home/ada/x", "/root/.cache/huggingface", "/tmp/run-1/out", "/srv/shared/data", "/Users/ada/Desktop/run",
        "/mnt/disk/data.csv", "C:\\Users\\ada\\run", "D:/data/ada/train.csv", "\\\\server\\share\\ada", "file:///srv/x",
        "/cluster7/people/ada/train.csv", "/data/x (see /data/x)", "PATH=/usr/bin:/opt/conda/bin", "C:\\\\Users\\\\ada\\\\x",
    ],
    SECRET: [
        "hf_" + MIXED[:34], "sk-" + MIXED, "sk-ant-" + MIXED, "sk-proj-" + MIXED, "ghp_" + MIXED[:36],
        "github_pat_" + MIXED, "glpat-" + MIXED[:20], "AKIA" + "IOSFODNN7EXAMPLE", "-----BEGIN " + "RSA PRIVATE KEY-----",
        "-----BEGIN " + "PRIVATE KEY-----", "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkw.SflKxwRJSMeKKF2QT4",
        "xoxb-" + "123456789012-abcdefghij", "AIza" + MIXED[:35], f"api_key: {MIXED[:24]}", f'"token": "{MIXED[:24]}"',
        f"WANDB_API_KEY={'0123456789abcdef' * 2}01234567", f"secret = '{MIXED[:24]}'", f"https://ada:{MIXED[:9]}@host.org/x",
        f"password:{MIXED[:22]}",
    ],
    EMAIL: ["ada@lovelace.org", "Ada <a.b+c@mail.uni-x.ac.uk>", "mailto:ada@lovelace.org"],
}  # fmt: skip
HARMLESS = [
    "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2", "https://example.org/home/ada/x.json",
    "sha256 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", "evidence.json#L12",
    "base_model.model.encoder.layer.0.attention.self.query.lora_A.weight", "text/plain", "and/or", "A/B/C",
    "predictions/test.parquet", "./data/train.csv", "../shared/data/x", "data/train-00000-of-00001.parquet", "~/runs/x",
    "@misc{hu2021lora,", "@article{reimers2019sentence,", "ada@example.org", "git@github.com:x/y.git", "logo@2x.png",
    "base@1110a243fdf4706b3f48f1d95db1a4f5529b4d41", "/proc/cpuinfo and /sys/class/powercap", "token: [MASK]",
    '"mask_token": "<mask>"', '"tokenizer.sha256": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"',
    "key: train-00000-of-00001-extra", "</data></home>", "results/test/f1", "12:30", "Note:\n/ a slash",
    "[12]: evidence.json#L1704 \"results.test.f1 = 0.741\"", "<https://github.com/UKPLab/sentence-transformers>",
    "tokens: 1234567890123456789012345", "query, key, value: attention.output.dense", "labels /art/music, /person/actor",
    "tokens_per_second", "10 km/h", "//comment", "s3://bucket/data/x", "hf://datasets/x", "https://arxiv.org/abs/1706.04599",
    "secret sharing", "password: required", "keywords = {adapter, low-rank adaptation, encoder}",
]  # fmt: skip


def kinds(text: str, suffix: str = ".md") -> set[str]:
    return {find.kind for find in scan({f"x{suffix}": text.encode()})}


@pytest.mark.parametrize("suffix", [".yaml", ".md", ".json", ".html"])
@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in PRIVATE.items() for text in texts])
def test_what_is_private_is_found(kind: str, text: str, suffix: str) -> None:
    written = json.dumps({"a": text}) if suffix == ".json" else text
    if suffix == ".html":
        written = text.replace("<", "&lt;").replace("/", "&#47;")
    for line in (written, f"see {written}.", f"`{written}`"):
        assert kinds(line, suffix) == {kind}, line


@pytest.mark.parametrize("suffix", [".yaml", ".md", ".json", ".html"])
@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_passes(text: str, suffix: str) -> None:
    written = json.dumps({"a": text}) if suffix == ".json" else text
    for line in (written, f"see {written}.", f"({written})"):
        assert kinds(line, suffix) == set(), line


def test_escapes_hide_nothing() -> None:
    assert kinds(r'{"a": "\/home\/ada\/x"}', ".json") == kinds('{"a": "\\u002fhome\\u002fada"}', ".json") == {PATH}
    assert kinds(r'{"a": "x\n/home/ada"}', ".json") == {PATH}
    assert kinds(r"ada\@lovelace.org") == {EMAIL}
    assert kinds("C:&#92;Users&#92;ada") == {PATH}


def test_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(names.getpass, "getuser", lambda: "lovelace")
    monkeypatch.setattr(names.Path, "home", lambda: Path("/people/ada/lovelace"))
    monkeypatch.setattr(names.socket, "gethostname", lambda: "difference-engine.example")
    machine = machine_patterns(tmp_path / "run")

    def found(text: str, **rest: object) -> list[str]:
        return [find.kind for find in scan({"x.md": text.encode()}, machine=machine, **rest)]  # type: ignore[arg-type]

    assert found("made by lovelace") == [USER] and found("on difference-engine, really") == [HOST]
    assert found("in /people/ada/lovelace/x") == [PATH] and found(f"in {tmp_path}/run") == [PATH]
    assert found("lovelaces and lovelace_x and in-difference-engines") == []
    assert found("by Ada lovelace", declared=["Ada lovelace"]) == found("lovelace", allowed=["lovelace"]) == []
    vocabulary = json.dumps({"vocab": {"lovelace": 1, "/home/ada": 2}}).encode()
    assert scan({"tokenizer.json": vocabulary}, machine=machine) == []
    assert [find.kind for find in scan({"lovelace.json": b"{}"}, machine=machine)] == [USER]


@pytest.mark.parametrize("user", ["root", "user", "admin", "ubuntu", "runner", "ab"])
def test_a_common_name_counts_in_a_path_only(user: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(names.getpass, "getuser", lambda: user)
    monkeypatch.setattr(names.Path, "home", lambda: Path("/home") / user)
    monkeypatch.setattr(names.socket, "gethostname", lambda: "localhost")
    machine = machine_patterns(tmp_path)
    finds = scan({"x.md": f"the {user} of localhost\nin /home/{user}/x".encode()}, machine=machine)
    assert [(find.kind, find.place) for find in finds] == [(PATH, "line 2")]


def test_a_declared_address_passes_and_a_declared_key_does_not() -> None:
    assert scan({"x.md": b"write to ada\\@lovelace.org"}, declared=["Ada, ada@lovelace.org"]) == []
    assert scan({"x.md": b"write to bob@lovelace.org"}, declared=["Ada, ada@lovelace.org"])
    key = "hf_" + MIXED[:34]
    assert scan({"x.md": key.encode()}, declared=[key], allowed=[key])


def test_lines_columns_headers_and_pictures_are_named(tmp_path: Path) -> None:
    table = pa.table({
        "row": [0, 1, 2], "label": [["O"], ["O", "B-DNA"], ["/home/ada/x"]], "prediction": [["O"]] * 3,
        "factor.theme": ["a", "ada@lovelace.org", "a"],
    }).replace_schema_metadata({"made in": "/tmp/build/x"})  # fmt: skip
    (tmp_path / "predictions").mkdir()
    pq.write_table(table, tmp_path / "predictions/test.parquet")
    header = json.dumps({"__metadata__": {"from": "/home/ada/base"}}).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 64)
    note = PngImagePlugin.PngInfo()
    note.add_text("Source", "/home/ada/figure.py", zip=True)
    note.add_itxt("Author", "ada@lovelace.org")
    Image.new("L", (1, 1)).save(tmp_path / "a.png", pnginfo=note)
    (tmp_path / "a.bin").write_bytes(b"\x80\x02\xff/home/ada/training\xff")
    (tmp_path / "a.md").write_text("one\ntwo /home/ada/x\n\n/home/ada/x ada@lovelace.org\n")
    files = {path.relative_to(tmp_path).as_posix(): path for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    finds = scan(files)
    assert [(find.file, find.place, find.kind) for find in finds] == [
        ("a.bin", "inside", PATH), ("a.md", "line 2", PATH), ("a.md", "line 4", PATH), ("a.md", "line 4", EMAIL),
        ("a.png", "metadata", PATH), ("a.png", "metadata", EMAIL), ("a.safetensors", "header", PATH),
        ("predictions/test.parquet", "schema", PATH), ("predictions/test.parquet", "column label, row 3", PATH),
        ("predictions/test.parquet", "column factor.theme, row 2", EMAIL),
    ]  # fmt: skip
    said = "\n".join(report(finds))
    assert "a.md lines 2, 4: an absolute path (/ho..., 11 characters). Declare data" in said
    assert "ada/" not in said and "lovelace" not in said


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("checkpoint-500/a.json", CHECKPOINT), ("optimizer.pt", CHECKPOINT), ("trainer_state.json", CHECKPOINT),
        ("training_args.bin", CHECKPOINT), ("train.csv", TEXT), ("data/test.jsonl", TEXT), ("notes.txt", TEXT),
    ],
)  # fmt: skip
def test_what_must_not_be_there_at_all(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    assert [(find.kind, find.place) for find in scan({name: path})] == [(kind, "the file")]
    assert (scan({name: path}, allows_text=True) == []) == (kind == TEXT)


@pytest.mark.parametrize(
    ("column", "place"),
    [
        ({"text": ["a sentence"] * 70}, "column text"),
        ({"tokens": [["a", "b"]] * 70}, "column tokens"),
        ({"factor.sentence": [f"sentence {i}" for i in range(70)]}, "column factor.sentence"),
        ({"factor.sentence": [*["a"] * 69, "long " * 20]}, "column factor.sentence, row 70"),
    ],
)
def test_predictions_hold_no_text(column: dict[str, list], place: str, tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    pq.write_table(pa.table({"row": range(70), "label": ["x"] * 70, "prediction": ["x"] * 70, **column}), path)
    files = {"predictions/test.parquet": path}
    assert [(find.kind, find.place) for find in scan(files)] == [(TEXT, place)]
    assert scan(files, allows_text=True) == []


@pytest.mark.parametrize(
    ("raw", "is_found"), [("[the text is not shipped: row 3 of the source split]", False), ("Dear Ada, ...", True)]
)
def test_rows_of_an_evaluation_s_record_hold_no_text(raw: str, is_found: bool, tmp_path: Path) -> None:
    path = tmp_path / "0_samples.jsonl"
    path.write_text(json.dumps({"input": {"raw": raw, "reference": ["good"]}}) + "\n")
    files = {"every_eval_ever/data/a/b/c/0_samples.jsonl": path}
    assert [(find.kind, find.place) for find in scan(files)] == ([(TEXT, "line 1")] if is_found else [])
    assert scan(files, allows_text=True) == []


@pytest.mark.parametrize(
    "piece",
    [
        "/",
        "-/",
        "a/",
        "/home/a",
        "a@",
        "a.",
        "a@b.",
        "\\",
        "C:\\a\\",
        "eyJ",
        "token=a",
        "key",
        "hf_",
        "_",
        "http://a:",
        "\n",
    ],
)
def test_a_long_row_of_one_thing_takes_no_long_time(piece: str) -> None:
    """Ten times the time that it takes on a slow machine, and a tenth of what a quadratic search would take."""
    text = (piece * (200_000 // len(piece))).encode()
    start = time.perf_counter()
    scan({"x.yaml": text})
    assert time.perf_counter() - start < 20


def test_a_find_stops_the_push(
    send: Callable[..., Published], hub: HubStandIn, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunecard.publishing.path.check_consistency", lambda *_: None)  # the search comes after it
    folder.recipe.write_text("data:\n  source: /home/ada/data\ncard:\n  contact: ada@lovelace.org # bob@lovelace.org\n")
    (folder.path / "notes.json").write_text('{"by": "ada@lovelace.org",\n "token": "hf_' + MIXED[:34] + '"}')
    folder.write_manifest()
    with pytest.raises(PrivacyError) as caught:
        send()
    assert str(caught.value) == "\n".join([
        f"3 problems in {folder.path}",
        "  notes.json line 2: a key or token (hf_a..., 37 characters). Take it out and revoke it: treat it as lost.",
        "  recipe.yaml line 2: an absolute path (/hom..., 14 characters). Declare data and bases by Hub id or relative "
        "path, then run again (`tunecard card` after a declaration).",
        "  recipe.yaml line 4: an e-mail address (bob@..., 16 characters). Declare it in the recipe (card.contact) if it "
        "is meant to be public, or take it out. Nothing was sent.",
    ])  # fmt: skip
    assert not hub.seen and caught.value.exit_code == 2
    (folder.path / "notes.json").unlink()
    folder.write_manifest()
    assert send(allow=["/home/ada/data", "bob@lovelace.org"]).is_new
