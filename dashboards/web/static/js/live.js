// The stream of events. The page listens only while it is visible: browsers allow few
// connections to one host, and pages left open in other tabs would use them up.

const SILENCE = 40e3; // the server sends a beat every 15 s
const RETRY = [3e3, 6e3, 12e3, 30e3];

// listen calls on.posts, on.status(status) and on.state("starting"|"on"|"off"|"paused").
// After every connection on.posts is called, since events may have been missed.
export function listen(on) {
  let source = null, watchdog = 0, retry = 0, failures = 0, connected = false;

  const close = () => {
    clearTimeout(watchdog);
    clearTimeout(retry);
    source?.close();
    source = null;
  };
  const lost = () => {
    close();
    on.state("off");
    retry = setTimeout(open, RETRY[Math.min(failures++, RETRY.length - 1)]);
  };
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, SILENCE);
  };
  function open() {
    close();
    source = new EventSource("/api/v1/events");
    source.onerror = lost;
    source.addEventListener("beat", alive);
    source.addEventListener("posts", () => { alive(); on.posts(); });
    source.addEventListener("status", (e) => {
      alive();
      failures = 0;
      on.state("on");
      on.status(JSON.parse(e.data));
      if (connected && source.fresh) on.posts();
      connected = true;
      source.fresh = false;
    });
    source.fresh = true;
    alive();
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      close();
      on.state("paused");
    } else if (!source) {
      open();
    }
  });
  on.state("starting");
  if (document.hidden) on.state("paused");
  else open();
}
