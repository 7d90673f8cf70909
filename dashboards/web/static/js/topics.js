// The key figures, the ranking of topics, and where the posts come from.
import { $, h, keyed, put, text } from "./dom.js";
import { t, number, percent, ago, dateTime, kindName, languageName } from "./words.js";
import { change, diverging, lean, net, between, sign } from "./sentiment.js";
import { href, unit } from "./address.js";

const changeOf = (x, what) => (what === "stories" ? x.change_stories : x.change);

// drawFigures shows the totals, of what is counted in large and of the other below.
export function drawFigures(o, sources, what) {
  const of = o.coverage;
  const answering = of.sources - of.failing - of.waiting;
  const latest = sources ? Math.max(0, ...sources.sources.map((s) => (s.last_post ? Date.parse(s.last_post) : 0))) : 0;
  const tone = lean(o.total);
  const cell = (name, value, ...notes) => h("div", {}, h("dt", {}, name), h("dd", { class: "big" }, value), notes.filter(Boolean).map((n) => h("dd", { class: "note" }, n)));
  put($("figures"),
    cell(t("figure." + what), o.withheld ? "–" : number(o.total[what]),
      o.withheld ? null : what === "stories" ? t("figure.in-posts", { n: o.total.posts }) : t("figure.in-stories", { n: o.total.stories }),
      o.withheld ? null : o.comparable ? against(changeOf(o, what)) : t("change.none")),
    cell(t("figure.net"), tone ? [net(o.total), tone === "even" ? null : [" ", sign(tone)]] : "–",
      tone ? [t("net." + tone), h("span", { class: "fine" }, between(o.total))] : t("figure.no-score")),
    cell(t("figure.sources"), of.sources ? t("figure.of", { n: answering, all: of.sources }) : "–",
      !of.sources ? t(sources?.sources.length ? "figure.imported" : "figure.none-configured") : of.failing ? h("a", { href: "#sources-section", class: "bad" }, t("figure.failing", { n: of.failing })) : of.waiting ? t("figure.waiting", { n: of.waiting }) : t("figure.all-well")),
    cell(t("figure.newest"), latest ? h("time", { "data-ago": latest, datetime: new Date(latest).toISOString() }, ago(latest)) : "–",
      latest ? dateTime(latest) : t("figure.no-post")));
}

// against says the change in one sentence, whose one placeholder is an element.
function against(c) {
  const [left, right] = t("change.against", { change: "\u0000" }).split("\u0000");
  return [left, change(c), right];
}

export function drawMix(o) {
  bars($("languages"), o.languages, o.total.posts, languageName);
  bars($("kinds"), o.kinds, o.total.posts, kindName);
}

function bars(list, shares, total, name) {
  put(list, shares.filter((s) => s.few || s.tally.posts > 0).map((s) => {
    const share = total ? s.tally.posts / total : 0;
    return h("li", {},
      h("span", { class: "name" }, name(s.value)),
      h("span", { class: "track", "aria-hidden": "true" }, h("span", { style: { width: 100 * share + "%" } })),
      s.few ? h("span", { class: "value few" }, t("few")) : [
        h("span", { class: "value", title: s.partial ? t("partial") : null }, s.partial ? "≥ " : null, number(s.tally.posts)),
        h("span", { class: "share" }, s.partial ? "≥ " : null, percent(share))]);
  }));
  if (!list.children.length) put(list, h("li", { class: "none" }, "–"));
}

// drawTopics ranks the topics. Every row is a link, so that it opens in a tab of its own
// too; app.js follows it without leaving the page.
export function drawTopics(o, chosen, name) {
  const what = unit(chosen);
  const ranked = what === "stories" ? [...o.topics].sort((a, b) => b.now.stories - a.now.stories || b.now.posts - a.now.posts) : o.topics;
  text($("topics-note"), t("topics.note." + what, { period: "\u200b" }).replace("\u200b", o.periodWords));
  text($("topics-hidden"), o.hidden_topics ? t("topics.hidden", { n: o.hidden_topics, posts: o.minimum.posts, sources: o.minimum.sources }) : "");
  const box = $("topics");
  if (!o.topics.length) {
    put(box, h("p", { class: "none" }, t("topics.none")));
    return;
  }
  const most = Math.max(...ranked.map((x) => x.now[what]), 1);
  let body = box.querySelector("tbody");
  const heads = document.documentElement.lang + " " + what;
  if (!body || box.dataset.heads !== heads) {
    box.dataset.heads = heads;
    body = h("tbody", { role: "rowgroup" });
    box.replaceChildren(h("table", { role: "table", "aria-labelledby": "topics-title" },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
        ["topics.name", "topics." + what, "topics.net", "topics.change"].map((k) => h("th", { scope: "col", role: "columnheader" }, t(k))))),
      body));
  }
  const row = (x) => {
    const on = chosen.topic === x.id;
    const next = { ...chosen, topic: on ? "" : x.id };
    const label = t(on ? "topics.drop" : "topics.choose", { topic: name(x.id) });
    return h("tr", { role: "row", class: on ? "on" : null },
      h("th", { scope: "row", role: "rowheader" },
        h("a", { href: href(next), "data-topic": x.id, "aria-current": on ? "true" : null, title: label }, name(x.id))),
      h("td", { role: "cell", class: "volume-cell" },
        h("span", { class: "track", "aria-hidden": "true" }, h("span", { style: { width: (100 * x.now[what]) / most + "%" } })),
        h("span", { class: "value", title: t("topics.sources", { n: x.sources }) }, number(x.now[what]))),
      h("td", { role: "cell", class: "net-cell" }, diverging(x.now)),
      h("td", { role: "cell", class: "change-cell" }, o.comparable ? change(changeOf(x, what)) : h("span", { class: "change", title: t("change.none") }, "–")));
  };
  keyed(body, ranked, (x) => x.id, row, (el, x) => {
    const next = row(x);
    next.dataset.key = x.id;
    if (el.isEqualNode(next)) return el;
    // Change what is in the row and keep its link, which may have the focus.
    const link = el.querySelector("a"), fresh = next.querySelector("a");
    for (const a of ["href", "title", "aria-current"]) {
      if (fresh.hasAttribute(a)) link.setAttribute(a, fresh.getAttribute(a));
      else link.removeAttribute(a);
    }
    text(link, fresh.textContent);
    el.className = next.className;
    [...next.children].slice(1).forEach((cell, i) => el.children[i + 1].replaceWith(cell));
    return el;
  });
}
