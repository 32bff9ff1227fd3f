"""Adds the invented company and takes it away again. Nothing of it is ever sent to anybody."""

from __future__ import annotations

from sqlalchemy import select

from crm import clock, errors
from crm.company.queries import get_company
from crm.database import command, db
from crm.deals.stages import default_pipeline, stages_of
from crm.i18n import _
from crm.leads.touches import settle
from crm.products.models import Product
from crm.sample import customers, days, prospects, removal, sales, staff
from crm.sample.invention import Invention
from crm.sample.writing import write
from crm.timeline.record import record
from crm.users.passwords import hash_password
from crm.users.viewer import Viewer

SEED = 1405


@command
def add_sample(actor: Viewer, *, seed: int = SEED, password: str | None = None) -> None:
    """Add invented people, customers and half a year of work, dated around now.

    With a `password` the invented reps and managers can sign in by it. The same seed at the same
    moment adds the same. Raises Conflict when there is sample data already.
    """
    company = get_company()
    if company.has_sample:
        raise errors.Conflict(_("There is sample data already."))
    made = Invention(seed, clock.now(), company.language, company.timezone, company.calendar)
    staff.hire(made, actor, hash_password(password) if password else None)
    customers.found(made)
    sales.stock(made, company.currency, set(db.session.scalars(select(Product.match_key))))
    sales.sell(made, stages_of(default_pipeline().id), company.currency)
    prospects.attract(made, company.currency)
    days.live(made)
    write(made)
    settle([lead["id"] for lead in made.rows["lead"]], actor.id, is_new=True, because="sample")
    company.has_sample = True
    record("company.sample_added", actor.id)


@command
def remove_sample(actor: Viewer) -> None:
    """Take the sample away, with all that hangs on it and whatever its people wrote.

    What a real person attached to it stays, with the link emptied; what he gave to one of the
    invented people becomes the actor's. Doing it twice changes nothing.
    """
    company = get_company()
    if not company.has_sample:
        return
    removal.adopt_what_they_wrote()
    removal.hand_back(actor)
    removal.cut_links()
    removal.delete_rows()
    company.has_sample = False
    record("company.sample_removed", actor.id)
