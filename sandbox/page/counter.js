// How long words are by a square's own rules. The square counts, the page only asks: no rule stands here twice.

import { announce, h } from "/dom.js";
import { post } from "/net.js";

const PAUSE = 120; // While somebody types.

export class Counter {
  /** Watches `field` and whatever else counts (`more`: fields); `path` and `warning` are asked each time. */
  constructor(field, { path, warning = () => "", more = [] }) {
    this.field = field;
    this.path = path;
    this.warning = warning;
    this.unseen = h("span", { class: "unseen" });
    this.shown = h("span", { "aria-hidden": "true" });
    this.element = h("span", { class: "count", id: `${field.id || `f${Math.random().toString(36).slice(2)}`}-count` }, this.shown, this.unseen);
    field.setAttribute("aria-describedby", this.element.id);
    for (const one of [field, ...more]) one.addEventListener("input", () => this.soon());
    this.now();
  }

  soon() {
    clearTimeout(this.due);
    this.due = setTimeout(() => this.now(), PAUSE);
  }

  async now() {
    clearTimeout(this.due);
    const path = this.path();
    if (!path) return;
    const asked = this.field.value.trim();
    const { data, error } = await post(path, { words: asked, warning: this.warning() });
    if (error || path !== this.path() || asked !== this.field.value.trim()) return;
    this.shown.textContent = data.says.replace(/ characters$/, "");
    this.unseen.textContent = data.says;
    this.element.classList.toggle("over", data.over);
    if (data.over && !this.over) announce(`Too long: ${data.says}.`);
    this.over = data.over;
    if (data.over) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
  }
}
