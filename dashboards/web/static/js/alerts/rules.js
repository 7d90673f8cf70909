// The rules as they are, in words; and a copy of them to change and to try on what is stored.
import { $, h, put, text } from "../dom.js";
import { t, digits, number, kindName, languageName } from "../words.js";
import { ask } from "../frame.js";
import { levelName, placeName, ruleName, signalName, topicName } from "./names.js";
import * as trial from "./trial.js";
import * as save from "./save.js";

const PAUSE = 600; // after the last key, before a text is read
const deps = { names: null };
let copy = null; // {text, saved, version, rules, faults, channels, ...}: what is being changed; null: nothing is
let chosen = ""; // id of the rule in the form
let reading = null, timer = 0, shownIn = "", list = null;

export function use(next) {
  Object.assign(deps, next);
}

export function draw(next) {
  list = next;
  put($("rules"), h("ul", { class: "plainlist rule-list" }, list.rules.map((r) => h("li", { class: r.disabled ? "disabled" : null },
    h("b", {}, ruleName(r.id)), r.disabled ? [" ", h("span", { class: "tag" }, t("rule.disabled"))] : null,
    h("p", {}, inWords(r))))));
  text($("rules-edit"), t(list.may.save ? "rules.change" : "rules.edit"));
  $("rules-edit").hidden = !(list.may.try || list.may.save) || copy !== null;
  $("editor").hidden = copy === null;
  if (copy && shownIn !== document.documentElement.lang) drawEditor();
}

const join = (all) => all.join(", ");

// inWords says what a rule does.
export function inWords(r) {
  if (r.signals.length && r.signals.every((x) => x === "silence")) return t("rule.silence") + " " + tells(r);
  const what = r.keywords.length ? t("rule.keywords", { list: join(r.keywords) }) : r.topics.length ? t("rule.topics", { list: join(r.topics.map(topicName)) }) : t("rule.topics.each");
  const where = r.places.includes("each") ? t("rule.places.each") : r.places.length ? t("rule.places", { list: join(r.places.map(placeName)) }) : t("rule.places.country");
  const out = [what, where];
  if (r.kinds.length) out.push(t("rule.kinds", { list: join(r.kinds.map(kindName)) }));
  if (r.language) out.push(t("rule.language", { language: languageName(r.language) }));
  if (r.fixed) {
    if (r.fixed.posts) out.push(t("rule.fixed.posts", { posts: r.fixed.posts, minutes: r.fixed.window_minutes }));
    if (r.fixed.share) out.push(t("rule.fixed.share", { share: number(100 * r.fixed.share), minutes: r.fixed.window_minutes }));
  } else {
    out.push(t("rule.signals", { list: join(r.signals.map(signalName)) }), t("rule.budget", { n: number(r.alerts_a_week, 1), series: r.series, posts: r.min_posts }));
  }
  out.push(tells(r));
  return out.join(" ");
}

function tells(r) {
  const to = r.level === "notice" || !r.channels.length ? t("rule.digest") : t("rule.tells", { level: levelName(r.level), channels: join(r.channels) });
  const quiet = r.quiet?.from ? " " + t("rule.quiet", { from: digits(r.quiet.from), to: digits(r.quiet.to) }) : "";
  return to + quiet + (r.quiet?.holidays ? " " + t("rule.quiet.holidays") : "");
}

// Changing a copy ------------------------------------------------------------------------

// edit begins to change a copy of the rules in force.
async function edit() {
  const button = $("rules-edit");
  button.disabled = true;
  try {
    await open();
    button.hidden = true;
    $("editor").querySelector("select, input").focus();
  } catch (err) {
    text($("rules-fault"), t("editor.unread", { message: err.message }));
  }
  button.disabled = false;
}

// open begins with the file as it is now.
async function open() {
  const now = await ask("rules");
  text($("rules-fault"), "");
  copy = { ...now, saved: now.text };
  if (!now.rules.some((r) => r.id === chosen)) chosen = now.rules[0]?.id || "";
  $("editor").hidden = false;
  drawEditor();
}

