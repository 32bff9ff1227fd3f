"""Who has no phone that rings is told by e-mail: at once what is urgent, the rest each morning."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest

from crm.alerts.deciding import decide_alerts, make_digests
from crm.alerts.kinds import AlertKind
from crm.database import db
from crm.mail.alerts import send_alerts
from crm.users.models import User
from crm.users.viewer import Viewer
from tests.alerts.inbox import deliveries, device, prefers, told
from tests.clock import MovableClock
from tests.mail import servers


def written(post: servers.Post) -> list[tuple[str, str, str]]:
    """Return to whom, with which title and words."""
    found = []
    for raw in post.letters:
        letter = message_from_bytes(raw, policy=default)
        found.append(
            (letter["To"], letter["Subject"], letter.get_content().replace("\r", "").strip())
        )
    return found


@pytest.mark.mission(54)
def test_a_hot_lead_and_the_mornings_list_go_by_mail(
    mail: servers.Post, hamrah: Viewer, sara: Viewer
) -> None:
    told(sara, "hot", AlertKind.HOT_LEAD, data={"name": "Maryam Sadr", "line": "+30 Asked"})
    for number in range(2):
        told(sara, str(number), AlertKind.DEAL_WON)
    decide_alerts(hamrah)
    make_digests(hamrah)
    decide_alerts(hamrah)
    while send_alerts(hamrah):
        pass
    first, second = written(mail)
    assert first == (
        "sara@example.com",
        "Hot lead: Maryam Sadr",
        "+30 Asked\n\nhttps://crm.example.com/today",
    )
    assert second[1] == "2 things for today"
    assert "Deals won: 2" in second[2]
    assert [row.status for row in deliveries()] == ["sent", "sent"]


def test_who_chose_e_mail_gets_it_though_his_phone_could_ring(
    mail: servers.Post, hamrah: Viewer, sara: Viewer
) -> None:
    device(sara)
    prefers(sara, channels={"deal_won": "email"})
    told(sara, kind=AlertKind.DEAL_WON)
    decide_alerts(hamrah)
    send_alerts(hamrah)
    assert [title for _to, title, _body in written(mail)] == ["Deal won: Maryam Sadr"]


def test_trouble_with_the_server_is_tried_again_and_no_address_given_up(
    mail: servers.Post, hamrah: Viewer, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    db.session.get_one(User, omid.id).email = None
    db.session.commit()
    for person in (sara, omid):
        told(person, kind=AlertKind.HOT_LEAD)
    decide_alerts(hamrah)
    mail.answers["RCPT"] = "451 later"
    send_alerts(hamrah)
    assert sorted((row.status, row.user_id == omid.id) for row in deliveries()) == [
        ("given_up", True),
        ("waiting", False),
    ]
    mail.answers.clear()
    clock.move(minutes=2)
    send_alerts(hamrah)
    assert len(mail.letters) == 1
