// Small helps for plain forms: a list narrowed while typing, chosen photos shown before they are sent.

document.addEventListener("input", (event) => {
  const list = document.getElementById(event.target.dataset?.filter ?? "");
  if (!list) return;
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of list.children) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word)) && !row.querySelector(":checked");
  }
});
// A search inside a form must not send it.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.dataset?.filter) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const shown = document.getElementById(event.target.dataset?.shows ?? "");
  if (!shown) return;
  shown.replaceChildren();
  for (const file of event.target.files) {
    const picture = document.createElement("img");
    picture.alt = file.name;
    const reader = new FileReader();
    reader.onload = () => (picture.src = reader.result);
    reader.readAsDataURL(file);
    shown.append(picture);
  }
});

// An address holds only the filters that are set.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches?.(".filters")) return;
  for (const [name, value] of [...event.detail.formData.entries()]) if (!value) event.detail.formData.delete(name);
});
