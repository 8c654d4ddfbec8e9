// One rep's window on the team's Slack: who they are, the channel with its threads, Home, and their dialogs.

import { h, sync, whenChanged } from "/dom.js";
import { get, oneAtATime, post } from "/net.js";
import { Blocks } from "/blocks.js";
import { composer } from "/composer.js";
import { Dialogs } from "/dialogs.js";
import { BOT, Messages } from "/message.js";
import { Words } from "/words.js";

export const REPS = [
  ["U0ANA", "Ana"],
  ["U0BEA", "Bea"],
  ["U0CYD", "Cyd"],
  ["U0DAN", "Dan (New York)"],
  ["U0GIL", "Gil (guest)"],
  ["U0OLLI", "Olli (outsider)"],
];
const DRAFT = /\bdraft \d+, last words/i;

export class Pane {
  constructor({ number, user, onState }) {
    this.number = number;
    this.user = user;
    this.channel = "C0CARE";
    this.tab = "channel";
    this.people = new Map();
    this.opened = new Set(); // threads by their first ts
    this.closed = new Set(); // those a person closed by hand
    this.counts = new Map();
    this.hidden = new Set(); // whispers that were dismissed
    this.onState = onState;
    const words = new Words({ people: () => this.people, jump: (channel, ts) => this.jump(channel, ts) });
    this.words = words;
    this.dialogs = new Dialogs(this, words);
    this.messages = new Messages(this, words, this.dialogs);
    this.refresh = oneAtATime(() => this.load());
    this.build();
  }

