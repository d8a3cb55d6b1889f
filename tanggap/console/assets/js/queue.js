// The queue follows what happens; where somebody is filling in a field or has chosen rows it only says that it changed.

const told = document.getElementById("queue-changed");
let again;

function busy() {
  const list = document.getElementById("queue");
  return !list || list.contains(document.activeElement) || list.querySelector("details[open], :checked") || document.querySelector("dialog[open]");
}
function changed() {
  clearTimeout(again);
  again = setTimeout(() => {
    if (busy()) { if (told) told.hidden = false; return; }
    window.htmx?.ajax("GET", location.href, { target: "#queue", select: "#queue", swap: "outerHTML" });
  }, 600);
}
for (const kind of ["delivery", "channel", "publication", "stop"]) document.body.addEventListener(`live:${kind}`, changed);
