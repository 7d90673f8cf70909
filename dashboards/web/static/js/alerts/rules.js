// The rules as they are, in words.
import { $, h, put } from "../dom.js";
import { t, digits, number, kindName, languageName } from "../words.js";
import { levelName, placeName, signalName, topicName } from "./names.js";

export function draw(list) {
  put($("rules"), h("ul", { class: "plainlist rule-list" }, list.rules.map((r) => h("li", { class: r.disabled ? "disabled" : null },
    h("b", {}, document.documentElement.lang === "km" ? r.km : r.en), r.disabled ? [" ", h("span", { class: "tag" }, t("rule.disabled"))] : null,
    h("p", {}, inWords(r))))));
}

const join = (list) => list.join(", ");

// inWords says what a rule does.
export function inWords(r) {
  if (r.signals.every((x) => x === "silence")) return [t("rule.silence"), " ", tells(r)].flat().join("");
  const what = r.keywords.length ? t("rule.keywords", { list: join(r.keywords) }) : r.topics.length ? t("rule.topics", { list: join(r.topics.map(topicName)) }) : t("rule.topics.each");
  const where = r.places.includes("each") ? t("rule.places.each") : r.places.length ? t("rule.places", { list: join(r.places.map(placeName)) }) : t("rule.places.country");
  const out = [what, where];
  if (r.kinds.length) out.push(t("rule.kinds", { list: join(r.kinds.map(kindName)) }));
  if (r.language) out.push(t("rule.language", { language: languageName(r.language) }));
  out.push(t("rule.signals", { list: join(r.signals.map(signalName)) }));
  if (r.fixed) out.push(t("rule.fixed", { posts: r.fixed.posts, share: number(100 * r.fixed.share), minutes: r.fixed.window_minutes }));
  else out.push(t("rule.budget", { n: number(r.alerts_a_week, 1), series: r.series, posts: r.min_posts }));
  out.push(tells(r));
  return out.join(" ");
}

function tells(r) {
  const to = r.level === "notice" || !r.channels.length ? t("rule.digest") : t("rule.tells", { level: levelName(r.level), channels: join(r.channels) });
  const quiet = r.quiet?.from ? " " + t("rule.quiet", { from: digits(r.quiet.from), to: digits(r.quiet.to) }) : "";
  return to + quiet + (r.quiet?.holidays ? " " + t("rule.quiet.holidays") : "");
}