async function reopen() {
  try {
    await open();
    $("rules-text").focus();
  } catch (err) {
    text($("rules-fault"), t("editor.unread", { message: err.message }));
  }
}

function drop() {
  trial.stop();
  clearTimeout(timer);
  reading?.abort();
  copy = null;
  put($("editor"));
  $("editor").hidden = true;
  $("rules-edit").hidden = false;
  $("rules-edit").focus();
}

// read asks what the text says, after the form made a change or without one.
async function read(change) {
  reading?.abort();
  const mine = (reading = new AbortController());
  try {
    const got = await ask("rules/read", mine.signal, { method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text: copy.text, change: change || null }) });
    Object.assign(copy, { rules: got.rules, faults: got.faults });
    if (change) {
      copy.text = got.text;
      $("rules-text").value = got.text;
    } else {
      if (!copy.rules.some((r) => r.id === chosen)) chosen = copy.rules[0]?.id || "";
      drawForm();
    }
    drawFaults();
  } catch (err) {
    if (err.name === "AbortError") return;
    copy.faults = [{ line: 0, key: "", text: err.message.replace(/^text: /, "") }];
    drawFaults();
  }
}

function drawEditor() {
  shownIn = document.documentElement.lang;
  const area = h("textarea", { id: "rules-text", spellcheck: "false", rows: 16, lang: "en", "aria-describedby": "rules-faults" });
  area.value = copy.text;
  area.addEventListener("input", () => {
    copy.text = area.value;
    save.draw();
    clearTimeout(timer);
    timer = setTimeout(() => read(), PAUSE);
  });
  $("editor").replaceChildren(
    h("p", { class: "note" }, list.may.save ? [t(copy.built_in ? "editor.note.first" : "editor.note.save"), " ", h("code", { lang: "en" }, copy.file), t("notice.stop"), " ", t("editor.note.channels")] : t("editor.note")),
    h("div", { class: "halves" },
      h("div", { id: "rule-form" }),
      h("div", {},
        h("label", { class: "block" }, h("span", {}, t("editor.text")), area),
        h("div", { id: "rules-faults", role: "status" }),
        list.may.save ? save.bar() : null,
        h("div", { class: "acts" },
          h("button", { type: "button", id: "rules-download", onclick: download }, t("editor.download")),
          h("button", { type: "button", id: "rules-copy", onclick: copyText }, t("editor.copy")),
          h("button", { type: "button", class: "plain", id: "rules-drop", onclick: drop }, t(list.may.save ? "editor.close" : "editor.drop"))))),
    h("div", { id: "trial" }));
  drawForm();
  drawFaults();
  if (list.may.try) trial.start($("trial"), () => ({ text: copy.text, faults: copy.faults }));
}

function drawFaults() {
  const all = copy.faults;
  put($("rules-faults"), all.length
    ? [h("p", { class: "bad" }, t("editor.faults", { n: all.length })), h("ul", { class: "plainlist bad" }, all.map((f) => h("li", {}, f.line ? [h("button", { type: "button", class: "link", onclick: () => show(f.line) }, t("editor.line", { n: f.line })), " "] : "", f.key ? [h("code", { lang: "en" }, f.key), " "] : null, h("span", { lang: "en" }, f.text))))]
    : h("p", { class: "well" }, t("editor.valid")));
  trial.ready();
  save.draw();
}

// show selects a line of the text.
function show(line) {
  const area = $("rules-text");
  const lines = area.value.split("\n");
  const from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  area.focus();
  area.setSelectionRange(from, from + (lines[line - 1] ?? "").length);
  area.scrollTop = Math.max(0, area.scrollHeight * (line - 4) / lines.length);
}

function download() {
  const address = URL.createObjectURL(new Blob([copy.text], { type: "application/yaml" }));
  const a = h("a", { href: address, download: "alerts.yaml" });
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1e3);
}

