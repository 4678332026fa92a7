// Finds what a person would name, on this page. It runs in a world of its own:
// the page can neither see nor change it.
(() => {
  if (globalThis.daymark) return;

  const tidy = (text) => (text || '').replace(/\s+/g, ' ').trim();
  const lower = (text) => tidy(text).toLowerCase();
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  // A page that paints nothing gets no frames: do not wait for ever.
  const frame = () => new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 100); });

  const rendered = (el) => el.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true});
  const visible = (el) => {
    if (!rendered(el)) return false;
    const box = el.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  };

  // The document, the open shadow roots in it and the frames of its origin.
  function* roots(root) {
    yield root;
    for (const el of root.querySelectorAll('*')) {
      if (el.shadowRoot) yield* roots(el.shadowRoot);
      if (el.localName === 'iframe' || el.localName === 'frame') {
        let inner = null;
        try { inner = el.contentDocument; } catch { /* of another origin */ }
        if (inner && rendered(el)) yield* roots(inner);
      }
    }
  }

  function* all(selector) {
    for (const root of roots(document)) yield* root.querySelectorAll(selector);
  }

  const labels = (el) => [...(el.labels || [])].map((label) => tidy(label.innerText));
  const name = (el) => tidy(el.computedName ?? el.getAttribute('aria-label') ?? labels(el)[0] ?? el.innerText);

  const FIELDS = 'input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=reset]):not([type=image]),' +
    'textarea,select,[contenteditable=""],[contenteditable=true],[role=textbox],[role=searchbox],[role=combobox],[role=spinbutton]';
  const CONTROLS = 'a[href],button,summary,input:not([type=hidden]),select,[role],[onclick],[tabindex]';
  const ROLES = new Set(['button', 'link', 'checkbox', 'radio', 'switch', 'tab', 'menuitem', 'menuitemcheckbox',
    'menuitemradio', 'option', 'treeitem', 'combobox', 'listbox', 'DisclosureTriangle', 'disclosuretriangle', 'PopUpButton']);

  // Each finder lists, best first, tests that an element may pass.
  const exact = (wanted, of) => (el) => of(el).some((text) => tidy(text) === wanted);
  const alike = (wanted, of) => (el) => of(el).some((text) => lower(text) === lower(wanted));
  const within = (wanted, of) => (el) => of(el).some((text) => lower(text).includes(lower(wanted)));
  const finders = {
    field: (wanted) => {
      const named = (el) => [name(el), ...labels(el)];
      const hinted = (el) => [el.getAttribute('placeholder'), el.getAttribute('name'), el.id];
      return [FIELDS, () => true, [exact(wanted, named), exact(wanted, hinted), alike(wanted, named), alike(wanted, hinted), within(wanted, named)]];
    },
    // A field for files is often hidden behind a button or a label.
    file: (wanted) => {
      const named = (el) => [name(el), ...labels(el), el.closest('fieldset')?.querySelector('legend')?.innerText];
      const hinted = (el) => [el.getAttribute('name'), el.id];
      return ['input[type=file]', () => true, [exact(wanted, named), exact(wanted, hinted), alike(wanted, named), alike(wanted, hinted), within(wanted, named)]];
    },
    control: (wanted) => {
      const named = (el) => [name(el)];
      const role = (el) => el.computedRole === undefined || ROLES.has(el.computedRole);
      return [CONTROLS, role, [exact(wanted, named), alike(wanted, named), within(wanted, named)]];
    },
    text: (wanted) => {
      const written = (el) => [el.innerText];
      // The innermost element: none of its children says the same.
      const leaf = (test) => (el) => test(el) && ![...el.children].some(test);
      return ['body *', (el) => !['script', 'style', 'noscript', 'template'].includes(el.localName),
        [leaf(exact(wanted, written)), leaf(alike(wanted, written)), leaf(within(wanted, written))]];
    },
  };

  // A styled checkbox is often invisible itself; its label is what people see.
  const stand = (el) => (visible(el) ? el : [...(el.labels || [])].find(visible));
  const reachable = (el) => Boolean(stand(el));
  const disabled = (el) => el.matches(':disabled') || el.getAttribute('aria-disabled') === 'true';
  // What can be used goes before what is only there.
  const use = (el) => (reachable(el) ? (disabled(el) ? 2 : 3) : 1);

  // The most usable of the elements, in their order, and how many are as good.
  function pick(found) {
    let top = null;
    for (const el of found) {
      const worth = use(el);
      if (!top || worth > top.worth) top = {el, worth, count: 1};
      else if (worth === top.worth) top.count++;
    }
    return top;
  }

  // An inexact name that can be used goes before an exact one that cannot.
  function best(kind, wanted) {
    const [selector, fits, tests] = finders[kind](wanted);
    const passed = tests.map(() => []);
    for (const el of all(selector)) {
      if (!fits(el)) continue;
      const rank = tests.findIndex((test) => test(el));
      if (rank >= 0) passed[rank].push(el);
    }
    let top = null;
    passed.forEach((found, rank) => {
      const here = pick(found);
      if (here && (!top || here.worth > top.worth)) top = {...here, rank};
    });
    return top;
  }
  const usable = (found) => found && found.worth > 1;
  // Names of controls are surer than words that stand somewhere.
  const behind = (found, ranks) => found && {...found, rank: found.rank + ranks};

  function find(kind, wanted) {
    if (wanted.startsWith('css=')) {
      const found = pick(all(wanted.slice(4)));
      return found && {...found, rank: 0};
    }
    wanted = tidy(wanted);
    if (kind === 'field' || kind === 'file') return best(kind, wanted);
    const control = best('control', wanted);
    if (kind === 'click') {
      if (usable(control)) return control;
      const text = behind(best('text', wanted), 10);
      return usable(text) ? text : control || text;
    }
    return control || behind(best('field', wanted), 5) || behind(best('text', wanted), 10);
  }
  // Frames that the document around them reaches are searched from there.
  const inner = () => { try { return Boolean(window.frameElement); } catch { return false; } };

  const describe = (el) => el.localName + (el.id ? '#' + el.id : '') + [...el.classList].slice(0, 2).map((c) => '.' + c).join('');

  // Scrolls an element into view, waits until it stands still and tells the
  // point of the window to click, or why there is none.
  async function reach(el) {
    const target = stand(el);
    if (!target) return {why: 'hidden'};
    const box = () => target.getClientRects()[0] || target.getBoundingClientRect();
    const view = target.ownerDocument.defaultView;
    let at = box();
    if (at.top < 0 || at.left < 0 || at.bottom > view.innerHeight || at.right > view.innerWidth) {
      target.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    }
    at = box();
    await frame();
    const now = box();
    if (at.x !== now.x || at.y !== now.y || at.width !== now.width) return {why: 'moving'};
    let x = (Math.max(now.left, 0) + Math.min(now.right, view.innerWidth)) / 2;
    let y = (Math.max(now.top, 0) + Math.min(now.bottom, view.innerHeight)) / 2;
    const hit = target.getRootNode().elementFromPoint(x, y);
    const ours = hit && (hit === target || target.contains(hit) || hit.contains(target) || hit.closest('label')?.control === el);
    if (!ours) return {why: hit ? 'covered' : 'outside', by: hit ? describe(hit) : ''};
    return climb(view, x, y);
  }

  // Calls look until it gives a finished answer or the time is up.
  async function until(ms, look) {
    const end = performance.now() + ms;
    for (let pause = 20; ; pause = Math.min(pause * 1.5, 200)) {
      const answer = await look();
      if (answer.done || performance.now() >= end) return answer;
      await sleep(pause);
    }
  }

  // Where a point of a frame is in this window, and what is in its way. It
  // climbs through the windows of its own origin and tells how many.
  async function hole(el, x, y) {
    if (!rendered(el)) return {why: 'hidden'};
    const view = el.ownerDocument.defaultView;
    const style = view.getComputedStyle(el);
    const at = () => {
      const box = el.getBoundingClientRect();
      return [box.left + el.clientLeft + parseFloat(style.paddingLeft) + x, box.top + el.clientTop + parseFloat(style.paddingTop) + y];
    };
    const outside = ([px, py]) => px < 0 || py < 0 || px >= view.innerWidth || py >= view.innerHeight;
    let point = at();
    if (outside(point)) {
      el.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});
      point = at();
      if (outside(point)) view.scrollBy({left: point[0] - view.innerWidth / 2, top: point[1] - view.innerHeight / 2, behavior: 'instant'});
      await frame();
      point = at();
    }
    const hit = el.getRootNode().elementFromPoint(...point);
    if (hit !== el) return {why: hit ? 'covered' : 'outside', by: hit ? describe(hit) : ''};
    return climb(view, ...point);
  }
  function climb(view, x, y) {
    let up = 0;
    for (let win = view; win.frameElement; win = win.parent, up++) {
      const outer = win.frameElement.getBoundingClientRect();
      x += outer.left + win.frameElement.clientLeft;
      y += outer.top + win.frameElement.clientTop;
    }
    return {x, y, up};
  }

  let current = null;
  const locate = (kind, wanted, ms) => until(ms, async () => {
    if (inner()) return {done: true, why: 'inner'};
    let found;
    try { found = find(kind, wanted); } catch (error) { return {done: true, why: 'selector', by: String(error.message)}; }
    if (!found) return {why: 'missing'};
    const {el, count, rank} = found;
    if (kind !== 'hover' && disabled(el)) return {why: 'disabled', count, rank};
    if (kind === 'field' && el.readOnly) return {why: 'readonly', count, rank};
    // Files go into a field without anybody clicking on it.
    const answer = kind === 'file' ? {} : await reach(el);
    if (answer.why) return {...answer, count, rank};
    current = el;
    return {done: true, ...answer, count, rank};
  });
  // Makes what the browser pointed at the current element.
  const take = (el) => { current = el; };
  const held = () => current;

  const SET = new Set(['date', 'time', 'month', 'week', 'datetime-local', 'color', 'range']);
  const changed = (el) => {
    el.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
    el.dispatchEvent(new Event('change', {bubbles: true}));
  };

  // Makes the found field ready to be typed into, all of it selected.
  function focus() {
    const el = current;
    el.focus();
    if (el.localName === 'input' && SET.has(el.type)) return {set: true};
    if (el.localName === 'input' && ['checkbox', 'radio', 'file'].includes(el.type)) return {why: el.type};
    if (el.localName === 'select') return {why: 'select'};
    if (el.select) el.select();
    else el.ownerDocument.getSelection().selectAllChildren(el);
    return {secret: el.type === 'password'};
  }
  function set(value) { current.value = value; changed(current); return {filled: current.value !== '' || value === ''}; }
  function clear() { current.ownerDocument.execCommand('delete'); return {filled: true}; }
  const filled = () => ({filled: (current.value ?? current.innerText) !== ''});

  const choose = (wanted, ms) => until(ms, () => {
    const el = current;
    if (el.localName !== 'select') return {done: true, why: 'nolist'};
    const options = [...el.options].filter((option) => !option.disabled);
    const option = options.find((o) => tidy(o.label) === tidy(wanted)) || options.find((o) => o.value === wanted) ||
      options.find((o) => lower(o.label).includes(lower(wanted)));
    if (!option) return {why: 'nooption', by: options.slice(0, 10).map((o) => tidy(o.label)).join(', ')};
    el.focus();
    // A list that takes several keeps what is chosen already.
    if (!el.multiple) el.value = option.value;
    option.selected = true;
    changed(el);
    return {done: true};
  });

  // What a reader sees, frames and shadow roots included.
  function text() {
    const parts = [];
    for (const root of roots(document)) {
      const tops = root.body ? [root.body] : [...root.children];
      parts.push(...tops.filter(rendered).map((el) => el.innerText));
      parts.push(...[...root.querySelectorAll('input[type=submit],input[type=button]')].filter(visible).map((el) => el.value));
    }
    return lower(parts.join(' '));
  }
  function shown(wanted) {
    if (wanted.startsWith('css=')) return [...all(wanted.slice(4))].some(visible);
    return text().includes(lower(wanted));
  }
  const see = (wanted, want, ms) => until(ms, () => {
    if (inner()) return {done: true, why: 'inner'};
    // A page that is still empty shows nothing, which is no answer.
    if (document.readyState === 'loading' && !want) return {why: 'loading'};
    try { return shown(wanted) === want ? {done: true} : {why: 'seen'}; } catch (error) {
      return {done: true, why: 'selector', by: String(error.message)};
    }
  });

  // What the page says of itself, for a reason that helps.
  function about() {
    const alerts = [...all('[role=alert],[role=alertdialog],[aria-live=assertive],.error,.alert,.alert-danger')];
    return {
      url: location.href, title: tidy(document.title), ready: document.readyState,
      alerts: [...new Set(alerts.filter(visible).map((el) => tidy(el.innerText)).filter(Boolean))].join('; ').slice(0, 300),
    };
  }

  const ready = (ms) => until(ms, () => ({done: document.readyState !== 'loading'}));
  const painted = async () => { await frame(); await frame(); return {}; };

  globalThis.daymark = {locate, hole, take, held, focus, set, clear, filled, choose, see, about, ready, painted, until};
})();
