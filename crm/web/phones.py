"""How a phone stands, in words: when it was last heard, and what waits on it."""

from __future__ import annotations

from typing import Any

from flask import Response

from crm import clock
from crm.devices.queries import phones_by_session
from crm.i18n import _, formatting, ngettext
from crm.users.devices import device_name
from crm.users.queries import get_session
from crm.web.rendering import render, viewer


def phone_words(phone: Any) -> str:
    """Return «Last seen 10 min ago · 3 waiting since 09:10»; `phone` is a Device or a Standing."""
    now = clock.now()
    said = [_("Last seen %(when)s", when=formatting.ago(phone.last_seen_at, now))]
    if phone.waiting and phone.oldest_waiting_at:
        since = formatting.timeline_time(phone.oldest_waiting_at, now)
        said.append(
            ngettext(
                "%(num)s waiting since %(when)s",
                "%(num)s waiting since %(when)s",
                phone.waiting,
                when=since,
            )
        )
    elif phone.waiting:
        said.append(ngettext("%(num)s waiting", "%(num)s waiting", phone.waiting))
    if phone.parked:
        said.append(ngettext("%(num)s needs attention", "%(num)s need attention", phone.parked))
    return " · ".join(said)


def told_words(subscription: Any) -> str:
    """Return when a device last showed an alert, else whether it could be reached."""
    now = clock.now()
    times = [at for at in (subscription.last_shown_at, subscription.last_opened_at) if at]
    if times:
        return _("Last alert shown %(when)s", when=formatting.ago(max(times), now))
    if subscription.last_sent_at:
        return _(
            "Nothing shown yet; last sent %(when)s",
            when=formatting.ago(subscription.last_sent_at, now),
        )
    return _("No alert so far")


def phone_page(session_id: str, back: str, home: str, user_id: str | None = None) -> Response:
    """Return the page of one signed-in phone: one's own, or for an admin anyone's."""
    session = get_session(viewer(), session_id, user_id)
    phone = phones_by_session(viewer(), user_id).get(session_id)
    return render(
        "devices/show.html",
        device=session,
        name=device_name(session.device),
        words=phone_words(phone) if phone else "",
        waiting=phone.waiting if phone else 0,
        home=home,
        back=back,
        title=_("Device"),
    )
