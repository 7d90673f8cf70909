// Silences: what is kept quiet, why, and until when; making one, and ending one early.
import { $, h, put, text } from "../dom.js";
import { t, has, moment, field, fromField } from "../words.js";
import { ask } from "../frame.js";
import { placeName, ruleName, topicName } from "./names.js";

const deps = { names: null, list: null, changed() {} };
let form = null, shownIn = "";

export function use(next) {
  Object.assign(deps, next);
}

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
  deps.list = list;
  const lines = list.silences.map((q) => h("li", {}, silenceLine(q), " ",
    q.id === "" ? h("span", { class: "note" }, t("silence.of-file"))
      : list.may.silence ? h("button", { type: "button", class: "link", "data-end": q.id, "aria-label": t("silence.end.of", { what: about(q) }) }, t("silence.end")) : null));
  const had = document.activeElement?.dataset?.end;
  put($("silences"), lines.length ? h("ul", { class: "plainlist" }, lines) : h("p", { class: "none" }, t("silences.none")));
  // put leaves buttons that look the same, so what they do is set here.
  for (const b of document.querySelectorAll("#silences [data-end]")) b.onclick = () => end(list.silences.find((q) => q.id === b.dataset.end));
  if (had) document.querySelector(`#silences [data-end="${had}"]`)?.focus({ preventScroll: true });
  drawForm(list);
}

// drawForm makes the form once, and again in another language; what was filled in stays.
function drawForm(list) {
  const box = $("silence-form");
  box.hidden = !list.may.silence;
  if (!list.may.silence) return;
  const lang = document.documentElement.lang;
  if (form && shownIn === lang) return;
  const had = form ? Object.fromEntries(new FormData(form)) : {};
  shownIn = lang;
  const select = (name, every, options) => h("label", {}, h("span", {}, t(name === "topic" ? "topic" : name === "rule" ? "alerts.rule" : "silence.place")),
    h("select", { name }, h("option", { value: "" }, t(every)), options.map(([value, words]) => h("option", { value }, words))));
  form = h("form", { class: "filters sheet", autocomplete: "off", novalidate: true, "aria-labelledby": "silence-form-title" },
    h("h3", { id: "silence-form-title" }, t("silence.new")),
    select("topic", "topic.every", deps.names.topics.map((x) => [x.id, topicName(x.id)])),
    select("place", "silence.place.every", list.places.map((x) => [x.code, placeName(x.code)])),
    select("rule", "alerts.rule.every", list.rules.map((r) => [r.id, ruleName(r.id)])),
    h("label", {}, h("span", {}, t("silence.until.field")), h("input", { type: "datetime-local", name: "until", required: true, value: field(Date.now() + 86400e3) })),
    h("label", { class: "grow" }, h("span", {}, t("silence.reason")), h("input", { type: "text", name: "reason", maxlength: 200, required: true })),
    h("button", { type: "submit", class: "primary" }, t("silence.make")),
    h("p", { class: "fault", role: "alert" }),
    h("p", { class: "note" }, t("silence.note")));
  for (const [name, value] of Object.entries(had)) if (form.elements[name]) form.elements[name].value = value;
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    make();
  });
  box.replaceChildren(form);
}

// offer fills the form in for an episode, and goes there.
export function offer(e) {
  form.elements.topic.value = e.series.topic || "";
  form.elements.place.value = e.series.place || "";
  form.elements.rule.value = e.rule;
  form.elements.reason.focus();
  $("silences-section").scrollIntoView({ block: "start" });
}

const fault = (words) => text(form.querySelector(".fault"), words);
const explained = (err) => (has("silence.fault." + err.code) ? t("silence.fault." + err.code) : err.kind === "network" ? t("said.fault.network") : t("said.fault.other", { message: err.message }));

async function make() {
  const { topic, place, rule, until, reason } = Object.fromEntries(new FormData(form));
  const wrong = !topic && !place && !rule ? ["silence.fault.what", "topic"] : !until || fromField(until) <= Date.now() ? ["silence.fault.until", "until"] : !reason.trim() ? ["silence.fault.reason", "reason"] : null;
  if (wrong) {
    fault(t(wrong[0]));
    form.elements[wrong[1]].focus();
    return;
  }
  fault("");
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    await ask("silences", AbortSignal.timeout(15e3), {
      method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ topic, place, rule, until: new Date(fromField(until)).toISOString(), reason }),
    });
    form.elements.reason.value = "";
    text($("said-status"), t("silence.made"));
    deps.changed();
  } catch (err) {
    fault(explained(err));
  }
  button.disabled = false;
}

async function end(q) {
  try {
    await ask("silences/" + q.id, AbortSignal.timeout(15e3), { method: "DELETE", credentials: "omit" });
    text($("said-status"), t("silence.was-ended"));
  } catch (err) {
    if (err.kind !== "missing") fault(explained(err));
  }
  deps.changed();
}
