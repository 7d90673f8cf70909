// The series of an episode over time: what was counted, what was expected, and the episodes as
// bands behind it.
/* global uPlot */
import { $, h, put, text } from "../dom.js";
import { t, number, clock, day, moment, midnight, step, dateTime } from "../words.js";
import { TONES, sign } from "../sentiment.js";

let plot = null, shown = "", data = null, stories = false;
let expected = new Map(); // what was expected, by the start of a step

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const ms = (s) => Date.parse(s);
const unscored = (p) => Math.max(0, p.posts - p.positive - p.neutral - p.negative);
const tones = () => (stories ? ["stories"] : TONES);
const count = (p, tone) => (tone === "unscored" ? unscored(p) : p[tone]);

// draw shows a detail; again without one, it only repaints.
export function draw(detail = data) {
  data = detail;
  const chart = detail?.chart;
  $("episode-chart").hidden = $("episode-details").hidden = !chart;
  if (!chart) {
    plot?.destroy();
    plot = null;
    shown = "";
    put($("episode-legend"));
    text($("chart-note"), "");
    return;
  }
  stories = Boolean(detail.episode.series.stories);
  expected = new Map(chart.expected.map((e) => [ms(e.start), e]));
  const unit = step(chart.step_seconds);
  put($("episode-legend"), tones().map((tone) => h("span", { class: "item " + tone }, stories ? h("span", { class: "swatch bar" }) : sign(tone), " ", t(stories ? "figure.stories" : tone))),
    chart.expected.length ? h("span", { class: "item" }, h("span", { class: "swatch line" }), " ", t("chart.expected")) : null,
    chart.expected.some((e) => e.low !== null) ? h("span", { class: "item" }, h("span", { class: "swatch interval" }), " ", t("chart.interval")) : null,
    h("span", { class: "item" }, h("span", { class: "swatch band" }), " ", t("chart.band")),
    detail.others.length ? h("span", { class: "item" }, h("span", { class: "swatch other" }), " ", t("chart.others")) : null,
    detail.silences.length ? h("span", { class: "item" }, h("span", { class: "swatch silent" }), " ", t("chart.silence")) : null);
  text($("chart-note"), [t("chart.note", { step: unit, from: dateTime(ms(chart.from)), to: dateTime(ms(chart.to)) }), chart.without.length ? t("chart.without", { posts: detail.minimum.posts, sources: detail.minimum.sources }) : ""].join(" ").trim());
  $("episode-chart").setAttribute("role", "img");
  $("episode-chart").setAttribute("aria-label", described(detail));
  if ($("episode-details").open) drawTable();
  const root = document.documentElement;
  const style = [root.lang, root.dataset.theme, matchMedia("(prefers-color-scheme: dark)").matches, detail.episode.id, chart.step_seconds, chart.from, chart.to, stories].join();
  const series = columns(chart);
  if (plot && style === shown) {
    plot.setData(series);
    return;
  }
  shown = style;
  plot?.destroy();
  plot = new uPlot(options(chart), series, $("episode-chart"));
}

// described says what the chart shows to whoever does not see it.
function described(detail) {
  const peak = detail.chart.points.reduce((a, p) => (height(p) > height(a) ? p : a), detail.chart.points[0]);
  if (!peak) return t("chart.empty");
  const e = expectedAt(peak);
  return [t("chart.said", { n: height(peak), time: dateTime(ms(peak.start)), from: dateTime(ms(detail.episode.start)), to: detail.episode.open ? t("now") : dateTime(ms(detail.episode.end)) }),
    e ? t("chart.said.expected", { n: number(e.posts, 1) }) : "", e ? range(e) : ""].join(" ").trim();
}

const height = (p) => (stories ? p.stories : p.posts);

// columns gives x, the running totals of tones, tallest first, and what was expected.
function columns(chart) {
  const sums = tones().map(() => []);
  for (const p of chart.points) {
    let sum = 0;
    tones().forEach((tone, i) => {
      sum += count(p, tone);
      sums[i].push(sum);
    });
  }
  return [chart.points.map((p) => ms(p.start) / 1e3), ...sums.reverse(), chart.points.map((p) => expectedAt(p)?.posts ?? null)];
}

// expectedAt is what was expected in the step of a point, with the numbers between which it was
// nine times in ten; nothing where that is not on record.
const expectedAt = (p) => expected.get(ms(p.start));

// range says between which numbers that was.
const range = (e) => (e.low === null ? "" : t("chart.range", { low: e.low, high: e.high }));

function size() {
  const box = $("episode-chart");
  return { width: Math.max(200, box.clientWidth), height: box.clientHeight };
}

function options(chart) {
  const ink = colour("--muted"), rule = colour("--rule");
  const font = `12px "Noto Sans Khmer", sans-serif`;
  const bars = uPlot.paths.bars({ size: [chart.points.length > 150 ? 1 : 0.86, Infinity], align: 1 });
  const axis = { stroke: ink, font, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1, size: 4 } };
  const from = Math.min(ms(chart.from), ms(chart.points[0]?.start ?? chart.from)) / 1e3;
  return {
    ...size(),
    padding: [14, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
    tzDate: (s) => uPlot.tzDate(new Date(s * 1e3), "Asia/Phnom_Penh"),
    scales: { x: { time: true, range: [from, ms(chart.to) / 1e3] }, y: { range: (_, __, max) => [0, Math.max(4, max * 1.06, ...data.chart.expected.map((e) => (e.high ?? 0) * 1.06))] } },
    axes: [
      { ...axis, space: 64, size: 44, values: (_, splits, __, ___, incr) => splits.map((s) => label(s * 1e3, incr)) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6], values: (_, splits) => splits.map((n) => number(n)) },
    ],
    series: [{},
      ...[...tones()].reverse().map((tone) => ({ fill: colour(stories ? "--bar" : "--tone-" + tone), width: 0, paths: bars, points: { show: false } })),
      { stroke: colour("--ink"), width: 2, dash: [6, 4], paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } }],
    hooks: { drawClear: [bands], draw: [interval], setCursor: [tip] },
  };
}

