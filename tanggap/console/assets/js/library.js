// The media library: files sent one by one with their progress, a dialog of what can be chosen, and cutting a picture.
// Everything is delegated: it works on what htmx swaps in, too.


const say = (text) => {
  const place = document.getElementById("announce");
  if (place) place.textContent = text;
};

// --- uploads: dragged, pasted, chosen or photographed; one after the other, so that a phone's network is not parted
const zone = document.querySelector("[data-drop-zone]");
const queue = [];
let running = null;

function take(files) {
  for (const file of files) {
    const large = (most, text) => file.size > Number(most) && text.replace("{name}", file.name);
    const image = file.type.startsWith("image/");
    const why = image ? large(zone.dataset.pictureMost, zone.dataset.pictureLarge) : large(zone.dataset.most, zone.dataset.tooLarge);
    const row = line(file, why);
    if (!why) queue.push({ file, row });
  }
  next();
}

function line(file, why) {
  const row = document.createElement("li");
  row.className = "sending-row";
  const name = document.createElement("span");
  name.className = "sending-name";
  name.textContent = why || file.name;
  row.append(name);
  document.querySelector("[data-sending]").append(row);
  if (why) row.dataset.bad = "";
  else {
    const bar = document.createElement("progress");
    Object.assign(bar, { className: "bar", max: 100, value: 0 });
    bar.setAttribute("aria-label", file.name);
    row.append(bar, button(zone.dataset.stop, () => stop(row)));
  }
  if (why) row.append(dismiss(row));
  return row;
}

function button(text, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "btn btn-ghost btn-sm", textContent: text });
  made.addEventListener("click", act);
  return made;
}
const dismiss = (row) => {
  const made = button("×", () => row.remove());
  made.setAttribute("aria-label", zone.dataset.dismiss);
  return made;
};

function stop(row) {
  const at = queue.findIndex((one) => one.row === row);
  if (at >= 0) queue.splice(at, 1);
  else running?.abort();
  row.remove();
}

let sent = 0;
function next() {
  if (running || !queue.length) {
    if (!running && sent) say(zone.dataset.done.replace("{n}", sent)), (sent = 0);
    return;
  }
  const { file, row } = queue.shift();
  const body = new FormData(zone);
  body.delete("files");
  body.append("files", file, file.name || "tempelan.png");
  body.append("card", "1");
  running = new XMLHttpRequest();
  const asked = running;
  asked.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) row.querySelector("progress").value = (100 * event.loaded) / event.total;
  });
  asked.addEventListener("load", () => {
    if ([200, 422].includes(asked.status) && asked.responseText.includes("<li")) arrived(asked.responseText, row);
    else failed(file, row);
    ended();
  });
  asked.addEventListener("error", () => (failed(file, row), ended()));
  asked.addEventListener("abort", ended);
  asked.open("POST", zone.action);
  asked.send(body);
}
function ended() {
  running = null;
  next();
}

function arrived(html, row) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const shelf = document.getElementById(zone.dataset.into);
  for (const card of parsed.querySelectorAll("li.piece")) {
    document.getElementById(card.id)?.remove();
    shelf.prepend(document.adoptNode(card));
    document.querySelector("#shelf-pane .state")?.remove();
    sent += 1;
  }
  const said = [...parsed.querySelectorAll("[data-said]")];
  row.replaceChildren(...said.map((one) => Object.assign(document.createElement("span"), { textContent: one.textContent })));
  if (!said.length) return row.remove();
  if (said.some((one) => "bad" in one.dataset)) row.dataset.bad = "";
  row.append(dismiss(row));
}

function failed(file, row) {
  row.dataset.bad = "";
  row.querySelector(".sending-name").textContent = zone.dataset.failed.replace("{name}", file.name);
  const again = button(zone.dataset.again, () => (row.remove(), take([file])));
  row.replaceChildren(row.querySelector(".sending-name"), again, dismiss(row));
}

if (zone) {
  zone.addEventListener("change", (event) => {
    if (!event.target.matches("[data-files]")) return;
    take([...event.target.files]);
    event.target.value = "";
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length && !event.target.closest("input, textarea")) event.preventDefault(), take(files);
  });
  let deep = 0;
  const over = (yes) => zone.classList.toggle("over", yes);
  document.addEventListener("dragenter", (event) => event.dataTransfer?.types.includes("Files") && (deep++, over(true)));
  document.addEventListener("dragleave", () => deep && !--deep && over(false));
  document.addEventListener("dragover", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    deep = 0;
    over(false);
    take([...event.dataTransfer.files]);
  });
  addEventListener("beforeunload", (event) => (running || queue.length) && event.preventDefault());
}

