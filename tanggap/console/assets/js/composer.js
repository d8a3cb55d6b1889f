// The composer: counts and folds with every key, saves as it is typed, and never loses a word. What is typed stands in
// this device's database at once and goes from there when the server has it. Each button sends the whole form, as it
// does without this script; the answer takes the place of the page's middle.
const stamp = new URL(import.meta.url).search;
const [{ counting }, { default: data }, { folded, withLink }, kept] = await Promise.all(["counting", "counting_data", "composer_fold", "composer_kept"].map((name) => import(`./${name}.js${stamp}`)));
const { count } = counting(data);
const number = new Intl.NumberFormat(document.documentElement.lang || "id");
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const form = () => one("[data-composer]");
const UNSAVED = /^(csrf|deed|remark|snippet_|override|reason-|take-|channel$|unit$|tab$|revision$)/;
const IDLE = 700, LATEST = 2000, AGAIN = 5000;
let typed = 0, saved = 0, running = null, timer, since = 0, base = [], chosen = "", last = null, at = -1;

// --- numbers and previews
const limitsOf = () => JSON.parse(one("#composer-data").textContent);
const valueOf = (id) => document.getElementById(id)?.value ?? "";
const textFor = (key, each) => withLink(valueOf(each.linked ? "f-text" : `f-v${key}-text`), each.link);
function say(used, most, unit) {
  const words = form().dataset;
  return `${number.format(used)} / ${number.format(most)}${unit === "bytes" ? ` ${words.bytes}` : ""}${used > most ? ` · ${words.over}` : ""}`;
}
function put(target, text, over) {
  if (!target) return;
  target.textContent = text;
  target.classList.toggle("over", over);
}
function show() {
  let tight = null;
  for (const [key, each] of Object.entries(limitsOf())) {
    const text = textFor(key, each);
    const { used, most, unit } = count(text, each.post);
    put(one(`[data-count-for="${key}"]`), `${number.format(used)}/${number.format(most)}`, used > most);
    put(one(`[data-count-long="${key}"]`), say(used, most, unit), used > most);
    if (each.linked && (!tight || used / most > tight.used / tight.most)) tight = { used, most, unit, name: each.name };
    for (const field of all(`[data-counted="${key}"]`)) {
      const said = count(field.value, each.reply);
      put(one(`[data-count-of="${field.id}"]`), field.value ? say(said.used, said.most, said.unit) : "", said.used > said.most);
    }
    const mirror = one(`[data-mirror="${key}"]`);
    if (mirror) mirror.textContent = text || "–";
    const box = one(`[data-preview="${key}"]`);
    if (!box) continue;
    const [head, rest] = folded(text, Number(box.dataset.signs), Number(box.dataset.lines));
    one("[data-head]", box).textContent = head;
    one("[data-rest]", box).textContent = rest;
    one("[data-fold]", box).hidden = !rest || box.hasAttribute("data-open");
  }
  const whole = one("[data-count-all]");
  if (whole) put(whole, tight ? `${tight.name} ${say(tight.used, tight.most, tight.unit)}` : "", Boolean(tight && tight.used > tight.most));
}

