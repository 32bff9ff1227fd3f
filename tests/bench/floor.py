"""A floor of the measuring sticks behind the product's own server: same server, same options."""

from __future__ import annotations

import os
import sys
from typing import Any

#: As `flask serve` has them.
BLOCKING_THREADS = 64


def serve(kind: str, port: int) -> None:
    """Serve one kind of floor_app.py (work_full, work_pg, flask …) until stopped."""
    from granian.constants import HTTPModes, Interfaces
    from granian.server.mt import MTServer

    sys.path.insert(0, os.environ["BENCH"])
    from floor_app import make  # type: ignore[import-not-found]

    class InThisProcess(MTServer):  # type: ignore[misc]
        def _check_gil(self) -> None:
            pass

    app: Any = make(kind)
    server = InThisProcess(
        "floor:app",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        blocking_threads=BLOCKING_THREADS,
        log_enabled=False,
    )
    server.serve(target_loader=lambda: app, wrap_loader=False)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
