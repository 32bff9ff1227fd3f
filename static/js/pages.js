// Fetching our own pages and fragments.

/** Return the parsed page at `url`, or null where only a full navigation can help (signed out, error). */
export async function fetchPage(url, headers = {}, patience = 15_000) {
  try {
    const answer = await fetch(url, { headers, credentials: "same-origin", signal: AbortSignal.timeout(patience) });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}
