// Limits end at the midnight of the académie. A reader whose own clock shows something else sees both.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const language = { en: "en-GB" }[document.documentElement.lang] ?? document.documentElement.lang;

for (const end of document.querySelectorAll("time[data-zone]")) {
  const read = (timeZone) =>
    new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short", timeZone }).format(new Date(end.dateTime));
  if (read(own) !== read(end.dataset.zone)) {
    const mine = document.createElement("span");
    mine.className = "own-time";
    mine.textContent = ` (${end.dataset.own} ${read(own)})`;
    end.after(mine);
  }
}
