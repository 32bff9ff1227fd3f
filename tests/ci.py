"""Whether this is CI: nothing may be missing there, and the machine is not ours alone."""

from __future__ import annotations

import os

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
