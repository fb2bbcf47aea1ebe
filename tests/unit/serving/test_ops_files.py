"""The files that operators take: every figure they name is told by the server, every command is one of ours, and what
runs is held as tightly as it says."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tunecard.cli.app import build_command
from tunecard.serving.limits import Limits
from tunecard.serving.measures import Measures

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
PORT = "8000"
LABELS_OF_A_SCRAPE = {"job", "instance"}
NAME = re.compile(r"(?<![\w:$])(tunecard_\w+)(?:\{([^}]*)\})?")


def told() -> dict[str, set[str]]:
    """Every sample that a server tells, with its labels, once each kind of thing has happened."""
    measures = Measures()
    measures.request("/predict", 200, 0.1)
    measures.batch(3, 0.1)
    return {sample.name: set(sample.labels) for family in measures.families() for sample in family.samples}


def named(expression: str) -> list[tuple[str, set[str]]]:
    """Figures in an expression of Prometheus with the labels that are asked of each, its grouping included.

    >>> ((name, labels),) = named('sum by (le, path) (rate(tunecard_a_bucket{status="1"}[5m])) > job:tunecard_b')
    >>> name, sorted(labels)
    ('tunecard_a_bucket', ['le', 'path', 'status'])
    """
    grouped = {label.strip() for group in re.findall(r"\bby \(([^)]*)\)", expression) for label in group.split(",")}
    return [
        (name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", within or "")) | grouped)
        for name, within in NAME.findall(expression)
    ]


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def board() -> dict[str, Any]:
    content = json.loads((DEPLOY / "grafana" / "dashboards" / "tunecard.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def asked_by_the_board() -> list[str]:
    return [target["expr"] for panel in board()["panels"] for target in panel["targets"]]


def test_every_figure_in_rules_and_dashboard_is_told_with_these_labels() -> None:
    known = told()
    asked = [pair for one in [*(rule["expr"] for rule in rules()), *asked_by_the_board()] for pair in named(one)]
    assert len(asked) > 30
    assert sorted({name for name, _ in asked} - known.keys()) == []
    for name, labels in asked:
        assert labels <= known[name] | LABELS_OF_A_SCRAPE, (name, labels)
    variables = [one["definition"] for one in board()["templating"]["list"] if "definition" in one]
    assert variables and {name for one in variables for name, _ in named(one)} <= known.keys()


def test_a_figure_that_is_not_told_would_be_found() -> None:
    assert named("rate(tunecard_gone_total[1m])") == [("tunecard_gone_total", set())]
    assert "tunecard_gone_total" not in told() and "tunecard_requests_total" in told()


def test_recorded_series_that_alerts_read_are_recorded() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    alerts = [rule for rule in rules() if "alert" in rule]
    read = {name for rule in alerts for name in re.findall(r"\bjob:\w+:\w+", rule["expr"])}
    assert read and read <= recorded
    for rule in alerts:
        assert rule["labels"]["severity"] in ("page", "ticket") and rule["for"], rule
        assert {"summary", "description"} <= rule["annotations"].keys()


def test_the_queue_alert_stands_below_the_bounds() -> None:
    (rule,) = [rule for rule in rules() if rule.get("alert") == "TunecardQueueNearFull"]
    tokens, rows = map(int, re.findall(r"> (\d+)", rule["expr"]))
    assert (tokens, rows) == (0.8 * Limits().queue_tokens, 0.8 * Limits().queue_rows)


def test_the_dashboard_is_one_of_grafanas() -> None:
    content = board()
    ids = [panel["id"] for panel in content["panels"]]
    assert content["schemaVersion"] >= 36 and len(ids) == len(set(ids))
    places = [panel["gridPos"] for panel in content["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells)), "panels lie over each other"
    assert all(panel["description"] and panel["datasource"]["uid"] == "${source}" for panel in content["panels"])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_the_rules() -> None:
    rules_file = DEPLOY / "prometheus" / "rules.yml"
    done = subprocess.run(["promtool", "check", "rules", rules_file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def instructions(name: str = "Dockerfile") -> list[tuple[str, str]]:
    """A Dockerfile's, in order, continued lines joined."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (DEPLOY / name).read_text(encoding="utf-8")).replace("\\\n", " ")
    return [(line.partition(" ")[0], " ".join(line.split()[1:])) for line in text.splitlines() if line.strip()]


def last(instruction: str) -> str:
    return [rest for name, rest in instructions() if name == instruction][-1]


def options_of(command: list[str]) -> dict[str, Any]:
    """What `tunecard serve` would be called with. Raises: where it would refuse the words."""
    group: Any = build_command()
    context = group.commands["serve"].make_context("serve", list(command))
    assert isinstance(context.params, dict)
    return context.params


