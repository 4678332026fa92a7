/* Shows on your site, at its lower end, what is wrong with ours while something
   is. It needs nothing of your page and leaves it alone when we cannot be
   reached. Your policy has to allow our address in script-src and connect-src. */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || !script.src || !window.fetch || !window.URL) return;
  const base = new URL("./", script.src);
  const wish = (name) => script.getAttribute(`data-${name}`) || "";
  const every = 60000;
  const store = `daymark ${base.href}`;
  const css = `
:host { all: initial; position: fixed; inset-block-end: 1rem; inset-inline-end: 1rem; z-index: 2147483000; max-inline-size: min(24rem, calc(100vw - 2rem)) }
@media print { :host { display: none } }
.box { --paper: #fff; --ink: #12201a; --soft: #4c5a54; --c: #56626c; color-scheme: light; display: grid; grid-template-columns: auto 1fr auto; gap: .25rem .75rem; padding: .75rem 1rem;
  font: 400 1rem/1.4 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; background: var(--paper); color: var(--ink); border: 1px solid var(--c); border-inline-start: 5px solid var(--c); border-radius: 2px; box-shadow: 0 2px 12px rgb(0 0 0 / .18) }
.degraded_performance { --c: #825000 } .partial_outage { --c: #a63a06 } .major_outage { --c: #ae132b } .under_maintenance { --c: #2456a4 } .operational { --c: #17694a }
.dark { --paper: #161f1c; --ink: #e1e9e5; --soft: #a0aea8; --c: #a4afb8; color-scheme: dark }
.dark.degraded_performance { --c: #ecb755 } .dark.partial_outage { --c: #fb9c66 } .dark.major_outage { --c: #ff8f8f } .dark.under_maintenance { --c: #93b9fa } .dark.operational { --c: #74cda3 }
svg { inline-size: 1.25rem; block-size: 1.25rem; margin-block-start: .1rem; fill: var(--c) }
p { margin: 0; overflow-wrap: anywhere } .next { color: var(--soft); font-size: .9375rem }
a { display: inline-flex; align-items: center; min-block-size: 2.25rem; color: inherit }
button { all: unset; display: grid; place-items: center; inline-size: 2.75rem; block-size: 2.75rem; margin: -.75rem; margin-inline-start: 0; cursor: pointer; font-size: 1.375rem }
:is(a, button):focus-visible { outline: 3px solid var(--c); outline-offset: -3px }`;

  let host = null;
  let region = null;
  let shown = "";
  let asked = 0;
  let failed = 0;
  let hidden = "";
  try { hidden = localStorage.getItem(store) || ""; } catch { /* the reader keeps nothing */ }

  const make = (name, text, className) => {
    const node = document.createElement(name);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  };

  function clear() {
    if (host) host.remove();
    host = region = null;
    shown = "";
  }

  function open() {
    host = make("div");
    const root = host.attachShadow({ mode: "open" });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
    } catch {
      root.append(make("style", css)); // older browsers, where the policy allows it
    }
    // It is there before it speaks, so that screen readers hear it.
    region = make("div");
    region.setAttribute("role", "status");
    root.append(region);
    document.body.append(host);
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => wish("theme") === "dark" || (wish("theme") !== "light" && dark.matches);
  dark.addEventListener("change", () => region && region.firstChild && region.firstChild.classList.toggle("dark", isDark()));

  function show(state) {
    const says = JSON.stringify(state);
    if (!state.show || state.key === hidden) return clear();
    if (says === shown) return;
    if (!host) open();
    shown = says;
    host.lang = state.lang;
    host.dir = state.dir;
    const box = make("section", "", `box ${state.status}`);
    box.classList.toggle("dark", isDark());
    box.setAttribute("aria-label", state.region);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("fill-rule", "evenodd");
    path.setAttribute("d", state.shape);
    svg.append(path);
    const text = make("div");
    text.append(make("p", state.sentence));
    if (state.next && Date.parse(state.due) > Date.now()) {
      const time = new Intl.DateTimeFormat(state.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", numberingSystem: "latn" }).format(Date.parse(state.due));
      text.append(make("p", state.next.replace("{time}", () => time), "next"));
    }
    const link = make("a", state.more);
    link.href = new URL(state.path.replace(/^\/+/, ""), base).href;
    text.append(link);
    const close = make("button", "×");
    close.type = "button";
    close.setAttribute("aria-label", state.close);
    close.addEventListener("click", () => {
      hidden = state.key;
      try { localStorage.setItem(store, hidden); } catch { /* until the page is left, then */ }
      clear();
    });
    box.append(svg, text, close);
    const focused = host.shadowRoot.activeElement;
    const was = focused && focused.localName;
    setTimeout(() => {
      if (!region) return;
      region.replaceChildren(box);
      if (was) box.querySelector(was).focus();
    }, 50);
  }

  async function ask() {
    asked = Date.now();
    try {
      const answer = await fetch(new URL(`embed/state.json?lang=${encodeURIComponent(wish("lang"))}`, base), {
        credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout ? AbortSignal.timeout(10000) : undefined,
      });
      if (!answer.ok) throw new Error(answer.status);
      show(await answer.json());
      failed = 0;
    } catch {
      if (++failed > 1) clear(); // we cannot tell any more
    }
  }

  const look = () => document.visibilityState === "visible" && Date.now() - asked > every && ask();
  document.addEventListener("visibilitychange", look);
  setInterval(look, every / 4);
  if (document.body) ask();
  else addEventListener("DOMContentLoaded", ask);
})();
