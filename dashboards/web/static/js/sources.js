// The state of every source, worst first.
import { $, h, put, text } from "./dom.js";
import { t, has, number, ago, dateTime, moment, kindName, scriptOf } from "./words.js";

const ORDER = ["failing", "waiting", "silent", "ok", "imported"];

export function draw(list) {
  const n = list.conditions;
  text($("sources-note"), ORDER.toReversed().filter((c) => n[c]).map((c) => t("sources.part", { n: n[c], state: t("sources." + c) })).join(" · "));
  if (!list.sources.length) {
    put($("sources"), h("p", { class: "none" }, t("sources.none")));
    return;
  }
  const sorted = [...list.sources].sort((a, b) => ORDER.indexOf(a.condition) - ORDER.indexOf(b.condition) || b.posts - a.posts || (a.id < b.id ? -1 : 1));
  const head = ["sources.name", "sources.state", "sources.poll", "sources.post", "sources.posts"];
  put($("sources"), h("table", { role: "table", "aria-labelledby": "sources-title" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head.map((k) => h("th", { scope: "col", role: "columnheader" }, t(k))))),
    h("tbody", { role: "rowgroup" }, sorted.map(row))));
}

function row(s) {
  const when = (at, never) => (at ? h("time", { datetime: at, "data-ago": Date.parse(at), title: dateTime(Date.parse(at)) }, ago(Date.parse(at))) : never);
  const reason = why(s);
  return [
    h("tr", { role: "row", class: s.condition + (reason ? " explained" : "") },
      h("th", { scope: "row", role: "rowheader" },
        h("bdi", { lang: scriptOf(s.name) }, s.url ? h("a", { href: s.url, rel: "noopener noreferrer nofollow", target: "_blank" }, s.name) : s.name),
        " ", h("span", { class: "tag" }, kindName(s.kind))),
      h("td", { role: "cell", class: "state" }, h("span", { class: "state-word" }, h("span", { class: "mark-of", "aria-hidden": "true" }), t("sources." + s.condition))),
      h("td", { role: "cell", "data-name": t("sources.poll") }, when(s.last_poll, t("sources.never"))),
      h("td", { role: "cell", "data-name": t("sources.post") }, when(s.last_post, "–")),
      h("td", { role: "cell", class: "count", "data-name": t("sources.posts") }, s.few ? h("span", { class: "few" }, t("few")) : number(s.posts))),
    reason ? h("tr", { role: "row", class: "why" }, h("td", { role: "cell", colspan: 5 }, reason)) : null,
  ];
}

// why says what is wrong and what to do about it.
function why(s) {
  if (s.condition === "silent" || s.condition === "waiting") return t(`sources.${s.condition}.why`);
  if (s.condition !== "failing") return null;
  const advice = "advice." + (s.class || "permanent");
  return [
    h("span", { class: "error", lang: "en" }, s.error), " ", has(advice) ? t(advice) : null,
    s.last_success ? ` (${t("sources.since", { time: moment(Date.parse(s.last_success)) })})` : null];
}
