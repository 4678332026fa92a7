// Says by a form of the console who else is writing in it, and tells them that
// somebody writes here: the name of the form, and nothing of the text.

const each = 5000; // it is said again
const nameOf = (form) => form?.elements.namedItem("form")?.value;
let said = 0;
let last = "";

function tell(form) {
  if (form === last && (form === "" || Date.now() - said < each)) return;
  [said, last] = [Date.now(), form];
  document.dispatchEvent(new CustomEvent("daymark:typing", { detail: form }));
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!nameOf(form) || form.method !== "post" || event.target.tagName !== "TEXTAREA") return;
  const writes = [...form.elements].some((field) => field.tagName === "TEXTAREA" && field.value !== field.defaultValue);
  if (writes || last === nameOf(form)) tell(writes ? nameOf(form) : "");
});
document.addEventListener("submit", () => tell(""));

// sentence says who writes in a form.
function sentence(form, writing) {
  const names = writing.map((one) => one.who).filter(Boolean);
  if (names.length === 0) return "You are writing here in another window, too.";
  const text = names.join(" and ") + (names.length > 1 ? " are" : " is") + " writing here, too.";
  return form.elements.namedItem("after") ? text + " Who publishes second is shown the other’s words first." : text;
}

let writing = [];

function show() {
  for (const form of document.forms) {
    const here = writing.filter((one) => one.form === nameOf(form));
    let place = form.querySelector("[data-own=others]");
    if (here.length === 0) {
      if (place) [place.hidden, place.textContent] = [true, ""];
      continue;
    }
    if (!place) {
      place = document.createElement("p");
      place.className = "small";
      place.dataset.own = "others";
      place.setAttribute("role", "status");
      form.prepend(place);
    }
    const text = sentence(form, here);
    place.hidden = false;
    if (place.textContent !== text) place.textContent = text;
  }
}

document.addEventListener("daymark:writing", (event) => {
  writing = event.detail;
  show();
});
document.addEventListener("daymark:fresh", show);
