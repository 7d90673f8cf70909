// Why an alert fired: every term of its score, as a number and in words.
import { h } from "../dom.js";
import { t, number, percent, clock, moment } from "../words.js";
import { length, often, ruleOf, signalName } from "./names.js";

// draw explains one change of an alert.
export function draw(c, alert, episode) {
  return h("section", { class: "why" },
    h("h4", {}, signalName(c.signal)),
    h("p", { class: "plain" }, plain(c, episode)),
    c.score > 0 ? h("p", { class: "plain" }, t("why.rarity", { often: often(c.score) })) : null,
    terms(c, alert, episode));
}

const isShare = (c) => c.signal === "negative-share" || c.signal === "positive-share";
const amount = (n) => number(n, n < 10 ? 1 : 0);

// plain says what was seen and what was expected.
function plain(c, episode) {
  if (c.signal === "silence") return t("why.silence", { share: percent(c.observed), n: c.count ?? 0 });
  if (isShare(c)) {
    return t("why.share." + c.signal, { observed: percent(c.observed), expected: percent(c.expected), low: percent(c.low), high: percent(c.high), n: c.count ?? 0 });
  }
  const unit = t(episode.series.stories ? "why.unit.stories" : "why.unit.posts");
  if (!c.factors) return t("why.fixed", { observed: number(c.observed), expected: number(c.expected), unit });
  const ratio = c.expected >= 0.5 ? t("why.ratio", { n: amount(c.observed / c.expected) }) : "";
  return [t("why.volume", { observed: number(c.observed), expected: amount(c.expected), low: number(c.low), high: number(c.high), unit }), ratio].join(" ").trim();
}

// terms lists what the score is made of.
function terms(c, alert, episode) {
  const f = c.factors;
  if (!f) return null;
  const rule = ruleOf(episode.rule);
  const share = isShare(c);
  const rows = [];
  const add = (key, value, values = {}) => { if (value !== null) rows.push([t("term." + key), value, t(`term.${key}.why`, values)]); };
  const minutes = f.window_minutes;
  if (minutes) add("window", length(minutes * 60), { to: moment(Date.parse(alert.at)), from: clock(Date.parse(alert.at) - minutes * 60e3) });
  add("observed", share ? percent(c.observed) : number(c.observed), {});
  add("expected", share ? percent(c.expected) : amount(c.expected), {});
  add("interval", share ? `${percent(c.low)} – ${percent(c.high)}` : `${number(c.low)} – ${number(c.high)}`, {});
  if (share && f.labelled) add("labelled", t("figure.of", { n: f.of_label, all: f.labelled }), {});
  if (f.ratio) add("ratio", share ? t("term.points", { n: number(100 * (c.observed - c.expected), 0) }) : "× " + number(f.ratio, 1), {});
  add("dispersion", number(f.dispersion, 3), {});
  if (c.log_p) add("probability", chance(c.log_p), {});
  add("excess", number(f.excess, 2), {});
  add("quantile", number(f.quantile, 2), {});
  add("lambda", number(f.lambda, 2), {});
  add("beta", number(f.beta, 2), {});
  add("shape", number(f.shape, 1), { n: Math.max(0, Math.round(f.shape - 6)) });
  add("score", number(c.score, 2), { often: often(c.score) });
  if (f.threshold) add("threshold", number(f.threshold, 2), { budget: number(rule?.alerts_a_week ?? 2, 1), series: alert.quality.tested || rule?.series || 1, often: often(f.threshold) });
  if (f.promoted) add("promoted", t("term.promoted.yes"), {});
  return h("details", { class: "terms" },
    h("summary", {}, t("why.terms")),
    h("dl", {}, rows.map(([name, value, why]) => h("div", {}, h("dt", {}, name), h("dd", { class: "value" }, value), h("dd", { class: "note" }, why)))),
    h("p", { class: "formula", lang: "en" }, formula(c)));
}

// chance is a probability of 10^-logP as one in so many.
function chance(logP) {
  if (logP < 6) return t("term.chance", { n: Math.round(10 ** logP) });
  return t("term.chance.power", { n: number(logP, 1) });
}

// formula is the score with its numbers.
function formula(c) {
  const f = c.factors, n = (x, d = 2) => number(x, d);
  return `2 − log₁₀(${n(f.lambda)}) + ${n(f.shape, 1)} · log₁₀(1 + (${n(f.excess)} − ${n(f.quantile)}) / (${n(f.beta)} · ${n(f.shape, 1)})) = ${n(c.score)}`;
}
