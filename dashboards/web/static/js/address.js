// What is chosen lives in the address of the page: it can be shared, kept and gone back to.

const NAMES = ["period", "from", "to", "topic", "language", "kind", "count"];
const DEFAULT = "24h";

// COUNTS are what can be counted; an address that says nothing counts posts.
export const COUNTS = ["posts", "stories"];

export function read(search = location.search) {
  const q = new URLSearchParams(search);
  const chosen = {};
  for (const name of NAMES) if (q.get(name)) chosen[name] = q.get(name);
  if (chosen.from || chosen.to) delete chosen.period;
  else chosen.period ??= DEFAULT;
  if (chosen.count !== "stories") delete chosen.count;
  return chosen;
}

// query is the part of the API's address that chooses posts. Every answer counts posts and
// stories alike.
export function query(chosen, more = {}) {
  const { count, ...posts } = chosen;
  return new URLSearchParams({ ...posts, ...more }).toString();
}

export const unit = (chosen) => chosen.count || "posts";

// href is the address of the page with what is chosen. The language of the interface
// stays in it where it was in it.
export function href(chosen, lang = new URLSearchParams(location.search).get("lang")) {
  const q = new URLSearchParams();
  for (const name of NAMES) if (chosen[name] && !(name === "period" && chosen[name] === DEFAULT)) q.set(name, chosen[name]);
  if (lang) q.set("lang", lang);
  // Colons are allowed in a query and read better than %3A.
  const s = q.toString().replaceAll("%3A", ":");
  return s ? "/?" + s : "/";
}

export const isFiltered = (chosen) => Boolean(chosen.topic || chosen.language || chosen.kind);
export const periodKey = (chosen) => "period.words." + (chosen.period || "custom");
