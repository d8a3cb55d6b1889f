// The calendar: arrows move the day, m moves what is chosen, dragging does the same; a phone begins with the agenda.

const page = document.querySelector(".cal-page");
const single = document.body.dataset.keys !== "off";
const dialog = document.getElementById("calendar-move");

if (page?.dataset.phoneView && matchMedia("(width < 48rem)").matches && !document.querySelector(".cal-agenda")) location.replace(page.dataset.phoneView);

// --- the dialog: shown when its content has come, closed when the move is done
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "calendar-dialog" || !dialog) return;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[role=alert], [autofocus]")?.focus();
});
document.body.addEventListener("calendar", () => dialog?.close());
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close-move]") || !dialog?.open) return;
  event.preventDefault();
  dialog.close();
});

// --- keys
const days = () => [...document.querySelectorAll("[data-day]")];
function go(from, by) {
  const all = days();
  const next = all[all.indexOf(from) + by];
  if (!next) return document.querySelector(`[rel=${by > 0 ? "next" : "prev"}][data-key]`)?.click();
  for (const one of all) one.tabIndex = one === next ? 0 : -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const entry = event.target.closest?.("[data-entry]");
  const day = event.target.closest?.("[data-day]");
  if (event.key === "m" && single && (entry || day) && !event.target.matches("input, select, textarea")) {
    const mover = (entry ?? day).querySelector("[data-mover]");
    if (mover) {
      event.preventDefault();
      mover.click();
    }
    return;
  }
  const wide = document.querySelector(".cal-month") ? 7 : 1;
  const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide, ArrowUp: -wide }[event.key];
  if (by && (day || event.target === document.body)) {
    event.preventDefault();
    if (day) go(day, by);
    else days().find((one) => one.tabIndex === 0)?.focus();
  } else if (event.key === "Enter" && event.target === day) {
    event.preventDefault();
    const links = [...day.querySelectorAll(".cal-open")].filter((one) => one.offsetParent);
    if (links.length === 1) links[0].click();
    else (links[0] ?? day.querySelector(".cal-day"))?.[links.length ? "focus" : "click"]();
  } else if (event.key === "Escape" && entry && day) {
    event.stopPropagation();
    day.focus();
  }
}, true);

// --- dragging: to another day with the hour kept, or back among the drafts without a day
let held = null;
const place = (event) => event.target.closest?.("[data-day], [data-drawer]");
document.addEventListener("dragstart", (event) => {
  held = event.target.closest?.("[data-move]");
  if (!held) return;
  held.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held.id);
});
document.addEventListener("dragover", (event) => {
  const over = held && place(event);
  for (const one of document.querySelectorAll(".drop")) if (one !== over) one.classList.remove("drop");
  if (!over) return;
  event.preventDefault();
  over.classList.add("drop");
});
document.addEventListener("dragend", () => {
  held?.classList.remove("dragged");
  for (const one of document.querySelectorAll(".drop")) one.classList.remove("drop");
  held = null;
});
document.addEventListener("drop", (event) => {
  const to = held && place(event);
  if (!to) return;
  event.preventDefault();
  const from = held.closest("[data-day], [data-drawer]");
  if (from === to) return;
  const values = to.dataset.day ? { date: to.dataset.day, drag: "1" } : { do: "none", drag: "1" };
  // Shown at once; the page is read again with the answer, whatever it is.
  to.querySelector(".cal-list")?.append(held);
  window.htmx.ajax("POST", held.dataset.move, { values, target: "#calendar-dialog", swap: "innerHTML" }).finally(() => window.htmx.trigger("#calendar", "redraw"));
});

// --- repetition: what does not concern the chosen unit is put away
const every = document.getElementById("every");
function concern() {
  for (const part of document.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== every.value;
}
every?.addEventListener("change", concern);
if (every) concern();
