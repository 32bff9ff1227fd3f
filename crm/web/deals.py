"""The pipeline and a deal's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request

from crm import clock, errors
from crm.accounts.models import Account, Contact
from crm.accounts.naming import name_of_account, name_of_contact
from crm.activities.queries import next_steps
from crm.database import new_id
from crm.deals import commands, queries
from crm.deals.models import LOST_REASONS, Stage
from crm.deals.stages import Track, all_pipelines, get_pipeline, track_of
from crm.i18n import _, form_code, formatting
from crm.i18n.jalali import month_bounds
from crm.products.choices import product_choices
from crm.search.queries import search
from crm.tags.queries import all_tags, tags_of
from crm.users.owners import assignable
from crm.users.ownership import find
from crm.users.viewer import Viewer
from crm.web.rendering import back_or, go, is_partial, render, viewer, with_query
from crm.web.timeline import timeline_of
from crm.web.today import first_phone, step_subject

blueprint = Blueprint("deals", __name__)
CLOSED = "closed"


@dataclass
class Step:
    """A deal's next step as its tag and its row show it."""

    id: str
    kind: str
    subject: str
    due_at: datetime
    has_time: bool
    is_late: bool
    version: int


def step_of(row: Any, now: datetime) -> Step | None:
    """Return the step that a planned activity is."""
    if row is None:
        return None
    today, day = formatting.local(now).date(), formatting.local(row.due_at).date()
    late = row.due_at < now if row.has_time else day < today
    return Step(row.id, row.kind, step_subject(row), row.due_at, row.has_time, late, row.version)


@dataclass
class Card:
    """A deal in the list."""

    id: str
    name: str
    account_name: str | None
    amount: int | None
    currency: str
    status: str
    stage_id: str
    stage_entered_at: datetime
    days_in_stage: int
    version: int
    lost_reason_label: str
    phone: str | None
    next_step: Step | None


def lost_label(reason: str | None) -> str:
    """Return a lost reason in words."""
    return _(LOST_REASONS[reason]) if reason in LOST_REASONS else (reason or "")


def cards_of(rows: Any) -> list[Card]:
    """Return the cards of these rows with their next steps, in one more query."""
    now = clock.now()
    steps = next_steps(row.id for row in rows if row.status == "open")
    return [
        Card(
            r.id,
            r.name,
            r.account_name,
            r.amount,
            r.currency,
            r.status,
            r.stage_id,
            r.stage_entered_at,
            (now - r.stage_entered_at).days,
            r.version,
            lost_label(r.lost_reason),
            first_phone(r.contact_phones, r.account_phones),
            step_of(steps.get(r.id), now),
        )
        for r in rows
    ]


def _thread(track: Track) -> dict[str, Any]:
    return {
        "stages": track.open,
        "won_id": track.won.id,
        "lost_reasons": [(key, _(label)) for key, label in LOST_REASONS.items()],
    }


def orders() -> list[tuple[str, str]]:
    """Return the orders of the pipeline's lists."""
    return [
        ("changed", _("Last changed")),
        ("amount", _("Largest first")),
        ("stage", _("Longest in stage")),
    ]


def whose(me: Viewer) -> str:
    """Return whose deals to show: one's own for a rep, the team's for a manager, as last chosen."""
    wanted = request.args.get("whose")
    if wanted in (queries.MINE, queries.TEAM):
        return wanted
    return queries.TEAM if me.is_manager else queries.MINE


def month_start(me: Viewer) -> datetime:
    """Return when this month began, in the reader's calendar and zone."""
    first, _next = month_bounds(formatting.local(clock.now()).date(), me.locale.calendar)
    return datetime.combine(first, datetime.min.time(), me.locale.tz).astimezone(UTC)


