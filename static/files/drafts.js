// Keeps what somebody types in a form of the console, in this browser, by
// person, page, form and field, until the form was done or three days have
// passed; and puts it back after a crash, an expired session or a reload.
// Passwords, codes and what a browser is told not to keep are never kept. A
// field with data-keep is an exception to the last: a document, of which a value
// that was typed and may be a secret is kept as (hidden).
//
// A form with data-base is made from a version of something: its draft keeps
// that with it, and says so where another one (data-running) runs by now.

const { who, from, done, refused } = document.body.dataset;
// A refused form is at an address that only takes forms: loaded anew, it is
// its page again.
if (refused) history.replaceState(null, "", from);

const life = 3 * 24 * 60 * 60 * 1000;
const most = 100; // drafts at once
const begin = "daymark draft ";
const page = new URL(from, location.href).pathname;
const key = (form) => begin + JSON.stringify([who, page + (form.dataset.part || ""), nameOf(form)]);
const nameOf = (form) => form.elements.namedItem("form")?.value;

// texts are the fields of a form whose words are kept.
const texts = (form) => [...form.elements].filter((field) => field.name
  && (field.tagName === "TEXTAREA" || (field.tagName === "INPUT" && ["text", "search"].includes(field.type)))
  && (field.dataset.keep !== undefined || !/^(off|one-time-code|current-password|new-password|username)$/.test(field.autocomplete)));
const forms = () => [...document.forms].filter((form) => form.method === "post" && nameOf(form));

const secret = /((?:passwor[dt]|passphrase|secret|token|api[-_]?key|private[-_]?key|access[-_]?key)[\w-]*["']?\s*[:=]\s*)("[^"\n]*"|'[^'\n]*'|[^\s"'|>&*{[$#(][^,}\]\n#]*)/gi;

// plain is what is kept of a field: without what may be a secret that the page
// did not have in it.
function plain(field) {
  if (field.dataset.keep === undefined) return field.value;
  return field.value.replace(secret, (whole, before, value) => (field.defaultValue.includes(whole) || /\$\{|\(hidden\)/.test(value) ? whole : `${before}(hidden)`));
}

// Whatever becomes of a draft, the form works: a browser may keep nothing.
function read(name) {
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
}
function write(name, draft) {
  try { localStorage.setItem(name, JSON.stringify(draft)); } catch { /* there is no room */ }
}
function drop(name) {
  try { localStorage.removeItem(name); } catch { /* there is nothing */ }
}
function all() {
  try { return Object.keys(localStorage).filter((name) => name.startsWith(begin)); } catch { return []; }
}

function sweep() {
  const kept = all().map((name) => [read(name)?.at || 0, name]).sort((a, b) => b[0] - a[0]);
  kept.forEach(([at, name], i) => { if (i >= most || Date.now() - at > life) drop(name); });
}

// keep notes what stands in a form that is not what the page wrote there.
function keep(form) {
  const words = {};
  for (const field of texts(form)) if (field.value !== field.defaultValue) words[field.name] = plain(field);
  const had = read(key(form));
  if (had && JSON.stringify(had.words) === JSON.stringify(words)) return; // it is as old as it was
  if (Object.keys(words).length > 0) write(key(form), { at: Date.now(), words, base: form.dataset.base });
  else if (nameOf(form) !== refused) drop(key(form));
}

// restore puts a draft back.
function restore(form) {
  const draft = read(key(form));
  if (!draft || nameOf(form) === refused) return; // a refused form has its words already
  const put = texts(form).filter((field) => draft.words[field.name] !== undefined && draft.words[field.name] !== field.value);
  if (put.length === 0) return;
  for (const field of put) {
    field.value = draft.words[field.name];
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.closest("details")?.setAttribute("open", "");
  }
  write(key(form), { at: draft.at, words: draft.words, base: draft.base });
  rebase(form, draft.base);
  const note = document.createElement("p");
  note.className = "small";
  note.dataset.own = "draft";
  note.setAttribute("role", "status");
  note.textContent = `Your draft from ${time(new Date(draft.at))} was put back. `;
  if (form.dataset.base !== form.dataset.running) note.textContent += `It was made from version ${form.dataset.base}, and version ${form.dataset.running} runs by now: read the difference before you apply it. `;
  if (put.some((field) => field.dataset.keep !== undefined && hidden(field.value) > hidden(field.defaultValue))) note.textContent += "What may be a secret was not kept: it stands there as (hidden). ";
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "plain";
  discard.textContent = "Discard";
  discard.addEventListener("click", () => {
    for (const field of texts(form)) field.value = field.defaultValue;
    rebase(form, form.dataset.running);
    put[0].dispatchEvent(new Event("input", { bubbles: true }));
    drop(key(form));
    note.remove();
    put[0].focus();
  });
  note.append(discard);
  form.prepend(note);
}

const hidden = (text) => text.split("(hidden)").length;

// rebase lets a form go on from the version that it was made from.
function rebase(form, base) {
  if (!base || !form.dataset.base) return;
  form.dataset.base = base;
  const field = form.elements.namedItem("base");
  if (field) field.value = base;
}

function time(at) {
  const clock = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return at.toDateString() === new Date().toDateString() ? clock : at.toLocaleDateString("en-GB", { day: "numeric", month: "long" }) + ", " + clock;
}

const waiting = new Map(); // timers by form
const sent = new Set(); // forms that are being sent: what they hold is not typed any more

function settle() {
  for (const [form, timer] of waiting) {
    clearTimeout(timer);
    if (!sent.has(form)) keep(form);
  }
  waiting.clear();
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form || !forms().includes(form) || !texts(form).includes(event.target)) return;
  sent.delete(form);
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => { waiting.delete(form); keep(form); }, 300));
});

// What was sent is kept until a page says that it was done.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!forms().includes(form)) return;
  settle();
  const draft = read(key(form));
  if (draft) write(key(form), { ...draft, sent: true });
  sent.add(form);
});
addEventListener("pagehide", settle);
document.addEventListener("visibilitychange", settle);

// The form that was done may be one of another page, which led here.
for (const name of all()) {
  const [person, , form] = JSON.parse(name.slice(begin.length));
  if (done && person === who && form === done && read(name)?.sent) drop(name);
}
sweep();
for (const form of forms()) restore(form);
