// What alerts, their series and their parts are called.
import { t, has, language, number, kindName, languageName } from "../words.js";

let lists = { topics: [], places: [], rules: [] };

export function use(next) {
  lists = { ...lists, ...next };
}

const named = (list, key, id) => {
  const one = list.find((x) => x[key] === id);
  return one ? (language() === "km" ? one.km : one.en) || id : id;
};

export const topicName = (id) => named(lists.topics, "id", id);
export const placeName = (code) => named(lists.places, "code", code);
export const ruleName = (id) => named(lists.rules, "id", id);
export const ruleOf = (id) => lists.rules.find((r) => r.id === id);

// seriesName is what a series is about: its topic or phrase, then what restricts it.
export function seriesName(s) {
  const what = s.topic ? topicName(s.topic) : s.keyword ? t("series.keyword", { words: s.keyword }) : t("series.all");
  const where = [s.place && placeName(s.place), s.kind && kindName(s.kind), s.language && languageName(s.language)].filter(Boolean);
  return [what, ...where].join(t("series.comma"));
}

// subject is what an episode is about.
export const subject = (e) => (e.silent?.length || e.signals.includes("silence") ? t("series.sources") : seriesName(e.series));

export const signalName = (signal) => (has("signal." + signal) ? t("signal." + signal) : signal);
export const levelName = (level) => (has("level." + level) ? t("level." + level) : level);

// heldWords is why an alert was held back, in the language of the page where it has words for it.
export function heldWords(held) {
  const silence = /^silenced until (\S+?): (.*)$/s.exec(held);
  if (silence) return t("held.silenced", { reason: silence[2] });
  return HELD[held] ? t("held." + HELD[held]) : held;
}

// endedWords is why an episode is not followed any more.
export const endedWords = (ended) => (ENDED[ended] ? t("ended." + ENDED[ended]) : ended);

// isQuiet reports whether an alert that nobody is told of at once is an alert all the same: for the
// digest, or of a rule without channels.
export const isQuiet = (held) => ["digest", "channel"].includes(HELD[held]);

const HELD = {
  "the sources were silent until a moment ago": "gap",
  "the model that labels posts has changed": "model",
  "too few of the sources were heard": "floor",
  "its posts are of private people and too few to be shown": "small",
  "it is part of the alert of the series above": "folded",
  "it is part of the alert of several series that move together": "together",
  "a notice is for the digest": "digest",
  "the rule names no channel": "channel",
};

const ENDED = {
  "its rule, or what that watches, was changed": "changed",
  "its rule was taken away or switched off": "gone",
};

// often is how often a peak of a score is expected: 10^(2-score) times a week.
export function often(score) {
  const weeks = 10 ** (score - 2), year = 52.18;
  if (weeks < 1 / 7) return t("often.daily");
  if (weeks < 2 / 3) return t("often.weekly", { n: Math.round(1 / weeks) });
  if (weeks < 1.5) return t("often.once");
  if (weeks < year) return t("often.weeks", { n: Math.round(weeks) });
  if (weeks < 100 * year) return t("often.years", { n: Math.round(weeks / year) });
  return t("often.never");
}

// length is a span of time in words.
export function length(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return t("length.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("length.hours", { n: number(minutes / 60, 1) });
  return t("length.days", { n: Math.round(minutes / 1440) });
}