@blueprint.get("/pipeline")
def index() -> Response:
    """The stages with their sums, and the deals of the chosen one."""
    me, mine = viewer(), whose(viewer())
    track = track_of(get_pipeline(request.args.get("pipeline")))
    chosen = _chosen(track)
    order = request.args.get("order") if request.args.get("order") in dict(orders()) else "changed"
    rows = queries.list_deals(
        me,
        whose=mine,
        order=str(order),
        stage_id=chosen,
        pipeline_id=track.pipeline.id,
        closed=chosen == CLOSED,
        after=_cursor(str(order), chosen),
        limit=queries.PAGE + 1,
    )
    more = _more_url(rows)
    deals = cards_of(rows[: queries.PAGE])
    if is_partial():
        return render("deals/index.html", "deals/_page.html", deals=deals, more_url=more)
    sums = queries.open_sums(me, track.pipeline.id, mine)
    closed = queries.closed_sums(me, track.pipeline.id, mine, month_start(me))
    return render(
        "deals/index.html",
        deals=deals,
        more_url=more,
        stage_id=chosen,
        order=order,
        orders=orders(),
        cells=_cells(track, sums, closed, chosen),
        whose=mine,
        open_sums=_by_currency(sums, "amount"),
        weighted_sums=_by_currency(sums, "weighted"),
        stage_weighted=_by_currency([s for s in sums if s.stage_id == chosen], "weighted"),
        open_id=request.args.get("open"),
        pipeline=track.pipeline,
        whose_tabs=_whose_tabs(me, mine),
        pipeline_tabs=_pipeline_tabs(track),
        is_closed=chosen == CLOSED,
        **_thread(track),
    )


def _whose_tabs(me: Viewer, mine: str) -> list[tuple[str, str, bool]]:
    if not me.is_manager and not me.team_ids:
        return []
    both = ((queries.MINE, _("Mine")), (queries.TEAM, _("All") if me.is_admin else _("Team")))
    return [
        (with_query(whose=key, after=None, open=None), label, key == mine) for key, label in both
    ]


def _pipeline_tabs(track: Track) -> list[tuple[str, str, bool]]:
    pipelines = all_pipelines()
    if len(pipelines) < 2:
        return []
    return [
        (
            with_query(pipeline=p.id, stage=None, after=None, open=None),
            p.label,
            p.id == track.pipeline.id,
        )
        for p in pipelines
    ]


def _chosen(track: Track) -> str:
    wanted = request.args.get("stage")
    if wanted == CLOSED:
        return CLOSED
    return wanted if wanted in {s.id for s in track.open} else track.open[0].id


@dataclass
class _Cell:
    label: str
    count: int
    sums: list[tuple[str, int]]
    url: str
    is_current: bool


def _by_currency(sums: list[queries.Sum], what: str) -> list[tuple[str, int]]:
    total: dict[str, int] = {}
    for one in sums:
        total[one.currency] = total.get(one.currency, 0) + getattr(one, what)
    return sorted(total.items(), key=lambda pair: -pair[1])


def _cells(
    track: Track, sums: list[queries.Sum], closed: list[queries.Sum], chosen: str
) -> list[_Cell]:
    def cell(label: str, key: str, rows: list[queries.Sum]) -> _Cell:
        url = with_query(stage=key, after=None, open=None)
        return _Cell(
            label, sum(r.count for r in rows), _by_currency(rows, "amount"), url, key == chosen
        )

    won = [s for s in closed if s.stage_id == track.won.id]
    end = cell(_("Closed"), CLOSED, won)
    end.count = sum(s.count for s in closed)
    return [
        *(cell(s.label, s.id, [x for x in sums if x.stage_id == s.id]) for s in track.open),
        end,
    ]


def _cursor(order: str, chosen: str) -> tuple[Any, str] | None:
    text, _mark, last = request.args.get("after", "").partition("~")
    if not last:
        return None
    try:
        if order == "amount" and chosen != CLOSED:
            return int(text), last
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment, last) if moment.tzinfo else None


