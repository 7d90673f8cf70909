// Making elements. Text becomes text nodes only: nothing here parses markup, and the
// page's policy (trusted types) would refuse it.

const SVG = "http://www.w3.org/2000/svg";

function fill(el, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [k, v] of Object.entries(value)) el.style.setProperty(k, v);
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    el.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return el;
}

export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
export const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);
export const $ = (id) => document.getElementById(id);

// put replaces what is in el, and leaves it alone where nothing would change, so that a
// selection or a screen reader's place survives a refresh.
export function put(el, ...children) {
  const next = fill(document.createElement(el.tagName), {}, children);
  if (next.innerHTML === el.innerHTML) return;
  el.replaceChildren(...next.childNodes);
}

export function text(el, value) {
  if (el.textContent !== value) el.textContent = value;
}

// keyed makes the children of parent those of items, reusing the element of an item whose
// key was there before. make gives a new element, update changes one that is reused and
// may return another to put in its place. What has the focus keeps it.
export function keyed(parent, items, key, make, update) {
  const had = new Map();
  for (const el of parent.children) if (el.dataset.key !== undefined) had.set(el.dataset.key, el);
  const focused = document.activeElement;
  let place = parent.firstElementChild;
  for (const item of items) {
    const k = String(key(item));
    let el = had.get(k);
    if (el) {
      had.delete(k);
      const other = update(el, item);
      if (other && other !== el) {
        if (place === el) place = other;
        el.replaceWith(other);
        el = other;
      }
    } else {
      el = make(item);
    }
    el.dataset.key = k;
    if (el === place) place = place.nextElementSibling;
    else parent.insertBefore(el, place);
  }
  while (place) {
    const next = place.nextElementSibling;
    place.remove();
    place = next;
  }
  if (focused && focused !== document.activeElement && document.contains(focused)) focused.focus({ preventScroll: true });
}

// rich shows `this` in a text as code.
export function rich(value) {
  return value.split("`").map((part, i) => (i % 2 ? h("code", { lang: "en" }, part) : part));
}
