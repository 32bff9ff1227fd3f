"""The pipeline and the pages of deals."""

from crm.web.deals import forms, moves, pipeline, show
from crm.web.deals.blueprint import blueprint

__all__ = ["blueprint", "forms", "moves", "pipeline", "show"]
