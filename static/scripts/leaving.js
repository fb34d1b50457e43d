// Asks before she leaves what would be lost: what she typed into a form and has not sent, or a draft near its limit that lacks
// nothing but its filing. Walking about in her own pages is not leaving.
//
//   <form data-typed>   its text is lost with the page
//   <div data-unfiled>   the draft on this page presses

const unfiled = document.querySelector("[data-unfiled]");
const forms = document.querySelectorAll("form[data-typed]");
let sent = false; // a form of the page is on its way
let walking = false; // to another page of this site

const isTyped = (field) => (field.type === "file" ? field.files.length > 0 : field.value !== field.defaultValue);
const typed = () => [...forms].some((form) => [...form.querySelectorAll("textarea, input:not([type=hidden])")].some(isTyped));

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  walking = Boolean(link) && link.origin === location.origin && !link.target;
});
document.addEventListener("submit", () => (sent = walking = true));
addEventListener("pageshow", () => (sent = walking = false));
addEventListener("beforeunload", (event) => {
  if (!sent && (typed() || (unfiled && !walking))) event.preventDefault();
  sent = walking = false;
});