async function copyText() {
  try {
    await navigator.clipboard.writeText(copy.text);
  } catch { // not over plain HTTP
    $("rules-text").focus();
    $("rules-text").select();
    if (!document.execCommand("copy")) return;
  }
  text($("said-status"), t("editor.copied"));
  text($("rules-copy"), t("editor.copied"));
  setTimeout(() => $("rules-copy") && text($("rules-copy"), t("editor.copy")), 2e3);
}

// The form -------------------------------------------------------------------------------

const blank = (id) => ({
  id, km: "វិធានថ្មី", en: "New rule", topics: [], places: [], kinds: [], language: "", keywords: [], count_by: "posts", signals: ["volume", "negative-share"],
  min_posts: 5, alerts_a_week: 2, fixed: null, level: "notice", channels: [], quiet: null, disabled: false, series: 0,
});

function drawForm() {
  const box = $("rule-form");
  const r = copy.rules.find((x) => x.id === chosen);
  const open = new Set([...box.querySelectorAll("details[open]")].map((d) => d.dataset.of));
  const changed = (set) => {
    const now = copy.rules.find((x) => x.id === chosen);
    set(now);
    read(now);
    text($("rule-words"), inWords(now));
  };
  const pick = (key, label, options, value, set) => h("label", { class: "block" }, h("span", {}, t(label)),
    mark(h("select", { "data-field": key, onchange: (e) => changed((x) => set(x, e.target.value)) }, options.map(([v, words]) => h("option", { value: v }, words))), value));
  const boxes = (key, label, options, values, set) => h("details", { class: "choices-of", "data-of": key },
    h("summary", {}, t(label), ": ", h("b", { "data-summary": key }, values.length ? join(values.map((v) => options.find(([x]) => x === v)?.[1] || v)) : t("form.all." + key))),
    h("div", { class: "boxes" }, options.map(([v, words]) => {
      const input = h("input", { type: "checkbox", value: v, "data-field": key });
      input.checked = values.includes(v);
      input.addEventListener("change", () => {
        const on = [...box.querySelectorAll(`input[data-field="${key}"]:checked`)].map((x) => x.value);
        text(box.querySelector(`[data-summary="${key}"]`), on.length ? join(on.map((x) => options.find(([y]) => y === x)[1])) : t("form.all." + key));
        changed((x) => set(x, on));
      });
      return h("label", {}, input, " ", words);
    })));
  const figure = (key, label, value, props, set) => {
    const input = h("input", { type: "number", inputmode: "decimal", "data-field": key, ...props });
    input.value = value;
    input.addEventListener("change", () => { if (input.value !== "" && input.validity.valid) changed((x) => set(x, Number(input.value))); });
    return h("label", { class: "block" }, h("span", {}, t(label)), input);
  };
  const clock = (key, label, value) => {
    const input = h("input", { type: "time", "data-field": key });
    input.value = value;
    input.addEventListener("change", () => {
      const from = box.querySelector("[data-field=quiet-from]").value, to = box.querySelector("[data-field=quiet-to]").value;
      if (Boolean(from) === Boolean(to)) changed((x) => { x.quiet = quiet(from, to, x.quiet?.holidays); });
    });
    return h("label", { class: "block" }, h("span", {}, t(label)), input);
  };
  const line = (key, label, value, set) => {
    const input = h("input", { type: "text", "data-field": key });
    input.value = value;
    input.addEventListener("change", () => changed((x) => set(x, input.value.trim())));
    return h("label", { class: "block" }, h("span", {}, t(label)), input);
  };
  const choose = h("label", { class: "block" }, h("span", {}, t("alerts.rule")),
    mark(h("select", { id: "rule-choice", onchange: (e) => { chosen = e.target.value; if (chosen === "+") add(); else drawForm(); } },
      copy.rules.map((x) => h("option", { value: x.id }, (document.documentElement.lang === "km" ? x.km : x.en) || x.id)), h("option", { value: "+" }, t("form.add"))), chosen));
  if (!r) {
    put(box);
    box.append(choose);
    return;
  }
  const mode = r.places.includes("each") ? "each" : r.places.length ? "some" : "country";
  const sources = r.signals.length > 0 && r.signals.every((x) => x === "silence");
  box.replaceChildren(choose, h("p", { id: "rule-words", class: "plain" }, inWords(r)),
    sources ? "" : h("div", { class: "fields" },
      r.keywords.length ? line("keywords", "form.keywords", r.keywords.join(", "), (x, v) => { x.keywords = v.split(",").map((w) => w.trim()).filter(Boolean); })
        : boxes("topics", "form.topics", deps.names.topics.map((x) => [x.id, topicName(x.id)]), r.topics, (x, on) => { x.topics = on; }),
      pick("where", "form.places", [["country", t("form.where.country")], ["each", t("form.where.each")], ["some", t("form.where.some")]], mode,
        (x, v) => { x.places = v === "each" ? ["each"] : v === "country" ? [] : [list.places[0].code]; setTimeout(drawForm); }),
      mode === "some" ? boxes("places", "form.places.some", list.places.map((x) => [x.code, placeName(x.code)]), r.places, (x, on) => { x.places = on; }) : null,
      boxes("kinds", "form.kinds", deps.names.kinds.map((x) => [x, kindName(x)]), r.kinds, (x, on) => { x.kinds = on; }),
      pick("language", "language", [["", t("language.every")], ...deps.names.languages.map((x) => [x, languageName(x)])], r.language, (x, v) => { x.language = v; }),
      pick("count_by", "count", [["posts", t("count.posts")], ["stories", t("count.stories")]], r.count_by, (x, v) => { x.count_by = v; }),
      r.fixed ? null : boxes("signals", "form.signals", ["volume", "negative-share", "positive-share"].map((x) => [x, signalName(x)]), r.signals, (x, on) => { x.signals = [...on, ...x.signals.filter((y) => y === "silence")]; }),
      figure("min_posts", "form.min-posts", r.min_posts, { min: 1, max: 1000000, step: 1 }, (x, v) => { x.min_posts = v; }),
      r.fixed ? null : figure("alerts_a_week", "form.budget", r.alerts_a_week, { min: 0.01, max: 1000, step: "any" }, (x, v) => { x.alerts_a_week = v; })),
    h("div", { class: "fields" },
      pick("level", "form.level", ["notice", "warning", "urgent"].map((x) => [x, t("form.level." + x)]), r.level, (x, v) => { x.level = v; }),
      copy.channels.length ? boxes("channels", "form.channels", copy.channels.map((x) => [x, x]), r.channels, (x, on) => { x.channels = on; }) : h("p", { class: "note" }, t("form.no-channels")),
      clock("quiet-from", "form.quiet.from", r.quiet?.from || ""), clock("quiet-to", "form.quiet.to", r.quiet?.to || ""),
      tick(t("form.quiet.holidays"), "holidays", Boolean(r.quiet?.holidays), (on) => changed((x) => { x.quiet = quiet(x.quiet?.from || "", x.quiet?.to || "", on); })),
      tick(t("form.disabled"), "disabled", r.disabled, (on) => changed((x) => { x.disabled = on; }))));
  for (const d of box.querySelectorAll("details")) d.open = open.has(d.dataset.of);
}

const quiet = (from, to, holidays) => (from || holidays ? { from, to, holidays: Boolean(holidays) } : null);

function tick(words, key, value, set) {
  const input = h("input", { type: "checkbox", "data-field": key });
  input.checked = value;
  input.addEventListener("change", () => set(input.checked));
  return h("label", { class: "tick" }, input, " ", words);
}

function mark(select, value) {
  select.value = value;
  return select;
}

// add puts a new rule at the end.
function add() {
  let n = 1;
  while (copy.rules.some((r) => r.id === "new-" + n)) n++;
  const r = blank("new-" + n);
  copy.rules.push(r);
  chosen = r.id;
  drawForm();
  read(r);
}

// start makes the editor work; saved is called when the rules in force are others.
export function start(saved) {
  $("rules-edit").addEventListener("click", edit);
  save.start(() => copy, {
    saved,
    reload: reopen,
    faults(all) {
      copy.faults = all;
      drawFaults();
    },
  });
}
