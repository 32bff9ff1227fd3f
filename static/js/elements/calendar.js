// Days, months and digits of the two calendars, from Intl: no tables of our own to be wrong.
const PERSIAN = "۰۱۲۳۴۵۶۷۸۹";
const DAY = 86_400_000;

/** Return the calendar of a page: `jalali` or `gregorian`, in its language. */
export class Calendar {
  constructor(kind, language) {
    this.language = language;
    const tag = `${language}-u-ca-${kind === "jalali" ? "persian" : "gregory"}`;
    const numbers = `en-u-ca-${kind === "jalali" ? "persian" : "gregory"}-nu-latn`;
    this.numeric = new Intl.DateTimeFormat(numbers, { year: "numeric", month: "numeric", day: "numeric", timeZone: "UTC" });
    this.monthName = new Intl.DateTimeFormat(tag, { month: "long", timeZone: "UTC" });
    this.long = new Intl.DateTimeFormat(tag, { dateStyle: "full", timeZone: "UTC" });
    this.weekStart = kind === "jalali" || language === "fa" ? 6 : 1;
    this.separator = kind === "jalali" ? "/" : "-";
  }

  parts(date) {
    const found = {};
    for (const { type, value } of this.numeric.formatToParts(date)) found[type] = Number.parseInt(value, 10);
    return { year: found.year ?? found.relatedYear, month: found.month, day: found.day };
  }

  digits(text) {
    return this.language === "fa" ? String(text).replace(/\d/g, (d) => PERSIAN[d]) : String(text);
  }

  /** Return the text a form shows and accepts: 2026-11-24 or ۱۴۰۵/۰۹/۰۳. */
  text(date) {
    const { year, month, day } = this.parts(date);
    const two = (n) => String(n).padStart(2, "0");
    return this.digits([year, two(month), two(day)].join(this.separator));
  }

  read(text) {
    const plain = text.replace(/[۰-۹]/g, (d) => PERSIAN.indexOf(d)).match(/^(\d{4})\D(\d{1,2})\D(\d{1,2})$/);
    if (!plain) return null;
    const [year, month, day] = plain.slice(1).map(Number);
    const guess = new Date(Date.UTC(year < 1700 ? year + 621 : year, month - 1 + (year < 1700 ? 2 : 0), day));
    for (let n = -40; n <= 40; n += 1) {
      const date = new Date(guess.getTime() + n * DAY);
      const found = this.parts(date);
      if (found.year === year && found.month === month && found.day === day) return date;
    }
    return null;
  }

  /** Return the dates of the month in which `date` lies. */
  month(date) {
    let first = date;
    while (this.parts(first).day > 1) first = new Date(first.getTime() - DAY);
    const days = [];
    for (let d = first; days.length === 0 || this.parts(d).day > 1; d = new Date(d.getTime() + DAY)) days.push(d);
    return days;
  }

  title(date) {
    return `${this.monthName.format(date)} ${this.digits(this.parts(date).year)}`;
  }

  weekdays() {
    const name = new Intl.DateTimeFormat(this.language, { weekday: "narrow", timeZone: "UTC" });
    // 2023-01-01 was a Sunday.
    return [...Array(7).keys()].map((n) => name.format(new Date(Date.UTC(2023, 0, 1 + this.weekStart + n))));
  }

  offset(date) {
    return (date.getUTCDay() - this.weekStart + 7) % 7;
  }
}
