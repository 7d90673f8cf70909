// One episode: why it fired, what lies behind it, who was told, and what readers said.
import { $, h, put, text } from "../dom.js";
import { t, has, percent, dateTime, moment, kindName, scriptOf } from "../words.js";
import { sign } from "../sentiment.js";
import { endedWords, heldWords, length, levelName, ruleName, seriesName, subject } from "./names.js";
import { span, what } from "./episodes.js";
import { offer, silenceLine } from "./silences.js";
import * as verdicts from "./verdicts.js";
import * as timeline from "./timeline.js";
import * as why from "./why.js";

// draw shows an answer about an episode, or the reason why there is none.
export function draw(detail, fault, may = {}) {
  $("episode-section").hidden = !detail && !fault;
  text($("episode-title"), detail ? subject(detail.episode) : fault ? t("episode.missing") : "");
  text($("episode-note"), detail ? span(detail.episode) : "");
  timeline.draw(detail);
  if (!detail) {
    put($("episode"), fault ? h("p", { class: "none" }, h("span", { lang: "en" }, fault)) : null);
    return;
  }
  const { episode, alerts } = detail;
  const open = new Set([...document.querySelectorAll("#episode details[open]")].map((d) => d.dataset.of));
  const latest = alerts.findLast((a) => a.state !== "closed") || alerts[0];
  const ended = alerts.at(-1).ended;
  put($("episode"),
    h("p", { class: "headline" }, h("span", { class: "tag level is-" + episode.level }, levelName(episode.level)), " ", what(episode).map((x) => [x, " · "]), ruleName(episode.rule)),
    episode.lost ? h("p", { class: "notice warn" }, t("episode.lost")) : null,
    ended ? h("p", { class: "notice info" }, t("episode.ended", { why: endedWords(ended) })) : null,
    latest.held ? h("p", { class: "notice info" }, heldWords(latest.held)) : null,
    latest.burst ? h("p", { class: "notice info" }, t("episode.burst", { n: latest.stories })) : null,
    latest.without.length ? h("p", { class: "notice info" }, t("episode.without", { list: latest.without.map(kindName).join(", ") })) : null,
    latest.changes.length ? [h("h3", {}, t("why.title")), latest.changes.map((c) => why.draw(c, latest, episode))] : null,
    behind(latest, episode, ended),
    h("h3", {}, t("quality.title")), quality(latest, episode),
    examples(latest),
    h("h3", {}, t("story-of.title")), history(detail),
    detail.silences.length ? [h("h3", {}, t("episode.silences")), h("ul", { class: "plainlist" }, detail.silences.map((q) => h("li", {}, silenceLine(q))))] : null,
    h("h3", {}, t("said.title")), verdicts.box(episode, may.judge),
    h("p", { class: "ways" }, h("a", { href: posts(detail) }, t("episode.posts")), may.silence ? [" ", h("button", { type: "button", class: "link", id: "episode-silence" }, t("episode.silence"))] : null));
  verdicts.wire(episode);
  const silence = $("episode-silence");
  if (silence) silence.onclick = () => offer(episode);
  for (const d of document.querySelectorAll("#episode details")) if (open.has(d.dataset.of)) d.open = true;
}

// behind says what is in the window: tones, stories, words, sources, other series.
function behind(a, e, ended) {
  const lines = [];
  if (a.tally.posts) lines.push(t("behind.tally", { posts: a.tally.posts, stories: a.stories || a.tally.stories, positive: a.tally.positive, neutral: a.tally.neutral, negative: a.tally.negative }));
  const all = a.sources.reduce((n, s) => n + s.posts, 0);
  if (all) lines.push(t("behind.sources", { list: a.sources.map((s) => `${kindName(s.value)} ${percent(s.posts / all)}`).join(", ") }));
  if (a.silent.length) lines.push(t(e.state === "closed" && !ended ? "behind.back" : "behind.silent", { list: a.silent.join(", ") }));
  if (a.folded.length) lines.push(t("behind.folded", { list: a.folded.map(seriesName).join("; ") }));
  if (a.cut) lines.push(t("behind.cut"));
  if (!lines.length && !a.terms.length) return null;
  return [
    h("h3", {}, t("behind.title")),
    h("ul", { class: "plainlist" }, lines.map((l) => h("li", {}, l)),
      a.terms.length ? h("li", {}, t("behind.terms"), " ", a.terms.map((w) => [h("span", { class: "chip plain-chip", lang: scriptOf(w) }, w), " "])) : null)];
}

