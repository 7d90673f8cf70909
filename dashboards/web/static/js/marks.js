// The evidence of labels, marked in the text it was found in.
import { h } from "./dom.js";
import { t, signed, languageName } from "./words.js";

// labels gives what a post's marks stand for: {label, kind, left, right, field, title}.
export function labels(post, topicName) {
  const out = [];
  const add = (label, kind, e, title) => {
    if (e.left === undefined) return;
    out.push({ label, kind, left: e.left, right: e.right, field: e.field, title: e.reason ? `${title} (${e.reason})` : title });
  };
  for (const topic of post.topics) for (const e of topic.evidence) add("topic:" + topic.id, "topic", e, topicName(topic.id));
  for (const place of post.places) for (const e of place.evidence) add("place:" + place.code, "place", e, document.documentElement.lang === "km" ? place.km : place.en);
  for (const e of post.sentiment.evidence) {
    const kind = e.weight > 0 ? "positive" : e.weight < 0 ? "negative" : post.sentiment.label;
    if (kind !== "positive" && kind !== "negative") continue;
    add("sentiment", kind, e, e.weight ? `${t(kind)} ${signed(e.weight, 2)}` : t(kind));
  }
  for (const s of post.spans) out.push({ label: "span:" + s.language, kind: "span", left: s.left, right: s.right, field: s.field, title: languageName(s.language), quiet: true });
  return out;
}

// marked cuts a text at every edge of a mark, so that marks which overlap both show. All
// of it becomes text nodes.
export function marked(value, marks) {
  const edges = [...new Set([0, value.length, ...marks.flatMap((m) => [m.left, m.right])])].sort((a, b) => a - b);
  const out = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const [left, right] = [edges[i], edges[i + 1]];
    const here = marks.filter((m) => m.left <= left && m.right >= right);
    const piece = value.slice(left, right);
    if (!here.length) {
      out.push(piece);
      continue;
    }
    const kinds = [...new Set(here.map((m) => m.kind))];
    // A language is marked while somebody asks for it, and is no title of its own.
    const titles = [...new Set(here.filter((m) => !m.quiet).map((m) => m.title))];
    out.push(h("mark", { class: kinds.join(" "), "data-labels": here.map((m) => m.label).join(" "), title: titles.join("; ") || null }, piece));
  }
  return out;
}
