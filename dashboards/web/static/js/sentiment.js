// Tone as it is drawn: always by sign, word and position, never by colour alone.
import { h, svg } from "./dom.js";
import { t, number, signed } from "./words.js";

export const TONES = ["negative", "neutral", "positive", "unscored"];

const SHAPES = {
  positive: ["path", { d: "M5 1 9.500 9h-9z" }],
  negative: ["path", { d: "M5 9 .5 1h9z" }],
  neutral: ["rect", { x: 1, y: 3.5, width: 8, height: 3 }],
  unscored: ["circle", { cx: 5, cy: 5, r: 3.2, class: "hollow" }],
};

// sign is the small shape of a tone.
export function sign(tone) {
  const [tag, props] = SHAPES[tone] || SHAPES.unscored;
  return svg("svg", { class: "sign " + tone, viewBox: "0 0 10 10", width: 10, height: 10, "aria-hidden": "true" }, svg(tag, props));
}

// lean is what may be said of a tally: a tone only where its interval leaves 0 out.
export function lean(tally) {
  if (tally.net === null) return null;
  if (tally.net_low > 0) return "positive";
  if (tally.net_high < 0) return "negative";
  return "even";
}

export const net = (tally) => signed(tally.net, 2);

export const between = (tally) => t("figure.between", { low: signed(tally.net_low, 2), high: signed(tally.net_high, 2) });

// diverging draws the net sentiment from the middle, with its interval as a thin line.
export function diverging(tally) {
  if (tally.net === null) return h("span", { class: "no-net" }, "–", h("span", { class: "hidden" }, t("figure.no-score")));
  const at = (v) => 50 + 50 * v;
  const tone = lean(tally);
  const said = `${net(tally)}, ${t("net." + tone)}, ${between(tally)}`;
  return h("span", { class: "diverging " + tone, title: said },
    svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("line", { class: "axis", x1: 50, x2: 50, y1: 0, y2: 14 }),
      svg("rect", { class: "bar", x: Math.min(50, at(tally.net)), y: 3, width: Math.abs(50 * tally.net), height: 8 }),
      svg("line", { class: "range", x1: at(tally.net_low), x2: at(tally.net_high), y1: 7, y2: 7 })),
    h("span", { class: "value", "aria-hidden": "true" }, net(tally)),
    h("span", { class: "hidden" }, said));
}

// change is the change against the period before in words and signs.
export function change(c) {
  if (c.new) return h("span", { class: "change new" }, t("change.new"));
  if (c.posts === 0) return h("span", { class: "change", title: t("change.same") }, h("span", { class: "count" }, number(0)), " ", h("span", { class: "percent" }));
  const up = c.posts > 0;
  const small = c.percent === null;
  return h("span", { class: "change" + (small ? " small" : ""), title: small ? t("change.small") : null },
    h("span", { class: "count" }, signed(c.posts)),
    " ", h("span", { class: "percent" }, small ? null : `${up ? "+" : ""}${number(c.percent)}%`));
}
