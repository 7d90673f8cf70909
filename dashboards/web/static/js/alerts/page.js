// The page of alerts: what is chosen, what is shown, and when it is asked for again.
import { $, h, put } from "../dom.js";
import { t, clock, clockSeconds, number } from "../words.js";
import { work as keep, plain, goTo } from "../pagework.js";
import * as frame from "../frame.js";
import { ask } from "../frame.js";
import { read, query, href } from "./address.js";
import * as names from "./names.js";
import * as episodes from "./episodes.js";
import * as episode from "./episode.js";
import * as timeline from "./timeline.js";
import * as silences from "./silences.js";
import * as verdicts from "./verdicts.js";
import * as watching from "./watching.js";
import * as rules from "./rules.js";

const PERIODS = ["24h", "7d", "14d", "30d"];
const GENTLE = 10e3; // least time between two refreshes that events ask for

const s = { chosen: read(), names: null, list: null, detail: null, missing: "", status: null, fault: null, asOf: 0, live: "starting", newVersion: false };
// current is the episode that is shown: the chosen one, or the first.
const current = () => s.chosen.episode || s.list?.episodes[0]?.id || "";

const work = keep(s, {
  gentle: GENTLE, ask: askAll, draw, drawNotices, words: frame.drawWords,
  tick: () => frame.drawAges(),
  back: () => go(read(), false),
});
const { load, drawLive } = work;

async function askAll(signal) {
  s.names ??= await ask("topics", signal);
  frame.drawViews("alerts", true);
  const list = await ask("alerts?" + query(s.chosen), signal);
  names.use({ topics: s.names.topics, places: list.places, rules: list.rules });
  silences.use({ names: s.names, changed: load });
  verdicts.use({ changed: load });
  rules.use({ names: s.names });
  const id = s.chosen.episode || list.episodes[0]?.id;
  let detail = null, missing = "";
  if (id) {
    try {
      detail = await ask("alerts/" + encodeURIComponent(id), signal);
    } catch (err) {
      if (err.kind !== "missing" && err.kind !== "bad") throw err;
      missing = err.message;
    }
  }
  Object.assign(s, { list, detail, missing, asOf: Date.parse(list.as_of) });
}

function go(chosen, push = true) {
  s.chosen = chosen;
  if (push) history.pushState(null, "", href(chosen));
  load();
}

// Drawing --------------------------------------------------------------------------------

function drawFilters() {
  const box = $("periods");
  if (!box.querySelector("input")) {
    box.append(...PERIODS.map((p) => h("label", {}, h("input", { type: "radio", name: "period", value: p }), h("span", { "data-t": "period." + p }, t("period." + p)))));
  }
  for (const input of box.querySelectorAll("input")) input.checked = input.value === s.chosen.period;
  const options = (select, every, list, value) => {
    put(select, h("option", { value: "" }, t(every)), list.map(([v, name]) => h("option", { value: v }, name)));
    select.value = value || "";
  };
  if (s.names) options($("topic"), "topic.every", s.names.topics.map((x) => [x.id, names.topicName(x.id)]), s.chosen.topic);
  if (s.list) options($("rule"), "alerts.rule.every", s.list.rules.map((r) => [r.id, names.ruleName(r.id)]), s.chosen.rule);
  $("held").checked = s.chosen.held === "1";
}

function drawNotices() {
  const { fault } = s;
  const out = [];
  const button = (key, act) => h("button", { type: "button", class: "link", onclick: act }, t(key));
  if (s.newVersion) out.push(h("div", { class: "notice info" }, h("p", {}, t("notice.version"), " ", button("notice.reload", () => location.reload()))));
  if (fault?.kind === "bad") {
    out.push(h("div", { class: "notice bad" }, h("p", {}, t("notice.bad", { message: "" }), " ", h("span", { lang: "en" }, fault.message), " ", h("a", { href: "/alerts" }, t("notice.reset")))));
  } else if (fault) {
    out.push(h("div", { class: "notice bad" },
      h("p", {}, h("b", {}, t("notice." + (fault.kind === "network" ? "network" : "store"))), " ", fault.kind === "network" ? null : h("span", { lang: "en" }, fault.message.replace(/^The database did not answer: /, "")), ` (${t("notice.since", { time: clock(fault.since) })})`),
      h("p", {}, s.asOf ? t("notice.kept", { time: clockSeconds(s.asOf) }) : t("notice.nothing"), " ", t("notice.retried"), " ", button("notice.try", load))));
  }
  put($("notices"), out);
  $("sample").hidden = !s.status?.sample;
}

function draw() {
  drawFilters();
  drawNotices();
  drawLive();
  document.body.classList.toggle("loaded", Boolean(s.list));
  if (!s.list) return;
  episodes.draw(s.list, s.chosen, current());
  episode.draw(s.detail, s.missing, s.list.may);
  watching.draw(s.list, s.chosen);
  silences.draw(s.list);
  rules.draw(s.list);
  const open = s.list.episodes.filter((e) => e.open).length;
  document.title = (open ? `(${number(open)}) ` : "") + t("view.alerts") + " · samleng";
}

// Starting -------------------------------------------------------------------------------

function follow(e) {
  const a = e.target.closest("a[data-episode]");
  if (!a || !plain(e)) return;
  e.preventDefault();
  go(read(new URL(a.href).search));
  goTo("episode-section");
}

function start() {
  frame.drawWords();
  drawLive();
  timeline.start();
  rules.start(load);
  frame.start({
    language(next) {
      history.replaceState(null, "", href(s.chosen, next));
      draw();
    },
    theme: () => timeline.draw(),
  });
  $("filters").addEventListener("submit", (e) => e.preventDefault());
  $("filters").addEventListener("change", ({ target }) => {
    const { episode: _, ...chosen } = s.chosen;
    if (target.name === "period") go({ ...chosen, period: target.value, from: "", to: "" });
    else if (target.name === "held") go({ ...chosen, held: target.checked ? "1" : "" });
    else go({ ...chosen, [target.name]: target.value });
  });
  document.addEventListener("click", follow);
  work.start();
}

start();
