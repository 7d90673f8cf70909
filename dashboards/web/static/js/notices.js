// What a person should know first: what is starting, away or failing, and what to do when
// there is nothing to show.
import { $, h, put, rich } from "./dom.js";
import { t, has, clock, clockSeconds, moment, until, dateTime, field } from "./words.js";
import { href, isFiltered } from "./address.js";

// draw shows everything that is to be said. s: {status, fault, overview, asOf, chosen,
// chosenWords, newVersion, retryAt}, on: {retry, reload}.
export function draw(s, on) {
  const out = [];
  if (s.newVersion) out.push(notice("info", t("notice.version"), button("notice.reload", on.reload)));
  if (s.fault) out.push(broken(s, on));
  if (s.status && !(s.fault && s.fault.kind === "network")) out.push(...states(s.status, s.fault));
  const o = s.overview;
  if (o && o.withheld) {
    out.push(notice("info", t("notice.withheld", { posts: o.minimum.posts, sources: o.minimum.sources, period: s.chosenWords })));
  } else if (o && o.total.posts === 0) {
    out.push(o.newest || isFiltered(s.chosen) ? nothingHere(s) : nothingYet(s.status));
  }
  put($("notices"), out);
}

const notice = (kind, ...children) => h("div", { class: "notice " + kind }, h("p", {}, children.flatMap((c) => [c, " "])));
const button = (key, act) => h("button", { type: "button", class: "link", onclick: act }, t(key));

function broken(s, on) {
  const { fault } = s;
  if (fault.kind === "bad") {
    return notice("bad", t("notice.bad", { message: "" }), h("span", { lang: "en" }, fault.message), h("a", { href: "/", "data-reset": true }, t("notice.reset")));
  }
  const kept = s.asOf ? t("notice.kept", { time: clockSeconds(s.asOf) }) : t("notice.nothing");
  return h("div", { class: "notice bad" },
    h("p", {}, h("b", {}, t("notice." + fault.kind)), " ", fault.kind === "store" ? h("span", { lang: "en" }, fault.message.replace(/^The database did not answer: /, "")) : null,
      ` (${t("notice.since", { time: clock(fault.since) })})`),
    h("p", {}, kept, " ", t("notice.retried"), " ", h("span", { id: "countdown", "aria-hidden": "true" }), " ", button("notice.try", on.retry)));
}

function states(st, fault) {
  const out = [];
  const reach = st.sources;
  if (st.state === "starting") out.push(notice("info", h("b", {}, t("notice.starting")), st.activity ? h("span", {}, t("notice.doing", { what: "" }), h("span", { lang: "en" }, st.activity)) : null));
  const unreachable = reach.polled > 0 && reach.reached === 0;
  if (unreachable) {
    const reason = (reach.reason || "").replace(/[. ]+$/, "") || t("notice.no-reason");
    out.push(notice("bad", h("span", {}, rich(t("notice.unreachable", { reason: reason + (/[?!]$/.test(reason) ? "" : t("notice.stop")) })))));
  }
  for (const p of st.problems) {
    if (p.part === "sources" && unreachable) continue;
    if (p.part === "database" && fault?.kind === "store") continue; // said already
    const part = has("notice." + p.part) ? t("notice." + p.part) : p.part;
    out.push(notice(p.waiting ? "warn" : "bad", h("b", {}, t("notice.problem", { part, reason: "" })), h("span", { lang: "en" }, p.reason),
      t(p.waiting ? "notice.retried" : "notice.person"),
      p.since ? `(${t("notice.since", { time: moment(Date.parse(p.since)) })})` : null));
  }
  return out;
}

function nothingYet(st) {
  const next = st?.sources.next_poll ? Date.parse(st.sources.next_poll) : 0;
  return h("div", { class: "empty" },
    h("h2", {}, t("empty.title")),
    st?.activity && st.state !== "starting" ? h("p", {}, t("notice.doing", { what: "" }), h("span", { lang: "en" }, st.activity)) : null,
    st?.sample ? h("p", {}, t("empty.reading")) : h("p", {}, next ? t("empty.next", { time: until(next) }) : t("empty.no-next"), " ", t("empty.waiting")),
    st?.sample ? null : h("dl", {},
      h("div", {}, h("dt", {}, h("code", { lang: "en" }, "samleng import FILE")), h("dd", {}, t("empty.import"))),
      h("div", {}, h("dt", {}, h("code", { lang: "en" }, "samleng up --sample")), h("dd", {}, t("empty.sample")))));
}

function nothingHere(s) {
  const filtered = isFiltered(s.chosen);
  const newest = s.overview.newest ? Date.parse(s.overview.newest) : 0;
  const inside = newest >= Date.parse(s.overview.from) && newest < Date.parse(s.overview.to);
  const week = 7 * 86400e3;
  return h("div", { class: "empty" },
    h("p", {}, t(filtered ? "empty.filtered" : "empty.period", { period: s.chosenWords })),
    newest && !inside ? h("p", {}, t("empty.newest", { time: dateTime(newest) })) : null,
    h("p", { class: "ways" },
      filtered ? h("a", { href: href({ ...s.chosen, topic: "", language: "", kind: "" }), "data-go": true }, t("clear")) : null,
      newest && !inside ? h("a", { href: href({ ...s.chosen, period: "", from: field(newest - week), to: field(newest + 300e3) }), "data-go": true }, t("empty.show")) : null,
      s.chosen.period !== "30d" ? h("a", { href: href({ ...s.chosen, period: "30d", from: "", to: "" }), "data-go": true }, t("empty.longer")) : null));
}
