// Silences: what is kept quiet, why, and until when; making one, and ending one early.
import { $, h, put, text } from "../dom.js";
import { t, has, kindName, languageName, moment, field, fromField } from "../words.js";
import { ask } from "../frame.js";
import { placeName, ruleName, topicName } from "./names.js";

const deps = { names: null, list: null, changed() {} };
// PARTS are what a silence can name: what it does not name is any.
const PARTS = ["topic", "keyword", "place", "kind", "language", "rule"];
const PART_NAME = {
  topic: topicName, keyword: (words) => t("series.keyword", { words }), place: placeName, kind: kindName, language: languageName, rule: (id) => t("silence.rule", { rule: ruleName(id) }),
};
const FIELDS = {
  topic: ["topic", "topic.every"], keyword: ["silence.keyword", "silence.keyword.every"], place: ["silence.place", "silence.place.every"],
  kind: ["kind", "kind.every"], language: ["language", "language.every"], rule: ["alerts.rule", "alerts.rule.every"],
};
let form = null, shownIn = "";

export function use(next) {
  Object.assign(deps, next);
}

// about says what a silence keeps quiet.
export function about(q) {
  const parts = PARTS.filter((name) => q[name]).map((name) => PART_NAME[name](q[name]));
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
  const values = {
    topic: deps.names.topics.map((x) => x.id), keyword: [...new Set(list.rules.flatMap((r) => r.keywords))], place: list.places.map((x) => x.code),
    kind: deps.names.kinds, language: deps.names.languages, rule: list.rules.map((r) => r.id),
  };
  const select = (name) => h("label", { hidden: name === "keyword" && !values.keyword.length }, h("span", {}, t(FIELDS[name][0])),
    h("select", { name }, h("option", { value: "" }, t(FIELDS[name][1])), values[name].map((value) => option(name, value))));
  form = h("form", { class: "filters sheet", autocomplete: "off", novalidate: true, "aria-labelledby": "silence-form-title" },
    h("h3", { id: "silence-form-title" }, t("silence.new")),
    PARTS.map(select),
    h("label", {}, h("span", {}, t("silence.until.field")), h("input", { type: "datetime-local", name: "until", required: true, value: field(Date.now() + 86400e3) })),
    h("label", { class: "grow" }, h("span", {}, t("silence.reason")), h("input", { type: "text", name: "reason", maxlength: 200, required: true })),
    h("button", { type: "submit", class: "primary" }, t("silence.make")),
    h("p", { class: "fault", role: "alert" }),
    h("p", { class: "note" }, t("silence.note")));
  for (const [name, value] of Object.entries(had)) {
    if (PARTS.includes(name)) choose(name, value);
    else form.elements[name].value = value;
  }
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    make();
  });
  box.replaceChildren(form);
}

const option = (name, value) => h("option", { value }, name === "rule" ? ruleName(value) : name === "keyword" ? value : PART_NAME[name](value));

// choose selects a value, one that is not offered too: without it, more would be silenced.
function choose(name, value) {
  const box = form.elements[name];
  if (value && ![...box.options].some((o) => o.value === value)) box.append(option(name, value));
  if (value) box.closest("label").hidden = false;
  box.value = value;
}

// offer fills the form in for the series of an episode and no other, and goes there.
export function offer(e) {
  for (const name of PARTS) choose(name, name === "rule" ? e.rule : e.series[name] || "");
  form.elements.reason.focus();
  $("silences-section").scrollIntoView({ block: "start" });
}

const fault = (words) => text(form.querySelector(".fault"), words);
const explained = (err) => (has("silence.fault." + err.code) ? t("silence.fault." + err.code) : err.kind === "network" ? t("said.fault.network") : t("said.fault.other", { message: err.message }));

async function make() {
  const { until, reason, ...parts } = Object.fromEntries(new FormData(form));
  const wrong = PARTS.every((name) => !parts[name]) ? ["silence.fault.what", "topic"] : !until || fromField(until) <= Date.now() ? ["silence.fault.until", "until"] : !reason.trim() ? ["silence.fault.reason", "reason"] : null;
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
      body: JSON.stringify({ ...parts, until: new Date(fromField(until)).toISOString(), reason }),
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
