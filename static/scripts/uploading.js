// Files that are chosen, dropped or photographed: listed in their order, made smaller, sent in parts. After a lost line the sending goes
// on where it was, and so it does when the same file is chosen again on a page opened anew: the server knows it by its digest.
//
//   <script src="…/uploading.js" type="module" data-receiving="address that announces a file"></script>
//   <div class="files" data-limit="bytes" data-received="name of the keys" data-…="words"> <input type="file"> <p class="files__photo">…
//
// At any moment the form can be sent without this: the input holds the files.

const receiving = document.querySelector("script[data-receiving]").dataset.receiving;
const PART = 256 * 1024; // bytes: some seconds on a bad line
const LONGEST = 2048; // pixels of a photo's long side: more than a page needs to be read
const SMALL_ENOUGH = 500 * 1024; // bytes
const QUALITY = 0.8;
const LONGEST_WAIT = 15_000; // milliseconds
const MB = 1024 * 1024;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const megabytes = new Intl.NumberFormat(document.documentElement.lang, {
  style: "unit",
  unit: "megabyte",
  maximumFractionDigits: 1,
});

function made(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

async function smaller(file) {
  if (!file.type.startsWith("image/") || file.size <= SMALL_ENOUGH) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file; // a picture this browser cannot open goes as it is
  }
}

async function digestOf(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Refusal extends Error {}
class Elsewhere extends Error {} // signed out, or an answer that is none: the plain form knows what to do

async function asked(address, options) {
  const answer = await fetch(address, { ...options, redirect: "manual" });
  if (answer.status >= 500) throw new TypeError(answer.status); // as a lost line: it may come back
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Elsewhere();
  const said = await answer.json();
  if (!answer.ok && answer.status !== 409) throw new Refusal(said.sentence);
  return said;
}

const wait = (milliseconds, signal) =>
  new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });

async function send(file, { token, signal, told, lost }) {
  const headers = { "X-CSRFToken": token };
  const announced = new URLSearchParams({ name: file.name, size: file.size, sha256: await digestOf(file) });
  let standing = null;
  for (let failures = 0; ; ) {
    try {
      standing ??= await asked(receiving, { method: "POST", body: announced, headers, signal });
      told(standing.received);
      if (standing.received === file.size) return standing.key;
      standing = await asked(`${receiving}${standing.key}/`, {
        method: "PATCH",
        body: file.slice(standing.received, standing.received + PART),
        headers: { ...headers, "Upload-Offset": standing.received },
        signal,
      });
      failures = 0;
    } catch (error) {
      if (!(error instanceof TypeError) || signal.aborted) throw error;
      standing = null; // asked again: what arrived, arrived
      lost();
      failures += 1;
      await wait(Math.min(500 * 2 ** failures, LONGEST_WAIT), signal);
    }
  }
}

