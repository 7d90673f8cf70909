// What readers say of labels: a pen beside each label, a dialog for the right one, and a line
// below the labels, with a way back for as long as the page is open. Nothing of it is kept in
// the browser, and nothing about the reader is sent.
import { $, h, put, svg, text } from "./dom.js";
import { t, has, languageName } from "./words.js";
import { TONES, sign } from "./sentiment.js";

const TIMEOUT = 15e3;
const mine = new Map(); // what was said on this page since it was opened, by key
let deps = { names: null, topicName: (id) => id, redraw() {} };

export function use(next) {
  deps = next;
}

// offered reports whether the page takes corrections.
export const offered = () => Boolean(deps.names?.correct_languages.length);

const key = (c) => [c.post, c.task, c.task === "topic" ? c.was || c.should_be || "" : ""].join(" ");

const ofPost = (p) => [...mine.values()].filter((c) => c.post === p.id);

// stamp changes with what the card of a post shows of its corrections.
export const stamp = (p) => offered() + JSON.stringify(ofPost(p).map((c) => [c.task, c.was, c.should_be, c.state, c.fault]));

const pencil = () => svg("svg", { viewBox: "0 0 16 16", width: 13, height: 13, "aria-hidden": "true" }, svg("path", { d: "M2.500 13.500l.7-3L11 2.700l2.300 2.300-7.800 7.800zM9.500 4.200l2.300 2.300", fill: "none", stroke: "currentColor", "stroke-width": 1.4, "stroke-linejoin": "round" }));

const labelName = (task, label) => (task === "language" ? languageName(label) : task === "topic" ? deps.topicName(label) : has(label) ? t(label) : label);

// pen is the control beside a label.
export function pen(p, task, was) {
  if (!offered()) return null;
  const name = t("wrong.of", { label: t("wrong.now." + task, { label: labelName(task, was) }) });
  return h("button", { type: "button", class: "pen", "data-wrong": key({ post: p.id, task, was }), "aria-label": name, title: name, "aria-haspopup": "dialog", onclick: () => ask(p, task, was) }, pencil());
}

// missing is the control after the labels.
export function missing(p) {
  if (!offered()) return null;
  return h("li", {}, h("button", { type: "button", class: "missing", "data-wrong": key({ post: p.id, task: "topic" }), "aria-haspopup": "dialog", onclick: () => ask(p, "topic", "") }, t("wrong.missing")));
}

// legend explains the pen.
export const legend = () => (offered() ? [" ", h("span", { class: "pen-key" }, pencil(), " ", t("wrong.title"))] : null);

// said lists what readers say of a post, those of this page first.
export function said(p) {
  if (!offered()) return null;
  const own = ofPost(p);
  const lines = own.map((c) => ({ task: c.task, label: c.should_be || c.was, not: !c.should_be, votes: 0, c }));
  for (const s of p.said || []) {
    const same = lines.find((l) => l.task === s.task && l.label === s.label && l.not === s.not);
    if (same) same.votes = s.votes;
    else lines.push({ ...s });
  }
  if (!lines.length) return null;
  return h("ul", { class: "said" }, lines.map((l) => h("li", l.c ? { class: l.c.state } : {}, line(l))));
}

function line({ task, label, not, votes, c }) {
  const what = t(not ? "said.not" : "said." + task, { label: labelName(task, label) });
  if (!c) return t("said.readers", { n: votes, what });
  const who = votes > 1 ? t("said.with", { n: votes, what }) : t("said.mine", { what });
  const button = (name, act) => h("button", { type: "button", class: "link", "data-act": act.name + " " + key(c), onclick: () => act(c) }, t(name));
  if (c.state === "failed") return [who, " ", h("span", { class: "bad" }, c.fault), " ", button("said.again", again), " ", button("said.drop", drop)];
  return [who, " ", button("said.undo", undo)];
}

// Sending --------------------------------------------------------------------------------

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch("/api/v1/corrections" + path, {
      method, credentials: "omit", signal: AbortSignal.timeout(TIMEOUT),
      headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body),
    });
  } catch {
    throw new Error(t("said.fault.network"));
  }
  if (answer.status === 204) return null;
  const told = await answer.json().catch(() => null);
  if (answer.ok && told) return told;
  const code = "said.fault." + told?.error?.code;
  throw new Error(has(code) ? t(code) : t("said.fault.other", { message: told?.error?.message || `HTTP ${answer.status}` }));
}

// say takes a correction down, instead of an earlier one of the same label, and sends it.
function say(c) {
  const before = mine.get(key(c));
  mine.set(key(c), c);
  c.sent = (async () => {
    await before?.sent;
    if (before?.id) await call("DELETE", "/" + before.id).catch(() => {}); // then both count, and the later one wins
    await send(c);
  })();
}

async function send(c) {
  Object.assign(c, { state: "sending", fault: "" });
  changed(c);
  try {
    c.id = (await call("POST", "", { post: c.post, task: c.task, was: c.was, should_be: c.should_be })).id;
    c.state = "stored";
    announce(t("said.thanks"));
  } catch (err) {
    Object.assign(c, { state: "failed", fault: err.message });
    announce(err.message);
  }
  changed(c);
}

