// Keeps an open page of the console current: a socket says that something is
// new, and the page is asked for again; without one it is asked for each ten
// seconds. Without this script it says as of when it is, and is loaded anew by
// its link.
//
// What somebody typed, opened or has focused stays as it is. A form that was
// refused stays as it was shown, and so does what has data-own, which other
// scripts have written.

const { Idiomorph } = window;
const body = document.body;
const second = 1000;
const quietFor = 40 * second; // the server speaks every 15 s

let seq = body.dataset.seq; // what the page knows of
let socket = null;
let heard = 0; // when the socket last spoke
let tries = 0;
let retry = 0; // timer of the next socket
let asked = Date.now();
let asking = false;
let owed = false; // the page is to be asked for once more
let ending = false;

// ---- what somebody typed --------------------------------------------------

function typed(field) {
  switch (field.type) {
    case "hidden":
    case "submit":
    case "button":
      return false;
    case "checkbox":
    case "radio":
      return field.checked !== field.defaultChecked;
    case "file":
      return field.files.length > 0;
    case "select-multiple":
      return [...field.options].some((option) => option.selected !== option.defaultSelected);
    case "select-one":
      return field.selectedIndex !== Math.max(0, [...field.options].findLastIndex((option) => option.defaultSelected));
  }
  return field.value !== field.defaultValue;
}

const fields = "input, textarea, select";
const isField = (node) => node.nodeType === Node.ELEMENT_NODE && node.matches(fields);
const refused = (form) => form !== null && form.id !== "" && form.id === body.dataset.refused;
const began = (form) => form !== null && [...form.elements].some((field) => isField(field) && typed(field));

// kept says whether there is something in a node that must not be lost.
function kept(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return false;
  const inside = [...(isField(node) ? [node] : []), ...node.querySelectorAll(fields)];
  return node.dataset.own !== undefined || inside.some((field) => typed(field) || refused(field.form));
}

const callbacks = {
  beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
  beforeNodeRemoved: (node) => !kept(node),
  beforeNodeMorphed(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) return true;
    if (old.dataset.own !== undefined || (old.tagName === "FORM" && refused(old))) return false;
    if (!isField(old)) return true;
    if (typed(old)) return false;
    if (old.type !== "hidden" || old.name === "csrf" || !began(old.form)) return true;
    // What somebody has begun goes on from where it began.
    if (old.name === "after" && old.value !== fresh.value) queueMicrotask(() => came(old.form)); // the page is not to change while it is compared
    return false;
  },
};

// note puts a word of ours into a form, once.
function note(form, id, text) {
  let place = form.querySelector(`[data-own="${id}"]`);
  if (!place) {
    place = document.createElement("p");
    place.className = "small";
    place.dataset.own = id;
    place.setAttribute("role", "status");
    form.prepend(place);
  }
  if (place.textContent !== text) place.textContent = text;
}

// came says that somebody else was first.
function came(form) {
  note(form, "came", "An update was published since you began to write: read it first. What you typed is kept.");
}

// ---- what is new ----------------------------------------------------------

const ear = document.createElement("p");
ear.className = "heard";
ear.setAttribute("role", "status");
body.append(ear);
let hush = 0;

function say(text) {
  if (!text) return;
  ear.textContent = text;
  clearTimeout(hush);
  hush = setTimeout(() => { ear.textContent = ""; }, 10 * second); // it was said; later it may be untrue
}

const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
const lasting = /\b\d+ (min|h|d)\b/g; // that time goes by is no news
const bare = (node) => words(node).replace(lasting, "");
const texts = () => [...document.querySelectorAll("#main :is(h1, h2, h3, p, li, dd, td, .status)")].filter((node) => !node.closest("[data-own], form") && !node.querySelector("p, li, time"));
const logged = () => [...document.querySelectorAll("[data-log] > li")];
const entry = (node) => node.id || words(node);

// put brings the page up to what was asked for, marks what changed, and says
// what is new in its log.
function put(fresh) {
  const said = document.querySelector("h1");
  const sentence = said && words(said);
  const had = new Map(texts().map((node) => [node, bare(node)]));
  const log = new Set(logged().map(entry));
  const held = place();
  Idiomorph.morph(document.getElementById("main"), fresh, { morphStyle: "outerHTML", callbacks });
  held();
  for (const node of texts()) {
    node.classList.remove("changed");
    if (had.get(node) === bare(node)) continue;
    void node.offsetWidth; // begins the animation anew
    node.classList.add("changed");
  }
  const now = document.querySelector("h1");
  const entries = logged().filter((node) => !log.has(entry(node)));
  const news = entries.slice(0, 3).map((node) => words(node).slice(0, 200));
  if (entries.length > news.length) news.push(`And ${entries.length - news.length} more.`);
  if (now && words(now) !== sentence && !now.closest("[aria-live]")) news.unshift(words(now));
  say(news.join(" "));
  document.dispatchEvent(new Event("daymark:fresh"));
}

