// What the capture sheet knows with no line: people, deals and stages from the book on this phone.
import { ready } from "./offline.js";

const KINDS = ["contact", "lead", "account"];

async function book() {
  const outbox = await ready;
  return (await outbox?.book.get().catch(() => null)) ?? null;
}

/** Return {ref, name} of whom an address of the sheet names, if the book has them. */
export async function whoIs(asked) {
  const known = await book();
  if (!known) return null;
  const deal = known.deals.find((one) => one.id === asked.get("deal_id"));
  const kind = KINDS.find((one) => asked.get(`${one}_id`));
  const ref = kind ? `${kind}:${asked.get(`${kind}_id`)}` : deal?.contact_ref;
  const person = known.people.find(([one]) => one === ref);
  if (person) return { ref, name: person[1] };
  return deal ? { ref: "", name: deal.account ?? deal.name } : null;
}

/** Return the stage part for the open deal of `who`, as the server would draw it; nothing where there is none. */
export async function stagePart(form, who, dealId = "") {
  const known = await book();
  const deal = known?.deals.find((one) => (dealId ? one.id === dealId : who && one.contact_ref === who));
  const stages = known?.pipelines.flatMap((one) => (one.stages.some(({ id }) => id === deal?.stage_id) ? one.stages : []));
  if (!deal || !stages.length) return [];
  const open = stages.filter(({ kind }) => kind === "open");
  const at = open.findIndex(({ id }) => id === deal.stage_id);
  const part = form.querySelector("#stage-part").content.cloneNode(true).firstElementChild;
  const values = {
    deal_id: deal.id, version: deal.version, deal_for: who, stage_ahead: open[at + 1]?.id ?? "", stage_now: deal.stage_id,
  };
  for (const [name, value] of Object.entries(values)) part.querySelector(`[name=${name}]`).value = value;
  part.querySelector("bdi").textContent = deal.name;
  drawStages(part.querySelector(".thread"), open, deal.stage_id);
  return [part];
}

function drawStages(thread, stages, now) {
  const [first] = thread.children;
  for (const stage of stages) {
    const cell = first.cloneNode(true);
    const input = cell.querySelector("input");
    input.value = stage.id;
    input.toggleAttribute("checked", stage.id === now);
    cell.querySelector("label").append(stage.label ?? stage.name);
    first.before(cell);
  }
  first.remove();
}
