// Says the times of a page in the reader's zone, too, where that differs from
// the page's. Without this script the page's zone alone is said.

const page = document.documentElement.lang || "en";
const lang = page === "en" ? "en-GB" : page; // as the page itself writes days
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const city = (zone) => (zone.includes("/") && !zone.startsWith("Etc/") ? zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ") : "UTC");

const formats = new Map();
function format(zone, options) {
  const key = `${zone} ${Object.keys(options)}`;
  // Western digits, as the page has them.
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(lang, { timeZone: zone, numberingSystem: "latn", hourCycle: "h23", ...options }));
  return formats.get(key);
}

const time = { hour: "2-digit", minute: "2-digit" };
const day = { weekday: "short", day: "numeric", month: "short" };
const shown = (zone, at) => format(zone, { ...day, ...time, year: "numeric" }).format(at);

// words gives the time, or from when to when, with its day where that is not
// the page's; "" where clocks of both zones show the same.
function words(text, zone) {
  const [from, to] = text.split("/").map((part) => new Date(part));
  if (shown(own, from) === shown(zone, from) && (!to || shown(own, to) === shown(zone, to))) return "";
  if (to) return `${format(own, { ...day, ...time }).formatRange(from, to)} ${city(own)}`;
  const other = format(own, day).format(from) !== format(zone, day).format(from);
  return `${format(own, other ? { ...day, ...time } : time).format(from)} ${city(own)}`;
}

function say() {
  for (const node of document.querySelectorAll("[data-zone] [data-own]")) {
    const text = words(node.dataset.own, node.closest("[data-zone]").dataset.zone);
    let note = node.querySelector(":scope > .own");
    if (!note && text) {
      note = document.createElement("span");
      note.className = "rel own"; // what another script put in place, live.js leaves alone
      node.append(note);
    }
    if (note && note.textContent !== text) note.textContent = text;
  }
}

say();
new MutationObserver(say).observe(document.getElementById("main"), { childList: true, subtree: true });
