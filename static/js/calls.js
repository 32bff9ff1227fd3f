// A number tapped here was a call: back in the app, the sheet for it stands open.
import { openSheet } from "./elements/bottom-sheet.js";

const MINUTES_30 = 30 * 60_000;
const RECORD = /^\/(contact|lead|deal|account)s\/([0-9a-f-]{36})/;

/** Return `contact_id=…` of whom a link calls: of its row, or of the page. */
function whoOf(link) {
  const near = link.closest(".row, .card, .hot, .deal")?.querySelector("a.row__link, a[href^='/deals/'], a[href^='/leads/'], a[href^='/contacts/'], a[href^='/accounts/']");
  const found = [near?.getAttribute("href"), location.pathname].map((path) => RECORD.exec(path ?? "")).find(Boolean);
  return found ? `${found[1]}_id=${found[2]}` : null;
}

/** Remember calls in the outbox's drafts, which are sealed, and ask how they went. */
export function watchCalls(outbox) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='tel:']");
    const who = link && whoOf(link);
    if (who) outbox.drafts.save("called", { who, at: Date.now() }).catch(() => {});
  });
  const back = async () => {
    if (document.visibilityState !== "visible") return;
    const call = await outbox.drafts.load("called").catch(() => null);
    if (!call) return;
    await outbox.drafts.drop("called");
    if (Date.now() - call.at < MINUTES_30) await openSheet(`/capture?kind=call&${call.who}&called=1`);
  };
  document.addEventListener("visibilitychange", back);
  addEventListener("pageshow", back);
  // The system may have put the page away during the call: then this one is new.
  back();
}
