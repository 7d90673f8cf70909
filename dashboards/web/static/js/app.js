// The page: what is chosen, what is shown, and when it is asked for again.
import { $, text } from "./dom.js";
import { t, language, number, moment } from "./words.js";
import * as frame from "./frame.js";
import { ask, Refused } from "./frame.js";
import { read, query, href, unit, isFiltered, periodKey } from "./address.js";
import { work, plain, goTo } from "./pagework.js";
import * as chart from "./chart.js";
import * as filters from "./filters.js";
import * as corrections from "./corrections.js";
import * as posts from "./posts.js";
import * as sources from "./sources.js";
import * as notices from "./notices.js";
import { drawFigures, drawMix, drawTopics } from "./topics.js";

const PAGE = 20; // posts asked for at a time
const MORE = 5; // questions for one press of the button, where what comes is of stories that are shown
const GENTLE = 2e3; // least time between two refreshes that events ask for

const s = {
  chosen: read(), names: null, overview: null, sources: null, status: null, fault: null,
  shown: [], next: "", withheld: false, pending: null, asOf: 0, newVersion: false, live: "starting",
};
let unlike = true; // what is shown is of another choice than what is chosen
let custom = false;

// Asking ---------------------------------------------------------------------------------

const page = work(s, {
  gentle: GENTLE, ask: askAll, failed: forget, draw, drawNotices, tick, words: drawWords,
  back: () => go(read(), false),
});
const { load, drawLive } = page;

// askAll asks for everything that is chosen.
async function askAll(signal) {
  const q = query(s.chosen);
  s.names ??= await ask("topics", signal);
  frame.drawViews("posts", s.names.alerts);
  const [overview, first, list] = await Promise.all([
    ask("overview?" + q, signal), ask("posts?" + query(s.chosen, { limit: PAGE }), signal), ask("sources?" + q, signal)]);
  Object.assign(s, { overview, sources: list, asOf: Date.parse(overview.as_of) });
  take(first, unlike);
  unlike = false;
}

// forget drops what is shown where it would stand under the name of something else.
function forget() {
  if (unlike) Object.assign(s, { overview: null, shown: [], next: "", pending: null, asOf: 0 });
}

function take(page, fresh) {
  s.withheld = page.withheld;
  const known = new Set(s.shown.flatMap((p) => [p.id, p.story_id]));
  const news = page.posts.filter((p) => !known.has(p.id) && !known.has(p.story_id)).length;
  if (!fresh && s.shown.length && news && posts.isReading()) {
    s.pending = { page, news };
    return;
  }
  s.pending = null;
  const continued = !fresh && s.shown.length > page.posts.length;
  s.shown = fresh ? page.posts : posts.merge(s.shown, page);
  if (!continued || s.shown.length <= page.posts.length) s.next = page.next;
}

async function more() {
  const button = $("more");
  const { chosen, next } = s;
  button.disabled = true;
  text(button, t("posts.loading"));
  try {
    const known = new Set(s.shown.map((p) => p.story_id));
    const added = [];
    let last = { next }; // its stories may all be shown already
    for (let i = 0; i < MORE && !added.length && last.next; i++) {
      last = await ask("posts?" + query(chosen, { limit: PAGE, cursor: last.next }));
      if (query(chosen) !== query(s.chosen) || next !== s.next) return;
      added.push(...last.posts.filter((p) => !known.has(p.story_id)));
    }
    s.shown = [...s.shown, ...added];
    s.next = last.next;
    s.withheld ||= last.withheld;
    drawPosts();
    if (added.length) document.querySelector(`#posts [data-key="${added[0].id}"] a, #posts [data-key="${added[0].id}"] button`)?.focus({ preventScroll: true });
  } catch (err) {
    if (!(err instanceof Refused)) throw err;
    page.failed(err);
    draw();
  } finally {
    button.disabled = false;
    text(button, t("posts.load"));
  }
}

// Choosing -------------------------------------------------------------------------------

function go(chosen, push = true) {
  s.chosen = chosen;
  if (push) history.pushState(null, "", href(chosen));
  custom = !chosen.period;
  unlike = true;
  posts.foldAll();
  drawFilters();
  load();
}

const topicName = (id) => {
  const one = s.names?.topics.find((x) => x.id === id);
  return one ? (language() === "km" ? one.km : one.en) || id : id;
};
const periodWords = () => t(periodKey(s.chosen), s.overview ? { from: moment(Date.parse(s.overview.from)), to: moment(Date.parse(s.overview.to)) } : { from: s.chosen.from || "", to: s.chosen.to || "" });

