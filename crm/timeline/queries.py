"""The feed on a record's page."""

from __future__ import annotations