function quality(a, e) {
  const q = a.quality;
  const lines = [t("quality.coverage", { share: percent(q.coverage) })];
  if (q.lag_seconds) lines.push(t("quality.lag", { lag: length(q.lag_seconds) }));
  if (q.late) lines.push(t("quality.late", { share: percent(q.late) }));
  if (q.warm_up_seconds) lines.push(t("quality.warm-up", { age: length(q.warm_up_seconds) }));
  if (q.tested) lines.push(t("quality.tested", { n: q.tested }));
  return h("p", {}, lines.join(" "), q.model && !e.silent?.length ? [" ", t("quality.model"), " ", h("code", { lang: "en" }, q.model)] : null);
}

function examples(a) {
  if (!a.examples.length) return null;
  return [
    h("h3", {}, t("examples.title")),
    a.examples.map((x) => h("article", { class: "post example" },
      h("p", { class: "meta" }, h("span", { class: "source", lang: scriptOf(x.source_name) }, x.source_name), " ", h("time", { datetime: x.published, title: t("posts.time", { time: dateTime(Date.parse(x.published)) }) }, moment(Date.parse(x.published)))),
      x.title ? h("h4", { lang: scriptOf(x.title) }, x.url ? original(x, x.title) : x.title) : null,
      x.text ? h("p", { class: "body folded", lang: scriptOf(x.text) }, x.text) : null,
      !x.title && x.url ? h("p", { class: "fine" }, original(x, t("posts.original"))) : null,
      h("p", { class: "fine" }, sign(x.label), " ", t(has(x.label) ? x.label : "unscored"), x.confidence ? ", " + t("examples.sure", { share: percent(x.confidence) }) : null)))];
}

const original = (x, words) => h("a", { href: x.url, rel: "noopener noreferrer nofollow", target: "_blank" }, words);

// history lists what was decided and how it was told, first to last.
function history(detail) {
  return h("ol", { class: "history" }, detail.alerts.map((a) => {
    const sent = detail.episode.deliveries.filter((d) => d.number === a.number);
    return h("li", {},
      h("b", {}, t(a.ended ? "state.ended" : "state." + a.state)), " ", h("time", { datetime: a.at, title: t("history.decided", { time: dateTime(Date.parse(a.decided)) }) }, moment(Date.parse(a.at))), " ",
      h("span", { class: "tag level is-" + a.level }, levelName(a.level)), " ",
      a.held ? h("span", { class: "why-held" }, heldWords(a.held)) : null,
      sent.length ? h("ul", { class: "plainlist" }, sent.map(delivery)) : a.channels.length ? h("span", {}, t("history.to", { channels: a.channels.join(", ") })) : null);
  }));
}

// delivery says how far one alert is on its way to one channel.
export function delivery(d) {
  const when = d.done ? moment(Date.parse(d.done)) : d.state === "queued" && Date.parse(d.due) > Date.now() ? t("delivery.due", { time: moment(Date.parse(d.due)) }) : null;
  return h("li", { class: "sent " + d.state }, h("bdi", {}, d.channel), ": ", t("delivery." + d.state), when ? [", ", when] : null,
    d.attempts > 1 ? [" ", t("delivery.attempts", { n: d.attempts })] : null, d.repeated ? [" ", t("delivery.repeated")] : null,
    d.reason ? [" ", h("span", { class: "error", lang: "en" }, d.reason)] : null);
}

// posts is the way to the posts of the time.
function posts({ episode: e, chart }) {
  const q = new URLSearchParams();
  if (chart) {
    q.set("from", chart.from);
    q.set("to", chart.to);
  }
  for (const name of ["topic", "kind", "language"]) if (e.series[name]) q.set(name, e.series[name]);
  if (e.series.stories) q.set("count", "stories");
  const lang = new URLSearchParams(location.search).get("lang");
  if (lang) q.set("lang", lang);
  return "/?" + q.toString().replaceAll("%3A", ":");
}

