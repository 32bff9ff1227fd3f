"""Power cuts: what was written is replayed up to anywhere, and what was not synced goes wrong."""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path

from crm import create_app
from crm.database import sqlite_module
from tests import crowd
from tests.bench.processes import ROOT

DATABASE, ACKED = "hamrah.sqlite3", "acked"
#: What a disk writes whole.
SECTOR = 512
_LINE = struct.Struct("=IIQQ")
CAPTURES = 600


class Missing(Exception):
    """There is no C compiler here."""


@dataclass
class Tally:
    """What the databases said after their power cuts."""

    cuts: int = 0
    lost: int = 0
    damaged: list[str] = field(default_factory=list)


@dataclass
class File:
    """A file as it is on the platter, and the writes that are only on their way."""

    durable: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for at, data in self.waiting:
            _apply(self.durable, at, data)
        self.waiting.clear()

    def cut(self, chance: random.Random) -> bytearray:
        """Return what is left of it when the power goes now."""
        left, kept = bytearray(self.durable), chance.choice(_WAYS)
        for at, data in kept(self.waiting, chance):
            _apply(left, at, data)
        return left


def _apply(content: bytearray, at: int, data: bytes | None) -> None:
    """Write `data` at its place; None cuts the file off there."""
    if data is None:
        del content[at:]
        content.extend(bytes(at - len(content)))
        return
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


Writes = list[tuple[int, bytes | None]]


def _none(_waiting: Writes, _chance: random.Random) -> Writes:
    return []


def _all(waiting: Writes, _chance: random.Random) -> Writes:
    return waiting


def _some(waiting: Writes, chance: random.Random) -> Writes:
    """Whole writes lost, the later ones perhaps there before the earlier."""
    return [one for one in waiting if chance.random() < 0.5]


def _last(waiting: Writes, chance: random.Random) -> Writes:
    """In the wrong order: the last ones arrived, the first did not."""
    return waiting[chance.randrange(len(waiting) + 1) :]


def _torn(waiting: Writes, chance: random.Random) -> Writes:
    """Sectors of each write, whichever the disk came to."""
    share, parts = chance.random(), Writes()
    for at, data in waiting:
        if data is None:
            parts += [(at, None)] if chance.random() < share else []
            continue
        for start in range(0, len(data), SECTOR):
            if chance.random() < share:
                parts.append((at + start, data[start : start + SECTOR]))
    return parts


_WAYS = (_none, _all, _some, _last, _torn, _torn)


def operations(log: bytes) -> Iterator[tuple[str, str, int, bytes]]:
    """Yield (operation, file name, offset, bytes) in the order in which they were done."""
    names: dict[int, str] = {}
    at = 0
    while at < len(log):
        op, number, offset, length = _LINE.unpack_from(log, at)
        at += _LINE.size
        data = log[at : at + length]
        at += length
        if chr(op) in "OU":
            names[number] = Path(data.decode()).name
        yield chr(op), names[number], offset, data


def replay(folder: Path, cuts: int, seed: str) -> Tally:
    """Cut the power so often, each time anywhere, and read what is left."""
    chance, tally = random.Random(seed), Tally()
    done = list(operations((folder / "writes").read_bytes()))
    points = sorted(chance.choices(range(len(done)), k=cuts))
    files = {DATABASE: File(bytearray((folder / "base").read_bytes()))}
    acked: list[str] = []
    with tempfile.TemporaryDirectory(dir=_quick_disk()) as place:
        for n, (op, name, offset, data) in enumerate(done):
            while points and points[0] == n:
                points.pop(0)
                _look(tally, Path(place), files, acked, chance)
            if name == ACKED and op == "W":
                acked += data.decode().split("\n")[:-1]
            elif name.startswith(DATABASE) and not name.endswith("-shm"):
                _do(files, op, name, offset, data)
    return tally


def _quick_disk() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _do(files: dict[str, File], op: str, name: str, offset: int, data: bytes) -> None:
    file = files.setdefault(name, File())
    if op == "W":
        file.waiting.append((offset, data))
    elif op == "T":
        file.waiting.append((offset, None))
    elif op == "S":
        file.sync()
    elif op == "U":
        del files[name]


def _look(
    tally: Tally, place: Path, files: dict[str, File], acked: list[str], chance: random.Random
) -> None:
    """Open what one power cut left, as the product would, and look for what was answered."""
    tally.cuts += 1
    for old in place.iterdir():
        old.unlink()
    for name, file in files.items():
        (place / name).write_bytes(file.cut(chance))
    module = sqlite_module()
    connection = module.connect(place / DATABASE)
    try:
        said = connection.execute("PRAGMA integrity_check").fetchall()
        if said != [("ok",)]:
            tally.damaged.append(str(said[:2]))
        ledger = {one for (one,) in connection.execute("SELECT id FROM capture")}
        meetings = {one for (one,) in connection.execute("SELECT id FROM activity")}
    except module.DatabaseError as error:
        tally.damaged.append(str(error))
        return
    finally:
        connection.close()
    for line in acked:
        capture_id, activity_id = line.split()
        tally.lost += capture_id not in ledger or activity_id not in meetings


def _record(folder: Path, library: Path, synchronous: str) -> None:
    """Let the product take captures in a process of its own whose writes are written down."""
    (rep,) = crowd.settle(create_app({"DATA_DIR": str(folder), "DATABASE_URL": ""}), 1)
    (folder / "rep.json").write_text(json.dumps(asdict(rep)))
    shutil.copyfile(folder / DATABASE, folder / "base")
    preloaded = {"LD_PRELOAD": str(library), "POWER_FOLDER": str(folder)}
    subprocess.run(
        [sys.executable, "-m", "tests.chaos.recorded", str(folder), str(CAPTURES), synchronous],
        cwd=ROOT,
        env={**os.environ, **preloaded, "POWER_LOG": str(folder / "writes")},
        check=True,
    )


def _compiled(folder: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Missing("no C compiler to record writes with: apt install gcc libc6-dev")
    source, library = Path(__file__).with_name("recorder.c"), folder / "recorder.so"
    words = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"]
    subprocess.run([*words, "-lpthread"], check=True)
    return library


def measure(
    say: Callable[[str], None], must: Callable[[str, bool], None], seed: str, cuts: int
) -> None:
    """Cut the power with the product's own settings, and in a control with weaker ones."""
    with tempfile.TemporaryDirectory(prefix="hamrah-power-") as name:
        library = _compiled(Path(name))
        for synchronous, share in (("FULL", 1), ("NORMAL", 10)):
            folder = Path(name) / synchronous
            folder.mkdir()
            _record(folder, library, synchronous)
            tally = _replayed(folder, cuts // share, seed)
            say(f"Power cuts, synchronous={synchronous}: {tally.cuts} over {CAPTURES} captures")
            say(f"  {tally.lost} answered captures lost, {len(tally.damaged)} databases damaged")
            for example in tally.damaged[:3]:
                say(f"    {example}")
            if synchronous == "FULL":
                must("none lost, none damaged", not tally.lost and not tally.damaged)
            else:
                must("lost, as it must be", tally.lost > 0)


def _replayed(folder: Path, cuts: int, seed: str) -> Tally:
    """Replay in as many processes as there are processors here."""
    jobs = os.cpu_count() or 1
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        parts = [
            pool.submit(replay, folder, cuts // jobs + (n < cuts % jobs), f"{seed} {n}")
            for n in range(jobs)
        ]
        tallies = [part.result() for part in parts]
    return Tally(
        sum(one.cuts for one in tallies),
        sum(one.lost for one in tallies),
        [said for one in tallies for said in one.damaged],
    )
