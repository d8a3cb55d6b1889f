// /events: tells the page that something changed. A message {k: kind, i: ids, n: count} becomes the event "live:KIND" on the
// body, gathered over 400 ms so that a burst asks the server once. What changed is fetched by the listener.

const waiting = new Map();
let source, tries = 0, timer;

function open() {
  if (source || document.hidden || !document.body.dataset.events) return;
  source = new EventSource(document.body.dataset.events);
  source.onopen = () => {
    if (tries) flush("again");
    tries = 0;
    document.body.removeAttribute("data-stale");
  };
  source.onmessage = (event) => {
    let told;
    try { told = JSON.parse(event.data); } catch { return; }
    const seen = waiting.get(told.k) ?? { ids: new Set(), n: 0 };
    told.i?.forEach((id) => seen.ids.add(id));
    seen.n += told.n ?? told.i?.length ?? 1;
    waiting.set(told.k, seen);
    timer ??= setTimeout(flush, 400);
  };
  source.onerror = () => {
    // The browser tries again by itself unless the server refused; then we do, ever more slowly.
    if (source?.readyState !== EventSource.CLOSED) return;
    source = null;
    tries += 1;
    document.body.setAttribute("data-stale", "");
    setTimeout(open, Math.min(60000, 1000 * 2 ** Math.min(tries, 6)));
  };
}
function flush(again) {
  timer = undefined;
  // After a gap nobody knows what was missed: every list asks again.
  if (again === "again") for (const kind of ["post", "post_changed", "case", "delivery", "notice", "job", "channel", "stop", "publication"]) say(kind, { ids: [], n: 0, gap: true });
  for (const [kind, seen] of waiting) say(kind, { ids: [...seen.ids], n: seen.n });
  waiting.clear();
}
function say(kind, detail) {
  document.body.dispatchEvent(new CustomEvent(`live:${kind}`, { detail }));
}
document.addEventListener("visibilitychange", () => {
  // A hidden tab holds no connection: the server caps them.
  if (document.hidden) {
    setTimeout(() => { if (document.hidden && source) { source.close(); source = null; tries = 1; } }, 60000);
  } else open();
});
open();
