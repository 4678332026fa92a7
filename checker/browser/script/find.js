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

  function best(kind, wanted) {
    const [selector, fits, tests] = finders[kind](wanted);
    const passed = new Array(tests.length);
    for (const el of all(selector)) {
      if (!fits(el)) continue;
      const rank = tests.findIndex((test) => test(el));
      if (rank < 0) continue;
      if (!passed[rank] || (!reachable(passed[rank]) && reachable(el))) passed[rank] = el;
    }
    return passed.find((el) => el && reachable(el)) || passed.find((el) => el) || null;
  }

  // A styled checkbox is often invisible itself; its label is what people see.
  const stand = (el) => (visible(el) ? el : [...(el.labels || [])].find(visible));
  const reachable = (el) => Boolean(stand(el));

  function find(kind, wanted) {
    if (wanted.startsWith('css=')) {
      const found = [...all(wanted.slice(4))];
      return found.find(reachable) || found[0] || null;
    }
    wanted = tidy(wanted);
    if (kind === 'field') return best('field', wanted);
    if (kind === 'click') {
      const control = best('control', wanted);
      if (control && reachable(control)) return control;
      const text = best('text', wanted);
      return text && reachable(text) ? text : control || text;
    }
    return best('control', wanted) || best('field', wanted) || best('text', wanted);
  }

  const disabled = (el) => el.matches(':disabled') || el.getAttribute('aria-disabled') === 'true';
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
    for (let win = view; win.frameElement; win = win.parent) {
      const outer = win.frameElement.getBoundingClientRect();
      x += outer.left + win.frameElement.clientLeft;
      y += outer.top + win.frameElement.clientTop;
    }
    return {x, y};
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

  let current = null;
  const locate = (kind, wanted, ms) => until(ms, async () => {
    let el;
    try { el = find(kind, wanted); } catch (error) { return {done: true, why: 'selector', by: String(error.message)}; }
    if (!el) return {why: 'missing'};
    if (kind !== 'hover' && disabled(el)) return {why: 'disabled'};
    if (kind === 'field' && el.readOnly) return {why: 'readonly'};
    const answer = await reach(el);
    if (answer.why) return answer;
    current = el;
    return {done: true, ...answer};
  });

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
    el.value = option.value;
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

  globalThis.daymark = {locate, focus, set, clear, filled, choose, see, about, ready, painted, until};
})();
