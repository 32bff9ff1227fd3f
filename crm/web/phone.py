"""«On this phone»: what was saved here, whether it was sent, and what needs a hand."""

from __future__ import annotations

from flask import Blueprint, Response

from crm.captures.decisions import open_decisions
from crm.web.rendering import render, viewer

blueprint = Blueprint("phone", __name__)


@blueprint.get("/phone")
def show() -> Response:
    """The page; what it lists comes from the phone itself, but what is left to decide."""
    return render("phone/show.html", decisions=open_decisions(viewer()), next="/phone")
