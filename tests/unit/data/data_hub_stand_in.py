"""The Hub's endpoints that reading a data set uses, on loopback: revisions of repositories in memory."""

from __future__ import annotations

import hashlib
import json
import re
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

from loopback import Loopback

Files = dict[str, bytes]
_INFO = re.compile(r"/api/datasets/([^/]+/[^/]+)(?:/revision/(.+))?$")
_FILE = re.compile(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)$")


class DataHub(Loopback):
    """`hub.repos["owner/name"]["main"]` are the files of a revision; `hub.seen` what was asked for."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, Files]] = {}
        self.seen: list[str] = []
        super().__init__(_Handler)

    def commit(self, repo: str, revision: str) -> str:
        content = repr(sorted(self.repos[repo][revision].items()))
        return hashlib.sha1((revision + content).encode()).hexdigest()

    def find(self, repo: str, revision: str) -> tuple[str, Files] | None:
        """The commit and the files of a revision, named or by its hash."""
        for name, files in self.repos.get(repo, {}).items():
            if revision in (name, self.commit(repo, name)):
                return self.commit(repo, name), files
        return None


class _Handler(BaseHTTPRequestHandler):
    stand_in: DataHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *_: object) -> None: ...

    def _answer(self, *, with_body: bool) -> None:
        path = urlsplit(self.path).path
        self.stand_in.seen.append(unquote(path))
        info, file = _INFO.match(path), _FILE.match(path)
        match = info or file
        repo, revision = (match[1], unquote(match[2] or "main")) if match else ("", "")
        found = self.stand_in.find(repo, revision)
        if found is None:
            code = "RevisionNotFound" if repo in self.stand_in.repos else "RepoNotFound"
            return self._send(404, b"{}", {"X-Error-Code": code}, with_body)
        commit, files = found
        if info:
            body = {"id": repo, "sha": commit, "siblings": [{"rfilename": name} for name in files]}
            return self._send(200, json.dumps(body).encode(), {"Content-Type": "application/json"}, with_body)
        name = unquote(file[3]) if file else ""
        if name not in files:
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}, with_body)
        etag = hashlib.sha1(files[name]).hexdigest()
        return self._send(200, files[name], {"ETag": f'"{etag}"', "X-Repo-Commit": commit}, with_body)

    def _send(self, status: int, body: bytes, headers: dict[str, str], with_body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)
