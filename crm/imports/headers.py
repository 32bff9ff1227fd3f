"""The words that files head their columns with, in English and Persian and as other CRMs export.

A line is one field and its words, compared after `plain`; a later line wins.
"""

from __future__ import annotations

import re

from crm.i18n import fold

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIGNS = re.compile(r"[_\-./()*:#\[\]\s]+")

_EVERY = """
external_id: id, record id, ref, reference, external id, شناسه, کد یکتا
owner: owner, owner name, assigned to, sales agent, agent, sales rep, rep, salesperson,
    responsible, account manager, user, contact owner, lead owner, deal owner, account owner,
    company owner, opportunity owner, مسئول, کارشناس, کارشناس فروش, فروشنده, بازاریاب, ارجاع به
tags: tags, tag, labels, label, categories, group membership, keywords, برچسب, برچسبها, دسته
description: description, notes, note, comments, comment, remarks, note content, توضیحات, توضیح,
    یادداشت, شرح
source: source, lead source, original source, original source type, referred by, منبع, نحوه
    آشنایی, منبع آشنایی
needs: needs, requirements, نیازها, نیاز
currency: currency, deal currency, product currency, currency code, conversion currency, ارز,
    واحد پول
"""
_REACH = """
phone: phone, phone number, phones, telephone, tel, main phone, company phone, person phone,
    phone 1, phone 2, phone 3, other phone, تلفن, شماره تلفن, شماره تماس, شماره
phone:mobile: mobile, mobile phone, mobile number, cell, cell phone, primary phone, موبایل, تلفن
    همراه, شماره موبایل, همراه, شماره همراه
phone:work: work phone, business phone, business phone 2, office phone, person phone work, تلفن
    محل کار, تلفن شرکت, تلفن ثابت
phone:home: home phone, home phone 2, person phone home, تلفن منزل
email: email, e mail, mail, email address, e mail address, emails, person email, email 1,
    email 2, email 3, e mail 2 address, e mail 3 address, ایمیل, پست الکترونیک, رایانامه,
    پست الکترونیکی
email:work: work email, business email, email work, person email work, person email (work),
    ایمیل کاری
email:home: home email, private email, personal email, email home, person email home, ایمیل شخصی
website: website, website url, web page, web site, url, homepage, web, domain, company domain
    name, website 1 value, وب سایت, وبسایت, سایت
address: address, full address, address 1 formatted, billing address, mailing address,
    organization address, نشانی, آدرس
street: street, street address, address 1 street, street number, address 1, address 2, address
    line 1, address line 2, billing street, mailing street, business street, خیابان
city: city, town, suburb, address 1 city, billing city, mailing city, business city, location, شهر
region: state, region, province, county, address 1 region, state region, billing state, mailing
    state, business state, استان
postal_code: postal code, postcode, zip, zip code, address 1 postal code, billing postal code,
    mailing postal code, business postal code, کد پستی, کدپستی
country: country, country region, address 1 country, billing country, mailing country, business
    country, business country region, office location, کشور
interests: interests, interest, hobby, hobbies, علایق, علاقه مندی, زمینه فعالیت مورد علاقه
language: language, preferred language, زبان
created_on: created on, created at, created date, create date, date created, add time, created,
    تاریخ ثبت, تاریخ ایجاد
"""
_PERSON = """
name: name, full name, display name, person name, customer name, نام کامل, نام و نام خانوادگی,
    نام ونام خانوادگی, مشتری, نام مشتری
first_name: first name, given name, firstname, forename, person first name, نام, اسم, نام کوچک
middle_name: middle name, additional name
last_name: last name, family name, surname, lastname, person last name, نام خانوادگی, فامیل,
    فامیلی, شهرت
job_title: job title, title, position, organization title, occupation, role, job, سمت, عنوان
    شغلی, شغل, پست سازمانی
"""
ALIASES = {
    "products": """
name: product, product name, name, item, item name, title, نام محصول, محصول, کالا, نام کالا,
    نام, عنوان
code: code, sku, product code, item code, part number, product id, کد, کد کالا, کد محصول
family: series, family, category, product family, group, type, دسته, گروه, گروه کالا, خانواده
amount: price, sales price, unit price, list price, product price, rate, cost, قیمت, قیمت فروش,
    فی, مبلغ
currency: currency, product currency, ارز, واحد پول
""",
    "users": """
name: name, full name, user, user name, sales agent, agent, sales rep, rep, salesperson,
    employee, نام و نام خانوادگی, کارشناس, نام کارشناس, کارشناس فروش, فروشنده
first_name: first name, given name, نام
last_name: last name, family name, surname, نام خانوادگی
email: email, e mail, email address, e mail address, login, ایمیل
phone: phone, mobile, mobile phone, phone number, موبایل, تلفن همراه, شماره موبایل
role: role, profile, access, نقش, سطح دسترسی
team: team, team name, group, department, تیم, گروه, واحد
manager: manager, sales manager, supervisor, reports to, team lead, مدیر, مدیر فروش, سرپرست
office: regional office, office, region, branch, office location, دفتر, شعبه, منطقه
""",
    "accounts": _EVERY
    + _REACH
    + """
name: account, account name, company, company name, name, organization, organization name,
    customer, customer name, firm, business name, نام شرکت, شرکت, سازمان, نام سازمان, مشتری, نام
    مشتری, نام
industry: industry, sector, vertical, صنعت, زمینه فعالیت, حوزه فعالیت
employees: employees, number of employees, no of employees, headcount, company size, تعداد
    کارکنان, تعداد پرسنل, کارکنان
annual_revenue: revenue, annual revenue, turnover, yearly revenue, درآمد سالانه, گردش مالی, درآمد
founded: year established, founded, year founded, established, سال تاسیس, تاسیس
customer_since: customer since, client since, became a customer date, first purchase, مشتری از,
    تاریخ مشتری شدن, تاریخ عضویت
contract_ends_on: contract until, contract end, contract end date, contract ends, contract expiry,
    contract expiration, contract expires, renewal date, پایان قرارداد, تاریخ پایان قرارداد, اتمام
    قرارداد, انقضای قرارداد, سررسید قرارداد, تاریخ تمدید
parent: subsidiary of, parent, parent account, parent company, parent name, شرکت مادر, زیرمجموعه
external_id: id, account id, company id, record id, account number, customer id, organization
    id, شناسه, کد مشتری, کد اشتراک
""",
    "contacts": _EVERY
    + _REACH
    + _PERSON
    + """
account: account, account name, company, company name, organization, organization name,
    employer, associated company, شرکت, نام شرکت, سازمان, نام سازمان, محل کار
birthday: birthday, birth date, date of birth, birthdate, dob, تاریخ تولد, تولد
customer_since: customer since, client since, became a customer date, مشتری از, تاریخ مشتری شدن
external_id: id, contact id, record id, person id, customer id, rec id, شناسه, کد مشتری
""",
    "leads": _EVERY
    + _REACH
    + _PERSON
    + """
name: lead, lead name, name, full name, display name, نام سرنخ, سرنخ, نام و نام خانوادگی, نام کامل
company: company, company name, account, account name, organization, organization name, شرکت,
    نام شرکت, سازمان, نام سازمان
heat: rating, heat, temperature, lead rating, hot, داغی, میزان علاقه, اولویت
status: status, lead status, lifecycle stage, وضعیت, وضعیت سرنخ
amount: amount, value, budget, expected revenue, estimated value, مبلغ, بودجه, ارزش
external_id: id, lead id, record id, شناسه
""",
    "deals": _EVERY
    + """
name: deal, deal name, deal title, opportunity, opportunity name, title, name, نام معامله, عنوان
    معامله, عنوان, فرصت, نام فرصت
account: account, account name, company, company name, organization, organization name,
    customer, customer name, associated company, شرکت, نام شرکت, سازمان, مشتری, نام مشتری
contact: contact, contact name, contact person, person, person name, associated contact, primary
    contact, مخاطب, نام مخاطب, شخص, فرد رابط, رابط
product: product, product name, item, محصول, نام محصول, کالا
stage: stage, deal stage, stage name, opportunity stage, sales stage, status, pipeline stage,
    مرحله, مرحله فروش, وضعیت
amount: amount, value, deal value, close value, deal amount, price, total, revenue, expected
    revenue, conversion value, مبلغ, ارزش, ارزش معامله, مبلغ معامله, قیمت
opened_on: engage date, opened on, open date, start date, create date, created date, created on,
    created at, deal created, add time, تاریخ شروع, تاریخ ایجاد, تاریخ ثبت, تاریخ باز شدن
close_on: close date, closed on, closed date, won time, closing date, won lost date, deal closed
    on, conversion time, تاریخ بسته شدن, تاریخ پایان, تاریخ فروش
expected_close_on: expected close date, expected close, expected closing date, forecast date,
    تاریخ احتمالی فروش, تاریخ پیش بینی, تاریخ انتظار
probability: probability, chance, win probability, deal probability, احتمال, احتمال موفقیت, درصد
    احتمال
lost_reason: lost reason, reason lost, loss reason, closed lost reason, علت شکست, دلیل از دست
    رفتن, علت
external_id: id, opportunity id, deal id, record id, شناسه, کد معامله, شماره معامله
""",
    "activities": """
kind: activity type, type, kind, activity, activity kind, نوع, نوع فعالیت
subject: subject, activity subject, title, topic, task, موضوع, عنوان
note: note, notes, description, comments, body, details, note content, یادداشت, توضیحات, شرح
outcome: outcome, result, call result, نتیجه
done_on: done on, done at, date, completed at, completed date, completion date, activity date,
    marked as done time, call date, meeting date, تاریخ, تاریخ انجام
due_on: due date, activity due date, due, due on, deadline, scheduled, start, start date,
    سررسید, تاریخ سررسید, موعد, مهلت
is_done: done, is done, status, completed, task status, activity status, وضعیت, انجام شده
account: account, account name, company, organization, organization name, related to, شرکت,
    سازمان, مشتری
contact: contact, contact name, contact person, person, person name, name, مخاطب, شخص, طرف
lead: lead, lead name, سرنخ
deal: deal, deal name, deal title, opportunity, opportunity name, معامله, فرصت
owner: owner, assigned to, assigned to user, user, rep, sales agent, agent, مسئول, کارشناس
external_id: id, activity id, task id, record id, شناسه
""",
}

