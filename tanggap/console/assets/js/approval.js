// The page of one approval: a folded preview is unfolded, and that the publication changed is said before anybody decides.
document.addEventListener("click", (event) => {
  const preview = event.target.closest("[data-previews] [data-unfold]")?.closest("[data-preview]");
  if (!preview) return;
  preview.querySelector("[data-rest]").hidden = false;
  preview.querySelector("[data-fold]").hidden = true;
});

const page = document.querySelector("[data-approval]");
document.body.addEventListener("live:publication", (event) => {
  const told = document.getElementById("approval-changed");
  if (told && event.detail.ids.map(String).includes(page?.dataset.approval)) told.hidden = false;
});
