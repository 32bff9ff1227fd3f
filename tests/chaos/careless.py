"""A server that answers captures before it has committed them: the run must catch it."""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from crm import create_app
from crm.cli.serve import _serve
from tests.phones import CAPTURES


class AnswersEarly:
    """Around the app: says «applied» at once, and hands the request on afterwards."""

    def __init__(self, wsgi: Any) -> None:
        self.wsgi = wsgi
        self.later: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._work, daemon=True).start()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != CAPTURES:
            return self.wsgi(environ, start)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.later.put(environ | {"wsgi.input": BytesIO(body)})
        names = [one["capture_id"] for one in json.loads(body)["captures"]]
        said = json.dumps({"results": [{"capture_id": n, "verdict": "applied"} for n in names]})
        head = [("Content-Type", "application/json"), ("Content-Length", str(len(said)))]
        start("200 OK", head)
        return [said.encode()]

    def _work(self) -> None:
        while True:
            environ = self.later.get()
            time.sleep(0.05)
            list(self.wsgi(environ, lambda *_said: None))


if __name__ == "__main__":
    app = create_app()
    app.wsgi_app = AnswersEarly(app.wsgi_app)  # type: ignore[method-assign]
    with app.app_context():
        _serve(app, "127.0.0.1", int(sys.argv[1]))