// bands paints the episodes behind the bars, and silences above them.
function bands(u) {
  const { ctx, bbox } = u;
  const at = (s) => Math.max(bbox.left, Math.min(bbox.left + bbox.width, u.valToPos(ms(s) / 1e3, "x", true)));
  const end = (e) => (e.open ? data.chart.to : e.end);
  const paint = (fill, a, b, top, tall) => {
    ctx.fillStyle = colour(fill);
    ctx.fillRect(a, top, Math.max(2 * devicePixelRatio, b - a), tall);
  };
  ctx.save();
  for (const o of data.others) paint("--sunk", at(o.start), at(end(o)), bbox.top, bbox.height);
  paint("--band", at(data.episode.start), at(end(data.episode)), bbox.top, bbox.height);
  for (const q of data.silences) paint("--muted", at(q.from || data.chart.from), at(q.ended || q.until), bbox.top, 4 * devicePixelRatio);
  ctx.strokeStyle = colour("--accent");
  ctx.lineWidth = devicePixelRatio;
  for (const a of data.alerts) {
    if (a.state === "held") continue;
    const x = at(a.at);
    ctx.setLineDash(a.state === "closed" ? [2 * devicePixelRatio, 3 * devicePixelRatio] : []);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

// interval paints where the counts were expected nine times in ten, over the bars, each run of steps
// as one shape.
function interval(u) {
  const { ctx, bbox } = u;
  const points = data.chart.points, step = data.chart.step_seconds;
  const x = (s) => Math.max(bbox.left, Math.min(bbox.left + bbox.width, u.valToPos(s, "x", true))), y = (n) => u.valToPos(n, "y", true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colour("--expected");
  ctx.strokeStyle = colour("--expected-line");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([]);
  for (let i = 0; i < points.length; i++) {
    const run = [];
    for (; i < points.length && (expectedAt(points[i])?.low ?? null) !== null; i++) run.push({ at: ms(points[i].start) / 1e3, ...expectedAt(points[i]) });
    if (!run.length) continue;
    ctx.beginPath();
    for (const e of run) {
      ctx.lineTo(x(e.at), y(e.high));
      ctx.lineTo(x(e.at + step), y(e.high));
    }
    for (const e of run.reverse()) {
      ctx.lineTo(x(e.at + step), y(e.low));
      ctx.lineTo(x(e.at), y(e.low));
    }
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

function label(at, incr) {
  if (incr >= 86400) return day(at);
  return midnight(at) ? `${clock(at)}\n${day(at)}` : clock(at);
}

function tip(u) {
  const box = $("episode-tip"), i = u.cursor.idx, p = i === null || i === undefined ? null : data.chart.points[i];
  if (!p || u.cursor.left < 0) {
    box.hidden = true;
    return;
  }
  const start = ms(p.start), e = expectedAt(p);
  put(box,
    h("p", { class: "when" }, moment(start), "–", clock(start + data.chart.step_seconds * 1e3)),
    h("p", {}, h("b", {}, number(height(p))), " ", t(stories ? "figure.stories" : "figure.posts")),
    e ? h("p", {}, h("b", {}, number(e.posts, 1)), " ", t("chart.expected"), range(e) && [" ", range(e)]) : null,
    stories ? null : TONES.map((tone) => h("p", { class: tone }, sign(tone), " ", t(tone), " ", h("b", {}, number(count(p, tone))))));
  box.hidden = false;
  const left = u.valToPos(start / 1e3, "x") + u.bbox.left / devicePixelRatio;
  const room = $("episode-chart").clientWidth - box.offsetWidth - 4;
  box.style.left = Math.max(0, Math.min(room, left > room / 2 ? left - box.offsetWidth - 12 : left + 16)) + "px";
}

function drawTable() {
  const { chart } = data;
  const rows = chart.points.filter((p) => p.posts > 0 || expectedAt(p));
  const inside = (p) => ms(p.start) < ms(data.episode.open ? chart.to : data.episode.end) && ms(p.start) + chart.step_seconds * 1e3 > ms(data.episode.start);
  put($("episode-table"), h("table", {},
    h("caption", { class: "hidden" }, t("volume.caption", { step: step(chart.step_seconds) })),
    h("thead", {}, h("tr", {}, [t("volume.time"), t("volume.all"), t("chart.expected"), t("chart.interval"), ...(stories ? [] : TONES.map((tone) => t(tone)))].map((x) => h("th", { scope: "col" }, x)))),
    h("tbody", {}, rows.map((p) => {
      const e = expectedAt(p);
      return h("tr", { class: inside(p) ? "inside" : null }, h("th", { scope: "row" }, dateTime(ms(p.start)), inside(p) ? [" ", h("span", { class: "tag now" }, t("chart.band"))] : null),
        h("td", {}, number(height(p))), h("td", {}, e ? number(e.posts, 1) : "–"), h("td", {}, e && e.low !== null ? `${number(e.low)} – ${number(e.high)}` : "–"), stories ? null : TONES.map((tone) => h("td", {}, number(count(p, tone)))));
    }))));
}

export function start() {
  $("episode-details").addEventListener("toggle", () => { if (data?.chart && $("episode-details").open) drawTable(); });
  new ResizeObserver(() => plot?.setSize(size())).observe($("episode-chart"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
}
