"""The words that other systems, and people, use in cells where we have a fixed set of our own."""

from __future__ import annotations

from crm.i18n import fold

_MEANINGS = """
stage.lead: prospecting, prospect, new, open, lead in, incoming, appointment scheduled, جدید,
    سرنخ, تماس اولیه
stage.qualified: engaging, engaged, qualification, qualified to buy, contact made, needs
    analysis, discovery, demo scheduled, presentation scheduled, واجد شرایط, نیازسنجی, مذاکره
    اولیه
stage.proposal: proposal made, proposal sent, proposal/price quote, quote, quote sent,
    negotiation, negotiations started, negotiation/review, contract sent, decision maker bought
    in, پیشنهاد رفته, پیشنهاد, پیش فاکتور, مذاکره, ارسال پیشنهاد, پیشنهاد ارسال شده
stage.won: closed won, closedwon, win, success, successful, برنده, موفق, برد, فروخته شد, بسته شد
    برنده
stage.lost: closed lost, closedlost, loss, failed, dead, abandoned, بازنده, ناموفق, باخت, از دست
    رفته, منتفی شد, شکست
heat.hot: hot, داغ, high, بالا, زیاد, a
heat.warm: warm, گرم, medium, متوسط, ولرم, b
heat.cold: cold, سرد, low, پایین, کم, c
status.new: new, open, not contacted, جدید, تازه
status.working: working, contacted, attempted to contact, in progress, connected, open deal, در
    حال پیگیری, تماس گرفته شد
status.later: later, nurture, nurturing, bad timing, contact in future, بعدا, بعدها
activity_kind.meeting: meeting, appointment, event, demo, lunch, جلسه, قرار, ملاقات
activity_kind.call: call, phone, phone call, telephone, تماس, تلفن, تماس تلفنی
activity_kind.visit: visit, site visit, بازدید, ویزیت, حضوری
activity_kind.message: message, email, e-mail, sms, whatsapp, telegram, chat, letter, پیام,
    پیامک, ایمیل, نامه
activity_kind.note: note, comment, یادداشت
activity_kind.task: task, todo, to do, to-do, deadline, follow up, کار, وظیفه, پیگیری
outcome.interested: interested, positive, علاقه مند, مثبت
outcome.quote: quote, wants quote, پیش فاکتور
outcome.follow_up: follow up, follow-up, callback, پیگیری
outcome.no_answer: no answer, busy, left voicemail, voicemail, بی پاسخ, جواب نداد
outcome.not_now: not now, later, فعلا نه
outcome.lost: lost, not interested, منتفی شد
lost_reason.price: price, too expensive, budget, قیمت, گران
lost_reason.competitor: competitor, competition, رقیب
lost_reason.timing: timing, too late, زمان
lost_reason.no_need: no need, not needed, نیاز نداشت, بی نیاز
lost_reason.no_answer: no answer, no response, unresponsive, بی پاسخ
lost_reason.other: other, unknown, سایر, دیگر
language.fa: fa, farsi, persian, fa-ir, فارسی
language.en: en, english, en-us, en-gb, انگلیسی
language.ar: ar, arabic, عربی
language.tr: tr, turkish, ترکی
language.de: de, german, آلمانی
language.fr: fr, french, فرانسوی
language.ru: ru, russian, روسی
language.zh: zh, chinese, چینی
language.ku: ku, kurdish, کردی
language.az: az, azeri, آذری
flag.yes: yes, y, true, 1, done, completed, complete, closed, held, بله, بلی, انجام شد, انجام
    شده
flag.no: no, n, false, 0, open, planned, not started, in progress, pending, خیر, نه, انجام نشده
"""


def _read() -> dict[str, dict[str, str]]:
    """Return {what: {folded word: ours}}."""
    meanings: dict[str, dict[str, str]] = {}
    for line in _MEANINGS.replace("\n    ", " ").strip().splitlines():
        name, _colon, words = line.partition(": ")
        what, _point, ours = name.partition(".")
        meanings.setdefault(what, {}).update({fold(word): ours for word in words.split(", ")})
    return meanings


MEANINGS = _read()
