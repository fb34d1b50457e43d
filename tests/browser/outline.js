// What a page is made of, for whoever cannot see it: its landmarks, headings, fields with their names, live regions, as they come.
() => {
  const FIELDS = "input:not([type=hidden]), select, textarea";
  const LIVE = "[role=status], [role=alert], [aria-live]";
  const said = (element) => (element.getAttribute("aria-label") || element.innerText || "").trim().replace(/\s+/g, " ");
  const named = (field) => {
    const others = (field.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id));
    const names = [...(field.labels ?? []), ...others.filter(Boolean)].map(said).join(" ");
    return (names || field.getAttribute("aria-label") || "").split(" (")[0].slice(0, 60);
  };
  const line = (element) => {
    const tag = element.tagName.toLowerCase();
    if (element.matches(LIVE)) return `live: ${element.getAttribute("role") || element.getAttribute("aria-live")}`;
    if (tag === "nav") return `nav: ${said(element)}`;
    if (/^(header|main|footer)$/.test(tag)) return tag;
    if (!element.checkVisibility({ visibilityProperty: true })) return null;
    return element.matches(FIELDS) ? `field: ${named(element) || "WITHOUT A NAME"}` : `${"  ".repeat(tag[1] - 1)}${tag}: ${said(element)}`;
  };
  const parts = `header, nav, main, footer, h1, h2, h3, h4, h5, h6, ${LIVE}, main :is(${FIELDS})`;
  return [...document.querySelectorAll(parts)].map(line).filter(Boolean);
}
