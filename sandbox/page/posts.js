// What stands on the square: conversations, newest first, and what can be done with each post.

import { announce, avatar, h, menu, sync, whenChanged } from "/dom.js";
import { Counter } from "/counter.js";
import { flash } from "/pane.js";
import { post } from "/net.js";
import { sends } from "/write.js";
import { time } from "/words.js";

export class Posts {
  constructor(square) {
    this.square = square;
    this.list = h("div", { class: "list", role: "feed", "aria-label": "The square", tabindex: "-1" });
  }

  /** Another square: nothing of it counts as new. */
  turn() {
    this.list.replaceChildren();
    this.list.setAttribute("aria-label", this.square.shown.title);
    this.drawn = false;
  }

  draw(posts, { toTop = false } = {}) {
    const by = new Map(posts.map((one) => [one.id, one]));
    const rootOf = (one) => (by.has(one.answers) ? rootOf(by.get(one.answers)) : one);
    const threads = new Map();
    for (const one of posts) {
      const root = rootOf(one);
      if (!threads.has(root.id)) threads.set(root.id, []);
      threads.get(root.id).push(one);
    }
    const fresh = [];
    const items = [...threads.entries()].reverse().map(([id, thread]) => ({
      key: id,
      make: () => h("div", { class: "talk" }),
      update: (talk) =>
        sync(
          talk,
          thread.map((one) => ({ key: one.id, make: () => h("article", { class: "post", tabindex: "-1" }), update: (element) => this.drawPost(element, one, by) })),
          { onNew: (element) => fresh.push(element) },
        ),
    }));
    this.list.querySelector(".empty")?.remove();
    sync(this.list, items);
    if (!items.length) this.list.append(h("p", { class: "empty", "data-key": "empty" }, `Nobody has said anything on ${this.square.shown.title} yet. Be the first.`));
    if (this.drawn) fresh.forEach((element) => this.arrived(element, by.get(element.dataset.key)));
    if (toTop) this.list.scrollTo({ top: 0 });
    this.drawn = true;
  }

  arrived(element, one) {
    element.classList.add("new");
    if (!one.ours) return;
    element.scrollIntoView({ block: "nearest" });
    flash(element);
    announce(`On ${this.square.shown.title}, ${one.name} replied.`);
  }

  drawPost(element, one, by) {
    element.classList.toggle("ours", one.ours);
    element.classList.toggle("answer", by.has(one.answers));
    element.setAttribute("aria-label", `${one.name}, ${one.ours ? "the company" : "a customer"}`);
    element.lang = one.language;
    whenChanged(element, JSON.stringify(one), () => this.parts(element, one), element);
  }

  parts(element, one) {
    const when = time(Date.parse(one.at) / 1000);
    const pictures = one.pictures.map(([src, alt]) => h("img", { src, alt, loading: "lazy" }));
    const words = h("div", { class: "words", dir: "auto" }, linked(one.words));
    const said = one.warning ? h("details", { class: "warned" }, h("summary", {}, one.warning), words, pictures) : [words, pictures];
    return [
      avatar(one.name, one.handle.replace(/^@/, "")),
      h(
        "div",
        { class: "content" },
        h("div", { class: "by" }, h("b", {}, one.name), one.ours && h("span", { class: "tag" }, "us"), h("span", { class: "handle" }, one.handle)),
        said,
        h(
          "div",
          { class: "under" },
          one.url ? h("a", { class: "at", href: one.url, target: "_blank", rel: "noreferrer noopener" }, when) : h("span", { class: "at" }, when),
          one.edited && h("span", { class: "at" }, "edited"),
          one.audience && h("span", { class: "at" }, one.audience),
          this.square.shown.rules.may_answer && h("button", { type: "button", class: "quiet", "data-focus": "reply", onclick: () => this.answer(element, one) }, "Reply"),
          !one.ours && menu("What its author can do", this.entries(element, one), { focus: "menu" }),
        ),
      ),
    ];
  }

  entries(element, one) {
    return [
      this.square.shown.rules.may_edit && { label: "Edit", act: () => this.edit(element, one) },
      this.square.shown.rules.may_delete && { label: "Delete", danger: true, act: () => this.remove(one) },
      { label: "Answer by hand as Acme, past the bot", act: () => this.answerByHand(element, one) },
    ].filter(Boolean);
  }

  /** A small form under a post; `send(words, who)` answers with an error or nothing. */
  small(element, { label, words, button, who, warning = "", send }) {
    element.querySelector(".inline")?.remove();
    const { named } = this.square.write;
    const field = h("textarea", { rows: 2, dir: "auto", "aria-label": label, value: words });
    const counter = new Counter(field, { path: () => this.square.at("length"), warning: () => warning });
    const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
    const select = who && h("select", { "aria-label": "Who answers" }, [...named].slice(0, 40).map(([handle, name]) => h("option", { value: handle, selected: handle === who }, name)));
    const leave = () => {
      form.remove();
      element.querySelector("[data-focus=reply]")?.focus();
    };
    const form = h(
      "form",
      { class: "inline" },
      select && h("label", {}, "As ", select),
      field,
      wrong,
      h("div", { class: "ends" }, counter.element, h("button", { type: "button", class: "plain", onclick: leave }, "Cancel"), h("button", { type: "submit", class: "primary" }, button)),
    );
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") leave();
      else sends(event, form);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!field.value.trim()) return;
      const { error } = await send(field.value.trim(), select?.value);
      wrong.hidden = !error;
      wrong.textContent = error ?? "";
      if (!error) leave();
      this.square.refresh();
    });
    element.querySelector(".content").append(form);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    form.scrollIntoView({ block: "nearest" });
  }

  answer(element, one) {
    const { at, shown, write } = this.square;
    const audience = shown.rules.audiences.find(([, says]) => says === one.audience)?.[0] ?? null;
    const send = (words, author) => post(at("post"), { author, words, answers: one.id, audience });
    const customer = one.ours ? (this.customerOf(element) ?? write.as) : write.as;
    return this.small(element, { label: "Reply in public", words: shown.rules.opening, button: "Reply", who: customer, send });
  }

  answerByHand(element, one) {
    const { at, shown } = this.square;
    const send = (words) => post(at("answer_by_hand"), { id: one.id, words });
    const words = shown.rules.answers_name ? `${one.handle} ` : "";
    return this.small(element, { label: "Answer by hand", words, button: "Answer as Acme", send });
  }

  customerOf(element) {
    const handle = element.closest(".talk")?.querySelector(".post:not(.ours) .handle")?.textContent;
    return this.square.write.named.has(handle) ? handle : null;
  }

  edit(element, one) {
    const send = (words) => post(this.square.at("edit"), { id: one.id, words, warning: one.warning || null });
    return this.small(element, { label: "Edit the post", words: one.words, button: "Save", warning: one.warning, send });
  }

  async remove(one) {
    const { error } = await post(this.square.at("delete"), { id: one.id });
    this.square.write.fault(error);
    await this.square.refresh();
    this.list.focus();
  }
}

/** Words with their links, names and tags set off. */
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+|(?<![\w/])[@#][\p{L}\p{N}_.@-]*[\p{L}\p{N}_])/u).map((part, n) => {
    if (n % 2 === 0) return part;
    if (/^https?:/.test(part)) return h("a", { href: part, target: "_blank", rel: "noreferrer noopener" }, part.replace(/^https?:\/\//, ""));
    return h("span", { class: "mention" }, part);
  });
}
