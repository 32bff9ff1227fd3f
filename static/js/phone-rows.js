// One row of «On this phone»: what it says of a capture, and what each of its buttons does.
import { reasonOf } from "./captures.js";

const { lang } = document.documentElement;
/** Kinds whose form can be filled again from what was saved. */
const FORMS = { "activity.log": "/capture" };

/** Return the row of a capture, a copy of the list's template. */
export function phoneRow(list, item) {
  const row = list.row.content.cloneNode(true).firstElementChild;
  row.dataset.id = item.id;
  row.querySelector("bdi").textContent = item.label || item.kind;
  row.querySelector(".row__sub").textContent = says(list, item);
  const cures = row.querySelector(".cluster");
  const parked = item.state === "parked";
  cures.hidden = !parked && !item.refused.length;
  cures.querySelector("[data-do=without-deal]").hidden = !parked || item.said?.can_drop !== "deal" || !item.body?.deal;
  cures.querySelector("[data-do=edit]").hidden = !parked || !FORMS[item.kind];
  cures.querySelector("[data-do=archive]").hidden = !parked;
  return row;
}

function says(list, item) {
  if (item.state === "parked") return reasonOf(item);
  if (item.state === "queued") {
    const tried = item.tries > 1 ? list.words("tries", item.tries) : list.dataset.waiting;
    return `${list.words("savedAt", ago(list, item.captured_at))} · ${tried}`;
  }
  // A photo that the server did not take is not among those to follow.
  const more = [item.blobs && list.words("blobs", item.blobs), ...new Set(item.refused)].filter(Boolean).map((said) => ` · ${said}`).join("");
  if (["conflict", "merged"].includes(item.verdict)) return list.words("merged", reasonOf(item)) + more;
  return list.words("sentAt", ago(list, item.sent_at)) + more;
}

function ago(list, at) {
  const seconds = (new Date(at) - Date.now()) / 1000;
  if (seconds > -60) return list.dataset.now;
  const [unit, size] = seconds < -86_400 ? ["day", 86_400] : seconds < -3600 ? ["hour", 3600] : ["minute", 60];
  return new Intl.RelativeTimeFormat(lang, { numeric: "always" }).format(Math.ceil(seconds / size), unit);
}

async function sendAnew(list, id, body) {
  // The server keeps its answer under the old id: what is tried again goes under a new one.
  await list.outbox.supersede(id, body);
  await list.outbox.drain("tap");
}

export const CURES = {
  async drain(list) {
    const { state } = await list.outbox.drain("tap");
    list.show({ "sign-in": state === "sign-in" });
  },
  async retry(list, id) {
    const { state, body } = await list.item(id);
    if (state === "parked") return sendAnew(list, id, body);
    await list.outbox.retry(id);
    await list.outbox.drain("tap");
  },
  async "without-deal"(list, id) {
    const { deal, ...body } = (await list.item(id)).body;
    if (deal) await sendAnew(list, id, body);
  },
  archive: (list, id) => list.outbox.archive(id),
  async edit(list, id) {
    const { editAgain } = await import("./edit-again.js");
    await editAgain(list.outbox, await list.item(id));
  },
  async export(list) {
    const text = await list.outbox.exportText();
    const file = new File([text], `${list.dataset.name}.txt`, { type: "text/plain" });
    if (navigator.canShare?.({ files: [file] })) return navigator.share({ files: [file] }).catch(() => {});
    Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: file.name }).click();
  },
  more(list) {
    list.most += 100;
  },
};