#: What only files of this kind have; each counts three times when the kind is guessed.
HALLMARKS = """
products: price, sales price, unit price, list price, sku, series, product code, قیمت فروش,
    قیمت, کد کالا
users: sales agent, manager, regional office, reports to, role, team, مدیر فروش, سرپرست, نقش
accounts: industry, sector, employees, number of employees, annual revenue, subsidiary of,
    parent id, year established, billing street, billing city, ticker symbol, صنعت, تعداد پرسنل,
    سال تاسیس
contacts: first name, last name, given name, surname, family name, birthday, date of birth, job
    title, mobile phone, person name, نام خانوادگی, تاریخ تولد, سمت
leads: lead name, lead id, lead owner, converted date, is converted, rating, سرنخ, نام سرنخ,
    وضعیت سرنخ
deals: deal stage, stage, stage name, opportunity id, opportunity name, engage date, close date,
    close value, deal name, probability, expected close date, مرحله, معامله, عنوان معامله, ارزش
    معامله
activities: activity type, due date, subject, activity date, outcome, call result, نوع فعالیت,
    سررسید, موضوع, تاریخ انجام
"""


def plain(header: str) -> str:
    """Return a header as it is compared: "BillingCity", "billing_city", "Billing - City"."""
    return _SIGNS.sub(" ", fold(_CAMEL.sub(" ", header))).strip()


def _table(text: str) -> dict[str, str]:
    """Return {header: field}; a later line for the same field or header wins over a general one."""
    table: dict[str, str] = {}
    for line in text.replace("\n    ", " ").strip().splitlines():
        if line:
            target, _colon, words = line.rpartition(": ")
            table |= {plain(word): target for word in words.split(", ")}
    return table


TARGETS = {kind: _table(text) for kind, text in ALIASES.items()}
SIGNS_OF: dict[str, set[str]] = {kind: set() for kind in ALIASES}
for _word, _kind in _table(HALLMARKS).items():
    SIGNS_OF[_kind].add(_word)
