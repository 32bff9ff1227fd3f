// What a form says, as the body of a capture: the same that the server reads from the form when no script runs.
import { Calendar } from "./elements/calendar.js";

const RECORDS = { contacts: "contact", accounts: "account", leads: "lead", deals: "deal" };
const LISTS = { phone: "phones", email: "emails" };
/** What a form carries for the page, not for the record. */
const NOT_FIELDS = /^(id|next|version|anyway|check|alike)$|_label$/;

const clean = (body) => Object.fromEntries(Object.entries(body).filter(([, value]) => value != null && value !== ""));
const idIn = (form) => new URL(form.action).pathname.split("/")[2];

/** Return a typed day as `YYYY-MM-DD`; what the calendar cannot read goes as it was typed. */
function day(text) {
  const { lang, dataset } = document.documentElement;
  const date = new Calendar(dataset.calendar, lang).read((text ?? "").trim());
  return date ? date.toISOString().slice(0, 10) : (text ?? "").trim();
}

/** The capture sheet. `ids` are those kept with its draft. */
export function log(form, _submitter, ids) {
  const said = Object.fromEntries(new FormData(form));
  const body = { id: ids.capture, kind: said.kind, outcome: said.outcome, note: said.note, planned_id: said.activity_id };
  const [kind, id] = (said.who ?? "").split(":");
  if (id) body[`${kind}_id`] = id;
  else if (said.new_name) body.new_contact = clean({ id: ids.person, name: said.new_name, phone: said.new_phone });
  if (said.deal_id && ["", said.who ?? ""].includes(said.deal_for ?? "")) body.deal = dealIn(said, form.elements.stage_now?.value);
  const when = said.next_step === "date" ? day(said.next_step_on) : said.next_step;
  if (when) body.next_step = { id: ids.step, when };
  return clean(body);
}

function dealIn(said, from) {
  const lost = said.outcome === "lost";
  const to = lost ? "lost" : said.stage_id === "closed" ? "won" : said.stage_id;
  return clean({ id: said.deal_id, from, to, lost_reason: lost ? said.lost_reason : null, base_version: Number(said.version) || null });
}

/** One tap on the stage thread. */
export function move(form, submitter) {
  const now = form.querySelector("[aria-current=step]")?.value;
  const reason = submitter?.name === "lost_reason" ? submitter.value : null;
  const stage_id = reason ? form.dataset.lost : submitter?.value;
  if (!stage_id) return null;
  return clean({
    deal_id: idIn(form), stage_id, from_stage_id: now, lost_reason: reason, base_version: Number(form.elements.version.value) || null,
  });
}

/** A ticked promise; taking the tick back is the form's own business. */
export function complete(form) {
  return form.elements.done?.value ? { activity_id: idIn(form) } : null;
}

/** One tap on a lead: taken, kept for later, or let go for the reason tapped. */
export function lead(form, submitter) {
  const reason = submitter?.name === "reason" ? submitter.value : null;
  return clean({ lead_id: idIn(form), reason });
}

/** A next step: a chip, or a day and perhaps a time. */
export function plan(form, submitter, ids) {
  const said = Object.fromEntries(new FormData(form, submitter));
  const body = { id: said.id || ids.capture, kind: said.kind, subject: said.subject, note: said.note };
  for (const record of Object.values(RECORDS)) body[`${record}_id`] = said[`${record}_id`];
  if (said.step && said.step !== "date") return clean({ ...body, when: said.step });
  const time = (said.due_time ?? "").replace(/[۰-۹]/g, (d) => "۰۱۲۳۴۵۶۷۸۹".indexOf(d)).match(/^(\d{1,2})\D(\d{2})$/);
  const at = new Date(`${day(said.due_on)}T${time ? `${time[1].padStart(2, "0")}:${time[2]}` : "10:00"}`);
  if (Number.isNaN(at.getTime()) || (said.due_time && !time)) return null;
  const ends = time && ["meeting", "visit"].includes(said.kind) ? new Date(at.getTime() + 3_600_000).toISOString() : null;
  return clean({ ...body, due_at: at.toISOString(), has_time: Boolean(time), ends_at: ends });
}

/** Every field of a record's form by its name; phones and addresses with their labels. */
export function fields(form) {
  const data = new FormData(form);
  const found = {};
  for (const name of new Set(data.keys())) {
    if (LISTS[name]) found[LISTS[name]] = rows(data, name);
    else if (!NOT_FIELDS.test(name)) found[name] = data.get(name);
  }
  return found;
}

function rows(data, name) {
  const labels = data.getAll(`${name}_label`);
  return data.getAll(name).map((value, n) => ({ value, label: labels[n] ?? "" })).filter(({ value }) => value.trim());
}

/** A new record, under the id that its form was given. */
export function create(form, _submitter, ids) {
  const said = Object.entries(fields(form)).filter(([, value]) => value !== "");
  return { id: form.elements.id?.value || ids.capture, ...Object.fromEntries(said) };
}

/** What was changed of a record, field by field, with what stood there. */
export function edit(form, _submitter, ids) {
  const changes = {};
  for (const [name, to] of Object.entries(fields(form))) {
    const from = ids.shown[name];
    if (JSON.stringify(from) !== JSON.stringify(to)) changes[name] = { from, to };
  }
  if (!Object.keys(changes).length) return null;
  const [, path, id] = new URL(form.action).pathname.split("/");
  return { record: RECORDS[path], id, base_version: Number(form.elements.version.value) || null, changes };
}

/** What a lead is to become. */
const convert = (form) => clean({ lead_id: idIn(form), ...fields(form) });

export const READERS = {
  "activity.log": log, "deal.move": move, "followup.complete": complete, "activity.plan": plan, "record.edit": edit,
  "contact.create": create, "account.create": create, "lead.capture": create, "deal.create": create,
  "lead.claim": lead, "lead.defer": lead, "lead.disqualify": lead, "lead.convert": convert,
};
