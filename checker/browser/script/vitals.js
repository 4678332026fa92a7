// Measures how the page feels and tells the agent as it changes, because a
// navigation takes this world away. Only the top page counts.
(() => {
  if (globalThis.daymarkVitals || window !== window.top) return;
  const seen = {lcp: 0, cls: 0, tbt: 0};
  // Layout shifts count in bursts: gaps under 1 s, 5 s at most; the worst burst is CLS.
  let burst = {sum: 0, first: 0, last: 0};
  const take = {
    'largest-contentful-paint': (entry) => { seen.lcp = Math.max(seen.lcp, entry.startTime); },
    'layout-shift': (entry) => {
      if (entry.hadRecentInput) return;
      const at = entry.startTime;
      if (at - burst.last > 1000 || at - burst.first > 5000) burst = {sum: 0, first: at, last: at};
      burst.sum += entry.value;
      burst.last = at;
      seen.cls = Math.max(seen.cls, burst.sum);
    },
    'longtask': (entry) => { seen.tbt += entry.duration - 50; },
  };
  const tell = () => { if (globalThis.daymarkTell) globalThis.daymarkTell(JSON.stringify(seen)); };
  const observers = Object.entries(take).map(([type, record]) => {
    const observer = new PerformanceObserver((list) => { list.getEntries().forEach(record); tell(); });
    observer.observe({type, buffered: true});
    return [observer, record];
  });
  globalThis.daymarkVitals = async (ms) => {
    const loaded = () => ({done: (performance.getEntriesByType('navigation')[0]?.loadEventEnd || 0) > 0});
    const {done} = await daymark.until(ms, loaded);
    await daymark.painted();
    for (const [observer, record] of observers) observer.takeRecords().forEach(record);
    const navigation = performance.getEntriesByType('navigation')[0] || {};
    const now = performance.now();
    return {...seen, url: location.href, title: document.title, ttfb: navigation.responseStart || 0,
      // A page that has not finished took at least as long as it has been there.
      dom: navigation.domContentLoadedEventEnd || now, load: done ? navigation.loadEventEnd : now};
  };
})();
