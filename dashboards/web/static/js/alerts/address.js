// What is chosen on the page of alerts lives in its address.

const NAMES = ["period", "from", "to", "topic", "rule", "held", "episode"];
export const DEFAULT = "30d";

export function read(search = location.search) {
  const q = new URLSearchParams(search);
  const chosen = {};
  for (const name of NAMES) if (q.get(name)) chosen[name] = q.get(name);
  if (chosen.from || chosen.to) delete chosen.period;
  else chosen.period ??= DEFAULT;
  return chosen;
}

// query is the part of the API's address that chooses episodes.
export function query({ episode, ...chosen }) {
  return new URLSearchParams(Object.entries(chosen).filter(([, value]) => value)).toString();
}

// href is the address of the page. The language of the interface stays in it where it was.
export function href(chosen, lang = new URLSearchParams(location.search).get("lang")) {
  const q = new URLSearchParams();
  for (const name of NAMES) if (chosen[name] && !(name === "period" && chosen[name] === DEFAULT)) q.set(name, chosen[name]);
  if (lang) q.set("lang", lang);
  const s = q.toString().replaceAll("%3A", ":");
  return s ? "/alerts?" + s : "/alerts";
}