def _more_url(rows: Any) -> str | None:
    if len(rows) <= queries.PAGE:
        return None
    last = rows[queries.PAGE - 1]
    value = last.sort.isoformat() if isinstance(last.sort, datetime) else last.sort
    return with_query(after=f"{value}~{last.id}", open=None)


@blueprint.get("/deals/<id:deal_id>/card")
def card(deal_id: str) -> Response:
    """One card of the list, closed or opened in place."""
    opened = "_opened" if request.args.get("open") else "_card"
    return _card(deal_id, opened)


def _card(deal_id: str, name: str, **more: Any) -> Response:
    row = queries.get_card(viewer(), deal_id)
    deal = cards_of([row])[0]
    track = track_of(get_pipeline(queries.get_deal(viewer(), deal_id).pipeline_id))
    return render(f"deals/{name}.html", f"deals/{name}.html", deal=deal, **_thread(track), **more)


@blueprint.get("/deals/<id:deal_id>")
def show(deal_id: str) -> Response:
    """The deal's page; an older part of its timeline for htmx."""
    me = viewer()
    if is_partial() and request.args.get("before"):
        queries.get_deal(me, deal_id)
        return render(
            "timeline/_entries.html", "timeline/_lines.html", **timeline_of(me, deal_id=deal_id)
        )
    return render("deals/show.html", **_page(me, deal_id), **timeline_of(me, deal_id=deal_id))


@dataclass
class Person:
    """Someone with a part in the deal."""

    id: str
    name: str
    part: str
    url: str


def _page(me: Viewer, deal_id: str) -> dict[str, Any]:
    deal = queries.get_deal(me, deal_id)
    names = queries.names_of(deal)
    people = queries.people_of(me, deal_id)
    head = _head(deal, names)
    head["deal"].phone = first_phone(*(p.phones for p in people))
    reach = queries.reach_of(me, deal)
    return {
        **head,
        "names": names,
        "tags": tags_of(deal.id),
        "source": deal.source,
        **reach,
        "others": queries.people_to_add(me, deal),
        "people": [
            Person(p.id, p.name, p.part or p.job_title or "", f"/contacts/{p.id}") for p in people
        ],
    }


@dataclass
class Head:
    """A deal's head, thread and next step."""

    id: str
    name: str
    amount: int | None
    currency: str
    account_id: str | None
    account_name: str | None
    status: str
    stage_id: str
    version: int
    chance: int
    weighted: int
    expected_close_on: date | None
    age_days: int
    lost_reason_label: str
    phone: str | None
    needs: str | None
    description: str | None
    archived_at: datetime | None


def _head(deal: Any, names: queries.Names) -> dict[str, Any]:
    now = clock.now()
    track = track_of(get_pipeline(deal.pipeline_id))
    stage = track.at(deal.stage_id) or Stage(probability=0)
    until = deal.closed_at or now
    head = Head(
        deal.id,
        deal.name,
        deal.amount,
        deal.currency,
        deal.account_id,
        names.account,
        deal.status,
        deal.stage_id,
        deal.version,
        stage.probability if deal.probability is None else deal.probability,
        deal.weighted(stage),
        deal.expected_close_on,
        max(0, (formatting.local(until).date() - deal.opened_on).days),
        lost_label(deal.lost_reason),
        None,
        deal.needs,
        deal.description,
        deal.archived_at,
    )
    step = step_of(next_steps([deal.id]).get(deal.id), now)
    return {"deal": head, "next_step": step, **_thread(track)}