// --- kept here at once, saved there soon
const key = () => `${form().dataset.member}:${form().dataset.pk}`;
const entries = () => [...new FormData(form())].filter(([name, value]) => !UNSAVED.test(name) && typeof value === "string");
// Only what was changed here is sent, so that two who write in different fields leave only theirs to be chosen from.
// Fields that the server reads together go together.
const group = (name) => /^utm/.test(name) ? "utm" : /^(when|due_)/.test(name) ? "when" : /^v\d+-thread/.exec(name)?.[0] ?? name;
const grouped = (list) => { const found = {}; for (const [name, value] of list) (found[group(name)] ??= []).push([name, value]); return found; };
function changed() {
  const stood = grouped(base), now = grouped(entries());
  return Object.keys(now).filter((name) => JSON.stringify(now[name]) !== JSON.stringify(stood[name])).flatMap((name) => now[name]);
}
function bodyOf(list, upon = revision(), submitter = null) {
  const body = new FormData(form(), submitter);
  for (const name of new Set([...body.keys()])) if (!UNSAVED.test(name)) body.delete(name);
  for (const [name, value] of list) body.append(name, value);
  body.set("revision", upon);
  return body;
}
const revision = () => Number(form().elements.revision.value);
function status(text, tone = "") {
  const box = one("[data-status]");
  box.dataset.tone = tone;
  one("[data-status-text]").textContent = text;
}
const clock = () => new Date().toLocaleTimeString(document.documentElement.lang === "en" ? "en-GB" : "id", { hour: "2-digit", minute: "2-digit" });
function touched() {
  typed++;
  kept.put(key(), { entries: changed(), revision: revision(), at: Date.now() });
  status(form().dataset.typed);
  since ||= Date.now();
  clearTimeout(timer);
  timer = setTimeout(save, Math.max(0, Math.min(IDLE, since + LATEST - Date.now())));
}
function save() {
  clearTimeout(timer);
  running = (running ?? Promise.resolve()).then(() => send()).finally(() => { running = null; });
  return running;
}
async function send(list = null, upon = undefined) {
  if (!form() || typed === saved) return;
  const mine = typed, then = entries(), body = bodyOf(list ?? changed(), upon);
  since = 0;
  status(form().dataset.saving);
  const answer = await ask(form().dataset.save, body);
  if (!answer) return later();
  if (answer.status === 409) {
    saved = mine;
    await kept.drop(key());
    return refresh();
  }
  if (!answer.ok) return refused(answer);
  const told = await answer.json();
  form().elements.revision.value = told.revision;
  base = then;
  saved = mine;
  if (typed === mine) {
    await kept.drop(key());
    status(`${form().dataset.saved} ${clock()}`);
  } else await kept.put(key(), { entries: changed(), revision: told.revision, at: Date.now() });
  shown(told);
}
async function ask(url, body) {
  try {
    const answer = await fetch(url, { method: body ? "POST" : "GET", body, headers: { "HX-Request": "true" } });
    one("[data-offline]")?.toggleAttribute("hidden", true);
    return answer;
  } catch {
    one("[data-offline]")?.removeAttribute("hidden");
    return null;
  }
}
function later() {
  status(form().dataset.typed, "wait");
  clearTimeout(timer);
  timer = setTimeout(save, AGAIN);
}
async function refused(answer) {
  status(form().dataset.refused, "wait");
  if (answer.status === 401) return one("[data-session]").removeAttribute("hidden");
  const told = JSON.parse(answer.headers.get("HX-Trigger") || "{}").toast ?? (await answer.json().catch(() => ({})));
  if (told.text) status(told.text, "wait");
  if (answer.status >= 500) later();
}
function shown(told) {
  one("#composer-data").textContent = JSON.stringify(told.browser);
  for (const [channel, mark] of Object.entries(told.marks)) one(`[data-tabs] [data-tab="${channel}"]`)?.setAttribute("data-mark", mark);
  for (const box of all("[data-problem]")) {
    box.textContent = told.problems[box.dataset.problem] ?? "";
    box.hidden = !box.textContent;
  }
  one("#composer-links").innerHTML = told.links;
  const stops = one("[data-stops]");
  stops.textContent = told.stops;
  stops.hidden = !told.stops;
  const panel = one("#composer-panel");
  const open = all("details[open] [name^=reason-]", panel).map((field) => field.id);
  const focus = panel.contains(document.activeElement) ? document.activeElement.id : "";
  const values = Object.fromEntries(all("[name^=reason-]", panel).map((field) => [field.id, field.value]));
  panel.innerHTML = told.panel;
  for (const id of open) document.getElementById(id)?.closest("details").setAttribute("open", "");
  for (const [id, value] of Object.entries(values)) if (document.getElementById(id)) document.getElementById(id).value = value;
  if (focus) document.getElementById(focus)?.focus();
  for (const part of all("[data-needs-js]", panel)) part.hidden = false;
  tabs();
  show();
}

// --- deeds: the whole form is sent; a place elsewhere is gone to, the same page takes its own place
document.addEventListener("submit", async (event) => {
  if (event.target !== form() || event.defaultPrevented) return;
  event.preventDefault();
  const pressed = event.submitter;
  form().inert = true;
  await (typed === saved ? running : save());
  if (!form()?.contains(pressed)) return form() && (form().inert = false);
  const answer = await ask(form().action, bodyOf(changed(), revision(), pressed));
  if (form()) form().inert = false;
  if (!answer) return later();
  if (answer.status === 204 || [200, 409, 422].includes(answer.status)) {
    saved = typed;
    if (answer.status !== 422) await kept.drop(key());
    const to = answer.headers.get("HX-Redirect");
    if (to && new URL(to, location.href).pathname !== location.pathname) return location.assign(to);
    if (to) return refresh();
    const told = JSON.parse(answer.headers.get("HX-Trigger") || "{}").toast;
    const page = await answer.text();
    return told ? document.body.dispatchEvent(new CustomEvent("toast", { detail: told })) : swap(page);
  }
  refused(answer);
});
async function refresh(note = "") {
  const before = typed;
  const answer = await ask(`${location.pathname}?kanal=${form()?.dataset.tab ?? "all"}`);
  if (!answer?.ok || typed !== before) return;
  swap(await answer.text());
  if (note) status(note);
}
function swap(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.querySelector("#composer-page");
  if (!fresh) return location.reload();
  const view = form()?.dataset.view, focus = document.activeElement?.id, caret = document.activeElement?.selectionStart;
  one("#composer-page").replaceWith(document.importNode(fresh, true));
  window.htmx?.process(one("#composer-page"));
  form().dataset.view = view ?? "write";
  begin();
  for (const toast of page.querySelectorAll("#toasts [data-toast]")) {
    document.body.dispatchEvent(new CustomEvent("toast", { detail: { text: toast.querySelector("[data-text]").textContent.trim(), kind: toast.dataset.kind } }));
  }
  const summary = one("[data-summary], [data-copy-conflict]");
  if (summary) return summary.scrollIntoView({ block: "center" }), summary.focus({ preventScroll: true });
  const field = focus && document.getElementById(focus);
  field?.focus({ preventScroll: true });
  if (field?.matches?.("textarea")) field.setSelectionRange(caret, caret);
}

