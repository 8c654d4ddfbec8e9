// The public square: writing as a customer, and everything that stands there, newest conversation first.

import { announce, avatar, h, menu, sync, whenChanged } from "/dom.js";
import { flash } from "/pane.js";
import { get, oneAtATime, post } from "/net.js";
import { time } from "/words.js";

const NEW = "new";
const SOMEBODY = [
  ["@kim@elsewhere.example", "Kim"],
  ["@lea", "Lea Sommer"],
  ["@jonas", "Jonas"],
];
const VISIBLE = [
  ["public", "Everybody"],
  ["unlisted", "Everybody, quietly"],
  ["private", "Followers"],
  ["direct", "Only those it names"],
];

export class Square {
  constructor(root, { onState }) {
    this.root = root;
    this.onState = onState;
    this.as = SOMEBODY[0][0];
    this.refresh = oneAtATime(() => this.load());
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
    this.words = h("textarea", { id: "words", rows: 3, dir: "auto", "aria-label": "What you say in public", value: "@acme " });
    this.words.addEventListener("keydown", (event) => sends(event, form));
    this.visible = h("select", { id: "visible" }, VISIBLE.map(([value, says]) => h("option", { value }, says)));
    this.warning = h("input", { id: "warning", maxlength: 100 });
    this.picture = h("input", { id: "picture", maxlength: 200 });
    const more = h(
      "details",
      { class: "more" },
      h("summary", {}, "More"),
      h("div", { class: "grid" }, h("label", { for: "visible" }, "Who sees it"), this.visible, h("label", { for: "warning" }, "Content warning"), this.warning, h("label", { for: "picture" }, "A picture of"), this.picture),
    );
    this.wrong = h("p", { class: "wrong", role: "alert", hidden: true });
    const form = h(
      "form",
      { class: "write", "aria-label": "Post as a customer" },
      h("div", { class: "as" }, h("label", { for: "author" }, "You are the customer"), this.who, this.handle),
      this.words,
      more,
      this.wrong,
      h("div", { class: "ends" }, h("span", { class: "keys" }, "Enter posts"), h("button", { type: "submit", class: "primary" }, "Post")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.list = h("div", { class: "list", role: "feed", "aria-label": "The square", tabindex: "-1" });
    this.cut = h("p", { class: "cutoff", role: "status", hidden: true }, "The platform is cut off: nobody outside can reach it. Posts wait until it is back.");
    this.root.replaceChildren(h("header", { class: "sidehead" }, h("h2", {}, "The public square"), h("p", {}, "Where customers speak")), form, this.cut, this.list);
    this.authors([]);
  }

  authors(people) {
    const all = new Map(SOMEBODY);
    for (const one of people) all.set(`@${one.acct}`, one.display_name || one.username);
    this.named = all;
    whenChanged(this.who, JSON.stringify([...all]), () => [
      ...[...all].slice(0, 40).map(([acct, name]) => h("option", { value: acct, selected: acct === this.as }, `${name} (${acct.split("@").slice(0, 2).join("@")})`)),
      h("option", { value: NEW }, "somebody new…"),
    ]);
    if (!this.handle.hidden) this.who.value = NEW;
  }

  fault(sentence) {
    this.wrong.hidden = !sentence;
    this.wrong.textContent = sentence ?? "";
  }

  async send() {
    const words = this.words.value.trim();
    const author = this.who.value === NEW ? `@${this.handle.value.trim().replace(/^@/, "")}` : this.who.value;
    if (author === "@") return this.fault("Give the new customer a name.");
    if (!words || words === "@acme") return this.fault("Say something; with @acme in it the team hears it.");
    const picture = this.picture.value.trim();
    const body = { author, words, visibility: this.visible.value, cw: this.warning.value.trim() || null, media: picture ? [picture] : [] };
    const { error } = await post("/square/control/post", body);
    this.fault(error);
    if (error) return;
    this.words.value = "@acme ";
    this.warning.value = this.picture.value = "";
    this.as = author;
    if (!this.handle.hidden) {
      this.handle.hidden = true;
      this.handle.value = "";
      this.who.signature = undefined;
    }
    this.mine = true;
    this.refresh();
  }

  async load() {
    const { data, error } = await get("/square/control/state");
    if (error) return;
    this.cut.hidden = !data.cut;
    this.authors(data.people.filter((one) => one.acct !== data.account.acct && !/^storm\d/.test(one.acct)));
    this.draw(data.statuses);
    this.onState(data);
  }

  draw(statuses) {
    const by = new Map(statuses.map((one) => [one.id, one]));
    const rootOf = (one) => (by.has(one.in_reply_to_id) ? rootOf(by.get(one.in_reply_to_id)) : one);
    const threads = new Map();
    for (const one of statuses) {
      const root = rootOf(one);
      if (!threads.has(root.id)) threads.set(root.id, []);
      threads.get(root.id).push(one);
    }
    const fresh = [];
    const items = [...threads.entries()].reverse().map(([id, posts]) => ({
      key: id,
      make: () => h("div", { class: "talk" }),
      update: (talk) =>
        sync(
          talk,
          posts.map((one) => ({ key: one.id, make: () => h("article", { class: "post", tabindex: "-1" }), update: (element) => this.drawPost(element, one, by) })),
          { onNew: (element) => fresh.push(element) },
        ),
    }));
    sync(this.list, items);
    if (this.drawn) fresh.forEach((element) => this.arrived(element, by.get(element.dataset.key)));
    if (this.mine) this.list.scrollTo({ top: 0 });
    this.mine = false;
    this.drawn = true;
  }

  arrived(element, one) {
    element.classList.add("new");
    if (!one.ours) return;
    element.scrollIntoView({ block: "nearest" });
    flash(element);
    announce(`On the square, ${one.account.display_name} replied.`);
  }

  drawPost(element, one, by) {
    const { account } = one;
    element.classList.toggle("ours", one.ours);
    element.classList.toggle("answer", by.has(one.in_reply_to_id));
    element.setAttribute("aria-label", `${account.display_name}, ${one.ours ? "the company" : "a customer"}`);
    element.lang = one.language ?? "";
    whenChanged(element, JSON.stringify([one.text, one.versions, one.spoiler_text, one.visibility, account.display_name, one.media_attachments.length]), () => this.parts(element, one), element);
  }

  parts(element, one) {
    const { account } = one;
    const when = time(Date.parse(one.created_at) / 1000);
    const name = account.display_name || account.username;
    const pictures = one.media_attachments.map((each) => h("img", { src: each.preview_url ?? each.url, alt: each.description ?? "", loading: "lazy" }));
    const words = h("div", { class: "words", dir: "auto" }, linked(one.text));
    const said = one.spoiler_text ? h("details", { class: "warned" }, h("summary", {}, one.spoiler_text), words, pictures) : [words, pictures];
    const entries = one.ours
      ? []
      : [
          { label: "Edit", act: () => this.edit(element, one) },
          { label: "Delete", danger: true, act: () => this.remove(one) },
          { label: "Answer by hand as Acme, past the bot", act: () => this.answer(element, one, true) },
        ];
    return [
      avatar(name, account.acct),
      h(
        "div",
        { class: "content" },
        h("div", { class: "by" }, h("b", {}, name), one.ours && h("span", { class: "tag" }, "us"), h("span", { class: "handle" }, `@${account.acct}`)),
        said,
        h(
          "div",
          { class: "under" },
          h("a", { class: "at", href: one.url, target: "_blank", rel: "noreferrer noopener" }, when),
          one.edited_at && h("span", { class: "at" }, "edited"),
          one.visibility !== "public" && h("span", { class: "at" }, VISIBLE.find(([value]) => value === one.visibility)?.[1]),
          h("button", { type: "button", class: "quiet", "data-focus": "reply", onclick: () => this.answer(element, one, false) }, "Reply"),
          entries.length > 0 && menu("What its author can do", entries, { focus: "menu" }),
        ),
      ),
    ];
  }

  /** A small form under a post; `send(words, who)` answers with an error or nothing. */
  small(element, { label, words, button, who, send }) {
    element.querySelector(".inline")?.remove();
    const field = h("textarea", { rows: 2, dir: "auto", "aria-label": label, value: words });
    const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
    const select = who && h("select", { "aria-label": "Who answers" }, [...this.named].slice(0, 40).map(([acct, name]) => h("option", { value: acct, selected: acct === who }, name)));
    const leave = () => {
      form.remove();
      element.querySelector("[data-focus=reply]")?.focus();
    };
    const form = h("form", { class: "inline" }, select && h("label", {}, "As ", select), field, wrong, h("div", { class: "ends" }, h("button", { type: "button", class: "plain", onclick: leave }, "Cancel"), h("button", { type: "submit", class: "primary" }, button)));
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
      this.refresh();
    });
    element.querySelector(".content").append(form);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    form.scrollIntoView({ block: "nearest" });
  }