@blueprint.post("/deals/<id:deal_id>/stage")
def change_stage(deal_id: str) -> Response:
    """Move the deal: one tap on the thread, or won, or a lost reason."""
    me, form = viewer(), request.form
    deal = queries.get_deal(me, deal_id)
    track = track_of(get_pipeline(deal.pipeline_id))
    reason = form.get("lost_reason")
    wanted = track.lost.id if reason and not form.get("stage_id") else form.get("stage_id")
    order = [s.id for s in (*track.open, track.won, track.lost)]
    before, name = deal.stage_id, queries.names_of(deal).account or deal.name
    try:
        entry = commands.move_deal(
            me,
            deal_id,
            {
                "stage_id": wanted,
                "version": form.get("version"),
                "lost_reason": reason,
            },
        )
    except (errors.Conflict, errors.ValidationError) as error:
        return _moved(deal_id, status=error.status, error=str(error))
    if entry is None:
        return _moved(deal_id)
    stage = track.at(str(wanted))
    ahead = order.index(str(wanted)) > (order.index(before) if before in order else -1)
    toast = {
        "subject": name,
        "text": _("moved to %(stage)s", stage=stage.label if stage else ""),
        "undo": {
            "action": f"/deals/{deal_id}/stage/undo",
            "fields": {"entry": entry, "next": _where()},
        },
    }
    return _moved(deal_id, toast=toast, moved="forward" if ahead else "back")


def _where() -> str:
    """Return the page that the thread stands on, with its stage and order, as the browser says it."""
    page = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    record = request.path.removesuffix("/stage")
    if page.path in ("/pipeline", record):
        return back_or(f"{page.path}?{page.query}".rstrip("?"))
    return back_or("/pipeline" if request.form.get("view") == "card" else record)


def _moved(deal_id: str, status: int = 200, toast: Any = None, **more: Any) -> Response:
    if not is_partial():
        if status == 200:
            return go(_where(), **(_said(toast)))
        me = viewer()
        return render(
            "deals/show.html",
            status=status,
            **_page(me, deal_id),
            **timeline_of(me, deal_id=deal_id),
            **more,
        )
    g.said = toast
    if request.form.get("view") == "card":
        return _card(deal_id, "_opened", said=toast, **more)
    deal = queries.get_deal(viewer(), deal_id)
    return render(
        "deals/_deal.html",
        "deals/_deal.html",
        said=toast,
        **more,
        **_head(deal, queries.names_of(deal)),
    )


def _said(toast: Any) -> dict[str, Any]:
    if not toast:
        return {}
    return {"toast": toast["text"], "subject": toast["subject"], "undo": toast["undo"]}


@blueprint.post("/deals/<id:deal_id>/stage/undo")
def undo_stage(deal_id: str) -> Response:
    """Put the deal back where it stood before one move."""
    try:
        commands.undo_move(viewer(), deal_id, request.form.get("entry", ""))
    except errors.Conflict as error:
        return go(back_or(f"/deals/{deal_id}"), str(error))
    return go(back_or(f"/deals/{deal_id}"), _("Put back"))


FIELDS = (
    "name",
    "account_name",
    "contact_name",
    "product_id",
    "probability",
    "expected_close_on",
    "source",
    "needs",
    "description",
    "owner_id",
    "tags",
    "amount",
    "currency",
)


@blueprint.get("/deals/new")
def new() -> Response:
    """The form for a new deal; its account or contact may come with the address."""
    args, me = request.args, viewer()
    values = {
        "id": new_id(),
        "currency": form_code(me.currency, me.locale.money_unit),
        **_names(me, args.get("account_id"), args.get("contact_id")),
        "stage_id": args.get("stage"),
        "owner_id": me.id,
    }
    return _form("deals/new.html", values)


def _names(me: Viewer, account_id: str | None, contact_id: str | None) -> dict[str, str]:
    contact, account = find(me, Contact, contact_id), find(me, Account, account_id)
    if account is None and contact is not None:
        account = find(me, Account, contact.account_id)
    return {
        "account_name": account.name if account else "",
        "contact_name": contact.name if contact else "",
    }


