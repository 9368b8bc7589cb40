"""One connection to a server: it can be hung up from any thread, and tells who is at the other end."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx

from visavis_models.errors import ModelError

CONNECT_S = 5.0  # a server on a reachable machine accepts within this


class Line:
    """A client with at most one connection, and that connection's socket."""

    def __init__(self, headers: dict[str, str], timeout_s: float, trust_env: bool) -> None:
        self.client = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s)),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30),
            trust_env=trust_env,
        )
        self.tracing = {"trace": self._trace}
        self._socket: socket.socket | None = None
        self.peer = ""
        self.check: Callable[[str], None] | None = None  # told the peer's address before anything is asked of it

    def hang_up(self) -> None:
        """Wake a thread that waits for the socket; a closed one would let it wait on."""
        if self._socket is not None:
            with suppress(OSError):  # already gone
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def __del__(self) -> None:
        self.client.close()

    def _trace(self, name: str, info: dict[str, Any]) -> None:
        if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            if name == "connection.connect_tcp.complete":
                self.peer = str(info["return_value"].get_extra_info("server_addr")[0])
                if self.check:
                    try:
                        self.check(self.peer)
                    except ModelError:
                        info["return_value"].close()
                        raise
