// One message in the channel or in a thread: who, when, blocks or text, reactions, and what can be done with it.

import { avatar, h, menu, whenChanged } from "/dom.js";
import { QUICK, glyph } from "/emoji.js";
import { post } from "/net.js";
import { Blocks } from "/blocks.js";
import { time } from "/words.js";

export const BOT = "U0TWOWAY";

export class Messages {
  constructor(pane, words, dialogs) {
    this.pane = pane;
    this.words = words;
    this.dialogs = dialogs;
  }

  shell(message) {
    const element = h("article", { class: "message", tabindex: "-1" });
    element.dataset.ts = message.ts;
    return element;
  }

  /** Draws the message into its shell, if anything about it changed. */
  draw(element, message) {
    const { user } = this.pane;
    const { replies, reply_count: count, ...own } = message;
    const signature = JSON.stringify([user, own]);
    element.classList.toggle("bot", message.user === BOT);
    element.classList.toggle("whisper", Boolean(message.is_ephemeral));
    element.classList.toggle("plain", !message.blocks?.length);
    element.setAttribute("aria-label", `${this.name(message)} at ${time(message.ts)}`);
    return whenChanged(element, signature, () => this.parts(message), element);
  }

  name(message) {
    return this.pane.people.get(message.user)?.profile.real_name ?? message.user ?? "Somebody";
  }

  parts(message) {
    const bot = message.user === BOT;
    const gone = message.subtype === "tombstone";
    const face = bot ? h("span", { class: "avatar app", "aria-hidden": "true" }, "⇄") : avatar(this.name(message), message.user);
    const line = h(
      "div",
      { class: "by" },
      h("b", {}, gone ? "" : this.name(message)),
      bot && h("span", { class: "tag" }, "app"),
      h("time", { class: "at" }, time(message.ts)),
      message.edited && !bot && h("span", { class: "at" }, "(edited)"),
      message.is_ephemeral && h("span", { class: "only" }, "Only visible to you"),
    );
    const blocks = new Blocks(this.words, {
      press: (element, what) => this.press(message, element, what),
      confirm: (...all) => this.dialogs.ask(...all),
    });
    const body = message.blocks?.length ? blocks.all(message.blocks) : h("div", { class: "said", dir: "auto" }, this.words.mrkdwn(message.text));
    return [face, h("div", { class: "content" }, line, h("div", { class: "body" }, body), !gone && !message.is_ephemeral && this.reactions(message)), !gone && this.tools(message)];
  }

  async press(message, element, { value, selected, quiet }) {
    this.pane.acted(message);
    if (!this.dialogs.view) this.dialogs.remember();
    const body = { user: this.pane.user, channel: this.pane.channel, ts: message.ts, action_id: element.action_id, value, selected };
    const { data, error } = await post("/slack/control/press", body);
    if (!quiet) this.pane.trouble(error ?? data.seen.error);
    await this.pane.refresh();
  }

  reactions(message) {
    const { user } = this.pane;
    const given = message.reactions.map(({ name, users }) => {
      const mine = users.includes(user);
      const who = users.map((id) => this.pane.people.get(id)?.name ?? id).join(", ");
      const button = h(
        "button",
        { type: "button", class: "reaction", "aria-pressed": String(mine), title: `${who} · :${name}:`, "data-focus": `react:${name}`, "aria-label": `${name.replaceAll("_", " ")}, ${users.length}: ${who}` },
        h("span", { class: "emoji" }, glyph(name)),
        h("span", {}, String(users.length)),
      );
      button.addEventListener("click", () => this.react(message, name, mine));
      return button;
    });
    const there = new Set(message.reactions.map(({ name }) => name));
    const quick = QUICK.filter(([name]) => !there.has(name)).map(([name, sign, says]) =>
      h("button", { type: "button", class: "quick", title: `React with ${sign}`, "aria-label": `React with ${says}`, "data-focus": `react:${name}`, onclick: () => this.react(message, name, false) }, sign),
    );
    return h("div", { class: "reactions", role: "group", "aria-label": "Reactions" }, given, h("span", { class: "quicks" }, quick));
  }

  async react(message, name, mine) {
    this.pane.acted(message);
    const { error } = await post(`/slack/control/${mine ? "unreact" : "react"}`, { user: this.pane.user, channel: this.pane.channel, ts: message.ts, name });
    this.pane.trouble(error);
    await this.pane.refresh();
  }

  tools(message) {
    const { pane } = this;
    const at = { user: pane.user, channel: pane.channel, ts: message.ts };
    if (message.is_ephemeral)
      return h("button", { type: "button", class: "quiet tools", "aria-label": "Dismiss", title: "Dismiss", "data-focus": "dismiss", onclick: () => pane.dismiss(message) }, "×");
    const mine = message.user === pane.user;
    const entries = [
      !message.thread_ts && { label: "Reply in thread", act: () => pane.openThread(message.ts, true) },
      message.user !== BOT && { label: "Use as draft", act: () => this.shortcut(message) },
      mine && { label: "Edit message", act: () => this.edit(message) },
      mine && { label: "Delete message", danger: true, act: () => this.act("delete_message", at) },
    ].filter(Boolean);
    if (!entries.length) return null;
    return h("div", { class: "tools" }, menu("Message actions", entries, { focus: "tools" }));
  }

  async shortcut(message) {
    this.pane.acted(message);
    const at = { user: this.pane.user, channel: this.pane.channel, ts: message.ts };
    const { data, error } = await post("/slack/control/shortcut", { ...at, callback_id: "use_as_draft" });
    this.pane.trouble(error ?? data.seen.error);
    await this.pane.refresh();
  }

  async act(doing, body) {
    const { error } = await post(`/slack/control/${doing}`, body);
    this.pane.trouble(error);
    await this.pane.refresh();
    return !error;
  }

  /** The text becomes a field; Enter saves, Escape leaves it as it was. */
  edit(message) {
    const element = this.pane.element.querySelector(`[data-ts="${message.ts}"]`);
    const body = element?.querySelector(".body");
    if (!body) return;
    const field = h("textarea", { rows: 2, "aria-label": "Edit message", value: this.pane.asTyped(message.text) });
    const leave = () => {
      element.signature = undefined;
      this.draw(element, message);
      element.focus();
    };
    field.addEventListener("keydown", async (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        leave();
      } else if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        const text = field.value.trim();
        leave();
        if (text) await this.act("edit_message", { user: this.pane.user, channel: this.pane.channel, ts: message.ts, text });
      }
    });
    body.replaceChildren(field, h("p", { class: "keys" }, "Enter saves, Escape leaves it"));
    field.focus();
  }
}
