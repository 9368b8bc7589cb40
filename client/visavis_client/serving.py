"""A server of one's own for a visit: `visavis serve` as a child process on a free port."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from visavis_client.connection import VisitError

READY_S = 180.0  # models may have to be prepared once
STOP_S = 15.0  # a sentence may end
_READY = re.compile(r"visavis is ready after ([\d.]+) s: open (\S+)")


@dataclass(frozen=True)
class Server:
    """A running server. log: what it writes."""

    url: str
    pid: int
    log: Path
    loaded_s: float

    def resident_mb(self) -> float:
        """Memory held now, in MB (Linux)."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024 / 1e6

    def threads(self) -> int:
        """How many run now (Linux)."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Threads:"))

    def cpu_s(self) -> float:
        """Seconds of processor time used so far, threads included (Linux)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(log: Path, flags: Sequence[str] = ()) -> Iterator[Server]:
    """Start a server and stop it afterwards. log: file for what it writes. Raises VisitError with its own last line."""
    log.parent.mkdir(parents=True, exist_ok=True)
    program = Path(sys.executable).with_name("visavis")
    with log.open("w") as out:
        process = subprocess.Popen(
            [str(program), "serve", "--host", "127.0.0.1", "--port", "0", *flags], stdout=out, stderr=out
        )
    try:
        yield _when_ready(process, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _when_ready(process: subprocess.Popen[bytes], log: Path) -> Server:
    began = time.monotonic()
    while not (ready := _READY.search(log.read_text(errors="replace"))):
        if process.poll() is not None:
            told = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
            raise VisitError(f"the server did not start: {told[-1] if told else 'it said nothing'}")
        if time.monotonic() - began > READY_S:
            raise VisitError(f"the server was not ready after {READY_S:.0f} s: see {log}")
        time.sleep(0.05)
    return Server(ready[2].rstrip("/"), process.pid, log, float(ready[1]))
