// The words, numbers and times of the interface, in the language that is chosen.
import en from "./i18n/en.js";
import km from "./i18n/km.js";

const books = { en, km };
const PHNOM_PENH = 7 * 3600e3; // UTC+7, without summer time
const MONTHS = {
  en: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  km: ["មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ"],
};
const MINUS = "\u2212";

let lang = document.documentElement.lang === "km" ? "km" : "en";

export const language = () => lang;

export function setLanguage(next) {
  lang = next === "km" ? "km" : "en";
  document.documentElement.lang = lang;
}

// digits writes the digits of s in Khmer where the interface is in Khmer.
export function digits(s) {
  s = String(s);
  return lang === "km" ? s.replace(/[0-9]/g, (d) => String.fromCharCode(0x17e0 + Number(d))) : s;
}

// t gives the text of a key with its {placeholders} filled. Numbers among the values are
// written as the language writes them.
export function t(key, values = {}) {
  const pattern = books[lang][key];
  if (pattern === undefined) return key;
  return pattern
    .replace(/\{(\w+)\|([^|}]*)\|([^}]*)\}/g, (_, name, one, many) => (values[name] === 1 ? one : many))
    .replace(/\{(\w+)\}/g, (_, name) => {
      const v = values[name];
      return typeof v === "number" ? number(v) : String(v ?? "");
    });
}

// has reports whether a key exists, for keys made of data.
export const has = (key) => books[lang][key] !== undefined;

// number writes a number with at most d decimals, exactly d where fixed.
export function number(n, d = 0, fixed = false) {
  const s = new Intl.NumberFormat("en", { maximumFractionDigits: d, minimumFractionDigits: fixed ? d : 0 }).format(Math.abs(n));
  const local = lang === "km" ? digits(s.replace(/[.,]/g, (c) => (c === "," ? "." : ","))) : s;
  return n < 0 && /[1-9១-៩]/.test(local) ? MINUS + local : local;
}

// signed writes a number with its sign, 0 without.
export function signed(n, d = 0) {
  const s = number(n, d, d > 0);
  return n > 0 && /[1-9១-៩]/.test(s) ? "+" + s : s;
}

export const percent = (share) => (share > 0 && share < 0.01 ? "<" + digits(1) : number(100 * share)) + "%";

function parts(ms) {
  const d = new Date(ms + PHNOM_PENH);
  const two = (n) => String(n).padStart(2, "0");
  return {
    year: d.getUTCFullYear(), month: d.getUTCMonth(), day: d.getUTCDate(),
    clock: two(d.getUTCHours()) + ":" + two(d.getUTCMinutes()), seconds: two(d.getUTCSeconds()),
    iso: d.toISOString(),
  };
}

export const clock = (ms) => digits(parts(ms).clock);
export const clockSeconds = (ms) => digits(parts(ms).clock + ":" + parts(ms).seconds);

export function day(ms, withYear = false) {
  const p = parts(ms);
  return digits(`${p.day} ${MONTHS[lang][p.month]}${withYear ? " " + p.year : ""}`);
}

export const dateTime = (ms) => (lang === "km" ? `${day(ms, true)} ម៉ោង ${clock(ms)}` : `${day(ms, true)}, ${clock(ms)}`);

// moment is the shortest form that is clear today: the time alone, or with its day, or
// with its year.
export function moment(ms, now = Date.now()) {
  const a = parts(ms), b = parts(now);
  if (a.year !== b.year) return dateTime(ms);
  if (a.month === b.month && a.day === b.day) return clock(ms);
  return lang === "km" ? `${day(ms)} ម៉ោង ${clock(ms)}` : `${day(ms)}, ${clock(ms)}`;
}

export const midnight = (ms) => parts(ms).clock === "00:00";

// field is the value of a datetime-local input at a time, and fromField its inverse.
export const field = (ms) => parts(ms).iso.slice(0, 16);
export const fromField = (s) => Date.parse(s + "Z") - PHNOM_PENH;

export function ago(ms, now = Date.now()) {
  const minutes = Math.floor((now - ms) / 60e3);
  if (minutes < 1) return t("ago.now");
  if (minutes < 60) return t("ago.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("ago.hours", { n: Math.floor(minutes / 60) });
  return t("ago.days", { n: Math.floor(minutes / 1440) });
}

export function until(ms, now = Date.now()) {
  const minutes = Math.ceil((ms - now) / 60e3);
  if (minutes < 1) return t("now");
  return minutes < 90 ? t("in.minutes", { n: minutes }) : t("in.hours", { n: Math.round(minutes / 60) });
}

export function step(seconds) {
  const [unit, size] = seconds % 86400 === 0 ? ["day", 86400] : seconds % 3600 === 0 ? ["hour", 3600] : ["minute", 60];
  const n = seconds / size;
  return unit !== "minute" && n === 1 ? t("step." + unit) : t(`step.${unit}s`, { n });
}

// scriptOf is the lang attribute of a name of which only the letters are known.
export const scriptOf = (s) => (/[\u1780-\u17ff]/.test(s) ? "km" : "en");

export const kindName = (kind) => (has("kind." + kind) ? t("kind." + kind) : kind);

export function languageName(code) {
  if (has("language." + code)) return t("language." + code);
  try {
    return new Intl.DisplayNames([lang], { type: "language" }).of(code) || code;
  } catch {
    return code; // not a code
  }
}

// scriptName is what a script is called, given its ISO 15924 code.
export function scriptName(code) {
  try {
    return new Intl.DisplayNames([lang], { type: "script" }).of(code) || code;
  } catch {
    return code; // not a code
  }
}
