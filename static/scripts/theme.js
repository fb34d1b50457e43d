// Light or dark: as the reader chose at the foot of a page, else as her device asks. Read before the page is drawn, so that nothing
// flashes. Without it, pages are light.
(() => {
  const root = document.documentElement;
  const device = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("theme") ?? "system";
    } catch {
      return "system"; // a browser that keeps nothing
    }
  };
  const keep = (theme) => {
    try {
      if (theme === "system") localStorage.removeItem("theme");
      else localStorage.setItem("theme", theme);
    } catch {
      // it is shown on this page all the same
    }
  };
  const wear = (theme) => {
    root.dataset.frTheme = theme === "system" ? (device.matches ? "dark" : "light") : theme;
  };

  wear(chosen());
  device.addEventListener("change", () => wear(chosen()));
  document.addEventListener("DOMContentLoaded", () => {
    const choice = document.querySelector("[data-themes]");
    if (!choice) return;
    choice.hidden = false;
    choice.querySelector(`[value=${chosen()}]`).checked = true;
    choice.addEventListener("change", ({ target }) => {
      keep(target.value);
      wear(target.value);
    });
  });
})();
