// Typed text is never lost: kept on this device as it is typed, given back after a crash or an ended session, and
// forgotten once the server has it for good. The server keeps a draft of its own (see reply_text.html).

const prefix = "draf:";
const key = (field) => prefix + field.dataset.draft;

document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-draft]");
  if (!field) return;
  try {
    if (field.value.trim()) localStorage.setItem(key(field), field.value);
    else localStorage.removeItem(key(field));
  } catch { /* a full or closed storage: the server's draft remains */ }
});
function giveBack(root = document) {
  for (const field of root.querySelectorAll?.("[data-draft]") ?? []) {
    const kept = localStorage.getItem(key(field));
    if (!kept || field.value.trim()) continue;
    field.value = kept;
    field.closest("details")?.setAttribute("open", "");
    if (field.hasAttribute("hx-post")) setTimeout(() => htmx.trigger(field, "recheck"), 50);
  }
}
document.addEventListener("htmx:afterSettle", (event) => giveBack(event.target));
giveBack();

// Sent, saved or thrown away: the copy on this device goes. A refused or failed request keeps it.
document.addEventListener("htmx:afterRequest", (event) => {
  const asker = event.detail.requestConfig.elt; // the form or button itself, also when the answer took its place
  if (!asker.matches?.("form[data-send], [data-forget]") || event.detail.xhr.status >= 300 || event.detail.requestConfig.verb !== "post") return;
  for (const field of asker.closest("form").querySelectorAll("[data-draft]")) localStorage.removeItem(key(field));
});
// What was answered elsewhere is fetched when its box is opened, and again until it came.
const bring = (box) => {
  const failed = box.querySelector("[data-failed]");
  if (!failed) return;
  failed.hidden = true;
  box.querySelector("[data-loading]").hidden = false;
  htmx.trigger(box.querySelector("[hx-get]"), "fetch");
};
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[data-fetch]") && event.target.open) bring(event.target);
}, true);
document.addEventListener("htmx:afterRequest", (event) => {
  const body = event.detail.requestConfig.elt;
  if (event.detail.successful || !body.matches?.("[data-fetch] > [hx-get]")) return;
  body.querySelector("[data-loading]").hidden = true;
  body.querySelector("[data-failed]").hidden = false;
});
// data-put="id" data-into="id": a text goes into a field after what stands there, as if it had been typed.
document.addEventListener("click", (event) => {
  const again = event.target.closest("[data-fetch-again]");
  if (again) bring(again.closest("[data-fetch]"));
  const put = event.target.closest("[data-put]");
  if (!put) return;
  const text = document.getElementById(put.dataset.put).textContent.trim();
  const field = document.getElementById(put.dataset.into);
  const typed = field.value.trimEnd();
  if (!typed.includes(text)) {
    field.value = typed ? `${typed}\n\n${text}` : text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  put.closest("details").open = false;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  field.scrollTop = field.scrollHeight;
});
// Who leaves leaves nothing of citizens' words behind.
document.addEventListener("submit", (event) => {
  if (!event.target.action?.includes("/akun/keluar/")) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name);
});
// Public or private changes what the checks say.
document.addEventListener("change", (event) => {
  if (event.target.name === "private") htmx.trigger(event.target.form.querySelector("textarea"), "recheck");
});
// A finding is shown in the text: by its quotation, or one after another by F8. Offsets count code points.
let last = -1;
function point(quote) {
  const field = quote.closest("form").querySelector("textarea");
  const signs = [...field.value];
  const at = (count) => signs.slice(0, count).join("").length;
  field.focus();
  field.setSelectionRange(at(Number(quote.dataset.start)), at(Number(quote.dataset.end)));
  quote.closest("li").scrollIntoView({ block: "nearest" });
}
document.addEventListener("click", (event) => {
  const quote = event.target.closest("[data-quote]");
  if (!quote) return;
  last = [...document.querySelectorAll("[data-quote]")].indexOf(quote);
  point(quote);
});
document.addEventListener("keydown", (event) => {
  const quotes = [...document.querySelectorAll("[data-findings] [data-quote]")];
  if (event.key !== "F8" || !quotes.length) return;
  event.preventDefault();
  last = (last + (event.shiftKey ? quotes.length - 1 : 1)) % quotes.length;
  point(quotes[Math.max(last, 0)]);
});
// A reason that is being written outlives the next look at the text.
let reasons = {};
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "reply-checks") return;
  reasons = Object.fromEntries([...event.target.querySelectorAll("[name^=reason-]")].map((field) => [field.name, [field.value, field.closest("details").open, field.closest("details").querySelector("[name=override]").checked]]));
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "reply-checks") return;
  for (const field of event.target.querySelectorAll("[name^=reason-]")) {
    const [reason, open, answered] = reasons[field.name] ?? ["", false, false];
    field.value = reason;
    field.closest("details").open = open;
    field.closest("details").querySelector("[name=override]").checked = answered;
  }
});
// The case panel stays put away where somebody put it away.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-panel]") && matchMedia("(width >= 80rem)").matches) localStorage.setItem("panel", event.target.checked ? "off" : "on");
});
function panel() {
  const box = document.querySelector("[data-panel]");
  if (box && matchMedia("(width >= 80rem)").matches) box.checked = localStorage.getItem("panel") === "off";
}
document.addEventListener("htmx:afterSettle", panel);
panel();
