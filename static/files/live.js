// Keeps an open page current: by a socket, by asking where sockets are
// blocked, and by saying how old the page is where nothing gets through.
// Without this script the page says the same and is loaded anew.

const { Idiomorph } = window;
const body = document.body;
const lang = document.documentElement.lang || "en";
const whole = body.dataset.mode === "whole"; // this page is asked for as a whole when something changed
const watched = new Set((body.dataset.watch || "").split(" ").filter(Boolean)); // the pieces that such a page is about; none: all
const second = 1000;
const quietFor = 40 * second; // the server speaks every 15 s
const pollAfter = 30 * second;

const copied = document.getElementById("copy") !== null; // a copy has nobody to call: it is asked for now and then

let seq = body.dataset.seq || "0";
let socket = null;
let tries = 0;
let retry = 0; // timer of the next connection
let poll = 0; // timer of the next question
let polls = 0; // questions in a row without an answer
let hush; // clears what was announced
let heard = Date.now(); // when we last knew the page to be current
let ending = false;
let asking = false;

// ---- what the reader sees -------------------------------------------------

const callbacks = {
  // What the reader opened, and what this script wrote, stays.
  beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
  beforeNodeRemoved: (node) => !(node.classList && node.classList.contains("rel")),
  beforeNodeMorphed: (old) => !(old.id === "heard"),
};

// texts are the places in which a change is worth a look.
const texts = (root) => [...root.querySelectorAll("h1, h2, h3, p:not(#checked):not(#heard), li, dd > p, .status, summary b")];

function words(root) {
  const had = new Map();
  for (const node of texts(root)) had.set(node, bare(node));
  return had;
}

// bare is an element's text without what this script added.
function bare(node) {
  let text = "";
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) text += child.data;
    else if (!(child.classList && child.classList.contains("rel"))) text += bare(child);
  }
  return text;
}

function morph(target, html) {
  const had = words(target);
  const [now] = Idiomorph.morph(target, html, { morphStyle: "outerHTML", callbacks }) || [];
  const root = now && now.isConnected ? now : document.getElementById(target.id) || target;
  for (const node of texts(root)) {
    node.classList.remove("changed");
    // Only what stands deepest: a list does not flash for its entry.
    if (had.get(node) !== bare(node) && !node.querySelector("h3, p, li")) {
      void node.offsetWidth; // begins the animation anew
      node.classList.add("changed");
    }
  }
}

function put(piece) {
  const target = document.getElementById(piece.id);
  if (target) return morph(target, piece.html);
  // The only piece that comes and goes stands first among the parts.
  const parts = document.getElementById("parts");
  if (parts) parts.insertAdjacentHTML("afterbegin", piece.html);
}

function head(title, icon) {
  if (title) document.title = title;
  const link = document.getElementById("favicon");
  if (link && icon && link.getAttribute("href") !== icon) link.setAttribute("href", icon);
}

function say(text) {
  const place = document.getElementById("heard");
  if (!place || !text) return;
  place.textContent = text;
  clearTimeout(hush);
  hush = setTimeout(() => { place.textContent = ""; }, 10_000); // it was said; later it may be untrue
}

function live(open) {
  for (const node of document.querySelectorAll(".live")) {
    node.dataset.reload ||= node.textContent;
    const text = open ? body.dataset.live : node.dataset.reload;
    if (node.textContent !== text) node.textContent = text;
  }
}

// ---- times ----------------------------------------------------------------

const ago = new Intl.RelativeTimeFormat(lang, { numeric: "always" });
const until = new Intl.RelativeTimeFormat(lang, { numeric: "always", style: "short" });
const short = (value, unit) => (value > 0 ? until : ago).format(value, unit).replace(/\.$/, "");

// distance says how far a time is, in seconds only in the last minute.
function distance(at, now) {
  const s = Math.round((at - now) / second);
  const far = Math.abs(s);
  if (far < 60) return short(s, "second");
  if (far < 3600) return short(Math.trunc(s / 60), "minute");
  if (far < 86400) return short(Math.trunc(s / 3600), "hour");
  return short(Math.trunc(s / 86400), "day");
}

function times() {
  const now = Date.now();
  for (const node of document.querySelectorAll("time[data-rel]")) {
    const at = Date.parse(node.dateTime);
    let note = node.nextElementSibling;
    if (!note || !note.classList.contains("rel") || note.classList.contains("own")) {
      note = document.createElement("span");
      note.className = "rel";
      node.after(note);
    }
    // A clock that differs from ours never makes the past the future.
    const wrong = node.dataset.rel === "in" ? at <= now : at > now;
    const text = wrong ? "" : ` (${distance(at, now)})`;
    if (note.textContent !== text) note.textContent = text;
  }
  for (const node of document.querySelectorAll(".promise[data-made]")) ruler(node, now);
  age(now);
}

function ruler(node, now) {
  const from = Date.parse(node.dataset.made);
  const to = Date.parse(node.dataset.due);
  const svg = node.querySelector(".ruler");
  if (!svg || !(to > from)) return;
  const width = svg.viewBox.baseVal.width;
  const gone = Math.max(0, Math.min(width - 2, Math.trunc((width * (now - from)) / (to - from))));
  set(svg.querySelector(".run"), "d", `M0 8H${gone}`);
  set(svg.querySelector(".rest"), "d", `M${gone} 8H${width - 2}`);
}