// --- what can be chosen: <dialog data-modal> opens when it is swapped in, and goes when it is closed
document.body.addEventListener("htmx:afterSwap", () => {
  for (const dialog of document.querySelectorAll("dialog[data-modal]:not([open])")) {
    dialog.showModal();
    dialog.addEventListener("close", () => dialog.remove(), { once: true });
  }
  document.querySelectorAll("[data-cropper]").forEach(begin);
});

// --- cutting: a frame of fixed shape, moved by pointer or arrow keys, made larger by its corner or + and −.
// The radio that names the shape carries the crop "x,y,w,h" in fractions of the picture.
const frames = new WeakMap();

function begin(cropper) {
  if (frames.has(cropper)) return;
  frames.set(cropper, { crop: null, ratio: 0 });
  const form = cropper.closest("form");
  form?.addEventListener("change", (event) => event.target.matches("[data-crop-ratio]") && shape(cropper, event.target));
  const chosen = form?.querySelector("[data-crop-ratio]:checked");
  if (chosen) shape(cropper, chosen);
  const frame = cropper.querySelector("[data-crop-frame]");
  frame.addEventListener("pointerdown", (event) => grab(cropper, frame, event));
  frame.addEventListener("keydown", (event) => key(cropper, event));
}

function shape(cropper, radio) {
  const state = frames.get(cropper);
  state.radio = radio;
  state.ratio = Number(radio.dataset.cropRatio);
  state.crop = state.ratio ? radio.value.split(",").map(Number) : null;
  draw(cropper);
}

function draw(cropper) {
  const { crop, radio } = frames.get(cropper);
  const frame = cropper.querySelector("[data-crop-frame]"), shade = cropper.querySelector("[data-crop-shade]");
  frame.hidden = shade.hidden = !crop;
  if (!crop) return;
  const [x, y, w, h] = crop.map((one) => `${100 * one}%`);
  Object.assign(frame.style, { left: x, top: y, width: w, height: h });
  const [l, t, r, b] = [crop[0], crop[1], crop[0] + crop[2], crop[1] + crop[3]].map((one) => `${100 * one}%`);
  shade.style.clipPath = `polygon(evenodd, 0 0, 100% 0, 100% 100%, 0 100%, 0 0, ${l} ${t}, ${r} ${t}, ${r} ${b}, ${l} ${b}, ${l} ${t})`;
  radio.value = crop.map((one) => Number(one.toFixed(5))).join(",");
}

function put(cropper, x, y, w) {
  const state = frames.get(cropper), picture = cropper.querySelector("img");
  // width by height in fractions: the frame's shape seen through the picture's
  const share = (state.ratio * picture.naturalHeight) / picture.naturalWidth;
  w = Math.min(Math.max(w, 0.1), 1, share);
  const h = w / share;
  x = Math.min(Math.max(x, 0), 1 - w);
  y = Math.min(Math.max(y, 0), 1 - h);
  state.crop = [x, y, w, h];
  draw(cropper);
}

function grab(cropper, frame, event) {
  if (event.button) return;
  event.preventDefault();
  frame.focus();
  frame.setPointerCapture(event.pointerId);
  const [x, y, w, h] = frames.get(cropper).crop;
  const box = cropper.querySelector("img").getBoundingClientRect();
  const grows = event.target.matches("[data-crop-grip]");
  const from = [event.clientX, event.clientY];
  const move = (now) => {
    const right = (now.clientX - from[0]) / box.width, down = (now.clientY - from[1]) / box.height;
    if (grows) put(cropper, x, y, Math.min(w + Math.max(right, down), 1 - x, ((1 - y) * w) / h));
    else put(cropper, x + right, y + down, w);
  };
  const end = () => (frame.removeEventListener("pointermove", move), frame.removeEventListener("pointerup", end), frame.removeEventListener("pointercancel", end));
  frame.addEventListener("pointermove", move);
  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function key(cropper, event) {
  const [x, y, w, h] = frames.get(cropper).crop;
  const step = event.shiftKey ? 0.05 : 0.01;
  if (STEPS[event.key]) put(cropper, x + STEPS[event.key][0] * step, y + STEPS[event.key][1] * step, w);
  else if (["+", "="].includes(event.key)) put(cropper, x - (w * step) / 2, y - (h * step) / 2, w * (1 + step));
  else if (["-", "−"].includes(event.key)) put(cropper, x + (w * step) / 2, y + (h * step) / 2, w * (1 - step));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

document.querySelectorAll("[data-cropper]").forEach(begin);
