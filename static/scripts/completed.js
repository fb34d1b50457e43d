// Select2 names its box by what was chosen: empty, it has no name. The field's own label is one.
function name() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const box = select.nextElementSibling;
    const chosen = box?.querySelector(".select2-selection__rendered");
    if (!label || !chosen) continue;
    label.id ||= `${select.id}_label`;
    box.querySelector(".select2-selection").setAttribute("aria-labelledby", `${label.id} ${chosen.id}`.trim());
    if (chosen.getAttribute("role") === "textbox") chosen.setAttribute("aria-labelledby", label.id);
    box.querySelector(".select2-search__field")?.setAttribute("aria-labelledby", label.id);
  }
}

// The admin makes the boxes when jQuery is ready, which may be after the page has loaded: ours comes after its own.
window.addEventListener("load", () => window.django?.jQuery(name));