// --- what somebody else or another device did
document.body.addEventListener("live:publication", async (event) => {
  if (!form() || !(event.detail.gap || event.detail.ids.includes(Number(form().dataset.pk)) || !event.detail.ids.length)) return;
  await running;
  const answer = typed === saved ? await ask(form().dataset.state) : null;
  if (!answer?.ok) return;
  const stands = await answer.json();
  if (stands.revision !== revision() || stands.state !== "draft" || String(stands.remarks) !== form().dataset.remarks) refresh(form().dataset.newer);
});
document.body.addEventListener("publication_changed", () => {
  one("[data-library]").replaceChildren();
  refresh();
});
addEventListener("online", () => { if (form() && typed !== saved) save(); });
addEventListener("visibilitychange", () => { if (document.hidden && form() && typed !== saved) save(); });
addEventListener("beforeunload", (event) => { if (form() && typed !== saved && !navigator.onLine) event.preventDefault(); });

// --- tabs of channels, views of the phone
function tabs(open = form().dataset.tab) {
  if (!one(`[data-pane="${open}"]`)) open = "all";
  form().dataset.tab = form().elements.tab.value = open;
  for (const tab of all("[data-tab]", one("[data-tabs]"))) {
    const mine = tab.dataset.tab === open;
    tab.setAttribute("aria-selected", String(mine));
    tab.tabIndex = mine ? 0 : -1;
    if (mine) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  for (const pane of all("[data-pane]")) pane.hidden = pane.dataset.pane !== open;
  peek(open === "all" ? seen : open);
}
let seen = "";
function peek(wanted) {
  const boxes = all("[data-preview]");
  seen = boxes.some((box) => box.dataset.preview === wanted) ? wanted : boxes[0]?.dataset.preview;
  for (const box of boxes) box.hidden = box.dataset.preview !== seen;
  for (const button of all("[data-peek]")) button.setAttribute("aria-pressed", String(button.dataset.peek === seen));
}
function view(name) {
  form().dataset.view = name;
  for (const button of all("[data-show]")) button.setAttribute("aria-selected", String(button.dataset.show === name));
}
const rows = () => all("[data-tab]", one("[data-tabs]"));
document.addEventListener("keydown", (event) => {
  if (!form()) return;
  const control = event.ctrlKey || event.metaKey;
  const tab = control && /^[1-9]$/.test(event.key) ? rows()[event.key - 1] : null;
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (tab) tabs(tab.dataset.tab), focusText();
  else if (step && event.target.matches("[data-tabs] [data-tab]")) {
    const here = rows(), to = here[(here.indexOf(event.target) + step + here.length) % here.length];
    tabs(to.dataset.tab), to.focus();
  } else if (control && event.key.toLowerCase() === "s") save();
  else if (event.altKey && event.key.toLowerCase() === "p") view(form().dataset.view === "look" ? "write" : "look"), one("#look-title").scrollIntoView({ block: "nearest" });
  else if (event.key === "F8") next(event.shiftKey ? -1 : 1);
  else return;
  event.preventDefault();
});
const focusText = () => one(`[data-pane="${form().dataset.tab}"] .words-text`)?.focus();

// --- findings, one after another, shown in the text
function next(step) {
  const quotes = all("[data-findings] [data-quote]");
  if (!quotes.length) return;
  at = (at + step + quotes.length) % quotes.length;
  point(quotes[at]);
}
function point(quote) {
  const field = document.getElementById(`f-${quote.dataset.at}`);
  if (!field) return;
  tabs(field.closest("[data-pane]").dataset.pane);
  field.closest("details")?.setAttribute("open", "");
  view("write");
  const signs = [...field.value], place = (n) => signs.slice(0, n).join("").length;
  field.focus();
  field.setSelectionRange(place(Number(quote.dataset.start)), place(Number(quote.dataset.end)));
}

document.addEventListener("click", (event) => {
  if (!form()) return;
  const hit = (selector) => event.target.closest(selector);
  const tab = hit("[data-tabs] [data-tab]"), to = hit("[data-to]"), quote = hit("[data-quote]"), shows = hit("[data-show]"), insert = hit("[data-insert]"), pick = hit("[data-pick]"), unfold = hit("[data-unfold]");
  if (tab) tabs(tab.dataset.tab);
  else if (hit("[data-peek]")) peek(hit("[data-peek]").dataset.peek);
  else if (to) event.preventDefault(), view("write"), tabs(to.dataset.to), focusText();
  else if (quote) at = all("[data-findings] [data-quote]").indexOf(quote), point(quote);
  else if (shows) view(shows.dataset.show);
  else if (insert) insertText(insert.dataset.insert);
  else if (pick && !event.ctrlKey && !event.metaKey) event.preventDefault(), library(pick.href);
  else if (unfold) {
    const box = unfold.closest("[data-preview]");
    box.setAttribute("data-open", "");
    one("[data-rest]", box).hidden = false;
    one("[data-fold]", box).hidden = true;
  } else if (hit("[data-open=blocks]")) one("#f-snippet_text").value = chosen;
  else if (hit("[data-to-finding]")) view("check");
});
function insertText(text) {
  const field = last?.isConnected && !last.closest("[hidden]") ? last : one(`[data-pane="${form().dataset.tab}"] .words-text`) ?? one("#f-text");
  const before = field.value.slice(0, field.selectionStart);
  field.focus();
  field.setRangeText(`${before && !/\s$/.test(before) ? " " : ""}${text} `, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
async function library(href) {
  if (typed !== saved) await save();
  const answer = await ask(href);
  if (!answer?.ok) return;
  const place = one("[data-library]");
  place.innerHTML = await answer.text();
  window.htmx?.process(place);
  const dialog = one("dialog", place);
  if (dialog && !dialog.open) dialog.showModal();
}
document.addEventListener("selectionchange", () => {
  const field = document.activeElement;
  if (!field?.matches?.("[data-composer] .words-text")) return;
  last = field;
  chosen = field.value.slice(field.selectionStart, field.selectionEnd).trim().slice(0, 300);
});
document.addEventListener("focusin", (event) => {
  if (event.target.id !== "f-remark" || !form()) return;
  const quote = one("[data-quote-shown]");
  one("[data-remark-quote]").value = quote.textContent = chosen;
  quote.hidden = !chosen;
});

// --- what is typed
document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.form !== form() || !field.name || UNSAVED.test(field.name)) return;
  if (field.matches("[data-when]")) one("[name=when][value=at]", form()).checked = true;
  touched();
  show();
});
document.addEventListener("change", (event) => {
  if (event.target.form !== form() || !form()) return;
  if (event.target.matches("[data-unit]")) one("[data-unit-do]").click();
  if (event.target.matches("#channel-pick [name=channel]")) event.target.closest("details").dataset.changed = "yes";
});
document.addEventListener("toggle", (event) => {
  if (event.target.id === "channel-pick" && !event.target.open && event.target.dataset.changed) one("[data-channels]").click();
}, true);

