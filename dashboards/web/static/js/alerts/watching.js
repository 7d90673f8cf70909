// What the engine of alerts is doing, and what did not reach anybody.
import { $, h, put, rich, text } from "../dom.js";
import { t, number, percent, dateTime, moment } from "../words.js";
import { ruleName } from "./names.js";
import { warming, watched } from "./episodes.js";
import { delivery } from "./episode.js";
import { href } from "./address.js";

export function draw(list, chosen) {
  const w = list.watching;
  text($("watching-note"), w.tick ? t("watching.tick", { time: moment(Date.parse(w.tick)) }) : "");
  put($("watching"),
    !w.enabled ? h("p", { class: "notice info" }, rich(t("alerts.none.off"))) : null,
    w.enabled ? h("p", {}, t("watching.series", { series: watched(w), rules: list.rules.filter((r) => !r.disabled).length }), " ", warming(w),
      w.tick ? [" ", t("watching.coverage", { share: percent(w.coverage) }), " ", t("watching.grace", { n: w.grace_minutes })] : null) : null,
    w.frozen ? h("p", { class: "notice warn" }, t("watching.frozen")) : null,
    w.rules.length ? rules(w.rules) : null,
    channels(w.channels),
    failed(list.failed, chosen));
}

function rules(all) {
  const head = ["alerts.rule", "watching.col.series", "watching.col.warming", "watching.col.open", "watching.col.held"];
  return h("table", { class: "states", role: "table", "aria-labelledby": "watching-title" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head.map((k) => h("th", { scope: "col", role: "columnheader" }, t(k))))),
    h("tbody", { role: "rowgroup" }, all.map((r) => h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader" }, ruleName(r.rule)),
      [["series", r.series], ["warming", r.warming], ["open", r.open], ["held", r.held]].map(([k, n]) =>
        h("td", { role: "cell", "data-name": t("watching.col." + k), class: n && k !== "series" ? "some" : null, title: k === "warming" && r.ready ? dateTime(Date.parse(r.ready)) : null }, number(n)))))));
}

function channels(all) {
  if (!all.length) return null;
  return [h("h3", {}, t("channels.title")), h("ul", { class: "plainlist" }, all.map((c) => h("li", { class: c.error ? "failing" : null },
    h("bdi", {}, c.channel), ": ", c.error ? t("channels.failing") : t("channels.well"),
    c.waiting ? [" ", t("channels.waiting", { n: c.waiting })] : null,
    c.sent ? [" ", t("channels.sent", { time: moment(Date.parse(c.sent)) })] : null,
    c.error ? [" ", h("span", { class: "error", lang: "en" }, c.error)] : null)))];
}

// failed lists the alerts that were given up, each with the way to its episode.
function failed(all, chosen) {
  if (!all.length) return null;
  return [h("h3", {}, t("failed.title")), h("p", { class: "note" }, t("failed.note")), h("ul", { class: "plainlist" }, all.map((d) => {
    const line = delivery(d);
    if (/^[0-9a-f]{32}$/.test(d.episode)) line.append(" ", h("a", { href: href({ ...chosen, episode: d.episode }), "data-episode": d.episode }, t("failed.see")));
    return line;
  }))];
}