function set(node, name, value) {
  if (node && node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// age shows how old the page is once neither way gets through.
function age(now) {
  const banner = document.querySelector(".stale");
  if (!banner) return;
  const old = now - heard;
  const show = old > pollAfter + 15 * second && polls > 0;
  if (show) {
    const [value, unit] = old < 60 * second ? [old / second, "second"] : old < 3600 * second ? [old / 60 / second, "minute"] : [old / 3600 / second, "hour"];
    const text = new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(Math.trunc(value));
    const words = banner.dataset.text.replace("{age}", text);
    // By the minute, so that it is not read out every second.
    if (unit !== "second" || banner.hidden) if (banner.textContent !== words) banner.textContent = words;
  }
  if (banner.hidden === show) banner.hidden = !show;
}

// ---- the socket -----------------------------------------------------------

function connect() {
  clearTimeout(retry);
  if (ending || socket || copied) return;
  const address = new URL("/live", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.search = new URLSearchParams({ seq, build: body.dataset.build, lang });
  let mine;
  try {
    mine = new WebSocket(address);
  } catch {
    return later();
  }
  socket = mine;
  mine.onmessage = (event) => receive(JSON.parse(event.data));
  mine.onclose = (event) => lost(mine, event.code === 1012);
}

function lost(mine, restarts) {
  if (socket !== mine) return;
  socket = null;
  live(false);
  later(restarts);
}

// later tries again: soon at first, then each 20 s, and never all at once. A
// server that restarts has said so to everybody in the same moment.
function later(restarts) {
  clearTimeout(retry);
  const longest = Math.min(20, (restarts ? 8 : 1) * 2 ** tries++) * second;
  retry = setTimeout(connect, longest * (0.25 + 0.75 * Math.random()));
}

function receive(message) {
  tries = 0;
  fresh();
  live(true);
  if (message.reload) {
    ending = true;
    setTimeout(() => location.reload(), Math.random() * 20 * second);
    return;
  }
  const news = String(message.seq) !== seq;
  seq = String(message.seq);
  if (whole) {
    const ids = [...(message.gone || []), ...(message.fragments || []).map((piece) => piece.id)];
    if (news && (watched.size === 0 || ids.some((id) => watched.has(id)))) setTimeout(ask, Math.random() * second);
    return;
  }
  for (const id of message.gone || []) document.getElementById(id)?.remove();
  for (const piece of message.fragments || []) put(piece);
  head(message.title, message.icon);
  say(message.announce);
  live(true);
  times();
}

function fresh() {
  heard = Date.now();
  polls = 0;
}

// ---- asking ---------------------------------------------------------------

// ask loads the page again, conditionally, and puts in place what changed.
async function ask() {
  if (asking) return;
  asking = true;
  clearTimeout(poll);
  poll = 0;
  try {
    // The address may say the language (?in=cy).
    const answer = await fetch(location.pathname + location.search, { cache: "no-cache", signal: AbortSignal.timeout(10 * second) });
    if (!answer.ok) throw new Error(String(answer.status));
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (copied && !next.getElementById("copy")) return location.reload(); // the live page is in its place again
    if (whole) {
      const main = next.getElementById("main");
      if (main) morph(document.getElementById("main"), main.outerHTML);
    } else {
      for (const node of document.querySelectorAll("[data-fragment]")) if (!next.getElementById(node.id)) node.remove();
      for (const node of next.querySelectorAll("[data-fragment]")) {
        if (!node.parentElement.closest("[data-fragment]")) put({ id: node.id, html: node.outerHTML });
      }
      if (!socket) seq = next.body.dataset.seq || seq;
    }
    head(next.title, next.getElementById("favicon")?.getAttribute("href"));
    fresh();
    live(socket && socket.readyState === WebSocket.OPEN);
    times();
  } catch {
    polls++;
  } finally {
    asking = false;
  }
}

function watch() {
  const now = Date.now();
  if (socket && now - heard > quietFor) {
    const dead = socket;
    lost(dead); // a socket that says nothing is none
    dead.close();
  }
  const since = now - heard;
  if (!poll && !asking && since > pollAfter && !ending) {
    const wait = polls === 0 ? 0 : Math.min(60, 5 * 2 ** polls) * second;
    poll = setTimeout(ask, wait * (0.75 + Math.random() / 4));
  }
  times();
}

// awake tries at once after sleep, or when the network is back.
function awake() {
  if (document.visibilityState === "hidden") return;
  if (socket && Date.now() - heard < quietFor) return;
  if (socket) {
    const dead = socket;
    socket = null;
    dead.close();
  }
  tries = 0;
  connect();
  if (Date.now() - heard > pollAfter) ask();
}

document.addEventListener("visibilitychange", awake);
addEventListener("online", awake);
addEventListener("pageshow", (event) => { if (event.persisted) awake(); });
addEventListener("pagehide", () => { if (socket) { const mine = socket; socket = null; mine.close(); } });

connect();
setInterval(watch, second);
times();