function follow(e) {
  const a = e.target.closest("a");
  if (!a || !plain(e)) return;
  if (a.dataset.topic === undefined && a.dataset.go === undefined && a.id !== "posts-all") return;
  e.preventDefault();
  go(read(new URL(a.href).search));
  if (a.closest("#topics") && s.chosen.topic) goTo("posts-section");
}

// Drawing --------------------------------------------------------------------------------

function drawWords() {
  frame.drawWords();
  posts.drawKey();
}

function drawFilters() {
  if (s.names) filters.draw({ ...s, custom, topicName });
}

function drawPosts() {
  corrections.use({ names: s.names, topicName, redraw: drawPosts });
  posts.draw(s.shown, { chosen: s.chosen, topicName });
  text($("posts-title"), s.chosen.topic ? t("posts.of", { topic: topicName(s.chosen.topic) }) : t("posts"));
  $("posts-all").hidden = !s.chosen.topic;
  $("posts-all").href = href({ ...s.chosen, topic: "" });
  $("more").hidden = !s.next;
  $("fresh").hidden = !s.pending;
  if (s.pending) text($("fresh"), t("posts.fresh", { n: s.pending.news }));
  $("posts-note").hidden = !s.withheld;
  const m = s.names?.minimum;
  if (m) text($("posts-note"), t("posts.withheld", { posts: m.posts, sources: m.sources }));
}

function drawNotices() {
  notices.draw({ ...s, chosenWords: periodWords() }, { retry: () => load(), reload: () => location.reload() });
  $("sample").hidden = !s.status?.sample;
  document.body.classList.toggle("stale", Boolean(page.broken()));
}

function draw() {
  drawFilters();
  drawNotices();
  drawLive();
  const o = s.overview;
  document.body.classList.toggle("loaded", Boolean(o));
  document.body.classList.toggle("nothing", Boolean(o) && o.total.posts === 0 && !o.topics.length && !o.newest && !isFiltered(s.chosen));
  if (o) {
    o.periodWords = periodWords();
    drawFigures(o, s.sources, unit(s.chosen));
    chart.draw(o);
    drawMix(o);
    drawTopics(o, s.chosen, topicName);
  }
  if (s.sources) sources.draw(s.sources);
  drawPosts();
  const title = s.chosen.topic ? topicName(s.chosen.topic) : t("tagline");
  document.title = (o && !o.withheld ? `(${number(o.total[unit(s.chosen)])}) ` : "") + title + " · samleng";
}

function tick() {
  const now = Date.now();
  frame.drawAges(now);
  const countdown = $("countdown");
  if (countdown && s.retryAt) text(countdown, s.retryAt > now ? t("notice.again", { n: Math.ceil((s.retryAt - now) / 1e3) }) : t("notice.trying"));
}

// Starting -------------------------------------------------------------------------------

function start() {
  custom = !s.chosen.period;
  drawWords();
  drawLive();
  chart.start();
  frame.start({
    language(next) {
      history.replaceState(null, "", href(s.chosen, next));
      posts.drawKey();
      draw();
    },
    theme: () => chart.draw(),
  });
  $("home").addEventListener("click", (e) => {
    if (!plain(e)) return;
    e.preventDefault();
    go(read(""));
  });
  $("filters").addEventListener("submit", (e) => {
    e.preventDefault();
    const period = filters.readCustom();
    if (period) go({ ...s.chosen, period: "", ...period });
  });
  $("filters").addEventListener("change", ({ target }) => {
    if (target.name === "period") {
      custom = target.value === "custom";
      if (custom) drawFilters();
      else go({ ...s.chosen, period: target.value, from: "", to: "" });
    } else if (target.name === "count") {
      s.chosen = { ...s.chosen, count: target.value === "stories" ? "stories" : "" };
      history.pushState(null, "", href(s.chosen));
      draw(); // every answer has both counts
    } else if (target.tagName === "SELECT") {
      go({ ...s.chosen, [target.name]: target.value });
    }
  });
  $("clear").addEventListener("click", () => go({ ...s.chosen, topic: "", language: "", kind: "" }));
  $("more").addEventListener("click", more);
  $("fresh").addEventListener("click", () => {
    const { page: fresh } = s.pending;
    posts.foldAll();
    s.pending = null;
    s.shown = fresh.posts;
    s.next = fresh.next;
    drawPosts();
    $("posts-section").scrollIntoView();
  });
  document.addEventListener("click", follow);
  page.start();
}

start();
