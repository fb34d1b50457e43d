// Makes of each <input data-suggest="/address/"> a box that proposes names while one types: the combobox pattern of ARIA, with the
// keyboard (arrows, Enter, Escape) and how many there are said in a live region. What is typed stays free: nothing is chosen unasked.
//
//   data-suggest-with="institution mention"    other fields of the form to be asked along
//   <p id="names-said" role="status" data-none="…" data-one="…" data-many="{n} …"></p>    anywhere in the page

const said = document.getElementById("names-said");
const SHORTEST = 2; // letters
const PAUSE = 200; // milliseconds without a key, before it asks

function propose(input) {
  const list = document.createElement("ul");
  list.id = `${input.id}-names`;
  list.className = "names";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0]?.firstChild.textContent.trim() ?? "");
  list.hidden = true;
  const frame = document.createElement("div");
  frame.className = "names-frame";
  input.before(frame);
  frame.append(input, list);
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);

  let timer = 0;
  let asked = null;
  let held = -1;

  const options = () => [...list.children];
  function close() {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    hold(-1);
    input.setAttribute("aria-expanded", "false");
  }
  function hold(place) {
    held = place;
    options().forEach((option, index) => option.setAttribute("aria-selected", String(index === place)));
    if (place < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", options()[place].id);
      options()[place].scrollIntoView({ block: "nearest" });
    }
  }
  function choose(place) {
    input.value = options()[place].dataset.name;
    close();
    said.textContent = "";
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function open(names) {
    list.replaceChildren(
      ...names.map(({ name, note }, place) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${place}`;
        option.setAttribute("role", "option");
        option.dataset.name = name;
        option.textContent = name;
        if (note) {
          const words = document.createElement("span");
          words.className = "names-note";
          words.textContent = ` ${note}`;
          option.append(words);
        }
        option.addEventListener("click", () => choose(place));
        return option;
      }),
    );
    hold(-1);
    list.hidden = !names.length;
    input.setAttribute("aria-expanded", String(names.length > 0));
    const words = said.dataset[names.length === 0 ? "none" : names.length === 1 ? "one" : "many"];
    said.textContent = words.replace("{n}", names.length);
  }
  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const query = new URLSearchParams({ q: input.value });
    for (const name of (input.dataset.suggestWith ?? "").split(" ").filter(Boolean)) {
      const own = input.name.replace(/[^-]+$/, name); // the field of the same row
      query.set(name, input.form.elements[own]?.value ?? "");
    }
    try {
      const answer = await fetch(`${input.dataset.suggest}?${query}`, { signal: asked.signal, redirect: "error" });
      if (answer.ok && document.activeElement === input) open((await answer.json()).names);
    } catch {
      close(); // no line: what is typed is accepted as it is
    }
  }

  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where one types
  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length < SHORTEST) close();
    else timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "ArrowDown" && list.hidden && input.value.trim().length >= SHORTEST) ask();
    else if (list.hidden) return;
    else if (event.key === "ArrowDown") hold((held + 1) % count);
    else if (event.key === "ArrowUp") hold((held < 1 ? count : held) - 1);
    else if (event.key === "Enter" && held >= 0) choose(held);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}

for (const input of document.querySelectorAll("input[data-suggest]")) propose(input);
