"""Everything shown to a reader, by the current locale unless another is given."""

from crm.i18n.formatting.amounts import MoneyParts, money, money_parts
from crm.i18n.formatting.bounds import day_bounds, local, week_bounds, week_dates
from crm.i18n.formatting.dates import date, date_long, date_numeric, datetime, time
from crm.i18n.formatting.people import initials
from crm.i18n.formatting.relative import ago, days, due, timeline_time
from crm.i18n.names import month_name, month_names, weekday_name, weekday_names
from crm.i18n.numerals import decimal, number, percent

__all__ = [
    "MoneyParts",
    "ago",
    "date",
    "date_long",
    "date_numeric",
    "datetime",
    "day_bounds",
    "days",
    "decimal",
    "due",
    "initials",
    "local",
    "money",
    "money_parts",
    "month_name",
    "month_names",
    "number",
    "percent",
    "time",
    "timeline_time",
    "week_bounds",
    "week_dates",
    "weekday_name",
    "weekday_names",
]