  answer(element, one, byHand) {
    if (byHand) {
      const send = (words) => post("/square/control/answer_by_hand", { id: one.id, words });
      return this.small(element, { label: "Answer by hand", words: `@${one.account.acct} `, button: "Answer as Acme", send });
    }
    const send = (words, who) => post("/square/control/post", { author: who, words, reply_to: one.id, visibility: one.visibility });
    const customer = one.ours ? (this.customerOf(element) ?? this.as) : this.as;
    return this.small(element, { label: "Reply in public", words: "@acme ", button: "Reply", who: customer, send });
  }

  customerOf(element) {
    const handle = element.closest(".talk")?.querySelector(".post:not(.ours) .handle")?.textContent;
    return this.named.has(handle) ? handle : null;
  }

  edit(element, one) {
    const send = (words) => post("/square/control/edit", { id: one.id, words, cw: one.spoiler_text || null });
    return this.small(element, { label: "Edit the post", words: one.text, button: "Save", send });
  }

  async remove(one) {
    const { error } = await post("/square/control/delete", { id: one.id });
    this.fault(error);
    await this.refresh();
    this.list.focus();
  }
}

function sends(event, form) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
}

/** Words with their links, names and tags set off. */
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+|(?<![\w/])[@#][\p{L}\p{N}_.@-]*[\p{L}\p{N}_])/u).map((part, n) => {
    if (n % 2 === 0) return part;
    if (/^https?:/.test(part)) return h("a", { href: part, target: "_blank", rel: "noreferrer noopener" }, part.replace(/^https?:\/\//, ""));
    return h("span", { class: "mention" }, part);
  });
}
