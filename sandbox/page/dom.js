// Making and keeping elements. Words become text nodes only; nothing here or elsewhere on the page parses HTML.

export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "value") element.value = value;
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replaces what is inside and keeps the focus where it was: on the element with the same data-focus, else on `fallback`. */
export function refill(element, nodes, fallback) {
  const active = document.activeElement;
  const had = active && active !== element && element.contains(active) ? active.closest("[data-focus]") : null;
  const lost = had !== null || (active !== element && element.contains(active));
  element.replaceChildren(...nodes.flat(Infinity).filter(Boolean));
  if (!lost) return;
  const again = had && [...element.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === had.dataset.focus);
  (again ?? fallback ?? element).focus({ preventScroll: true });
}

/** Makes the children of `parent` those of `items` ({key, make, update}), in order, keeping what is there already. */
export function sync(parent, items, { onNew } = {}) {
  const old = new Map([...parent.children].map((element) => [element.dataset.key, element]));
  const wanted = new Set(items.map((item) => item.key));
  let at = parent.firstElementChild;
  for (const item of items) {
    let element = old.get(item.key);
    if (element) old.delete(item.key);
    else {
      element = item.make();
      element.dataset.key = item.key;
      onNew?.(element);
    }
    while (at && at !== element && !wanted.has(at.dataset.key)) at = at.nextElementSibling;
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
    item.update?.(element);
  }
  for (const element of old.values()) element.remove();
}

/** Fills `element` anew only when `signature` changed. */
export function whenChanged(element, signature, nodes, fallback) {
  if (element.signature === signature) return false;
  element.signature = signature;
  refill(element, nodes(), fallback);
  return true;
}

let told = 0;
/** Says something to people who do not see it. */
export function announce(words) {
  const news = document.getElementById("news");
  const line = h("p", {}, words);
  news.append(line);
  told += 1;
  setTimeout(() => line.remove(), 10_000);
}

/** A button that opens a menu of `entries` ({label, act, danger}); arrows, Home, End, Escape. */
export function menu(label, entries, { glyph = "⋯", focus } = {}) {
  const list = h("div", { class: "menu", role: "menu", "aria-label": label, hidden: true });
  const opener = h(
    "button",
    { type: "button", class: "quiet", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, title: label, "data-focus": focus },
    glyph,
  );
  const box = h("div", { class: "menubox" }, opener, list);
  const away = (event) => !box.contains(event.target) && show(false);
  function show(open) {
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    document[open ? "addEventListener" : "removeEventListener"]("pointerdown", away);
    if (open) {
      list.classList.toggle("up", opener.getBoundingClientRect().bottom + list.offsetHeight + 12 > innerHeight);
      list.querySelector("button")?.focus();
    }
  }
  opener.addEventListener("click", () => show(list.hidden));
  for (const entry of entries) {
    const one = h("button", { type: "button", role: "menuitem", tabindex: "-1", class: entry.danger ? "danger" : null }, entry.label);
    one.addEventListener("click", () => {
      show(false);
      opener.focus();
      entry.act(opener);
    });
    list.append(one);
  }
  box.addEventListener("keydown", (event) => {
    const all = [...list.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined && !list.hidden) {
      event.preventDefault();
      all[(to + all.length) % all.length]?.focus();
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      show(false);
      opener.focus();
    } else if (event.key === "Tab") show(false);
  });
  return box;
}

const HUES = [172, 208, 262, 24, 338, 96, 48, 290];
export function avatar(name, key) {
  let sum = 0;
  for (const char of key ?? name) sum = (sum * 31 + char.codePointAt(0)) >>> 0;
  const letters = [...name.replace(/[^\p{L}\p{N} ]/gu, "").trim()];
  const element = h("span", { class: "avatar", "aria-hidden": "true" }, (letters[0] ?? "?").toUpperCase());
  element.style.setProperty("--hue", HUES[sum % HUES.length]);
  return element;
}
