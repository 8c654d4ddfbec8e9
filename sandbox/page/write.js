// Writing as a customer: who they are, what they say, and what this square lets them choose.

import { h, whenChanged } from "/dom.js";
import { Counter } from "/counter.js";
import { post } from "/net.js";

const NEW = "new";

export class Write {
  /** `square` is the left side: it knows which square is shown, its rules and people. */
  constructor(square) {
    this.square = square;
    this.kept = new Map(); // words that were begun, and who was to say them, by square
    this.build();
  }

  build() {
    this.who = h("select", { id: "author", "data-focus": "author" });
    this.handle = h("input", { id: "handle", placeholder: "@name", "aria-label": "The new customer's name", maxlength: 40, hidden: true });
    this.who.addEventListener("change", () => {
      this.handle.hidden = this.who.value !== NEW;
      if (this.who.value === NEW) this.handle.focus();
      else this.as = this.who.value;
    });
    // Until the square is known there is nowhere to post to, and nothing that was begun may get lost.
    this.words = h("textarea", { id: "words", readonly: true, rows: 3, dir: "auto", "aria-label": "What you say in public" });
    this.words.addEventListener("keydown", (event) => sends(event, this.element));
    this.audience = h("select", { id: "visible" });
    this.audienceIs = h("label", { for: "visible" });
    this.warning = h("input", { id: "warning", maxlength: 100 });
    this.warningIs = h("label", { for: "warning" }, "Content warning");
    this.picture = h("input", { id: "picture", maxlength: 200 });
    this.pictureIs = h("label", { for: "picture" }, "A picture of");
    this.more = h(
      "details",
      { class: "more" },
      h("summary", {}, "More"),
      h("div", { class: "grid" }, this.audienceIs, this.audience, this.warningIs, this.warning, this.pictureIs, this.picture),
    );
    this.counter = new Counter(this.words, { path: () => this.square.at("length"), warning: () => this.warning.value.trim(), more: [this.warning] });
    this.submit = h("button", { type: "submit", class: "primary", disabled: true }, "Post");
    this.wrong = h("p", { class: "wrong", role: "alert", hidden: true });
    this.element = h(
      "form",
      { class: "write", "aria-label": "Post as a customer" },
      h("div", { class: "as" }, h("label", { for: "author" }, "You are the customer"), this.who, this.handle),
      this.words,
      this.more,
      this.wrong,
      h("div", { class: "ends" }, this.counter.element, h("span", { class: "keys" }, "Enter posts"), this.submit),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  /** Another square: its own opening words, people and choices. What was begun on the other stays there. */
  turn(before) {
    const { rules, name } = this.square.shown;
    if (before) this.kept.set(before.name, { words: this.words.value, as: this.as });
    const { words, as } = this.kept.get(name) ?? { words: rules.opening, as: rules.people[0][0] };
    this.words.value = words;
    this.words.readOnly = this.submit.disabled = false;
    this.as = as;
    this.fault(null);
    this.forget();
    show([this.audienceIs, this.audience], rules.audiences.length > 0);
    show([this.warningIs, this.warning], rules.warnings);
    show([this.pictureIs, this.picture], rules.pictures);
    show([this.more], rules.audiences.length > 0 || rules.warnings || rules.pictures);
    this.audienceIs.textContent = rules.audience_is;
    this.audience.replaceChildren(...rules.audiences.map(([value, says]) => h("option", { value }, says)));
    this.people(rules.people);
    this.counter.now();
  }

  forget() {
    this.warning.value = this.picture.value = this.handle.value = "";
    this.handle.hidden = true;
    this.who.signature = undefined;
  }

  people(pairs) {
    this.named = new Map(pairs);
    if (!this.named.has(this.as)) this.named.set(this.as, this.as);
    const all = [...this.named].slice(0, 40);
    whenChanged(this.who, JSON.stringify([this.square.shown.name, all]), () => [
      ...all.map(([handle, name]) => h("option", { value: handle, selected: handle === this.as }, name === handle ? name : `${name} (${handle.split("@").slice(0, 2).join("@")})`)),
      h("option", { value: NEW }, "somebody new…"),
    ]);
    if (!this.handle.hidden) this.who.value = NEW;
  }

  fault(sentence) {
    this.wrong.hidden = !sentence;
    this.wrong.textContent = sentence ?? "";
  }

  async send() {
    if (this.submit.disabled) return;
    const { rules } = this.square.shown;
    const words = this.words.value.trim();
    const author = this.who.value === NEW ? `@${this.handle.value.trim().replace(/^@/, "")}` : this.who.value;
    if (author === "@") return this.fault("Give the new customer a name.");
    if (!words || words === rules.opening.trim()) return this.fault(rules.opening ? `Say something; with ${rules.opening.trim()} in it the team hears it.` : "Say something.");
    const picture = this.picture.value.trim();
    const body = { author, words, audience: this.audience.value || null, warning: this.warning.value.trim() || null, pictures: picture ? [picture] : [] };
    const { error } = await post(this.square.at("post"), body);
    this.fault(error);
    if (error) return;
    // What somebody began to write meanwhile stays.
    if (this.words.value.trim() === words) this.words.value = rules.opening;
    this.as = author;
    this.forget();
    this.counter.now();
    this.square.posted();
  }
}

const show = (elements, on) => elements.forEach((one) => (one.hidden = !on));

export function sends(event, form) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
}
