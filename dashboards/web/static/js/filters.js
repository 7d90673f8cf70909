// The controls that choose posts, drawn from what is chosen.
import { $, h, put, text } from "./dom.js";
import { t, kindName, languageName, field, fromField } from "./words.js";
import { COUNTS, isFiltered, unit } from "./address.js";

// draw shows what is chosen. custom says that the fields of a period from–to are open,
// with or without one in chosen.
export function draw({ names, chosen, overview, custom, topicName }) {
  const box = $("periods");
  const value = custom ? "custom" : chosen.period;
  if (box.querySelectorAll("input").length === 0) {
    box.append(...[...names.periods, "custom"].map((p) => h("label", {}, h("input", { type: "radio", name: "period", value: p }), h("span", { "data-t": "period." + p }, t("period." + p)))));
  }
  for (const input of box.querySelectorAll("input")) input.checked = input.value === value;
  const counts = $("counts");
  if (counts.querySelectorAll("input").length === 0) {
    counts.append(...COUNTS.map((c) => h("label", {}, h("input", { type: "radio", name: "count", value: c }), h("span", { "data-t": "count." + c }, t("count." + c)))));
  }
  for (const input of counts.querySelectorAll("input")) input.checked = input.value === unit(chosen);
  const languages = [...new Set([...names.languages, ...(overview?.languages.map((x) => x.value) || []), chosen.language].filter(Boolean))];
  options($("topic"), "topic.every", names.topics.map((x) => [x.id, topicName(x.id)]), chosen.topic);
  options($("language"), "language.every", languages.map((x) => [x, languageName(x)]), chosen.language);
  options($("kind"), "kind.every", names.kinds.map((x) => [x, kindName(x)]), chosen.kind);
  $("clear").hidden = !isFiltered(chosen);
  $("custom").hidden = !custom;
  if (!custom) {
    $("from").value = $("to").value = "";
    text($("custom-fault"), "");
    return;
  }
  const end = overview ? Date.parse(overview.to) : Date.now();
  edit($("from"), shown(chosen.from, "T00:00"), field(end - 86400e3));
  edit($("to"), shown(chosen.to, "T23:59"), field(end));
}

// shown is a time of the address as a field of the form takes it, or nothing.
function shown(value, ofDay) {
  if (!value) return "";
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return value + ofDay;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(value)) return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? "" : field(ms);
}

// edit fills a field that nobody is filling in.
function edit(input, value, otherwise) {
  if (document.activeElement === input) return;
  input.value = value || input.value || otherwise;
}

function options(select, every, list, value) {
  put(select, h("option", { value: "" }, t(every)), list.map(([v, name]) => h("option", { value: v }, name)));
  select.value = value || "";
}

// readCustom gives the period in the fields, or null after saying what is wrong with it.
export function readCustom() {
  const from = $("from").value, to = $("to").value;
  const fault = !from || !to ? "custom.both" : fromField(to) <= fromField(from) ? "custom.order" : "";
  text($("custom-fault"), fault && t(fault));
  return fault ? null : { from, to };
}
