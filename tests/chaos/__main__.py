"""`make chaos`: prints what was done and what the database says; the exit status tells."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from crm import create_app
from crm.database import sqlite_module
from tests import crowd, postgres
from tests.bench.places import cluster
from tests.chaos import audit, power, servers
from tests.chaos.servers import Killable
from tests.chaos.storms import Plan, Run

PHONES = 100
QUICK = bool(os.environ.get("QUICK"))
SEED = os.environ.get("SEED") or str(time.time_ns())


@dataclass
class Score:
    """What failed so far, as sentences."""

    failed: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        print(text, flush=True)

    def must(self, what: str, holds: bool) -> None:
        self.say(f"  {'PASS' if holds else 'FAIL'} {what}")
        if not holds:
            self.failed.append(what)


async def _on_sqlite(run: Run) -> None:
    """Kill the server; often its disk is full or its file locked at the time."""
    dice, meanwhile = run.chance.random(), []
    if dice < 0.3:
        run.met["database locked"] += 1
        meanwhile.append(asyncio.create_task(servers.lock(run.server, run.chance.uniform(0.1, 2))))
        await asyncio.sleep(0.05)
    elif dice < 0.6:
        run.met["disk full"] += 1
        meanwhile.append(asyncio.create_task(servers.full(run.server, run.chance.uniform(0.5, 2))))
        await _refused(run, 1.5)
    run.met["server killed"] += 1
    await run.server.kill()
    await run.server.start()
    await asyncio.gather(*meanwhile)


async def _refused(run: Run, seconds: float) -> None:
    """Return once the server has said 503 again, or after so long."""
    before, end = run.said[503], time.monotonic() + seconds
    while run.said[503] == before and time.monotonic() < end:
        await asyncio.sleep(0.01)


def _on_postgresql(restart: Callable[[], None]) -> Callable[[Run], asyncio.Future[None]]:
    async def interrupt(run: Run) -> None:
        run.met["postgresql restarted"] += 1
        await asyncio.to_thread(restart)
        if run.chance.random() < 0.5:
            run.met["server killed"] += 1
            await run.server.kill()
            await run.server.start()

    return interrupt  # type: ignore[return-value]


def _go(server: Killable, plan: Plan, phones: int, *, ledger: bool = True) -> tuple[Run, str]:
    """Do one run; return it and the address of its database."""
    config = {"DATA_DIR": str(server.folder), "DATABASE_URL": server.database_url}
    reps = crowd.settle(create_app(config), phones)
    if not ledger:
        _without_ledger(server)
    run = Run(server, reps, plan, random.Random(SEED))
    try:
        asyncio.run(run.go())
    finally:
        server.stop()
    return run, server.database_url


def _without_ledger(server: Killable) -> None:
    """Let the ledger's rows vanish as they are written: no resend is known again."""
    connection = sqlite_module().connect(server.folder / "hamrah.sqlite3")
    connection.execute(
        "CREATE TRIGGER no_ledger BEFORE INSERT ON capture BEGIN SELECT RAISE(IGNORE); END"
    )
    connection.close()


def _findings(run: Run, *, ledger: bool = True) -> audit.Findings:
    config = {"DATA_DIR": str(run.server.folder), "DATABASE_URL": run.server.database_url}
    return audit.read(create_app(config), run.expected, run.named(), ledger=ledger)


def _tell(score: Score, run: Run, findings: audit.Findings) -> None:
    faults = sum(run.met.values())
    score.say(f"  {run.made} captures, {faults} faults, {run.seconds:.0f} s")
    score.say("  " + ", ".join(f"{name} {n}" for name, n in run.met.most_common()))
    score.say("  answers: " + ", ".join(f"{code}: {n}" for code, n in sorted(run.said.items())))
    score.say(f"  found: {findings.sums()}")
    for example in findings.examples():
        score.say(f"    {example}")