// place notes what stands at the top of the window, and gives what puts it
// back there, for browsers that do not do so by themselves.
function place() {
  if (scrollY === 0 || CSS.supports("overflow-anchor", "auto")) return () => {};
  const anchor = [...document.querySelectorAll("#main :is(li, p, h2, h3, form)")].find((node) => node.getBoundingClientRect().top >= 0);
  const top = anchor && anchor.getBoundingClientRect().top;
  return () => { if (anchor && anchor.isConnected) scrollBy(0, anchor.getBoundingClientRect().top - top); };
}

// lost says, above all, that what stands here may be untrue by now; "" takes
// it back.
function lost(text) {
  let banner = document.querySelector("[data-own=lost]");
  if (!banner) {
    banner = document.createElement("p");
    banner.className = "stale";
    banner.dataset.own = "lost";
    banner.setAttribute("role", "status");
    banner.hidden = true;
    document.getElementById("main").before(banner);
  }
  banner.hidden = text === "";
  if (banner.textContent !== text) banner.textContent = text;
}

// over is what follows when this page is not for who looks at it any more:
// they see why, unless that would take what they are typing away from them.
function over(why) {
  ending = true;
  if (![...document.forms].some(began)) return location.reload();
  lost(why + " What you typed is kept: load this page again to go on.");
}

// ---- asking ---------------------------------------------------------------

async function ask() {
  owed = asking || document.hidden;
  if (owed || ending) return;
  asking = true;
  try {
    const answer = await fetch(location.href, { redirect: "manual", signal: AbortSignal.timeout(8 * second) });
    if (answer.type === "opaqueredirect") return over("You are not signed in here any more.");
    if ([403, 404].includes(answer.status)) return over("This page is not for you any more.");
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    if (!fresh) throw new Error("no page");
    put(fresh);
    seq = page.body.dataset.seq;
    asked = Date.now();
    if (document.title !== page.title) document.title = page.title;
    lost("");
  } catch {
    lost("The server does not answer at the moment: this is as of " + new Date(asked).toLocaleTimeString("en-GB") + ".");
  } finally {
    asking = false;
    if (owed) ask();
  }
}

// ---- the socket -----------------------------------------------------------

function connect() {
  clearTimeout(retry);
  if (socket || ending || document.hidden) return;
  const address = new URL("/console/live", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.search = new URLSearchParams({ page: location.pathname });
  const mine = new WebSocket(address);
  socket = mine;
  heard = Date.now();
  mine.onmessage = (event) => {
    heard = Date.now();
    tries = 0;
    const message = JSON.parse(event.data);
    body.dataset.live = "socket";
    document.dispatchEvent(new CustomEvent("daymark:writing", { detail: message.writing || [] }));
    if (String(message.seq) !== seq) ask();
  };
  mine.onclose = (event) => {
    if (socket !== mine) return;
    drop();
    if (event.code === 4401) ask(); // not signed in any more
    retry = setTimeout(connect, Math.min(20, 2 ** tries++) * second * (0.25 + 0.75 * Math.random()));
  };
}

function drop() {
  const mine = socket;
  socket = null;
  delete body.dataset.live;
  document.dispatchEvent(new CustomEvent("daymark:writing", { detail: [] }));
  if (mine) mine.close();
}

// What is typed in which form, for the others on this page.
document.addEventListener("daymark:typing", (event) => {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ writing: event.detail }));
});

// Time itself changes a page, too: it is asked for each half minute in any case.
setInterval(() => {
  if (socket && Date.now() - heard > quietFor) drop(); // a socket that says nothing is none
  if (!socket) connect();
  if (!body.dataset.live || Date.now() - asked > 25 * second) ask();
}, 10 * second);

// awake tries at once after sleep, or when the network is back.
function awake() {
  if (document.hidden) return;
  if (socket && Date.now() - heard > quietFor) drop();
  tries = 0;
  connect();
  if (owed || Date.now() - asked > 5 * second) ask();
}

document.addEventListener("visibilitychange", awake);
addEventListener("online", awake);
addEventListener("pageshow", (event) => { if (event.persisted) awake(); });
addEventListener("pagehide", drop);
connect();
