"""Products and tags: everybody sees them, managers look after them."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from crm.accounts.commands import create_contact
from crm.database import db, new_id
from crm.products.models import Product
from crm.tags.queries import find_tag
from crm.users.viewer import Viewer
from tests.factories import a_product

NewClient = Callable[..., FlaskClient]


def test_a_manager_adds_changes_and_archives_a_product(
    new_client: NewClient, leila: Viewer
) -> None:
    client, made = new_client(leila), new_id()
    form = {"id": made, "name": "GTX Pro", "amount": "35m", "currency": "IRT", "next": "/products"}
    assert client.post("/products", data=form).location == "/products"
    assert "GTX Pro" in client.get("/products").get_data(as_text=True)
    assert 'value="35m"' in client.get(f"/products/{made}/edit").get_data(as_text=True)
    client.post(f"/products/{made}", data={"name": "GTX Max", "amount": "", "currency": "IRT"})
    db.session.rollback()
    assert db.session.get_one(Product, made).amount is None
    client.post(f"/products/{made}/archive", data={"archived": "1"})
    assert "GTX Max" not in client.get("/products").get_data(as_text=True)
    assert "GTX Max" in client.get("/products?archived=1").get_data(as_text=True)


def test_a_product_of_the_same_name_is_refused_in_words(
    new_client: NewClient, leila: Viewer
) -> None:
    a_product("GTX Pro")
    answer = new_client(leila).post("/products", data={"name": "gtxpro", "currency": "IRT"})
    assert answer.status_code == 422
    assert "There is a product of this name already." in answer.get_data(as_text=True)


def test_a_rep_sees_products_but_no_way_to_change_them(new_client: NewClient, sara: Viewer) -> None:
    product = a_product()
    body = new_client(sara).get("/products").get_data(as_text=True)
    assert product.name in body
    assert "/edit" not in body
    assert new_client(sara).get(f"/products/{product.id}/edit").status_code == 404


def test_tags_are_listed_renamed_merged_and_deleted(
    new_client: NewClient, leila: Viewer, sara: Viewer
) -> None:
    create_contact(sara, {"name": "Nina", "tags": "expo, fair, old"})
    client = new_client(leila)
    ids = {name: tag.id for name in ("expo", "fair", "old") if (tag := find_tag(name))}
    page = client.get("/tags").get_data(as_text=True)
    assert "1 record" in page
    assert "/people?q=%23expo" in page
    assert client.post(f"/tags/{ids['expo']}", data={"name": "fair"}).status_code == 422
    assert client.post(f"/tags/{ids['expo']}", data={"name": ""}).status_code == 422
    client.post(f"/tags/{ids['expo']}", data={"name": "Expo 26"})
    client.post(f"/tags/{ids['fair']}/merge", data={"into_id": ids["expo"]})
    client.post(f"/tags/{ids['old']}/deletion")
    page = client.get("/tags").get_data(as_text=True)
    assert "Expo 26" in page
    assert "fair" not in page
    assert "/edit" not in new_client(sara).get("/tags").get_data(as_text=True)
