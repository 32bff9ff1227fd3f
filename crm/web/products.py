"""What the company sells: everybody sees the list, managers keep it."""

from __future__ import annotations

from flask import Blueprint, Response, request

from crm.i18n import _
from crm.products import commands
from crm.products.queries import get_product, visible_products
from crm.web.record_forms import Family, archive_from, create_from, edit_page, new_page, update_from
from crm.web.rendering import render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("products", __name__, url_prefix="/products")
PRODUCTS = Family(
    kind="product",
    path="/products",
    fields=("name", "code", "family", "amount", "currency"),
    schema=commands.ProductSchema,
    get=get_product,
    create=commands.create_product,
    update=lambda actor, product_id, payload, _version: commands.update_product(
        actor, product_id, payload
    ),
    archive=commands.archive_product,
    restore=commands.restore_product,
    added=lambda: _("Product added"),
    reachable=False,
)
MANAGERS = needs_role("manager", "admin")


@blueprint.get("")
def index() -> Response:
    """The products, with their list prices."""
    archived = bool(request.args.get("archived"))
    products = visible_products(viewer(), archived=archived)
    shown = [p for p in products if (p.archived_at is not None) == archived]
    return render("products/index.html", products=shown, archived=archived)


@blueprint.get("/new")
@MANAGERS
def new() -> Response:
    """The form for a new product."""
    return new_page(PRODUCTS)


@blueprint.post("")
@MANAGERS
def create() -> Response:
    """Save a new product."""
    return create_from(PRODUCTS, request.form)


@blueprint.get("/<id:product_id>/edit")
@MANAGERS
def edit(product_id: str) -> Response:
    """The form for a product."""
    return edit_page(PRODUCTS, product_id)


@blueprint.post("/<id:product_id>")
@MANAGERS
def update(product_id: str) -> Response:
    """Save a product."""
    return update_from(PRODUCTS, product_id, request.form)


@blueprint.post("/<id:product_id>/archive")
@MANAGERS
def archive(product_id: str) -> Response:
    """Stop offering a product, or offer it again."""
    return archive_from(PRODUCTS, product_id, request.form, "/products")
