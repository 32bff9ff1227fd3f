"""The product with the options of `flask serve`, on data that a measurement has made."""

from __future__ import annotations

import signal
import sys
from typing import Any

from crm import create_app
from crm.cli.serve import _serve


def _stop(*_args: Any) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    app = create_app()
    with app.app_context():
        _serve(app, "127.0.0.1", int(sys.argv[1]))