  build() {
    const who = h("select", { "aria-label": "Who you are", class: "who" }, REPS.map(([id, name]) => h("option", { value: id, selected: id === this.user }, name)));
    who.addEventListener("change", () => this.become(who.value));
    this.where = h("select", { "aria-label": "Channel", class: "where" });
    this.where.addEventListener("change", () => {
      this.channel = this.where.value;
      this.forget();
      this.refresh();
    });
    this.tabs = ["channel", "home"].map((name) => {
      const tab = h("button", { type: "button", role: "tab", id: `tab-${name}-${this.number}`, "aria-controls": `${name}-${this.number}` }, name === "home" ? "App Home" : "Channel");
      tab.addEventListener("click", () => this.turn(name));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        this.turn(name === "home" ? "channel" : "home");
        this.tabs.find((one) => one.tabIndex === 0).focus();
      });
      return tab;
    });
    const head = h("header", { class: "panehead" }, h("label", {}, h("span", { class: "you" }, "You are"), who), h("div", { class: "tabs", role: "tablist", "aria-label": "Views" }, this.tabs), this.where);
    this.list = h("div", { class: "list", role: "log", "aria-label": "Messages", "aria-live": "off", tabindex: "0" });
    this.composer = composer({
      label: "Message to the channel", placeholder: "Message #care, or / for commands", focus: "composer",
      names: () => this.names(), send: (text) => this.send(text),
    });
    this.says = h("p", { class: "says-pane", role: "alert", hidden: true });
    this.channelView = h("div", { class: "view", role: "tabpanel", id: `channel-${this.number}`, "aria-labelledby": `tab-channel-${this.number}` }, this.list, this.says, this.composer);
    this.homeView = h("div", { class: "view homeview", role: "tabpanel", id: `home-${this.number}`, "aria-labelledby": `tab-home-${this.number}`, tabindex: "0", hidden: true });
    this.element = h("section", { class: "pane", "data-pane": this.number }, head, this.channelView, this.homeView, this.dialogs.layer);
    this.title();
    this.turn("channel");
  }

  title() {
    this.element.setAttribute("aria-label", `The team's Slack, as ${REPS.find(([id]) => id === this.user)?.[1]}`);
  }

  home() {
    return this.tab === "home" ? this.homeView : this.composer.querySelector("textarea");
  }

  become(user) {
    this.user = user;
    this.title();
    this.forget();
    this.refresh();
    if (this.tab === "home") post("/slack/control/open_home", { user });
  }

  /** Another person or channel: what is shown is built anew; threads that were open stay open. */
  forget() {
    this.counts.clear();
    this.lately = null;
    this.list.replaceChildren();
    this.trouble(null);
    this.loaded = false;
  }

  turn(tab) {
    this.tab = tab;
    for (const one of this.tabs) {
      const on = one.id.startsWith(`tab-${tab}-`);
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
    }
    this.channelView.hidden = tab !== "channel";
    this.homeView.hidden = tab !== "home";
    if (tab === "home") post("/slack/control/open_home", { user: this.user }).then(() => this.refresh());
  }

  names() {
    const people = [...this.people.values()].filter((one) => !one.deleted && one.id !== this.user);
    people.sort((a, b) => (b.id === BOT) - (a.id === BOT));
    return people.map((one) => [`@${one.name}`, one.profile.real_name]);
  }

  asTyped(text) {
    const named = text.replace(/<@(\w+)>/g, (whole, id) => `@${this.people.get(id)?.name ?? id}`);
    return named.replace(/<(https?:[^>|]+)[^>]*>/g, "$1").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  }

  // --- doing ---

  async send(text, thread) {
    const slash = text.match(/^(\/[a-z_-]+)\s*([\s\S]*)$/i);
    if (slash && thread) {
      this.trouble(`${slash[1]} is not supported in threads, as in Slack. Write “@twoway ${slash[1].slice(1)}” instead.`);
      return false;
    }
    const at = { user: this.user, channel: this.channel };
    const { data, error } = slash
      ? await post("/slack/control/command", { ...at, command: slash[1], text: slash[2] })
      : await post("/slack/control/say", { ...at, text, ...(thread ? { thread_ts: thread } : {}) });
    const wrong = error ?? data.seen?.error;
    this.trouble(wrong);
    this.atEnd = true;
    if (thread) this.lately = { ts: thread, at: Date.now() };
    await this.refresh();
    return !wrong;
  }

  trouble(sentence) {
    this.says.hidden = !sentence;
    this.says.textContent = sentence ?? "";
  }

  /** Somebody did something with this message here: what follows from it should come into sight. */
  acted(message) {
    this.trouble(null);
    const root = message.thread_ts ?? message.ts;
    this.lately = { ts: root, at: Date.now() };
  }

  submitted() {
    if (this.lately) this.lately.at = Date.now();
  }

  dismiss(message) {
    this.hidden.add(message.ts);
    this.draw();
    this.home()?.focus({ preventScroll: true });
  }

  openThread(ts, focus) {
    const open = focus || !this.opened.has(ts);
    this.opened[open ? "add" : "delete"](ts);
    this.closed[open ? "delete" : "add"](ts);
    this.draw();
    if (focus) this.list.querySelector(`[data-key="${ts}"] .thread textarea`)?.focus();
  }

  jump(channel, ts) {
    if (channel !== this.channel || this.tab !== "channel") {
      this.channel = channel;
      this.turn("channel");
      this.forget();
    }
    const root = this.here().messages.find((one) => one.ts === ts || one.replies.some((reply) => reply.ts === ts));
    if (root && root.ts !== ts) this.opened.add(root.ts);
    this.refresh().then(() => {
      const target = this.list.querySelector(`[data-ts="${ts}"]`);
      if (!target) return this.trouble("That message is not here any more.");
      target.scrollIntoView({ block: "center" });
      target.focus({ preventScroll: true });
      flash(target);
    });
  }

  // --- showing ---

  here() {
    return this.state?.channels.find((one) => one.id === this.channel) ?? { messages: [], ephemerals: [] };
  }

  async load() {
    if (!this.element.offsetParent) return;
    const { user } = this;
    const { data, error } = await get(`/slack/control/state?user=${user}`);
    if (user !== this.user) return;
    if (error) return this.trouble(error);
    this.state = data;
    this.people = new Map(data.people.map((one) => [one.id, one]));
    const mine = data.channels.filter((one) => one.name && one.members.includes(user));
    if (!mine.some((one) => one.id === this.channel)) this.channel = mine[0]?.id ?? "C0CARE";
    whenChanged(this.where, JSON.stringify([user, this.channel, mine.map((one) => one.id)]), () =>
      mine.map((one) => h("option", { value: one.id, selected: one.id === this.channel }, `#${one.name}`)),
    );
    this.draw();
    this.dialogs.show(data.views);
    this.drawHome(data.home);
    this.onState(data, this);
  }

  draw() {
    const { messages, ephemerals } = this.here();
    const whispers = ephemerals.filter((one) => !this.hidden.has(one.ts));
    const atEnd = this.atEnd || !this.loaded || this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60;
    this.atEnd = false;
    this.openNews(messages, whispers);
    const inChannel = [...messages, ...whispers.filter((one) => !one.thread_ts || one.thread_ts === one.ts)].sort((a, b) => a.ts - b.ts);
    const fresh = [];
    sync(this.list, inChannel.map((message) => this.item(message, whispers)), { onNew: (element) => fresh.push(element) });
    if (this.loaded) fresh.forEach((element) => element.classList.add("new"));
    if (!inChannel.length && !this.list.firstChild) this.list.append(h("p", { class: "empty", "data-key": "empty" }, "Nothing here yet. Post something on the square."));
    const follows = this.follow();
    if (atEnd && !follows) this.list.scrollTop = this.list.scrollHeight;
    this.loaded = true;
  }

  /** Threads open by themselves for a new draft, and for what is whispered there. */
  openNews(messages, whispers) {
    for (const { ts, replies } of messages) {
      const before = this.counts.get(ts) ?? (this.loaded ? 0 : replies.length);
      const news = replies.slice(before);
      const wanted = (this.loaded ? news : replies.slice(-1)).some((one) => one.user === BOT && DRAFT.test(plainly(one))) || whispers.some((one) => one.thread_ts === ts);
      if ((wanted || (news.length && this.isLately(ts))) && !this.closed.has(ts)) this.opened.add(ts);
      // A draft that is new to this window's rep comes into sight too, unless they are writing here.
      if (this.isLately(ts) ? news.length : wanted && (news.length || !this.loaded) && !this.writes()) this.showLast = ts;
      this.counts.set(ts, replies.length);
    }
  }

  /** Somebody is in the middle of a dialog or of a sentence in this window. */
  writes() {
    const field = document.activeElement;
    return this.element.contains(field) && Boolean(field.closest("[role=dialog]") || field.value?.trim() && field.matches("textarea"));
  }

  isLately(ts) {
    return this.lately?.ts === ts && Date.now() - this.lately.at < 8_000;
  }

  /** Brings into sight what is newest in a thread that somebody just worked in, and what is about to go out. */
  follow() {
    const last = this.showLast && this.list.querySelector(`[data-key="${this.showLast}"] .replies > :last-child`);
    const leaving = [...this.list.querySelectorAll(".countdown")].at(-1);
    const newly = leaving && leaving.dataset.until !== this.leaving;
    if (newly) this.leaving = leaving.dataset.until;
    const target = newly ? leaving.closest(".message") : last;
    this.showLast = null;
    target?.scrollIntoView({ block: "nearest" });
    return Boolean(target);
  }

  item(message, whispers) {
    return {
      key: message.is_ephemeral ? `whisper-${message.ts}` : message.ts,
      make: () => {
        const shell = h("div", { class: "entry" }, this.messages.shell(message));
        if (!message.is_ephemeral) shell.append(h("div", { class: "thread" }));
        return shell;
      },
      update: (entry) => {
        this.messages.draw(entry.firstElementChild, message);
        if (!message.is_ephemeral) this.drawThread(entry.lastElementChild, message, whispers);
      },
    };
  }

  drawThread(element, message, whispers) {
    const open = this.opened.has(message.ts);
    const { length } = message.replies;
    element.classList.toggle("open", open);
    if (!element.firstChild) {
      const toggle = h("button", { type: "button", class: "toggle", onclick: () => this.openThread(message.ts) });
      element.append(toggle, h("div", { class: "replies" }));
    }
    const [toggle, replies] = element.children;
    toggle.textContent = open ? "Close thread" : length ? `${length} ${length === 1 ? "reply" : "replies"}` : "Reply in thread";
    toggle.classList.toggle("none", !open && !length);
    toggle.setAttribute("aria-expanded", String(open));
    const mine = whispers.filter((one) => one.thread_ts === message.ts && one.ts !== message.ts);
    const all = open ? [...message.replies, ...mine].sort((a, b) => a.ts - b.ts) : [];
    const was = replies.childElementCount;
    sync(
      replies,
      all.map((reply) => ({ key: `${reply.is_ephemeral ? "w" : "r"}${reply.ts}`, make: () => this.messages.shell(reply), update: (shell) => this.messages.draw(shell, reply) })),
      { onNew: (shell) => was && shell.classList.add("new") },
    );
    const writing = element.children[2];
    if (open && !writing)
      element.append(composer({ label: "Reply in thread", placeholder: "Reply to the team, or @twoway …", inThread: true, names: () => this.names(), send: (text) => this.send(text, message.ts) }));
    else if (!open) writing?.remove();
  }

  drawHome(home) {
    const blocks = new Blocks(this.words, {
      press: async (element, { value, selected }) => {
        const { data, error } = await post("/slack/control/press_in_view", { user: this.user, view_id: home.id, action_id: element.action_id, value, selected });
        this.trouble(error ?? data.seen.error);
        await this.refresh();
      },
      confirm: (...all) => this.dialogs.ask(...all),
    });
    whenChanged(this.homeView, `${this.user} ${home?.id} ${home?.hash}`, () =>
      home ? [h("div", { class: "body" }, blocks.all(home.blocks))] : [h("p", { class: "empty" }, "The app has put nothing here yet.")],
    );
  }
}

/** A message's own words: everything but what is quoted. */
export function plainly(message) {
  const words = (thing) => {
    if (Array.isArray(thing)) return thing.map(words).join(" ");
    if (!thing || typeof thing !== "object" || thing.type === "rich_text_quote") return "";
    if (typeof thing.text === "string") return thing.text;
    return [thing.text, thing.fields, thing.elements].map((one) => (one ? words(one) : "")).join(" ");
  };
  return message.blocks?.length ? words(message.blocks) : message.text;
}

export function flash(element) {
  element.classList.remove("flash");
  void element.offsetWidth;
  element.classList.add("flash");
}
