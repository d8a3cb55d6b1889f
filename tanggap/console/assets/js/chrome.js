// Menus, dialogs, toasts, confirmation, offline banner, times: what every page has. Works on what htmx swaps in, too.

const $ = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- menus on <details data-drop>: one open at a time, closed by Esc and by a click outside
document.addEventListener("click", (event) => {
  for (const menu of all("details[data-drop][open]")) {
    if (!menu.contains(event.target) || event.target.closest("[data-close-drop]")) menu.open = false;
  }
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[data-drop]") && event.target.open) {
    for (const menu of all("details[data-drop][open]")) if (menu !== event.target && !menu.contains(event.target)) menu.open = false;
    event.target.querySelector("[autofocus]")?.focus();
  }
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = all("details[data-drop][open]").at(-1);
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
  event.stopImmediatePropagation();
}, true);

// --- dialogs: data-open="id" opens, data-close closes, a click on the backdrop closes
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    const dialog = $(opener.dataset.open);
    if (dialog?.showModal && !dialog.open) dialog.showModal();
  }
  if (event.target.closest("[data-close]") || event.target.matches("dialog")) event.target.closest("dialog")?.close();
  if (event.target.closest("[data-reload]")) location.reload();
});

// --- confirmation: data-confirm="Question?" data-confirm-text data-confirm-do on a button of a form, or on a link
let confirmed = null;
function ask(asker, then) {
  $("confirm-title").textContent = asker.dataset.confirm;
  $("confirm-text").textContent = asker.dataset.confirmText || "";
  $("confirm-do").textContent = asker.dataset.confirmDo || asker.textContent.trim();
  confirmed = then;
  $("confirm").showModal();
}
$("confirm-do")?.addEventListener("click", () => {
  $("confirm").close();
  confirmed?.();
});
document.addEventListener("click", (event) => {
  const asker = event.target.closest("[data-confirm]");
  if (!asker || asker.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(asker, () => {
    asker.dataset.confirmed = "yes";
    asker.click();
    delete asker.dataset.confirmed;
  });
}, true);

// --- toasts: ten seconds to undo; they stay while the pointer or the focus is on them
function arm(card) {
  const wait = card.hasAttribute("data-undo") ? 10000 : card.dataset.kind === "error" ? 12000 : 5000;
  let left = wait, since = performance.now(), timer = setTimeout(() => card.remove(), left);
  const hold = () => { clearTimeout(timer); left -= performance.now() - since; };
  const go = () => { since = performance.now(); timer = setTimeout(() => card.remove(), Math.max(left, 1500)); };
  card.addEventListener("pointerenter", hold);
  card.addEventListener("pointerleave", go);
  card.addEventListener("focusin", hold);
  card.addEventListener("focusout", go);
}
export function toast({ text, kind = "done", undo = "" }) {
  if (!text) return;
  const card = $("toast-template").content.firstElementChild.cloneNode(true);
  card.dataset.kind = kind;
  card.querySelector("[data-text]").textContent = text;
  card.querySelector("[data-ok]").hidden = kind === "error";
  card.querySelector("[data-bad]").hidden = kind !== "error";
  const form = card.querySelector("[data-undo-form]");
  form.hidden = !undo;
  form.elements.token.value = undo;
  card.toggleAttribute("data-undo", Boolean(undo));
  for (const old of all("[data-toast]", $("toasts")).slice(0, -2)) old.remove();
  $("toasts").append(card);
  window.htmx?.process(card);
  arm(card);
}
all("[data-toast]", $("toasts") ?? document).forEach(arm);
document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove());
// The card is hidden at once but stays in the page until the answer: htmx tells what changed from the element that
// asked, and from one that is gone nobody would hear it.
document.addEventListener("submit", (event) => {
  const card = event.target.closest("[data-toast]");
  if (card) card.hidden = true;
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  const card = event.detail.elt.closest?.("[data-toast]");
  if (card) setTimeout(() => card.remove(), 0);
});
document.body.addEventListener("toast", (event) => toast(event.detail));

// --- what htmx could not do: said in words, with the text kept where it stands
const words = document.body.dataset;
document.body.addEventListener("htmx:sendError", () => offline(true));
document.body.addEventListener("htmx:timeout", () => offline(true));
document.body.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401 && words.login) location.assign(`${words.login}?next=${encodeURIComponent(location.pathname + location.search)}`);
  else if (!(xhr.getResponseHeader("HX-Trigger") || "").includes('"toast"')) {
    toast({ text: words.failed.replace("{code}", xhr.status), kind: "error" });
  }
});
document.body.addEventListener("htmx:beforeRequest", (event) => event.detail.elt.setAttribute("aria-busy", "true"));
document.body.addEventListener("htmx:afterRequest", (event) => {
  event.detail.requestConfig.elt.removeAttribute("aria-busy");
  if (event.detail.successful) offline(false);
});

function offline(yes) {
  const banner = $("offline");
  if (banner) banner.hidden = !yes;
}
addEventListener("offline", () => offline(true));
addEventListener("online", () => offline(false));
if (!navigator.onLine) offline(true);

// --- a screen reader hears what changed: <… data-announce="text"> in anything swapped in
document.body.addEventListener("htmx:afterSwap", (event) => {
  const said = event.target.querySelector?.("[data-announce]")?.dataset.announce;
  if (said && $("announce")) $("announce").textContent = said;
  times();
});

// --- waiting times stay current without asking the server
const units = (words.ages || "").split("|");
function times() {
  const now = Date.now();
  for (const time of all('time[data-time="age"]')) {
    const minutes = Math.floor((now - Date.parse(time.dateTime)) / 60000);
    if (minutes >= 60 * 24 * 60) continue;
    const text = minutes < 1 ? units[0] : minutes < 60 ? minutes + units[1] : minutes < 1440 ? Math.floor(minutes / 60) + units[2] : Math.floor(minutes / 1440) + units[3];
    if (time.textContent !== text) time.textContent = text;
  }
}
setInterval(times, 30000);

// --- fields that submit their form when they change, buttons that copy, values that are shown
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-autosubmit]")) event.target.form?.requestSubmit();
});
document.addEventListener("click", async (event) => {
  const copier = event.target.closest("[data-copy]");
  if (!copier) return;
  const from = $(copier.dataset.copy);
  await navigator.clipboard.writeText(from?.value ?? from?.textContent ?? copier.dataset.copyText ?? "");
  if (copier.dataset.copied) toast({ text: copier.dataset.copied });
});
document.addEventListener("click", (event) => {
  const shower = event.target.closest("[data-show-password]");
  if (!shower) return;
  const field = $(shower.dataset.showPassword);
  field.type = field.type === "password" ? "text" : "password";
  shower.setAttribute("aria-pressed", String(field.type === "text"));
});

// --- filter forms leave empty fields out of the address
document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("form[data-lean]")) return;
  const empty = [...event.target.elements].filter((field) => field.name && field.value === "");
  empty.forEach((field) => (field.disabled = true));
  setTimeout(() => empty.forEach((field) => (field.disabled = false)));
});
