"""What 10,000 alerts cost until they could leave: the message built, and encrypted for a device."""

from __future__ import annotations

import time
from pathlib import Path

from crm.push import keys, payloads
from crm.push.payloads import Action
from crm.push.sender import encrypt
from tests.bench.figures import Figures
from tests.push.service import Phone

ALERTS, SECONDS = 10_000, 20.0
DEVICES = 200


def measure(figures: Figures, folder: Path) -> None:
    """Print how long building and encrypting takes on one core."""
    keys.configure(folder, "mailto:ada@company.ir", "")
    ours = keys.find_keys()
    devices = [
        Phone(f"https://fcm.googleapis.com/fcm/send/{number}").device() for number in range(DEVICES)
    ]
    start = time.perf_counter()
    for number in range(ALERTS):
        payload = payloads.build(
            f"سرنخ داغ: نیما کریمی {number}",
            "صفحهٔ قیمت را سه بار دید · پیش‌فاکتور خواست",
            language="fa",
            navigate=f"/leads/{number}",
            tag=f"lead-{number}",
            badge=3,
            actions=[Action("call", "تماس", f"/leads/{number}?call=1")],
        )
        encrypt(devices[number % DEVICES], payload, ours)
    seconds = time.perf_counter() - start
    figures.add("push.encrypted", seconds, unit="s", most=SECONDS)
