// The latest posts with their labels.
import { $, h, keyed, put, text } from "./dom.js";
import { t, has, number, percent, signed, ago, dateTime, moment, kindName, languageName, scriptName, scriptOf } from "./words.js";
import { labels, marked } from "./marks.js";
import { sign } from "./sentiment.js";
import { href } from "./address.js";
import * as corrections from "./corrections.js";

const open = new Set(); // ids of posts that are unfolded
const spread = new Set(); // ids of stories whose carriers are listed

export function drawKey() {
  put($("key"), t("key"), ["topic", "positive", "negative", "place"].map((k) => [" ", h("mark", { class: k }, t("key." + k))]), corrections.legend());
}

// draw lists posts, the first of each story; deps: chosen, topicName, hasMore.
export function draw(all, deps) {
  const box = $("posts");
  drawKey();
  const told = new Set();
  const posts = all.filter((p) => !told.has(p.story_id) && told.add(p.story_id));
  for (const el of box.querySelectorAll(".none")) el.remove();
  corrections.keepPlace(() => keyed(box, posts, (p) => p.id, (p) => article(p, deps), (el, p) => (el.stamp === stamp(p) ? el : article(p, deps))));
  if (!posts.length) put(box, h("p", { class: "none" }, t("posts.none")));
}

const stamp = (p) => document.documentElement.lang + location.search + corrections.stamp(p) + JSON.stringify(p);

// tongue is the lang attribute of a text: browsers break lines of Khmer by it.
const tongue = (p) => (p.language === "mixed" ? "km" : /^[a-z]{2,3}(-[A-Z][a-z]{3})?$/.test(p.language) ? p.language : null);

function article(p, deps) {
  const marks = labels(p, deps.topicName);
  const at = Date.parse(p.published);
  const title = p.title || "";
  const head = marked(title, marks.filter((m) => m.field === "title"));
  const body = h("p", { class: "body", lang: tongue(p) }, marked(p.text, marks.filter((m) => m.field === "text")));
  const el = h("article", { class: "post", "aria-labelledby": "t-" + p.id },
    h("p", { class: "meta" },
      h("span", { class: "source", lang: scriptOf(p.source_name) }, p.source_name), " ",
      h("span", { class: "tag" }, kindName(p.kind)), " ",
      h("time", { datetime: p.published, "data-ago": at, title: t("posts.time", { time: dateTime(at) }) }, ago(at)), " ",
      h("span", { class: "at" }, moment(at)),
      p.sample ? [" ", h("span", { class: "tag sample-tag", title: t("posts.sample.why") }, t("posts.sample"))] : null),
    h("h3", { id: "t-" + p.id, lang: title ? tongue(p) : null, class: title ? null : "hidden" }, title ? (p.url ? original(p, head) : head) : t("posts.untitled")),
    p.text ? body : null,
    !title && p.url ? h("p", { class: "fine" }, original(p, t("posts.original"))) : null,
    chips(p, deps),
    corrections.said(p),
    carriers(p),
    p.flags.length ? h("ul", { class: "flags" }, p.flags.map((f) => h("li", {}, has("flag." + f) ? t("flag." + f) : f))) : null);
  if (p.text) fold(el, body, p);
  highlight(el);
  el.stamp = stamp(p);
  return el;
}

const original = (p, label) => h("a", { href: p.url, rel: "noopener noreferrer nofollow", target: "_blank" }, label);

// toward shows the tone of the sentences that speak of a topic.
function toward(s) {
  if (!s || s.label === "unscored" || !has(s.label)) return null;
  return h("span", { class: "tone " + s.label, title: t("posts.sure", { score: signed(s.score, 2), confidence: percent(s.confidence) }) }, " ", sign(s.label), h("span", { class: "hidden" }, t(s.label)));
}

// carriers lists the sources that carry the post's story, where there are others.
function carriers(p) {
  if (p.carriers.length < 2) return null;
  const list = h("details", { class: "carriers" },
    h("summary", { title: t("story.why") }, t("story.carried", { n: p.carriers.length })),
    h("ul", {}, p.carriers.map((c) => h("li", {},
      h("span", { class: "source", lang: scriptOf(c.source_name) }, c.url ? original(c, c.source_name) : c.source_name), " ",
      h("span", { class: "at" }, moment(Date.parse(c.published))),
      c.posts > 1 ? [" ", h("span", { class: "at" }, t("story.posts", { n: c.posts }))] : null))));
  list.open = spread.has(p.story_id);
  list.addEventListener("toggle", () => (list.open ? spread.add(p.story_id) : spread.delete(p.story_id)));
  return list;
}

