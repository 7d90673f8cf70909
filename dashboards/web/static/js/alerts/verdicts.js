// What readers say an alert was worth: each answer counts once for an episode, whoever gives it.
import { $, h, text } from "../dom.js";
import { t, has } from "../words.js";
import { ask } from "../frame.js";

const VERDICTS = ["useful", "false", "known"];
let sending = "", fault = { episode: "", words: "" }, changed = () => {};

export function use(next) {
  changed = next.changed;
}

// box says what was said, and asks for what was not.
export function box(e, may) {
  const had = VERDICTS.filter((v) => e.said[v]);
  return h("div", { class: "verdicts" },
    h("p", {}, had.length ? t("alerts.said", { verdicts: had.map((v) => t("said.verdict." + v)).join(", ") }) : t(may ? "said.none.yet" : "said.none")),
    may && had.length < VERDICTS.length ? h("div", { class: "acts", role: "group", "aria-label": t("said.ask") },
      h("span", {}, t("said.ask")),
      VERDICTS.filter((v) => !e.said[v]).map((v) => h("button", { type: "button", "data-verdict": v, disabled: sending === v }, t("said.verdict." + v)))) : null,
    h("p", { class: "fault", id: "verdict-fault", role: "alert" }, fault.episode === e.id ? fault.words : ""),
    may ? h("p", { class: "note" }, t("said.note")) : null);
}

// wire makes the buttons work: drawing leaves those in place that look the same.
export function wire(e) {
  for (const b of document.querySelectorAll("#episode [data-verdict]")) b.onclick = () => send(e, b.dataset.verdict);
}

async function send(e, verdict) {
  if (sending) return;
  sending = verdict;
  fault = { episode: e.id, words: "" };
  try {
    await ask(`alerts/${e.id}/verdicts`, AbortSignal.timeout(15e3), { method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ verdict }) });
    text($("said-status"), t("said.noted"));
  } catch (err) {
    fault.words = has("said.fault." + (err.code || err.kind)) ? t("said.fault." + (err.code || err.kind)) : t("said.fault.other", { message: err.message });
  }
  sending = "";
  changed();
}