def _judge(score: Score, run: Run, findings: audit.Findings) -> None:
    _tell(score, run, findings)
    plan, odd = run.plan, {code for code in run.said if code not in (200, 503)}
    complaints = run.server.complaints()
    for line in complaints[:5]:
        score.say(f"    {line}")
    score.must("0 lost, 0 doubled, 0 altered", findings.clean)
    score.must(f"all {plan.captures} answered", run.answered == plan.captures)
    score.must("no answer but 200 and 503", not odd and not complaints)
    score.must(f"at least {plan.faults} faults", sum(run.met.values()) >= plan.faults)


def sqlite(score: Score) -> None:
    plan = Plan(20_000, 6_000, 62, _on_sqlite)
    if QUICK:
        plan = Plan(2_000, 600, 8, _on_sqlite)
    score.say(f"SQLite: {PHONES} phones, {plan.rounds} times SIGKILL")
    with servers.disk("sqlite", 400) as folder:
        run, _ = _go(Killable(folder), plan, PHONES)
        _judge(score, run, _findings(run))


def postgresql(score: Score) -> None:
    with cluster() as running, servers.disk("postgresql", 50) as folder:
        plan = Plan(5_000, 2_000, 8, _on_postgresql(lambda: restart(running)), share=0.68)
        if QUICK:
            plan = Plan(500, 200, 2, plan.interrupt, share=0.68)
        score.say(f"PostgreSQL: {PHONES} phones, {plan.rounds} immediate restarts")
        run, _ = _go(Killable(folder, running.create("chaos")), plan, PHONES)
        _judge(score, run, _findings(run))


def restart(running: postgres.Cluster) -> None:
    """End PostgreSQL as a power cut would end its processes, and start it again."""
    data = str(running.folder / "data")
    running._run("pg_ctl", "-D", data, "-m", "immediate", "-w", "-t", "60", "restart")


def controls(score: Score) -> None:
    """Two servers that break a rule: a run that finds nothing wrong with them proves nothing."""
    plan = Plan(1_000, 300, 5, _on_sqlite)
    score.say("Control: the ledger is off")
    with servers.disk("control", 100) as folder:
        run, _ = _go(Killable(folder), plan, 20, ledger=False)
        findings = _findings(run, ledger=False)
        _tell(score, run, findings)
        score.must("doubled, as it must be", bool(findings.doubled))
    score.say("Control: answered before it is committed")
    command = (sys.executable, "-m", "tests.chaos.careless", "{port}")
    with servers.disk("control", 100) as folder:
        run, _ = _go(Killable(folder, command=command), plan, 20)
        findings = _findings(run)
        _tell(score, run, findings)
        score.must("lost, as it must be", bool(findings.lost))


def cuts(score: Score) -> None:
    power.measure(score.say, score.must, SEED, 300 if QUICK else 3_000)


PARTS = {"sqlite": sqlite, "postgresql": postgresql, "controls": controls, "power": cuts}


def main() -> int:
    """Do all parts, or those that ONLY names; return how much did not hold."""
    start, score = time.monotonic(), Score()
    score.say(f"SEED={SEED}")
    for name in os.environ.get("ONLY", "").split() or PARTS:
        try:
            PARTS[name](score)
        except (postgres.Missing, power.Missing) as missing:
            score.must(f"{name}: {missing}", False)
    score.say(f"{time.monotonic() - start:.0f} s in all; {len(score.failed)} did not hold")
    return len(score.failed)


def _alone() -> None:
    """Go on where mounts are ours alone, so that none stays behind however this ends."""
    if os.geteuid() or os.environ.get("HAMRAH_CHAOS_ALONE") or not shutil.which("unshare"):
        return
    words = ["unshare", "--mount", sys.executable, "-m", "tests.chaos"]
    os.execvpe(words[0], words, os.environ | {"HAMRAH_CHAOS_ALONE": "1"})  # noqa: S606


if __name__ == "__main__":
    _alone()
    sys.exit(1 if main() else 0)
