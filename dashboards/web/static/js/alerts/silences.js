// Silences: what is kept quiet, why, and until when.
import { $, h, put } from "../dom.js";
import { t, moment } from "../words.js";
import { placeName, ruleName, topicName } from "./names.js";

// about says what a silence keeps quiet.
export function about(q) {
  const parts = [q.topic && topicName(q.topic), q.place && placeName(q.place), q.rule && t("silence.rule", { rule: ruleName(q.rule) })].filter(Boolean);
  return parts.length ? parts.join(t("series.comma")) : t("silence.everything");
}

// silenceLine says everything about a silence.
export function silenceLine(q) {
  const until = q.ended ? t("silence.ended", { time: moment(Date.parse(q.ended)) }) : t("silence.until", { time: moment(Date.parse(q.until)) });
  const from = q.from && Date.parse(q.from) > Date.now() ? t("silence.from", { time: moment(Date.parse(q.from)) }) + " " : "";
  return [h("b", {}, about(q)), " · ", from, until, " · ", h("span", { class: "reason" }, q.reason)];
}

export function draw(list) {
  put($("silences"), list.silences.length ? h("ul", { class: "plainlist" }, list.silences.map((q) => h("li", {}, silenceLine(q)))) : h("p", { class: "none" }, t("silences.none")));
}
