// The number beside an answer moves with every key, counted as the server counts; its answer, a moment later, stands.
const stamp = new URL(import.meta.url).search;
const [{ counting }, { default: data }] = await Promise.all([import(`./counting.js${stamp}`), import(`./counting_data.js${stamp}`)]);
const { count } = counting(data);
const number = new Intl.NumberFormat(document.documentElement.lang || "id");

function show(form) {
  const field = form?.querySelector("textarea[data-draft]");
  const shown = form?.querySelector("[data-counter]");
  const declared = form?.querySelector("#reply-limits");
  if (!field || !shown || !declared) return;
  const limits = JSON.parse(declared.textContent)[form.querySelector("[name=private]:checked")?.value === "1" ? "private" : "public"];
  const handle = limits.before.trim();
  const text = handle && !field.value.includes(handle) ? limits.before + field.value : field.value;
  const { used, most, unit } = count(text, limits);
  const over = used > most;
  shown.classList.toggle("over", over);
  shown.textContent = `${number.format(used)} / ${number.format(most)}${unit === "bytes" ? ` ${shown.dataset.bytes}` : ""}${over ? ` · ${shown.dataset.over}` : ""}`;
}
document.addEventListener("input", (event) => { if (event.target.matches?.("textarea[data-draft]")) show(event.target.form); });
document.addEventListener("change", (event) => { if (event.target.name === "private") show(event.target.form); });
