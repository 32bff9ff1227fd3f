"""CPU of a capture and of a list beside the floor's, and sixteen writers at once."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from tests import postgres
from tests.bench import sticks
from tests.bench.figures import Figures
from tests.bench.phones import PARTIAL, capture
from tests.bench.places import Place, postmaster_of
from tests.bench.processes import ROOT, Server, running

FLOOR = str(ROOT / "tests" / "bench" / "floor.py")


def measure(
    figures: Figures,
    place: Place,
    floor_data: Path,
    seconds: float,
    rounds: int,
    cluster: postgres.Cluster | None = None,
) -> None:
    """Print requests per CPU second of ours as a share of the floor's."""
    engine, kind = ("postgresql", "work_pg") if cluster else ("sqlite", "work_full")
    environment = {"BENCH": str(sticks.folder()), "FLOOR_DB": str(floor_data / "floor.db")}
    others: tuple[int, ...] = ()
    if cluster:
        url = cluster.create("floor").replace("postgresql://", "postgresql+psycopg://")
        environment["FLOOR_PG"] = url
        others = (postmaster_of(cluster),)
    least = {"capture": 0.55 if cluster else 0.60, "list": 0.55 if cluster else 0.50}
    with ExitStack() as stack:
        ours = stack.enter_context(running(**place.served()))
        floor = stack.enter_context(
            running([sys.executable, FLOOR, kind, "{port}"], environment, "/list", others)
        )
        one = _Pair(figures, place, ours, floor, engine, floor_data, seconds, rounds)
        one.capture(least["capture"])
        one.list("list_partial", {**PARTIAL}, least["list"])
        one.list("list_page", {}, least["list"])
        if not cluster:
            _writers(figures, place, ours, floor_data, seconds)


class _Pair:
    """Our server and the floor's, measured in turn."""

    def __init__(
        self,
        figures: Figures,
        place: Place,
        ours: Server,
        floor: Server,
        engine: str,
        folder: Path,
        seconds: float,
        rounds: int,
    ) -> None:
        self.figures, self.place, self.engine, self.folder = figures, place, engine, folder
        self.ours, self.floor = ours, floor
        self.common = [
            "--seconds",
            f"{seconds:g}",
            "--rounds",
            str(rounds),
            "--conc",
            "1",
            "--a-pids",
            sticks.pids(ours.pids),
            "--b-pids",
            sticks.pids(floor.pids),
            "--a-label",
            "ours",
            "--b-label",
            "floor",
            "--a-cookie-file",
            str(_file(folder, "cookie", place.cookies["rep"])),
            "--a-header",
            "Sec-Fetch-Site: same-origin",
            "--expect",
            "200,201",
        ]

    def capture(self, least: float) -> None:
        floor_body = json.dumps({"contact_id": 5, "kind": "call", "body": "Spoke about price"})
        self._told(
            "capture",
            least,
            [
                "--a",
                f"{self.ours.url}/api/v1/captures",
                "--b",
                f"{self.floor.url}/log",
                "--method",
                "POST",
                "--a-body-file",
                str(_file(self.folder, "ours.json", body_of(self.place))),
                "--b-body-file",
                str(_file(self.folder, "floor.json", floor_body)),
            ],
        )

    def list(self, name: str, headers: dict[str, str], least: float) -> None:
        more = [
            word for key, value in headers.items() for word in ("--a-header", f"{key}: {value}")
        ]
        self._told(
            name,
            least,
            [
                "--a",
                f"{self.ours.url}/people?tab=contacts",
                "--b",
                f"{self.floor.url}/list",
                *more,
            ],
        )

    def _told(self, name: str, least: float, words: list[str]) -> None:
        try:
            said = sticks.figures(sticks.call("ab.py", *words, *self.common))
        except RuntimeError as error:
            self.figures.note(f"cost.{self.engine}.{name} not measured: {error}")
            return
        if said["ours.bad"] or said["floor.bad"]:
            self.figures.note(f"cost.{self.engine}.{name}: not every answer was as expected")
            return
        self.figures.add(
            f"cost.{self.engine}.{name}.cpu",
            said["ours.cpu_ms_per_req"],
            unit="ms",
            least=least,
            floor=said["floor.cpu_ms_per_req"],
            ratio=said["ratio.per_cpu"],
        )


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def body_of(place: Place) -> str:
    """Return a capture whose ids the stick makes anew for each request."""
    message = json.loads(capture(place.ids["rep"], place.ids["contact"])())
    (envelope,) = message["captures"]
    envelope["capture_id"] = envelope["body"]["id"] = "{uuid}"
    return json.dumps(message)


def _writers(figures: Figures, place: Place, ours: Server, folder: Path, seconds: float) -> None:
    said = sticks.figures(
        sticks.call(
            "bench.py",
            "--url",
            f"{ours.url}/api/v1/captures",
            "--label",
            "w",
            "--conc",
            "16",
            "--method",
            "POST",
            "--body-file",
            str(_file(folder, "ours.json", body_of(place))),
            "--cookie-file",
            str(folder / "cookie"),
            "--header",
            "Sec-Fetch-Site: same-origin",
            "--seconds",
            f"{max(5, seconds):g}",
            "--n",
            "3",
            "--expect",
            "200",
        )
    )
    figures.add("writers.16.p99", said["w.p99_ms"], unit="ms", most=250)
    figures.add("writers.16.per_second", said["w.req_s"])
    figures.add("writers.16.refused", said["w.bad"], most=0)
