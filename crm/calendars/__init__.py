"""Calendars: whom the rep meets, read from his own; and what he promised, for his own to show."""
