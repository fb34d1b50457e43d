// Saves a page of the draft as one leaves each field, and says so. The page's own buttons go on working, with or without this.
//
//   <form method="post">
//     <input type="hidden" name="shown" value="{…}">   digests of what each field showed: the server knows by them what was touched
//     <p role="status" data-saving data-saved="Enregistré à {time}" data-partly="…{time}…" data-lost="…" data-refused="…"
//        data-signed-out="…"></p>

const line = document.querySelector("[data-saving]");
const form = line.closest("form");
const shown = form.elements.shown;
const LEAVING = 250; // milliseconds: several fields left at once are one save
let timer = 0;
let busy = null; // the save under way
let unsaved = false; // something was changed that no answer has confirmed
let failed = false;

const typed = () => {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
};
const same = (one, other, name) => JSON.stringify(one.getAll(name)) === JSON.stringify(other.getAll(name));

function say(what, at) {
  const language = document.documentElement.lang;
  const time = at && new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
  line.classList.add("saving--said"); // until then nothing lies over the page
  line.textContent = line.dataset[what].replace("{time}", language === "fr" ? time?.replace(":", " h ") : time);
}

const named = (name) => [...form.querySelectorAll(`[name="${name}"]`)];

function mark(name, sentences) {
  const inputs = named(name);
  const group = inputs[0]?.closest(".fr-fieldset, .fr-input-group, .fr-select-group, .fr-checkbox-group");
  if (!group) return;
  const id = `id_${name}_error`;
  document.getElementById(id)?.remove();
  const kind = group.classList[0];
  group.classList.toggle(`${kind}--error`, sentences.length > 0);
  for (const input of inputs) {
    const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
    if (sentences.length) {
      described.push(id);
      input.setAttribute("aria-invalid", "true");
    } else input.removeAttribute("aria-invalid");
    if (described.length) input.setAttribute("aria-describedby", described.join(" "));
    else input.removeAttribute("aria-describedby");
  }
  if (!sentences.length) return;
  const box = document.createElement("div");
  box.id = id;
  for (const sentence of sentences) {
    const words = document.createElement("p");
    words.className = "fr-error-text";
    words.textContent = sentence;
    box.append(words);
  }
  group.append(box);
}

function show(name, texts) {
  for (const input of named(name)) {
    if (["radio", "checkbox"].includes(input.type)) input.checked = texts.includes(input.value) || (input.value === "" && !texts.length);
    else input.value = texts[0] ?? "";
  }
}

function take(told, sent) {
  const now = typed();
  const digests = JSON.parse(shown.value);
  for (const name of Object.keys(told.shown)) {
    if (!same(now, sent, name)) continue; // typed meanwhile: the next save is about it
    if (name in told.fresh) show(name, told.fresh[name]);
    digests[name] = told.shown[name];
    if (!told.errors[name]) mark(name, []);
  }
  for (const [name, sentences] of Object.entries(told.errors)) mark(name, sentences);
  shown.value = JSON.stringify(digests);
  if (told.address !== location.pathname) {
    form.action = told.address;
    history.replaceState(null, "", told.address);
  }
  say(Object.keys(told.errors).length ? "partly" : "saved", told.saved_at);
}

async function post() {
  const sent = typed();
  unsaved = false;
  failed = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(sent),
      headers: { "X-Save": "1" },
      redirect: "manual",
      keepalive: true,
    });
    if (answer.ok) {
      take(await answer.json(), sent);
      failed = false;
    } else say(answer.status === 401 ? "signedOut" : "refused");
  } catch {
    say("lost");
  }
}

async function save() {
  clearTimeout(timer);
  while (busy) await busy;
  if (!unsaved && !failed) return;
  busy = post();
  await busy;
  busy = null;
}

form.addEventListener("change", (event) => {
  if (event.target.type === "file") return;
  unsaved = true;
  clearTimeout(timer);
  timer = setTimeout(save, LEAVING);
});
form.addEventListener("submit", async (event) => {
  clearTimeout(timer);
  if (!navigator.onLine) {
    event.preventDefault(); // the browser would leave the page, and what is typed on it
    failed = true;
    say("lost");
    return;
  }
  if (!busy) {
    unsaved = failed = false; // the page itself is on its way
    return;
  }
  event.preventDefault();
  await busy;
  unsaved = failed = false;
  form.requestSubmit(event.submitter);
});
addEventListener("online", save);
document.addEventListener("visibilitychange", () => document.hidden && unsaved && save());
addEventListener("beforeunload", (event) => failed && event.preventDefault());
