// Posts over time, stacked by tone, with a tooltip and a table that says the same.
/* global uPlot */
import { $, h, put, text } from "./dom.js";
import { t, number, clock, day, moment, midnight, step, dateTime } from "./words.js";
import { TONES, sign } from "./sentiment.js";

let plot = null, shown = "", data = null;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const ms = (s) => Date.parse(s);
const unscored = (p) => Math.max(0, p.posts - p.positive - p.neutral - p.negative);
const count = (p, tone) => (tone === "unscored" ? unscored(p) : p[tone]);

// draw shows the volume of an overview; chosen again without one, it only repaints.
export function draw(overview = data) {
  if (!overview) return;
  data = overview;
  const unit = step(overview.step_seconds);
  text($("volume-title"), t("volume", { step: unit }));
  text($("volume-note"), t("volume.note", { from: dateTime(ms(overview.from)), to: dateTime(ms(overview.to)) }));
  put($("legend"), TONES.map((tone) => h("span", { class: "item " + tone }, sign(tone), " ", t(tone), " ", h("b", {}, number(count(overview.total, tone))))));
  if ($("volume-details").open) drawTable();

  const root = document.documentElement;
  const style = [root.lang, root.dataset.theme, matchMedia("(prefers-color-scheme: dark)").matches, overview.step_seconds, overview.from, overview.to].join();
  const series = stack(overview.volume);
  if (plot && style === shown) {
    plot.setData(series);
    return;
  }
  shown = style;
  plot?.destroy();
  plot = new uPlot(options(overview), series, $("chart"));
}

// stack gives x and the running totals, tallest first: each is painted over the one before.
function stack(volume) {
  const sums = TONES.map(() => []);
  for (const p of volume) {
    let sum = 0;
    TONES.forEach((tone, i) => {
      sum += count(p, tone);
      sums[i].push(sum);
    });
  }
  return [volume.map((p) => ms(p.start) / 1e3), ...sums.reverse()];
}

function size() {
  const box = $("chart");
  return { width: Math.max(200, box.clientWidth), height: box.clientHeight };
}

function options(overview) {
  const ink = colour("--muted"), rule = colour("--rule");
  const font = `12px "Noto Sans Khmer", sans-serif`;
  // The first and the last point may reach over the ends of the period.
  const last = overview.volume.at(-1);
  const from = Math.min(ms(overview.from), ms(overview.volume[0]?.start ?? overview.from)) / 1e3;
  const to = Math.max(ms(overview.to) / 1e3, last ? ms(last.start) / 1e3 + overview.step_seconds : 0);
  const bars = uPlot.paths.bars({ size: [overview.volume.length > 150 ? 1 : 0.86, Infinity], align: 1 });
  const axis = { stroke: ink, font, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1, size: 4 } };
  return {
    ...size(),
    padding: [10, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
    tzDate: (s) => uPlot.tzDate(new Date(s * 1e3), "Asia/Phnom_Penh"),
    scales: { x: { time: true, range: [from, to] }, y: { range: (_, __, max) => [0, Math.max(4, max * 1.06)] } },
    axes: [
      { ...axis, space: 64, size: 44, values: (_, splits, __, ___, incr) => splits.map((s) => label(s * 1e3, incr)) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6], values: (_, splits) => splits.map((n) => number(n)) },
    ],
    series: [{}, ...[...TONES].reverse().map((tone) => ({ fill: colour("--tone-" + tone), width: 0, paths: bars, points: { show: false } }))],
    hooks: { setCursor: [tip] },
  };
}

function label(at, incr) {
  if (incr >= 86400) return day(at);
  return midnight(at) ? `${clock(at)}\n${day(at)}` : clock(at);
}

function tip(u) {
  const box = $("tip"), i = u.cursor.idx, p = i === null || i === undefined ? null : data.volume[i];
  if (!p || u.cursor.left < 0) {
    box.hidden = true;
    return;
  }
  const start = ms(p.start), end = start + data.step_seconds * 1e3;
  put(box,
    h("p", { class: "when" }, moment(start), "–", clock(end), end > Date.parse(data.as_of) ? ` (${t("volume.so-far")})` : null),
    h("p", {}, h("b", {}, number(p.posts)), " ", t("figure.posts")),
    TONES.map((tone) => h("p", { class: tone }, sign(tone), " ", t(tone), " ", h("b", {}, number(count(p, tone))))));
  box.hidden = false;
  const left = u.valToPos(start / 1e3, "x") + u.bbox.left / devicePixelRatio;
  const room = $("chart").clientWidth - box.offsetWidth - 4;
  box.style.left = Math.max(0, Math.min(room, left > room / 2 ? left - box.offsetWidth - 12 : left + 16)) + "px";
}

function drawTable() {
  const rows = data.volume.filter((p) => p.posts > 0);
  put($("volume-table"), h("table", {},
    h("caption", { class: "hidden" }, t("volume.caption", { step: step(data.step_seconds) })),
    h("thead", {}, h("tr", {}, [t("volume.time"), t("volume.all"), ...TONES.map((tone) => t(tone))].map((x) => h("th", { scope: "col" }, x)))),
    h("tbody", {}, rows.map((p) => h("tr", {}, h("th", { scope: "row" }, dateTime(ms(p.start))), h("td", {}, number(p.posts)), TONES.map((tone) => h("td", {}, number(count(p, tone)))))))));
}

export function start() {
  $("volume-details").addEventListener("toggle", () => { if (data && $("volume-details").open) drawTable(); });
  new ResizeObserver(() => plot?.setSize(size())).observe($("chart"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
}