function enhance(box) {
  const form = box.closest("form");
  const words = box.dataset;
  const input = box.querySelector("[type=file]:not([capture])");
  const camera = box.querySelector("input[capture]");
  let chosen = [];
  let keys = null; // of the files that are all there, once they are

  const drop = made("p", "files__drop", words.drop);
  const problems = made("div", "files__problems");
  const order = made("p", "files__order", words.chosen);
  const list = made("ol", "files__list raw-list");
  const line = made("p", "files__line");
  const progress = made("progress", "files__progress");
  const stop = made("button", "fr-btn fr-btn--tertiary fr-btn--sm", words.stop);
  problems.setAttribute("role", "alert");
  line.setAttribute("role", "status");
  line.id = `${input.id}_line`;
  progress.setAttribute("aria-labelledby", line.id);
  stop.type = "button";
  progress.hidden = stop.hidden = order.hidden = list.hidden = true;
  input.after(drop);
  box.append(problems, order, list, line, progress, stop);
  box.classList.add("files--ready");

  function wrong(file) {
    const picture = file.type.startsWith("image/") || /\.(hei[cf]|jpe?g|png|webp)$/i.test(file.name);
    if (file.size === 0) return fill(words.empty, { name: file.name });
    if (!picture && file.type !== "application/pdf" && !/\.pdf$/i.test(file.name)) return fill(words.other, { name: file.name });
    if (!picture && file.size > words.limit) {
      return fill(words.large, { name: file.name, size: Math.ceil(file.size / MB), limit: words.limit / MB });
    }
    return "";
  }

  function add(files) {
    const refused = files.map(wrong);
    problems.replaceChildren(...refused.filter(Boolean).map((sentence) => made("p", "fr-error-text", sentence)));
    chosen = [...chosen, ...files.filter((_, index) => !refused[index])];
    show();
  }

  function hold() {
    const held = new DataTransfer();
    for (const file of chosen) held.items.add(file);
    input.files = held.files;
    camera.value = "";
  }

  function button(text, name, sentence, act) {
    const one = made("button", "fr-btn fr-btn--tertiary fr-btn--sm", text);
    one.type = "button";
    one.setAttribute("aria-label", fill(sentence, { name }));
    one.addEventListener("click", act);
    return one;
  }

  function move(from, to) {
    const [file] = chosen.splice(from, 1);
    chosen.splice(to, 0, file);
    show();
    list.children[to].querySelector("button").focus();
  }

  function show() {
    hold();
    keys = null;
    line.textContent = "";
    order.hidden = chosen.length < 2;
    list.hidden = !chosen.length;
    list.replaceChildren(
      ...chosen.map((file, index) => {
        const item = made("li", "files__one");
        item.append(made("span", "breakable", `${file.name} (${megabytes.format(Math.max(file.size / MB, 0.1))})`));
        if (index > 0) item.append(button("↑", file.name, words.up, () => move(index, index - 1)));
        if (index < chosen.length - 1) item.append(button("↓", file.name, words.down, () => move(index, index + 1)));
        const taken = () => {
          chosen.splice(index, 1);
          show();
          input.focus();
        };
        item.append(button("✕", file.name, words.remove, taken));
        return item;
      }),
    );
  }

  async function sendAll(signal) {
    const sent = [];
    const token = form.elements.csrfmiddlewaretoken.value;
    for (const [index, original] of chosen.entries()) {
      line.textContent = fill(words.preparing, { name: original.name });
      const file = await smaller(original);
      const sending = fill(words.sending, { name: original.name, number: index + 1, total: chosen.length });
      const told = (received) => {
        if (line.textContent !== sending) line.textContent = sending;
        progress.value = (index + received / file.size) / chosen.length;
      };
      sent.push(await send(file, { token, signal, told, lost: () => (line.textContent = words.lost) }));
    }
    return sent;
  }

  async function sendThenSubmit(submitter) {
    const stopping = new AbortController();
    const buttons = [...form.querySelectorAll("button")].filter((one) => one !== stop);
    stop.onclick = () => stopping.abort();
    progress.value = 0;
    progress.hidden = stop.hidden = false;
    for (const one of buttons) one.disabled = true;
    let outcome = null;
    try {
      outcome = await sendAll(stopping.signal);
    } catch (error) {
      if (stopping.signal.aborted) line.textContent = words.stopped;
      else if (error instanceof Refusal) problems.replaceChildren(made("p", "fr-error-text", error.message));
      else outcome = []; // the files go with the form itself
    }
    for (const one of buttons) one.disabled = false;
    progress.hidden = stop.hidden = true;
    if (outcome === null) return;
    keys = outcome;
    line.textContent = words.sent;
    if (keys.length) input.value = "";
    form.requestSubmit(submitter);
  }

  form.addEventListener(
    "submit",
    (event) => {
      if (keys || !chosen.length) return; // sent, or nothing to send
      event.preventDefault();
      event.stopImmediatePropagation();
      sendThenSubmit(event.submitter);
    },
    { capture: true },
  );
  form.addEventListener("formdata", ({ formData }) => {
    for (const key of keys ?? []) formData.append(words.received, key);
  });
  input.addEventListener("change", () => {
    const files = [...input.files];
    add(input.multiple ? files : files.slice(0, 1));
  });
  camera.addEventListener("change", () => add([...camera.files]));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    box.addEventListener(kind, (event) => {
      event.preventDefault();
      box.classList.toggle("files--over", kind === "dragover");
      if (kind === "drop") add([...event.dataTransfer.files]);
    });
  }
  addEventListener("pageshow", (event) => event.persisted && show());
}

if (globalThis.crypto?.subtle) for (const box of document.querySelectorAll(".files")) enhance(box);
