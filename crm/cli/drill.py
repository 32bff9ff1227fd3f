"""What a restored company is asked, to see that more than its bytes came back."""

from __future__ import annotations

from flask import Flask


def ask(app: Flask) -> list[str]:
    """Ask the app on a restored folder for its records; return the answers, as words.

    Raises whatever goes wrong in the app: the caller says that the drill failed.
    """
    from sqlalchemy import func, select

    from crm.accounts.models import Account, Contact
    from crm.activities.models import Activity
    from crm.attachments.queries import lost_blobs, whole_hashes
    from crm.attachments.storage import blob_folder
    from crm.cli.migration import migrate
    from crm.company.queries import get_company
    from crm.database import db
    from crm.deals.models import Deal
    from crm.deals.stages import default_pipeline, stages_of
    from crm.i18n import Locale
    from crm.leads.models import Lead
    from crm.search.queries import search
    from crm.users.models import User
    from crm.users.ownership import visible
    from crm.users.viewer import system_viewer

    with app.app_context():
        migrate()
        viewer = system_viewer(Locale())
        answers = [get_company().name, f"{len(stages_of(default_pipeline().id))} stages"]
        for model in (Account, Contact, Lead, Deal, Activity):
            rows = visible(viewer, model).subquery()
            count = db.session.scalar(select(func.count()).select_from(rows))
            answers.append(f"{count:,} {model.__tablename__} records")
        answers.append(f"{db.session.scalar(select(func.count(User.id))):,} users")
        whole, lost = len(whole_hashes()), len(lost_blobs(blob_folder(app.config)))
        answers.append(f"{whole - lost:,} of {whole:,} photos and voice notes")
        first = db.session.scalar(select(Contact.name).limit(1))
        if first and not search(viewer, first):
            raise LookupError("search finds nobody")
        db.session.remove()
        db.engine.dispose()
    return answers
