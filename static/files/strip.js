// Reads a strip of days: by arrow keys while it has the focus, and by pointer
// or finger. Without this script the list below it says the same.

const lang = document.documentElement.lang || "en";
const day = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { day: "numeric", month: "long", timeZone: "UTC" });
const step = 4; // from day to day, in the units of the drawing
const width = 2.5; // of one
const length = 86_400_000;

let place = -1; // of the day that is read
let of = null; // the strip that it is of

// said is what a strip says of its day: what its list has, else what the key
// of all strips calls a good day, or one that was not measured.
function said(details, at, count) {
  const date = Date.parse(details.dataset.until) - (count - 1 - at) * length;
  const words = document.querySelector(".key")?.dataset || {};
  let text = "none" in details.dataset ? words.none : words.good;
  let listed = false;
  for (const item of details.querySelectorAll("ol > li")) {
    const to = Date.parse(item.querySelector("time").dateTime);
    const from = to - (Number(item.dataset.span || 1) - 1) * length;
    if ("first" in item.dataset) {
      if (date < to) text = words.none;
      if (date === to && !listed) text = item.lastElementChild.textContent;
    } else if (date >= from && date <= to) {
      text = item.lastElementChild.textContent;
      listed = true;
    }
  }
  return `${day.format(date)}: ${text}`;
}

// part gives an element that this script adds, making it where it is not yet.
function part(parent, selector, make) {
  const found = parent.querySelector(selector);
  if (found) return found;
  const made = make();
  parent.append(made);
  return made;
}

function read(details, at, aloud) {
  const svg = details.querySelector("svg.strip");
  const count = Math.round((svg.viewBox.baseVal.width - width) / step) + 1;
  const to = Math.max(0, Math.min(count - 1, at));
  if (of && of !== details) forget();
  const mark = part(svg, ".at", () => document.createElementNS(svg.namespaceURI, "path"));
  mark.setAttribute("class", "at");
  mark.setAttribute("d", `M${to * step - 0.75} 0h${width + 1.5}V36h-${width + 1.5}z`);
  const shown = part(svg.parentElement, ".reading", () => document.createElement("span"));
  shown.className = "reading";
  shown.setAttribute("aria-hidden", "true"); // it is no part of the control's name
  const text = said(details, to, count);
  if (shown.textContent !== text) shown.textContent = text;
  if (aloud) {
    const heard = part(details.parentElement, ".told", () => document.createElement("p"));
    heard.className = "heard told";
    heard.setAttribute("role", "status");
    heard.textContent = text;
  }
  place = to;
  of = details;
}

function forget() {
  for (const node of of?.parentElement?.querySelectorAll(".at, .reading, .told") || []) node.remove();
  of = null;
  place = -1;
}

const stripOf = (node) => node.closest?.(".days")?.querySelector("summary")?.contains(node) && node.closest(".days");

document.addEventListener("keydown", (event) => {
  const details = stripOf(event.target);
  if (!details || event.altKey || event.ctrlKey || event.metaKey) return;
  const mirrored = document.documentElement.dir === "rtl" ? -1 : 1;
  const move = { ArrowLeft: -mirrored, ArrowRight: mirrored }[event.key];
  if (event.key === "Escape") return forget();
  if (!move) return;
  event.preventDefault();
  read(details, of === details ? place + move : Infinity, true);
});

function point(event) {
  const svg = event.target.closest?.(".days svg.strip");
  if (!svg) {
    if (event.pointerType === "mouse" && of && !of.contains(document.activeElement)) forget();
    return;
  }
  const box = svg.getBoundingClientRect();
  let share = (event.clientX - box.left) / box.width;
  if (document.documentElement.dir === "rtl") share = 1 - share;
  read(svg.closest(".days"), Math.floor((share * (svg.viewBox.baseVal.width + step - width)) / step));
}

document.addEventListener("pointermove", point);
document.addEventListener("pointerdown", point);
document.addEventListener("focusout", (event) => { if (of && of.contains(event.target)) forget(); });
