"""A server on loopback whose handler knows the stand-in that it answers for."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Loopback:
    """Serves from its making until `close`; `endpoint` is its address."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        bound: Any = type("Handler", (handler,), {"stand_in": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), bound)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
