"""The Hub's endpoints that a push uses, on loopback: repositories in memory, commits whole or refused, faults on order."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

from loopback import Loopback

TOKEN = "hf_" + "stand" * 5
LFS = (".safetensors", ".parquet", ".png")


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class Repo:
    """Files of the head, its id, and the commits as they came in."""

    private: bool
    files: dict[str, bytes] = field(default_factory=lambda: {".gitattributes": b"*.safetensors filter=lfs\n"})
    commits: list[dict[str, Any]] = field(default_factory=list)

    @property
    def head(self) -> str:
        return hashlib.sha1(repr((len(self.commits), sorted(self.files.items()))).encode()).hexdigest()


class HubStandIn(Loopback):
    """`hub.faults[route]` is a list of answers taken one by one before the true one: a status with a body, "drop",
    "lose" or "garble".

    Routes: whoami, create, validate, info, preupload, batch, upload, commit, resolve.
    """

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.large: dict[str, bytes] = {}
        self.faults: dict[str, list[Any]] = {}
        self.before: dict[str, Any] = {}
        self.seen: list[str] = []
        self.ignored: set[str] = set()
        super().__init__(_Handler)


class _Handler(BaseHTTPRequestHandler):
    stand_in: HubStandIn
    protocol_version = "HTTP/1.1"
    ROUTES = (
        ("whoami", "GET", r"/api/whoami-v2"),
        ("create", "POST", r"/api/repos/create"),
        ("validate", "POST", r"/api/validate-yaml"),
        ("preupload", "POST", r"/api/models/([^/]+/[^/]+)/preupload/main"),
        ("commit", "POST", r"/api/models/([^/]+/[^/]+)/commit/main"),
        ("info", "GET", r"/api/models/([^/]+/[^/]+)"),
        ("batch", "POST", r"/([^/]+/[^/]+)\.git/info/lfs/objects/batch"),
        ("upload", "PUT", r"/lfs/(\w+)"),
        ("resolve", "HEAD", r"/([^/]+/[^/]+)/resolve/\w+/(.+)"),
        ("resolve", "GET", r"/([^/]+/[^/]+)/resolve/\w+/(.+)"),
    )  # fmt: skip

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815

    def _serve(self) -> None:
        url = urlsplit(self.path)
        route, groups = next(
            (
                (name, found.groups())
                for name, method, pattern in self.ROUTES
                if method == self.command and (found := re.fullmatch(pattern, unquote(url.path)))
            ),
            (None, ()),
        )
        if route is None:  # the first request of a process makes huggingface_hub ask for a list of agents, once
            self._body()
            self._answer(404, {"error": "Not found"})
            return
        self.stand_in.seen.append(route)
        faults = self.stand_in.faults.get(route, [])
        fault = faults.pop(0) if faults else None
        if fault == "drop":  # the line breaks while the content is on its way
            self._hang_up()
            return
        body = self._body()
        if fault in ("lose", "garble"):  # the work is done, and the answer is lost or none that a client knows
            getattr(self, f"_{route}")(body, url.query, *groups)
            self._hang_up() if fault == "lose" else self._answer(200, b"<html>")
            return
        self._answer(*(fault or self._true_answer(route, body, url.query, groups)))

    def _true_answer(self, route: str, body: bytes, query: str, groups: tuple[str, ...]) -> tuple[Any, ...]:
        if route != "upload" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"error": "Invalid credentials in Authorization header"}
        if before := self.stand_in.before.pop(route, None):
            before()
        answer: tuple[Any, ...] = getattr(self, f"_{route}")(body, query, *groups)
        return answer

    def _hang_up(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _answer(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _whoami(self, *_: Any) -> tuple[Any, ...]:
        return 200, {"name": "ada", "type": "user", "orgs": []}

    def _create(self, body: bytes, _: str) -> tuple[Any, ...]:
        asked = json.loads(body)
        owner = asked["organization"] or "ada"
        if owner != "ada":
            return 403, {"error": f'You don\'t have the rights to create a model under the namespace "{owner}"'}
        name = f"{owner}/{asked['name']}"
        url = {"url": f"{self.stand_in.endpoint}/{name}"}
        if name in self.stand_in.repos:
            return 409, {"error": "You already created this model repo", **url}
        is_private = asked.get("private") is True or asked.get("visibility") == "private"
        self.stand_in.repos[name] = Repo(is_private)
        return 200, url

    def _validate(self, *_: Any) -> tuple[Any, ...]:
        return 200, {"errors": [], "warnings": []}

    def _info(self, _: bytes, __: str, name: str) -> tuple[Any, ...]:
        repo = self.stand_in.repos.get(name)
        if repo is None:
            return 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
        siblings = [self._sibling(path, content) for path, content in repo.files.items()]
        return 200, {"id": name, "sha": repo.head, "private": repo.private, "siblings": siblings}

    @staticmethod
    def _sibling(path: str, content: bytes) -> dict[str, Any]:
        record: dict[str, Any] = {"rfilename": path, "size": len(content), "blobId": git_hash(content)}
        if path.endswith(LFS):
            digest = hashlib.sha256(content).hexdigest()
            record |= {"blobId": "0" * 40, "lfs": {"sha256": digest, "size": len(content), "pointerSize": 130}}
        return record

    def _preupload(self, body: bytes, _: str, name: str) -> tuple[Any, ...]:
        return 200, {"files": [self._mode(name, record["path"]) for record in json.loads(body)["files"]]}

    def _mode(self, name: str, path: str) -> dict[str, Any]:
        there = self.stand_in.repos[name].files.get(path)
        is_large = path.endswith(LFS)
        oid = None if there is None else hashlib.sha256(there).hexdigest() if is_large else git_hash(there)
        mode = "lfs" if is_large else "regular"
        return {"path": path, "uploadMode": mode, "shouldIgnore": path in self.stand_in.ignored, "oid": oid}

    def _batch(self, body: bytes, _: str, __: str) -> tuple[Any, ...]:
        objects = json.loads(body)["objects"]
        for one in objects:
            if one["oid"] not in self.stand_in.large:
                one["actions"] = {"upload": {"href": f"{self.stand_in.endpoint}/lfs/{one['oid']}"}}
        return 200, {"transfer": "basic", "objects": objects}

    def _upload(self, body: bytes, _: str, oid: str) -> tuple[Any, ...]:
        if hashlib.sha256(body).hexdigest() != oid:
            return 400, {"error": "the content is not that of its hash"}
        self.stand_in.large[oid] = body
        return 200, b""

    def _commit(self, body: bytes, query: str, name: str) -> tuple[Any, ...]:
        repo = self.stand_in.repos[name]
        lines = [json.loads(line) for line in body.splitlines()]
        header = lines[0]["value"]
        is_pull_request = "create_pr=1" in query
        if header.get("parentCommit") not in (None, repo.head) and not is_pull_request:
            return 412, {"error": "A commit has happened since. Please refresh and try again."}
        files, added, deleted = dict(repo.files), {}, []
        for line in lines[1:]:
            path = line["value"]["path"]
            if line["key"] == "deletedFile":
                if path not in files:
                    return 404, {"error": "A file with this name doesn't exist"}, {"X-Error-Code": "EntryNotFound"}
                deleted.append(path)
                del files[path]
            elif line["key"] == "lfsFile":
                added[path] = self.stand_in.large[line["value"]["oid"]]
            else:
                added[path] = base64.b64decode(line["value"]["content"])
        record = {"added": added, "deleted": deleted, "header": header, "pull request": is_pull_request}
        if not is_pull_request:
            repo.files = files | added
        repo.commits.append(record)
        address = f"{self.stand_in.endpoint}/{name}"
        pull_request = f"{address}/discussions/1" if is_pull_request else None
        commit = {"commitUrl": f"{address}/commit/{repo.head}", "commitOid": repo.head, "pullRequestUrl": pull_request}
        return 200, {"success": True, **commit}

    def _resolve(self, _: bytes, __: str, name: str, path: str) -> tuple[Any, ...]:
        content = self.stand_in.repos[name].files[path]
        return 200, content, {"X-Repo-Commit": self.stand_in.repos[name].head, "ETag": f'"{git_hash(content)}"'}
