// The inbox: selection and its bar, rows that stay current, the pill of new posts, the open thread's place in the list.

const desk = () => document.querySelector("[data-inbox]");
const list = () => document.getElementById("list");
const rows = () => [...(list()?.querySelectorAll("[data-row]") ?? [])];
const row = (id) => document.getElementById(`row-${id}`);
const boxes = (checked) => [...(list()?.querySelectorAll(`[name=ids]${checked ? ":checked" : ""}`) ?? [])];
const opened = () => document.querySelector("#pane [data-thread]");

// --- selection
let last = null;
function selection() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const many = boxes(true).length;
  bar.hidden = !many;
  bar.querySelector("[data-many]").textContent = many;
}
document.addEventListener("change", (event) => {
  if (event.target.name === "ids" && list()?.contains(event.target)) selection();
});
document.addEventListener("click", (event) => {
  const box = event.target.closest?.("#list [name=ids]");
  if (box) {
    if (event.shiftKey && last) {
      const all = boxes(), [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      all.slice(Math.max(from, 0), to + 1).forEach((one) => (one.checked = box.checked));
    }
    last = box;
    selection();
  }
  if (event.target.closest("[data-select-none]")) {
    boxes(true).forEach((one) => (one.checked = false));
    selection();
  }
  if (event.target.closest("[data-select-all]")) {
    boxes().forEach((one) => (one.checked = true));
    selection();
  }
  if (event.target.closest("[data-fresh-show]")) {
    document.getElementById("fresh").replaceChildren();
    list().scrollTop = 0;
    htmx.trigger(list(), "reload");
  }
});
// e, a, s on a row under the cursor that is not the open one: it is taken as the selection, so that the bar's button answers.
document.addEventListener("keydown", (event) => {
  if (!["e", "a", "s"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.keys === "off") return;
  if (event.target.closest?.("input:not([type=checkbox]), textarea, select") || boxes(true).length) return;
  const under = list()?.querySelector("[data-cursor]");
  if (!under || under.hasAttribute("aria-current")) return;
  under.querySelector("[name=ids]").checked = true;
  selection();
}, true);

// --- a deed was done: rows that leave fade at once, the server says how they stand now
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id !== "bulk" && !event.target.matches?.("[data-act]")) return;
  const did = event.detail.requestConfig.parameters.do ?? event.detail.requestConfig.formData?.get("do") ?? "";
  if (!/^(finish|spam|snooze)/.test(did) || /view=semua/.test(desk()?.dataset.query ?? "")) return;
  for (const id of [].concat(event.detail.requestConfig.parameters.ids ?? [])) row(id)?.classList.add("leaving");
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) list()?.querySelectorAll(".leaving").forEach((one) => one.classList.remove("leaving"));
});
document.addEventListener("desk", (event) => {
  const { ids = [], did = "" } = event.detail ?? {};
  boxes(true).forEach((one) => (one.checked = false));
  selection();
  for (const menu of document.querySelectorAll("details[data-drop][open]")) menu.open = false;
  if (!ids.length) {
    htmx.trigger(list(), "reload");
    renew();
    return;
  }
  const open = opened()?.dataset.thread;
  const leaves = /^(finish|spam|snooze)$/.test(did) && ids.map(String).includes(open ?? "");
  const next = leaves ? neighbour(1, ids) ?? neighbour(-1, ids) : null;
  current(ids);
  if (leaves) next && matchMedia("(width >= 64rem)").matches ? next.querySelector("[data-row-link]").click() : close();
  else if (open && ids.map(String).includes(open)) renew();
});
function current(ids) {
  const shown = ids.filter((id) => row(id));
  if (!shown.length || !desk()) return;
  const { rows: address, query } = desk().dataset;
  htmx.ajax("GET", `${address}?${query}&ids=${shown.join(",")}`, { target: "#fresh", swap: "none" });
}

// --- live: changed rows are fetched, new posts are announced in a pill that moves nothing
document.body.addEventListener("live:post_changed", (event) => {
  current(event.detail.ids);
  const thread = opened()?.dataset;
  if (thread && (event.detail.gap || event.detail.ids.some((id) => thread.posts.split(" ").includes(String(id))))) renew();
  if (event.detail.gap) fresh();
});
document.body.addEventListener("live:delivery", (event) => {
  const card = document.querySelector("#reply [data-delivery]");
  if (card && (event.detail.gap || event.detail.ids.map(String).includes(card.dataset.delivery))) renew();
});
document.body.addEventListener("live:case", (event) => {
  const card = document.querySelector("#case-panel [data-case]");
  if (card && event.detail.ids.map(String).includes(card.dataset.case)) htmx.trigger("#case-panel", "renew");
});
document.body.addEventListener("live:post", () => fresh());
let asked = 0, later;
function fresh() {
  if (!desk()) return;
  clearTimeout(later);
  const wait = Math.max(0, asked + 1000 - Date.now());
  later = setTimeout(() => {
    asked = Date.now();
    const { fresh: address, query } = desk().dataset;
    const newest = Math.max(0, ...rows().map((one) => Number(one.dataset.id)), Number(document.getElementById("rows")?.dataset.newest ?? 0));
    htmx.ajax("GET", `${address}?${query}&newest=${newest}`, { target: "#fresh", swap: "innerHTML" });
    const thread = opened();
    if (thread) htmx.trigger("#talk", "renew");
  }, wait);
}
function renew() {
  if (!opened()) return;
  htmx.trigger("#talk", "renew");
  if (!document.querySelector("#reply textarea")) htmx.trigger("#reply", "renew");
}

// --- the open thread: marked in the list; [ and ] move to its neighbours; back to the list without losing the place
function mark() {
  const id = opened()?.dataset.thread;
  for (const one of rows()) {
    one.toggleAttribute("aria-current", one.dataset.id === id);
    if (one.dataset.id === id) {
      one.setAttribute("aria-current", "true");
      one.removeAttribute("data-unread");
      one.scrollIntoView({ block: "nearest" });
    }
  }
}
function neighbour(step, without = []) {
  const shown = rows(), at = shown.findIndex((one) => one.dataset.id === opened()?.dataset.thread);
  for (let i = at + step; at >= 0 && i >= 0 && i < shown.length; i += step) if (!without.map(String).includes(shown[i].dataset.id)) return shown[i];
  return null;
}
function close() {
  const pane = document.getElementById("pane");
  pane.replaceChildren();
  const { base, query } = desk().dataset;
  history.pushState({ htmx: true }, "", `${base}?${query}`);
  mark();
  restore();
}
document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (step) neighbour(Number(step.dataset.step))?.querySelector("[data-row-link]").click();
  const away = event.target.closest("[data-close-thread]");
  if (away && rows().length) {
    event.preventDefault();
    close();
  }
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "pane") {
    mark();
    document.getElementById("talk")?.querySelector("[data-focus]")?.scrollIntoView({ block: "nearest" });
    if (matchMedia("(width < 64rem)").matches) document.querySelector(".thread")?.focus();
  }
});

// --- the place in the list survives going back and forth
const key = () => `list:${desk()?.dataset.query}`;
let saving;
document.addEventListener("scroll", (event) => {
  if (event.target.id !== "list") return;
  clearTimeout(saving);
  saving = setTimeout(() => sessionStorage.setItem(key(), event.target.scrollTop), 100);
}, true);
function restore() {
  const at = Number(sessionStorage.getItem(key()) ?? 0);
  if (list() && at) list().scrollTop = at;
}
document.addEventListener("htmx:historyRestore", restore);
restore();
mark();
