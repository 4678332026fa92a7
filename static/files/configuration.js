// Validates the document while it is typed, and numbers its lines. Without this
// script a button validates it.

const form = document.getElementById("document");
const text = document.getElementById("text");
const lines = document.getElementById("lines");
const said = document.getElementById("said");
const second = 1000;
let timer = 0;
let asked = 0; // questions; only the answer to the last one counts
let numbered = ""; // what was numbered last

function number() {
  const count = text.value.split("\n").length;
  const faulty = new Set((document.getElementById("verdict").dataset.lines || "").split(" "));
  const key = `${count} ${[...faulty].join(" ")}`;
  if (key !== numbered) {
    numbered = key;
    lines.textContent = Array.from({ length: count }, (_, i) => (faulty.has(String(i + 1)) ? `! ${i + 1}` : i + 1)).join("\n");
  }
  lines.scrollTop = text.scrollTop;
}

async function validate() {
  const mine = ++asked;
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.validate, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(20 * second) });
    if (mine !== asked) return;
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("verdict");
    if (mine !== asked) return;
    document.getElementById("verdict").replaceWith(document.adoptNode(fresh));
    said.textContent = document.getElementById("summary").textContent;
    number();
  } catch {
    if (mine === asked) said.textContent = "It could not be validated: the server does not answer, or you are signed out. Your text is still here.";
  }
}

// go puts the cursor at a fault.
function go(event) {
  const link = event.target.closest("a[data-line]");
  if (!link) return;
  event.preventDefault();
  const before = text.value.split("\n").slice(0, link.dataset.line - 1);
  const line = text.value.split("\n")[before.length] || "";
  const start = before.reduce((sum, one) => sum + one.length + 1, 0);
  const column = [...line].slice(0, link.dataset.column - 1).join("").length;
  text.focus();
  text.setSelectionRange(start + column, start + line.length);
  text.scrollTop = Math.max(0, (before.length - 4) * (text.scrollHeight / text.value.split("\n").length));
}

text.addEventListener("input", () => {
  number();
  clearTimeout(timer);
  timer = setTimeout(validate, 0.6 * second);
});
text.addEventListener("scroll", number);
document.addEventListener("click", go);
lines.hidden = false;
number();
if (text.value !== text.defaultValue) validate(); // a draft was put back
