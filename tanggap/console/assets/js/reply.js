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
// Who leaves leaves nothing of citizens' words behind.
document.addEventListener("submit", (event) => {
  if (!event.target.action?.includes("/akun/keluar/")) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name);
});
// Public or private changes what the checks say.
document.addEventListener("change", (event) => {
  if (event.target.name === "private") htmx.trigger(event.target.form.querySelector("textarea"), "recheck");
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