def test_the_image_starts_the_server_as_no_root() -> None:
    program, sub = json.loads(last("ENTRYPOINT"))
    options = options_of(json.loads(last("CMD")))
    assert program == "/opt/tunecard/bin/tunecard" and sub == "serve"
    assert str(options["port"]) == last("EXPOSE") == PORT and options["host"] == "0.0.0.0"
    assert options["token_file"] == Path("/run/secrets/token") and options["directories"] == [Path("/adapters")]
    user, _, group = last("USER").partition(":")
    assert int(user) > 1000 and int(group) > 1000 and last("STOPSIGNAL") == "SIGTERM"
    assert instructions()[-1][0] == "CMD" and "HF_HUB_OFFLINE=1" in last("ENV")


def test_the_image_asks_its_own_readiness() -> None:
    _, python, flag, code = json.loads("[" + json.dumps("CMD") + ", " + last("HEALTHCHECK").partition("CMD [")[2])
    compile(code, "healthcheck", "exec")
    assert flag == "-c" and f"127.0.0.1:{PORT}/readyz" in code and python == "/opt/tunecard/bin/python"
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert compose["services"]["tunecard"]["healthcheck"]["test"] == ["CMD", python, flag, code]


def test_what_the_image_is_made_of_is_there_and_pinned() -> None:
    sent = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")}
    stages = {rest.rpartition(" AS ")[2] for name, rest in instructions() if name == "FROM"}
    for rest in [rest for name, rest in instructions() if name == "COPY"]:
        *sources, _ = [word for word in rest.split() if not word.startswith("--")]
        if "--from=" in rest:
            assert re.findall(r"--from=(\S+)", rest)[0] in stages
            continue
        assert all((ROOT / source).exists() and source in sent for source in sources), rest
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    runs = " ".join(rest for name, rest in instructions() if name == "RUN")
    assert all(re.search(rf"(?m)^{name}==", constraints) for name in ("torch", "build", "hatchling"))
    extras = re.findall(r"\.whl\)\[([\w,]+)\]", runs)[0].split(",")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(extras) <= project["optional-dependencies"].keys() and runs.count("--constraint") == 2
    needed = {project["readme"], *project["license-files"], "CHANGELOG.md", "pyproject.toml", "src"}
    assert needed <= sent


def test_the_containers_hold_little() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    ours = compose["services"]["tunecard"]
    assert ours["read_only"] is True and ours["secrets"] == ["token"] and "token" in compose["secrets"]
    assert float(ours["stop_grace_period"].rstrip("s")) > 2 * Limits().drain_seconds
    for service in compose["services"].values():
        assert (
            service["cap_drop"] == ["ALL"]
            and service["mem_limit"]
            and "no-new-privileges:true" in service["security_opt"]
        )
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        bound = [mount for mount in service["volumes"] if isinstance(mount, dict)]
        assert all(mount["read_only"] for mount in bound)
        shipped = [mount["source"] for mount in bound if mount["source"].startswith("./")]
        assert all((DEPLOY / source).exists() for source in shipped)


def unit() -> dict[str, list[str]]:
    lines = (DEPLOY / "tunecard.service").read_text(encoding="utf-8").splitlines()
    found: dict[str, list[str]] = {}
    for key, _, value in (line.partition("=") for line in lines if re.match(r"[A-Z]\w+=", line)):
        found.setdefault(key, []).append(value)
    return found


def test_the_service_starts_the_server_and_waits_for_its_end() -> None:
    settings = unit()
    given = dict(word.split("=", 1) for line in settings["Environment"] for word in shlex.split(line))
    given["CREDENTIALS_DIRECTORY"] = "/run/credentials"
    command = shlex.split(re.sub(r"\$\{(\w+)\}", lambda found: given[found[1]], settings["ExecStart"][0]))
    options = options_of(command[2:])
    assert command[:2] == ["/opt/tunecard/bin/tunecard", "serve"] and options["host"] == "127.0.0.1"
    name = settings["LoadCredential"][0].partition(":")[0]
    assert options["token_file"] == Path("/run/credentials") / name
    # Requests in flight, and then what the model still computes, have so long each.
    assert float(settings["TimeoutStopSec"][0]) > 2 * Limits().drain_seconds and settings["KillSignal"] == ["SIGTERM"]
    for key in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "ProtectHome", "PrivateDevices"):
        assert settings[key] == ["yes"], key
    assert settings["ProtectSystem"] == ["strict"] and settings["CapabilityBoundingSet"] == [""]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_service_and_finds_it_tight(tmp_path: Path) -> None:
    text = (DEPLOY / "tunecard.service").read_text(encoding="utf-8")
    for file in (tmp_path / "tunecard.service",):
        file.write_text(text.replace("/opt/tunecard/bin/tunecard", "/bin/true"))
        verified = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
        assert (verified.returncode, verified.stderr) == (0, "")
        judged = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", file],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        exposure = float(re.findall(r"Overall exposure level for \S+: ([\d.]+)", judged.stdout)[0])
        assert judged.returncode == 0 and exposure <= 2.0, judged.stdout[-300:]
