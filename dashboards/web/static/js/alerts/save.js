// Saving the rules: the text goes into the file as a whole, if the file is still the one that the
// text was made of.
import { $, h, put } from "../dom.js";
import { t, has, clock } from "../words.js";
import { ask } from "../frame.js";

let of = () => null; // gives {text, saved, version, file, why, faults}, or null where nothing is changed
let on = {}, busy = false;

// start names what gives the rules, and what is called: on.saved after a text was saved,
// on.faults with those of a text that was not, on.reload to begin with the file as it is now.
export function start(rules, calls) {
  of = rules;
  on = calls;
  addEventListener("beforeunload", (e) => { if (isChanged(of())) e.preventDefault(); });
}

const isChanged = (rules) => Boolean(rules) && rules.text !== rules.saved;

// bar is the button with what is said of it.
export function bar() {
  return h("div", { class: "save" },
    h("button", { type: "button", class: "primary", id: "rules-save", onclick: save }, t("editor.save")),
    h("div", { id: "rules-saved", role: "status" }));
}

// draw says how the text stands.
export function draw() {
  const rules = of(), button = $("rules-save");
  if (!rules || !button) return;
  // It stays in the order of the keyboard: what has the focus must not vanish.
  button.setAttribute("aria-disabled", String(busy || !isChanged(rules) || rules.faults.length > 0 || Boolean(rules.why)));
  put($("rules-saved"), busy ? h("p", {}, t("editor.saving")) : said(rules));
}

function said(rules) {
  const { told } = rules;
  if (rules.why) return h("p", { class: "notice warn" }, t("editor.why"), " ", h("span", { lang: "en" }, rules.why), t("notice.stop"), " ", t("editor.why.then"));
  if (told?.code === "changed") {
    return h("div", { class: "notice bad" }, h("p", {}, t("save.fault.changed"), " ", t("editor.kept")),
      h("p", {}, h("button", { type: "button", class: "link", id: "rules-reload", onclick: on.reload }, t("editor.reload"))));
  }
  if (told?.code) {
    const known = has("save.fault." + told.code);
    return h("p", { class: "notice bad" }, known ? t("save.fault." + told.code) : [t("save.fault.other"), " ", h("span", { lang: "en" }, told.message), t("notice.stop")], " ", t("editor.kept"));
  }
  if (isChanged(rules)) return h("p", {}, t("editor.unsaved"));
  return told?.at ? h("p", { class: "well" }, t("editor.saved", { time: clock(told.at) })) : null;
}

async function save() {
  const rules = of();
  if (busy || $("rules-save").getAttribute("aria-disabled") === "true") return;
  busy = true;
  rules.told = null;
  draw();
  const text = rules.text;
  try {
    const got = await ask("rules", undefined, { method: "PUT", credentials: "omit", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text, version: rules.version }) });
    Object.assign(rules, { version: got.version, saved: text, told: { at: Date.now() }, built_in: false });
    on.saved();
  } catch (err) {
    if (!err.kind) throw err;
    const code = err.code || err.kind;
    rules.told = { code, message: err.message };
    if (code === "faults") on.faults(err.body.faults);
  } finally {
    busy = false;
    draw();
  }
}