def _form(page: str, values: Any, status: int = 200, **more: Any) -> Response:
    me = viewer()
    track = track_of(get_pipeline(request.args.get("pipeline")))
    return render(
        page,
        status=status,
        values=values,
        errors=more.pop("errors", {}),
        stage_options=[(s.id, s.label) for s in track.open],
        products=product_choices(),
        owners=assignable(me),
        all_tags=all_tags(),
        **more,
    )


@blueprint.post("/deals")
def create() -> Response:
    """Save a new deal; a double tap carries the same id."""
    form = request.form
    try:
        deal_id = commands.create_deal(
            viewer(),
            {
                **{name: form.get(name) for name in FIELDS if name in form},
                "id": form.get("id"),
                "stage_id": form.get("stage_id"),
            },
        )
    except errors.ValidationError as error:
        return _form("deals/new.html", form, 422, errors=error.fields)
    return go(f"/deals/{deal_id}", _("Deal added"))


@blueprint.get("/deals/accounts")
def account_names() -> Response:
    """Accounts whose names go on as typed, as the form's suggestions."""
    return _options("account", request.args.get("account_name", ""))


@blueprint.get("/deals/contacts")
def contact_names() -> Response:
    """Contacts whose names go on as typed."""
    return _options("contact", request.args.get("contact_name", ""))


def _options(kind: str, text: str) -> Response:
    hits = search(viewer(), text, (kind,), 8)
    return render("deals/_options.html", names=[hit.title for hit in hits])


@blueprint.get("/deals/<id:deal_id>/edit")
def edit(deal_id: str) -> Response:
    """The form for a deal's facts."""
    me = viewer()
    deal = queries.get_deal(me, deal_id)
    shown = formatting.money(deal.amount, deal.currency, bare=True) if deal.amount else ""
    values = {name: getattr(deal, name, None) for name in FIELDS if name != "tags"} | {
        "account_name": name_of_account(deal.account_id),
        "contact_name": name_of_contact(deal.contact_id),
        "tags": _(", ").join(tags_of(deal.id)),
        "version": deal.version,
        "amount": shown,
        "currency": form_code(deal.currency, me.locale.money_unit),
    }
    return _form("deals/edit.html", values, deal=deal)


@blueprint.post("/deals/<id:deal_id>")
def update(deal_id: str) -> Response:
    """Save a deal's facts."""
    form, me = request.form, viewer()
    deal = queries.get_deal(me, deal_id)
    version = form.get("version", "")
    try:
        commands.update_deal(
            me,
            deal_id,
            {name: form.get(name) for name in FIELDS if name in form},
            int(version) if version.isascii() and version.isdigit() else None,
        )
    except errors.ValidationError as error:
        return _form("deals/edit.html", form, 422, errors=error.fields, deal=deal)
    except errors.Conflict as error:
        current = queries.get_deal(me, deal_id)
        values = {**form.to_dict(), "version": current.version}
        return _form("deals/edit.html", values, 409, errors={"": [str(error)]}, deal=current)
    return go(f"/deals/{deal_id}", _("Saved"))


@blueprint.post("/deals/<id:deal_id>/archive")
def archive(deal_id: str) -> Response:
    """Put a deal away, or bring it back if it is."""
    me = viewer()
    if queries.get_deal(me, deal_id).archived_at is None:
        commands.archive_deal(me, deal_id)
        undo = {"action": f"/deals/{deal_id}/archive", "fields": {"next": f"/deals/{deal_id}"}}
        return go(back_or("/pipeline"), _("Archived"), undo)
    commands.restore_deal(me, deal_id)
    return go(back_or(f"/deals/{deal_id}"), _("Brought back"))


@blueprint.post("/deals/<id:deal_id>/people")
def add_person(deal_id: str) -> Response:
    """Note someone's part in the deal."""
    commands.add_person(
        viewer(),
        deal_id,
        {
            "contact_id": request.form.get("contact_id"),
            "part": request.form.get("part"),
        },
    )
    return go(f"/deals/{deal_id}", _("Saved"))
