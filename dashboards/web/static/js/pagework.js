// What both pages do over time: ask for what is chosen, ask again when something happened or went
// wrong, and follow the address.
import { $, text } from "./dom.js";
import { setLanguage, language } from "./words.js";
import { listen } from "./live.js";
import * as frame from "./frame.js";
import { Refused } from "./frame.js";

const REFRESH = 60e3; // a period that ends now moves on without any event
const RETRY = [3, 6, 12, 30]; // seconds

// work keeps a page up to date. s is its state, of which fault, status, live, newVersion and
// retryAt are kept here. on has
//   gentle   the least time between two refreshes that events ask for
//   ask      async (signal): asks for everything that is chosen, into the state
//   failed   called with the state's fault after a question failed; may be left out
//   draw     draws everything; drawNotices and drawLive, a part of it
//   back     called when the reader went back or forth in the history
//   words    called after the language of the interface changed by that
//   tick     called every second
export function work(s, on) {
  let request = null; // what aborts the requests that are under way
  let again = false; // an event came while requests were under way
  let refreshTimer = 0, retryTimer = 0, lastLoad = 0, retries = 0;

  // load asks for everything, instead of what is being asked for.
  async function load() {
    request?.abort();
    const mine = (request = new AbortController());
    clearTimeout(refreshTimer);
    clearTimeout(retryTimer);
    refreshTimer = 0;
    $("main").setAttribute("aria-busy", "true");
    try {
      await on.ask(mine.signal);
      if (mine.signal.aborted) return;
      s.fault = null;
      retries = 0;
    } catch (err) {
      if (err.name === "AbortError" || mine.signal.aborted) return;
      if (!(err instanceof Refused)) {
        request = null;
        throw err;
      }
      failed(err);
      on.failed?.(s.fault);
    }
    request = null;
    lastLoad = Date.now();
    on.draw();
    $("main").setAttribute("aria-busy", "false");
    if (again) soon();
  }

  // failed notes a question that was not answered, and tries again where that can help.
  function failed(err) {
    s.fault = { kind: err.kind, message: err.message, since: s.fault?.since ?? Date.now() };
    if (err.kind === "bad") return;
    const wait = RETRY[Math.min(retries++, RETRY.length - 1)] * 1e3;
    s.retryAt = Date.now() + wait;
    clearTimeout(retryTimer);
    retryTimer = setTimeout(load, wait);
  }

  // soon refreshes after an event: at once, or when the last refresh is old enough. Requests
  // that are under way are left to end, or a slow database would never be heard.
  function soon() {
    again = request !== null;
    if (again || refreshTimer || document.hidden) return;
    refreshTimer = setTimeout(() => { refreshTimer = 0; load(); }, Math.max(0, lastLoad + on.gentle - Date.now()));
  }

  const broken = () => s.fault && s.fault.kind !== "bad";

  // start listens to everything, and asks for the first time.
  function start() {
    addEventListener("popstate", () => {
      const lang = new URLSearchParams(location.search).get("lang");
      if (lang && lang !== language()) {
        setLanguage(lang);
        on.words();
      }
      on.back();
    });
    setInterval(on.tick, 1e3);
    setInterval(() => { if (!s.fault) soon(); }, REFRESH);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
    listen({
      posts: soon,
      status(status) {
        s.status = status;
        s.newVersion = frame.isNew(status);
        text($("version"), "samleng " + status.version);
        on.drawNotices();
        // A stream that works again is the first sign that samleng is back.
        if (broken()) load();
      },
      state(state) {
        s.live = state;
        drawLive();
        if (state === "off" && !s.fault) soon(); // is it the stream alone, or everything?
      },
    });
    load();
  }

  function drawLive() {
    frame.drawLive(broken() ? "off" : s.live, s.asOf);
  }

  return { load, failed, start, drawLive, broken };
}

// plain reports whether a click follows a link here, and not into another tab.
export const plain = (e) => !(e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey);

// goTo brings a section into view where the page is one column, and the keyboard with it.
export function goTo(id) {
  if (!matchMedia("(max-width: 899px)").matches) return;
  $(id).scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  $(id).focus({ preventScroll: true });
}
