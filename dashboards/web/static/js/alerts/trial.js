// Trying rules on what is stored: what they would have told, beside what those in force tell.
import { $, h, put, text } from "../dom.js";
import { t, has, number, percent, moment, dateTime } from "../words.js";
import { heldWords, isQuiet, levelName, ruleName, seriesName, signalName } from "./names.js";

const DAYS = [1, 7, 14, 30];
let rules = () => ({ text: "", faults: [] });
let running = null, result = null;

// start draws the controls into box; of gives the rules as they are at that moment.
export function start(box, of) {
  rules = of;
  const days = h("select", { id: "trial-days" }, DAYS.map((n) => h("option", { value: n }, t("trial.days", { n }))));
  days.value = "7";
  put(box);
  box.append(
    h("div", { class: "filters sheet" },
      h("label", {}, h("span", {}, t("trial.on")), days),
      h("button", { type: "button", class: "primary", id: "trial-run", onclick: () => (running ? stop() : run(Number(days.value))) }, t("trial.run")),
      h("progress", { id: "trial-progress", max: 1, value: 0, hidden: true, "aria-label": t("trial.progress") }),
      h("p", { class: "note", id: "trial-note", role: "status" }, t("trial.note"))),
    h("div", { id: "trial-result" }));
  drawButton();
  if (result) drawResult();
}

// ready says that the rules, or what is wrong with them, have changed.
export function ready() {
  if ($("trial-run")) drawButton();
}

function drawButton() {
  text($("trial-run"), t(running ? "trial.stop" : "trial.run"));
  $("trial-run").disabled = !running && rules().faults.length > 0;
  $("trial-progress").hidden = !running;
}

export function stop() {
  running?.abort();
}

async function run(days) {
  const mine = (running = new AbortController());
  result = null;
  put($("trial-result"));
  $("trial-progress").value = 0;
  drawButton();
  const note = (words) => { if ($("trial-note")) text($("trial-note"), words); };
  note(t("trial.running"));
  try {
    const answer = await fetch("/api/v1/rules/try", {
      method: "POST", credentials: "omit", signal: mine.signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text: rules().text, days }),
    });
    if (!answer.ok) {
      const told = (await answer.json().catch(() => null))?.error;
      note(has("trial.fault." + told?.code) ? t("trial.fault." + told.code) : t("trial.failed", { message: told?.message || `HTTP ${answer.status}` }));
    } else {
      await read(answer.body, note);
    }
  } catch (err) {
    note(err.name === "AbortError" ? t("trial.stopped") : t("trial.failed", { message: t("said.fault.network") }));
  }
  running = null;
  if ($("trial-run")) drawButton();
}

// read follows the lines of the answer.
async function read(body, note) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const l of lines) {
      const told = JSON.parse(l);
      if (told.progress !== undefined) {
        $("trial-progress").value = told.progress;
        note(t("trial.share", { share: percent(told.progress) }));
      } else if (told.error) {
        note(has("trial.fault." + told.error.code) ? t("trial.fault." + told.error.code) : t("trial.failed", { message: told.error.message }));
      } else if (told.trial) {
        result = told.trial;
        note(t("trial.done"));
        drawResult();
      }
    }
  }
  if (!result && rest) note(t("trial.failed", { message: rest }));
}

const sent = (all) => all.filter((a) => a.due);
const quiet = (a) => !a.due && isQuiet(a.held);

// drawResult shows both sides: counts, then every alert in the order of time.
function drawResult() {
  const { now, new: tried, since, until } = result;
  const weeks = (Date.parse(until) - Date.parse(since)) / (7 * 86400e3);
  const side = (all) => [t("trial.counts", { sent: sent(all).length, quiet: all.filter(quiet).length, held: all.filter((a) => !a.due && !quiet(a)).length }),
    weeks > 0.99 ? t("trial.week", { n: number(sent(all).length / weeks, 1) }) : ""].join(" ").trim();
  const mixed = [...tried.map((a) => ({ ...a, side: a.same ? "same" : "new" })), ...now.filter((a) => !a.same).map((a) => ({ ...a, side: "gone" }))].sort((a, b) => (a.at < b.at ? 1 : -1));
  const shown = mixed.filter((a) => a.due || quiet(a));
  const held = mixed.filter((a) => !a.due && !quiet(a));
  put($("trial-result"),
    h("h3", {}, t("trial.title", { from: dateTime(Date.parse(since)), to: dateTime(Date.parse(until)) })),
    h("dl", { class: "sides" }, h("div", {}, h("dt", {}, t("trial.now")), h("dd", {}, side(now))), h("div", {}, h("dt", {}, t("trial.new")), h("dd", {}, side(tried)))),
    shown.length ? table(shown) : h("p", { class: "none" }, t("trial.none")),
    held.length ? h("details", { class: "terms" }, h("summary", {}, t("trial.held", { n: held.length })), table(held)) : null);
}

function table(all) {
  const head = ["trial.col.when", "trial.col.what", "trial.col.sent", "trial.col.change"];
  return h("table", { class: "trials", role: "table", "aria-label": t("trial.done") },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head.map((k) => h("th", { scope: "col", role: "columnheader" }, t(k))))),
    h("tbody", { role: "rowgroup" }, all.slice(0, 500).map((a) => h("tr", { role: "row", class: a.side },
      h("th", { scope: "row", role: "rowheader" }, moment(Date.parse(a.at))),
      h("td", { role: "cell" }, h("b", {}, a.silent.length ? a.silent.join(", ") : seriesName(a.series)), " ", h("span", { class: "tag level is-" + a.level }, levelName(a.level)), " ",
        h("span", { class: "note" }, a.signals.length ? [a.signals.map(signalName).join(t("series.comma")), " · "] : null, ruleName(a.rule), a.again ? [" · ", t("trial.again", { n: a.again })] : null)),
      h("td", { role: "cell" }, a.due ? t("trial.to", { time: moment(Date.parse(a.due)), channels: a.channels.join(", ") }) : heldWords(a.held)),
      h("td", { role: "cell" }, h("span", { class: "tag side" }, t("trial.side." + a.side)))))));
}