function again(c) {
  c.sent = send(c);
}

function drop(c) {
  if (mine.get(key(c)) === c) mine.delete(key(c));
  changed(c);
}

async function undo(c) {
  drop(c);
  await c.sent;
  if (!c.id) return;
  try {
    await call("DELETE", "/" + c.id);
    announce(t("said.undone"));
  } catch (err) {
    if (!mine.has(key(c))) mine.set(key(c), Object.assign(c, { state: "stored" })); // it still counts
    announce(err.message);
    changed(c);
  }
}

// changed redraws the cards. Where what had the focus is gone, the pen of the label gets it.
function changed(c) {
  const had = document.activeElement !== document.body;
  deps.redraw();
  if (had && document.activeElement === document.body) focusPen(c);
}

// keepPlace draws cards, and gives the focus back to a pen or button whose card was replaced.
export function keepPlace(draw) {
  const { wrong, act } = document.activeElement?.dataset ?? {};
  draw();
  if (document.activeElement !== document.body) return;
  if (wrong) document.querySelector(`[data-wrong="${wrong}"]`)?.focus({ preventScroll: true });
  if (act) document.querySelector(`[data-act="${act}"]`)?.focus({ preventScroll: true });
}

// A topic that was missing has no pen.
const focusPen = (c) => (document.querySelector(`[data-wrong="${key(c)}"]`) || document.querySelector(`[data-wrong="${c.post} topic "]`))?.focus({ preventScroll: true });

const announce = (words) => text($("said-status"), words);

// Asking ---------------------------------------------------------------------------------

// ask opens the dialog about one label of a post, or about a topic that is missing.
function ask(p, task, was) {
  const dialog = $("wrong");
  const [fields, read] = { sentiment: askTone, language: askLanguage, topic: was ? askTopic : askMissing }[task](p, was);
  const fault = h("p", { class: "fault", role: "alert" });
  const about = p.title || p.text;
  const form = h("form", { novalidate: true },
    h("h2", { id: "wrong-title" }, t(task === "topic" && !was ? "wrong.missing" : "wrong.title")),
    h("p", { class: "about" }, about.length > 120 ? about.slice(0, 120).replace(/[\ud800-\udbff]$/, "") + "…" : about),
    was ? h("p", {}, t("wrong.now." + task, { label: labelName(task, was) })) : null,
    fields, fault,
    h("p", { class: "note" }, t("wrong.note")),
    h("div", { class: "acts" },
      h("button", { type: "button", onclick: () => dialog.close() }, t("wrong.cancel")),
      h("button", { type: "submit", class: "primary" }, t("wrong.send"))));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const found = read();
    if (!found.length) {
      text(fault, t("wrong.choose"));
      form.querySelector("input, select").focus();
      return;
    }
    dialog.close();
    for (const c of found) say({ post: p.id, task, ...c });
  });
  put(dialog);
  dialog.append(form);
  dialog.onclick = (e) => { if (e.target === dialog) dialog.close(); };
  dialog.onclose = () => {
    dialog.replaceChildren();
    focusPen({ post: p.id, task, was });
  };
  dialog.showModal();
  form.querySelector("input, select").focus();
}

function askTone(p, was) {
  const tones = TONES.filter((x) => x !== "unscored" && x !== was);
  const set = h("fieldset", { class: "choices" }, h("legend", {}, t("wrong.should.sentiment")),
    tones.map((x) => h("label", {}, h("input", { type: "radio", name: "tone", value: x }), " ", sign(x), " ", t(x))));
  return [set, () => [...set.querySelectorAll("input:checked")].map((x) => ({ was, should_be: x.value }))];
}

function choice(name, first, list) {
  const select = h("select", {}, h("option", { value: "" }, t(first)), list.map(([value, label]) => h("option", { value }, label)));
  return [h("label", { class: "choice" }, h("span", {}, t(name)), select), select];
}

function askLanguage(p, was) {
  const [field, select] = choice("wrong.should.language", "wrong.pick", deps.names.correct_languages.filter((x) => x !== was).map((x) => [x, languageName(x)]));
  return [field, () => (select.value ? [{ was, should_be: select.value }] : [])];
}

const otherTopics = (p) => deps.names.topics.filter((x) => !p.topics.some((y) => y.id === x.id)).map((x) => [x.id, deps.topicName(x.id)]);

function askTopic(p, was) {
  const [field, select] = choice("wrong.should.topic", "wrong.no-other", otherTopics(p));
  const read = () => [{ was, should_be: "" }, ...(select.value ? [{ was: "", should_be: select.value }] : [])];
  return [[h("p", {}, t("wrong.not", { label: deps.topicName(was) })), field], read];
}

function askMissing(p) {
  const [field, select] = choice("wrong.also", "wrong.pick", otherTopics(p));
  return [field, () => (select.value ? [{ was: "", should_be: select.value }] : [])];
}