async function restore() {
  const found = await kept.get(key());
  if (!found) return;
  const now = new Set(entries().map((each) => JSON.stringify(each)));
  if (found.entries.every((each) => now.has(JSON.stringify(each)))) return kept.drop(key());
  if (found.revision !== revision()) {
    typed++;
    await (running = send(found.entries, found.revision).finally(() => { running = null; }));
    return;
  }
  const seen = {};
  for (const field of form().elements) {
    if (!field.name || UNSAVED.test(field.name)) continue;
    const values = found.entries.filter(([name]) => name === field.name).map(([, value]) => value);
    const told = found.entries.some(([name]) => group(name) === group(field.name));
    if (["radio", "checkbox"].includes(field.type)) field.checked = told ? values.includes(field.value) : field.checked;
    else if (values.length) field.value = values[(seen[field.name] = (seen[field.name] ?? -1) + 1)] ?? field.value;
  }
  touched();
  document.body.dispatchEvent(new CustomEvent("toast", { detail: { text: form().dataset.back } }));
}
function begin() {
  form().dataset.live = "";
  for (const part of all("[data-tabs], [data-views], [data-needs-js]")) part.hidden = false;
  one("[data-unit-do]").hidden = true;
  at = -1;
  base = entries();
  tabs();
  view(form().dataset.view);
  show();
}
if (form()) {
  begin();
  restore();
}
