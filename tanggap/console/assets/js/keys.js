// Keys: data-key="e" or "g i" on a button or link is pressed by that key; [data-list] moves by j and k.
// One-letter keys can be switched off in the profile (WCAG 2.1.4); Ctrl+K and Esc stay.

const single = document.body.dataset.keys !== "off";
let first = "", timer;

const typing = (target) => target.closest?.('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"]');
const visible = (element) => element.offsetParent !== null || element.getClientRects().length > 0;
const find = (key) => [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => visible(one) && !one.disabled);

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return palette(event);
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return send(event);
  if (event.key === "Escape") return escape(event);
  if (event.ctrlKey || event.metaKey || event.altKey || !single || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const list = document.querySelector("[data-list]");
  if (list && inList(event, list)) return event.preventDefault();
  const key = first ? `${first} ${event.key}` : event.key;
  clearTimeout(timer);
  first = "";
  const focus = document.querySelector(`[data-key-focus="${CSS.escape(key)}"]`);
  if (focus && visible(focus)) {
    event.preventDefault();
    return focus.focus();
  }
  const target = find(key);
  if (target) {
    event.preventDefault();
    if (target.matches("details > summary")) {
      target.parentElement.open = true;
      target.parentElement.querySelector(".sheet :is(a, button, input)")?.focus();
    } else if (target.matches("textarea, input")) target.focus();
    else target.click();
  } else if (event.key === "g") {
    first = "g";
    timer = setTimeout(() => (first = ""), 1200);
  }
});

function inList(event, list) {
  const rows = [...list.querySelectorAll("[data-row]")].filter(visible);
  const at = rows.findIndex((row) => row.hasAttribute("data-cursor"));
  const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  const arrows = event.key.startsWith("Arrow");
  if (arrows && !list.contains(document.activeElement)) return false;
  if (step && rows.length) {
    const from = at < 0 ? rows.findIndex((row) => row.hasAttribute("aria-current")) : at;
    cursor(rows, rows[Math.min(Math.max(from + step, 0), rows.length - 1)]);
    return true;
  }
  if (event.key.toLowerCase() === "x" && at >= 0) {
    const box = rows[at].querySelector("input[type=checkbox]");
    if (event.shiftKey) {
      const last = rows.findLastIndex((row, index) => index < at && row.querySelector("input[type=checkbox]")?.checked);
      for (const row of rows.slice(Math.max(last, 0), at + 1)) check(row.querySelector("input[type=checkbox]"), true);
    } else check(box, !box?.checked);
    return true;
  }
  if (event.key === "Enter" && at >= 0 && !event.target.closest("a, button, summary, input")) {
    rows[at].querySelector("[data-row-link]")?.click();
    return true;
  }
  return false;
}
function check(box, on) {
  if (!box || box.checked === on) return;
  box.checked = on;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}
function cursor(rows, row) {
  for (const other of rows) other.toggleAttribute("data-cursor", other === row);
  (row.querySelector("[data-row-link]") ?? row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-list] [data-row]");
  if (!row) return;
  for (const other of row.closest("[data-list]").querySelectorAll("[data-cursor]")) other.removeAttribute("data-cursor");
  row.setAttribute("data-cursor", "");
});

// Esc: leave a field, then close what the page says it closes
function escape(event) {
  if (document.querySelector("dialog[open], details[data-drop][open]")) return;
  if (typing(event.target)) return event.target.blur();
  find("Escape")?.click();
}
function send(event) {
  const form = event.target.closest?.("form[data-send]");
  const button = form?.querySelector(event.shiftKey ? "[data-send-also]" : "[data-send-first]");
  if (!button) return;
  event.preventDefault();
  button.click();
}

// --- the palette: a list that the server answers, moved by arrows
const box = document.getElementById("palette");
function palette(event) {
  event.preventDefault();
  if (!box) return;
  box.showModal();
  const input = box.querySelector("input");
  input.value = "";
  window.htmx?.trigger(input, "palette:open");
}
box?.addEventListener("keydown", (event) => {
  const items = [...box.querySelectorAll("[role=option]")];
  const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && items.length) {
    event.preventDefault();
    const next = items[(at + step + items.length) % items.length];
    items.forEach((item) => item.setAttribute("aria-selected", String(item === next)));
    next.scrollIntoView({ block: "nearest" });
    event.target.setAttribute("aria-activedescendant", next.id);
  } else if (event.key === "Enter" && items.length) {
    event.preventDefault();
    const chosen = items[Math.max(at, 0)];
    if (chosen.dataset.press) {
      box.close();
      find(chosen.dataset.press)?.click();
    } else chosen.click();
  }
});
