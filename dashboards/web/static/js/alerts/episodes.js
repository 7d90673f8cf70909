// The list of episodes: what is going on, and what was.
import { $, h, put, rich, text } from "../dom.js";
import { t, ago, moment, dateTime } from "../words.js";
import { heldWords, levelName, often, ruleName, signalName, subject } from "./names.js";
import { href } from "./address.js";

// draw lists the episodes of an answer; the chosen one is marked.
export function draw(list, chosen, current) {
  text($("episodes-note"), list.episodes.length ? t("alerts.count", { open: list.episodes.filter((e) => e.open).length, n: list.episodes.length }) : "");
  if (!list.episodes.length) {
    put($("episodes"), nothing(list, chosen));
    return;
  }
  put($("episodes"), h("ul", {}, list.episodes.map((e) => row(e, chosen, current))),
    list.more ? h("p", { class: "note" }, t("alerts.more", { n: list.episodes.length })) : null);
}

function row(e, chosen, current) {
  const on = e.id === current;
  const opened = Date.parse(e.opened);
  return h("li", { class: [e.open ? "open" : "", e.state === "held" ? "held" : "", on ? "on" : ""].join(" ").trim() || null },
    h("a", { href: href({ ...chosen, episode: e.id }), "data-episode": e.id, "aria-current": on ? "true" : null },
      h("span", { class: "line" },
        h("span", { class: "tag level is-" + e.level }, levelName(e.level)), " ",
        h("b", {}, subject(e)), " ",
        e.open ? h("span", { class: "tag now" }, t("alerts.open")) : null),
      h("span", { class: "line what" }, what(e).map((x, i) => [i ? " · " : null, x])),
      h("span", { class: "line fine" },
        h("time", { datetime: e.opened, title: dateTime(opened) }, span(e)), " · ", h("span", { "data-ago": opened }, ago(opened)), " · ", ruleName(e.rule)),
      h("span", { class: "line fine" }, told(e), said(e))));
}

// what says in a few words what is unusual, one thing each.
export function what(e) {
  const signals = e.signals.map(signalName).join(t("series.comma"));
  return [signals, e.peak > 0 ? t("alerts.rarity", { often: often(e.peak) }) : "", e.burst ? t("alerts.burst") : ""].filter(Boolean);
}

// span is from when to when.
export function span(e) {
  const from = moment(Date.parse(e.opened));
  if (e.open) return t("alerts.since", { from });
  if (e.state === "held" || !e.closed) return from;
  return t("alerts.span", { from, to: moment(Date.parse(e.end)) });
}

// told says who was told, or why nobody was.
export function told(e) {
  if (e.state === "held" || (e.held && !e.channels?.length)) return h("span", { class: "why-held" }, heldWords(e.held));
  const worst = new Map(); // channel -> state of its deliveries, the worst of them
  const order = ["sent", "queued", "sending", "failed"];
  for (const d of e.deliveries) {
    const had = worst.get(d.channel);
    if (had === undefined || order.indexOf(d.state) > order.indexOf(had)) worst.set(d.channel, d.state);
  }
  if (!worst.size) return e.channels?.length ? t("alerts.told", { channels: e.channels.join(", ") }) : null;
  return [...worst].map(([channel, state], i) => [i ? ", " : null, h("span", { class: "sent " + state }, h("bdi", {}, channel), ": ", t("delivery." + state))]);
}

function said(e) {
  const parts = ["useful", "false", "known"].filter((v) => e.said[v]).map((v) => t("said.verdict." + v));
  return parts.length ? [" · ", t("alerts.said", { verdicts: parts.join(", ") })] : null;
}

// nothing says why the list is empty, and what is being watched meanwhile.
function nothing(list, chosen) {
  const w = list.watching;
  if (chosen.topic || chosen.rule) return h("p", { class: "none" }, t("alerts.none.filtered"));
  return h("div", { class: "empty" },
    h("p", {}, h("b", {}, t("alerts.none"))),
    !w.enabled ? h("p", {}, rich(t("alerts.none.off")))
      : h("p", {}, t("alerts.none.watching", { series: watched(w), rules: list.rules.filter((r) => !r.disabled).length }), " ", warming(w)));
}

// watched counts the series as the rules do: one that two rules watch is two, each with a memory.
export const watched = (w) => w.rules.reduce((n, r) => n + r.series, 0) || w.series;

// warming says how many series cannot be judged yet, and until when.
export function warming(w) {
  const young = w.rules.reduce((n, r) => n + r.warming, 0);
  if (!w.tick) return t("watching.no-tick");
  if (!young) return null;
  const ready = Math.max(0, ...w.rules.map((r) => (r.ready ? Date.parse(r.ready) : 0)));
  return ready > Date.now() ? t("watching.warming.until", { n: young, time: dateTime(ready) }) : t("watching.warming", { n: young });
}

