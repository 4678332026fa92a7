// Keeps an open page of the console current: asks for it anew each ten seconds
// while somebody looks at it. Without this script it says as of when it is, and
// is loaded anew by its link.

const { Idiomorph } = window;
const second = 1000;
let asking = false;

async function ask() {
  if (asking || document.hidden) return;
  asking = true;
  try {
    const answer = await fetch(location.href, { redirect: "manual", signal: AbortSignal.timeout(8 * second) });
    if (answer.type === "opaqueredirect") return location.reload(); // signed out: let them see it
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    if (!fresh) throw new Error("no page");
    Idiomorph.morph(document.getElementById("main"), fresh, { morphStyle: "outerHTML" });
    if (document.title !== page.title) document.title = page.title;
  } catch {
    lost();
  } finally {
    asking = false;
  }
}

// lost says that what stands here may be untrue by now, once.
function lost() {
  const place = document.getElementById("lost");
  if (place && place.textContent !== place.dataset.text) place.textContent = place.dataset.text;
}

setInterval(ask, 10 * second);
document.addEventListener("visibilitychange", ask);
