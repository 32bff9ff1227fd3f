// A refused meeting in its sheet again, as it was saved; saving it anew takes the place of the refused one.
import { openSheet } from "./elements/bottom-sheet.js";

function valuesOf(body) {
  const ref = ["contact", "lead", "account"].filter((kind) => body[`${kind}_id`]).map((kind) => `${kind}:${body[`${kind}_id`]}`)[0];
  const step = body.next_step?.when ?? "";
  const isChip = ["tomorrow", "3_days", "next_week"].includes(step);
  return {
    kind: body.kind, outcome: body.outcome, note: body.note, activity_id: body.planned_id,
    who: ref ?? (body.new_contact ? "new" : ""), new_name: body.new_contact?.name, new_phone: body.new_contact?.phone,
    next_step: step && (isChip ? step : "date"), next_step_on: isChip ? "" : step,
    stage_id: body.deal?.to === "won" ? "closed" : body.deal?.to, lost_reason: body.deal?.lost_reason,
  };
}

/** Open the sheet of a parked capture with what it says. */
export async function editAgain(outbox, { id, body, label }) {
  const values = Object.entries(valuesOf(body)).filter(([, value]) => value);
  const draft = {
    at: Date.now(), values, supersedes: id, who: label.split(" · ")[1] ?? label,
    ids: { capture: outbox.id(), person: body.new_contact?.id ?? outbox.id(), step: body.next_step?.id ?? outbox.id(), shown: {} },
  };
  await outbox.drafts.save(`activity.log again=${id}`, draft);
  await openSheet(`/capture?again=${id}`);
}