function chips(p, deps) {
  const s = p.sentiment;
  const words = (list) => {
    const found = [...new Set(list.map((e) => e.text))].slice(0, 8);
    return found.length ? "; " + t("posts.because", { words: found.join(", ") }) : "";
  };
  const parts = (shares, name) => Object.entries(shares).sort((a, b) => b[1] - a[1]).map(([code, share]) => `${name(code)} ${percent(share)}`).join(", ");
  const shares = [parts(p.languages, languageName), Object.keys(p.scripts).length ? t("posts.scripts", { list: parts(p.scripts, scriptName) }) : ""].filter(Boolean).join("; ");
  const tone = has(s.label) ? s.label : "unscored";
  const why = (tone === "unscored" ? t(tone) : t("posts.sure", { score: signed(s.score, 2), confidence: percent(s.confidence) })) + words(s.evidence);
  return h("ul", { class: "chips" },
    h("li", {}, h("button", { type: "button", class: "chip tone " + tone, "data-label": "sentiment", "aria-pressed": "false", title: why }, sign(tone), " ", t(tone), tone === "unscored" ? null : h("span", { class: "score" }, " ", signed(s.score, 2))), corrections.pen(p, "sentiment", tone)),
    p.topics.map((x) => h("li", {}, h("a", { class: "chip topic", href: href({ ...deps.chosen, topic: x.id }), "data-topic": x.id, "data-label": "topic:" + x.id, title: t("posts.score", { score: number(x.score, 2) }) + words(x.evidence) }, deps.topicName(x.id), h("span", { class: "score" }, " ", number(x.score, 2, true)), toward(x.sentiment)), corrections.pen(p, "topic", x.id))),
    h("li", {}, h("span", { class: "chip plain-chip", title: shares || null }, languageName(p.language), h("span", { class: "hidden" }, shares && " (" + shares + ")")), corrections.pen(p, "language", p.language)),
    [...new Set(p.spans.map((x) => x.language))].map((code) => h("li", {}, h("button", { type: "button", class: "chip plain-chip span", "data-label": "span:" + code, "aria-pressed": "false", title: t("posts.span", { language: languageName(code) }) },
      languageName(code), p.languages[code] ? h("span", { class: "score" }, " ", percent(p.languages[code])) : null))),
    p.places.map((x) => h("li", {}, h("span", { class: "chip plain-chip place", tabindex: "0", "data-label": "place:" + x.code, title: t("posts.score", { score: number(x.score, 2) }) + words(x.evidence) }, document.documentElement.lang === "km" ? x.km || x.en : x.en || x.km))),
    corrections.missing(p));
}

// fold shows the first lines of a long text, and the rest on request.
function fold(el, body, p) {
  if (p.text.length < 220 && !p.text.includes("\n")) return;
  body.classList.add("folded");
  body.id = "b-" + p.id;
  const rest = h("p", { class: "rest", hidden: true }, p.cut ? [t("posts.cut"), " "] : null, p.url && p.title ? original(p, t("posts.original")) : null);
  const button = h("button", { type: "button", class: "link", "aria-controls": body.id });
  const show = () => {
    const on = open.has(p.id);
    body.classList.toggle("folded", !on);
    rest.hidden = !on || !rest.childNodes.length;
    button.setAttribute("aria-expanded", String(on));
    text(button, t(on ? "posts.less" : "posts.more"));
  };
  button.addEventListener("click", () => {
    if (!open.delete(p.id)) open.add(p.id);
    show();
  });
  body.after(rest, button);
  show();
}

// highlight makes the marks of one label stand out while its chip is pointed at, has the
// focus, or is pressed.
function highlight(el) {
  let pinned = null;
  const show = (label) => {
    el.classList.toggle("only", Boolean(label));
    for (const m of el.querySelectorAll("mark")) m.classList.toggle("on", Boolean(label) && m.dataset.labels.split(" ").includes(label));
  };
  for (const chip of el.querySelectorAll("[data-label]")) {
    const { label } = chip.dataset;
    chip.addEventListener("pointerenter", () => show(label));
    chip.addEventListener("pointerleave", () => show(pinned));
    chip.addEventListener("focus", () => show(label));
    chip.addEventListener("blur", () => show(pinned));
    if (chip.tagName === "BUTTON") {
      chip.addEventListener("click", () => {
        pinned = pinned === label ? null : label;
        chip.setAttribute("aria-pressed", String(pinned !== null));
        show(pinned);
      });
    }
  }
}

// isReading reports whether new posts on top would move what is being read.
export function isReading() {
  return open.size > 0 || spread.size > 0 || $("posts").getBoundingClientRect().top < 0;
}

export function foldAll() {
  open.clear();
  spread.clear();
}

// merge puts a fresh first page over the posts shown: what it repeats is renewed, what it
// should hold and does not is gone, and older posts stay unless there is a gap between.
export function merge(shown, fresh) {
  if (!fresh.next) return fresh.posts;
  const ids = new Set(fresh.posts.map((p) => p.id));
  if (!shown.some((p) => ids.has(p.id))) return fresh.posts;
  const last = fresh.posts.at(-1);
  const older = (p) => p.published < last.published || (p.published === last.published && p.id < last.id);
  return [...fresh.posts, ...shown.filter((p) => !ids.has(p.id) && older(p))];
}
