// Runs in a copy of the page alone: says as of when the copy is, and whether
// the live page answers. Without it the copy says when it was made.

const copy = document.getElementById("copy");
const lang = document.documentElement.lang || "en";
const second = 1000;
const every = 30 * second;
const old = 5 * 60 * second; // the copy is looked over each minute, as long as somebody can

let at = Date.parse(document.body.dataset.published);

const ago = new Intl.RelativeTimeFormat(lang, { numeric: "always" });

// distance says how long ago a time is, in seconds only in the last minute.
function distance(then, now) {
  const s = Math.max(0, Math.trunc((now - then) / second));
  if (s < 60) return ago.format(-s, "second");
  if (s < 3600) return ago.format(-Math.trunc(s / 60), "minute");
  if (s < 86400) return ago.format(-Math.trunc(s / 3600), "hour");
  return ago.format(-Math.trunc(s / 86400), "day");
}

// clock says a time in the page's zone, with its day where that is another.
function clock(then, now) {
  const timeZone = copy.dataset.zone;
  const digits = { numberingSystem: "latn", timeZone };
  const text = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...digits }).format(then);
  const day = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", year: "numeric", ...digits });
  if (day.format(then) === day.format(now)) return text;
  return copy.dataset.dated.replace("{time}", text).replace("{day}", day.format(then));
}

// age is told by the minute, so that what hears the page is left in peace.
function age() {
  const now = Date.now();
  const place = document.getElementById("copy-age");
  if (!place || Number.isNaN(at)) return;
  const [before, after] = copy.dataset.asOf.split("{time}");
  const time = document.createElement("time");
  time.dateTime = new Date(at).toISOString();
  time.textContent = clock(at, now);
  const rel = at > now ? "" : ` (${distance(at, now)})`;
  if (place.textContent !== before + time.textContent + rel + after) place.replaceChildren(before, time, rel, after);
  copy.toggleAttribute("data-old", now - at > old);
}

async function ask(address, options) {
  const answer = await fetch(address, { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(10 * second), ...options });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

// published asks when the copy was last looked over.
async function published() {
  try {
    const said = Date.parse((await (await ask(document.getElementById("published").href)).json()).at);
    if (!Number.isNaN(said) && !(said < at)) at = said;
  } catch {
    // It says how old it was when it was loaded.
  }
}

// live asks the server itself, by an address that no copy has: where a copy
// stands in for the page under the same name, its own files would answer.
async function live() {
  const place = document.getElementById("copy-live");
  const address = new URL("/readyz", document.getElementById("copy-open").href);
  let answers = false;
  try {
    answers = (await (await ask(address)).text()).startsWith("ready");
  } catch {
    // It does not answer.
  }
  const words = answers ? copy.dataset.answers : copy.dataset.silent;
  if (place && place.textContent !== words) place.textContent = words;
  copy.dataset.live = answers ? "yes" : "no";
}

async function look() {
  if (document.visibilityState === "hidden") return;
  await Promise.all([published(), live()]);
  age();
}

if (copy) {
  age();
  look();
  setInterval(look, every);
  setInterval(age, second);
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
}
