// What every page has: its words, the switches of language and theme, the sign that it is live,
// and the way of asking.
import { $, text } from "./dom.js";
import { t, setLanguage, language, clockSeconds, ago } from "./words.js";

// Refused is a question that was not answered: "network", "bad" where the address is at fault,
// "missing" where there is no such thing, or "store".
export class Refused extends Error {
  constructor(kind, message, code = "", body = null) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.body = body;
  }
}

// ask gives what the API answers.
export async function ask(path, signal, options = {}) {
  let answer;
  try {
    answer = await fetch("/api/v1/" + path, { signal, headers: { Accept: "application/json" }, ...options });
  } catch (err) {
    if (err.name === "AbortError") throw err;
    throw new Refused("network", err.message);
  }
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => null);
  if (answer.ok && body) return body;
  const kind = { 400: "bad", 404: "missing" }[answer.status] || (body ? "store" : "network");
  throw new Refused(kind, body?.error?.message || `HTTP ${answer.status}`, body?.error?.code, body);
}

// drawWords fills in everything that stands in the page itself.
export function drawWords() {
  for (const el of document.querySelectorAll("[data-t]")) text(el, t(el.dataset.t));
  for (const el of document.querySelectorAll("[data-t-label]")) el.setAttribute("aria-label", t(el.dataset.tLabel));
  for (const b of document.querySelectorAll("[data-lang]")) if (b.tagName === "BUTTON") b.setAttribute("aria-pressed", String(b.dataset.lang === language()));
  text($("theme-word"), t("theme." + document.documentElement.dataset.theme));
  // Where the language is in the address, it stays there on the way to another page.
  const lang = new URLSearchParams(location.search).has("lang") ? "?lang=" + language() : "";
  for (const a of document.querySelectorAll("#home, #views a")) a.href = new URL(a.href).pathname + lang;
}

// drawViews shows the ways to the other pages, of which some deployments have none.
export function drawViews(here, there) {
  $("views").hidden = !there;
  for (const a of $("views").querySelectorAll("a")) {
    if (a.dataset.view === here) a.setAttribute("aria-current", "page");
  }
}

export function drawLive(state, asOf) {
  $("live").className = "live " + state;
  text($("live-word"), t("live." + state));
  text($("as-of"), asOf ? t("as-of", { time: clockSeconds(asOf) }) : "");
}

export function drawAges(now = Date.now()) {
  for (const el of document.querySelectorAll("[data-ago]")) text(el, ago(Number(el.dataset.ago), now));
}

const keep = (key, value) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
};

// start makes the switches work. on.language is called after the language changed, on.theme after
// the theme did.
export function start(on) {
  for (const b of document.querySelectorAll("button[data-lang]")) {
    b.addEventListener("click", () => {
      setLanguage(b.dataset.lang);
      keep("samleng.lang", b.dataset.lang);
      drawWords();
      on.language(b.dataset.lang);
    });
  }
  $("theme").addEventListener("click", () => {
    const order = ["auto", "light", "dark"];
    const root = document.documentElement;
    root.dataset.theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
    keep("samleng.theme", root.dataset.theme);
    text($("theme-word"), t("theme." + root.dataset.theme));
    on.theme();
  });
}

// isNew reports whether the server has another version of the page than this one.
export const isNew = (status) => status.page !== document.querySelector("meta[name=page-version]").content;
