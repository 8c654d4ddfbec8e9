// Dialogs: what stands open for one person, its fields, sending and closing it; and small questions before a press.

import { h, whenChanged } from "/dom.js";
import { post } from "/net.js";
import { Blocks, choices } from "/blocks.js";

export class Dialogs {
  constructor(pane, words) {
    this.pane = pane;
    this.words = words;
    this.layer = h("div", { class: "layer", hidden: true });
    this.typed = new Map(); // view id -> {block|action: value}
    this.opener = null;
    this.blocks = new Blocks(words, {
      press: async (element, { value, selected }) => {
        const body = { user: pane.user, view_id: this.view.id, action_id: element.action_id, value, selected };
        const { error, data } = await post("/slack/control/press_in_view", body);
        pane.trouble(error ?? data.seen.error);
      },
      confirm: (...all) => this.ask(...all),
    });
    this.layer.addEventListener("keydown", (event) => this.key(event));
  }

  /** Shows the dialog on top of the stack, or none. */
  show(views) {
    const view = views.at(-1) ?? null;
    if (this.asking) return;
    const was = this.view;
    this.view = view;
    if (!view) {
      if (!was) return;
      this.layer.signature = undefined;
      this.layer.hidden = true;
      this.layer.replaceChildren();
      this.typed.clear();
      this.backTo();
      return;
    }
    if (!was) this.remember();
    const mine = !was ? this.pane.element.contains(document.activeElement) : this.layer.contains(document.activeElement);
    this.layer.hidden = false;
    const changed = whenChanged(this.layer, `${view.id} ${view.hash}`, () => [this.drawn(view)]);
    if (changed && mine) this.first();
  }

  /** Who opens a dialog gets the focus back: by message and name, since messages are drawn anew. */
  remember() {
    const active = document.activeElement;
    if (!this.pane.element.contains(active) || (this.opener && !active.dataset.focus)) return;
    const message = active.closest("[data-ts]");
    this.opener = { ts: message?.dataset.ts, name: active.dataset.focus };
  }

  backTo() {
    const active = document.activeElement;
    if (active !== document.body && !this.layer.contains(active)) return;
    const { ts, name } = this.opener ?? {};
    const message = ts && this.pane.element.querySelector(`[data-ts="${ts}"]`);
    const button = name && [...(message ?? this.pane.element).querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === name);
    (button ?? message ?? this.pane.home())?.focus({ preventScroll: true });
    this.opener = null;
  }

  first() {
    const target = this.layer.querySelector("textarea, input, select") ?? this.layer.querySelector("button.primary, button");
    target?.focus();
    if (target?.setSelectionRange) target.setSelectionRange(target.value.length, target.value.length);
  }

  drawn(view) {
    const title = h("h3", { id: `title-${view.id}` }, this.words.text(view.title));
    const form = h("form", { class: "fields", novalidate: true });
    this.fields = [];
    for (const [n, block] of view.blocks.entries()) form.append(block.type === "input" ? this.field(block, view) : this.blocks.block(block, n));
    const close = h("button", { type: "button", class: "plain", onclick: () => this.close(), "data-focus": "close" }, this.words.text(view.close ?? { text: "Close" }));
    const send = view.submit && h("button", { type: "submit", class: "primary", "data-focus": "submit" }, this.words.text(view.submit));
    this.wrong = h("p", { class: "wrong", role: "alert", hidden: true });
    form.append(this.wrong, h("div", { class: "ends" }, send && h("span", { class: "keys" }, "Ctrl Enter sends"), close, send));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(view, send);
    });
    const loading = view.callback_id === "loading" ? h("div", { class: "loading", role: "status", "aria-label": "Loading" }) : null;
    return h("div", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": title.id, tabindex: "-1" }, h("header", {}, title), loading, form);
  }

  field(block, view) {
    const { element, block_id: blockId } = block;
    const kept = this.typed.get(view.id)?.[`${blockId}|${element.action_id}`];
    const state = view.state?.values?.[blockId]?.[element.action_id];
    const id = `f-${this.pane.number}-${blockId}`;
    const marked = { id, "data-focus": id, "aria-describedby": `${id}-says` };
    let control;
    if (element.options || element.option_groups) {
      control = choices(element, this.words, kept ?? state?.selected_option?.value ?? element.initial_option?.value);
      control.removeAttribute("aria-label");
      for (const [name, value] of Object.entries(marked)) control.setAttribute(name, value);
    } else if (element.type === "file_input") {
      control = this.chooser(element, marked);
    } else {
      const value = kept ?? state?.value ?? element.initial_value ?? "";
      const most = element.max_length ?? 3000;
      control = h(element.multiline ? "textarea" : "input", { ...marked, value, maxlength: most, rows: element.multiline ? (block.optional ? 2 : 6) : null, placeholder: element.placeholder?.text, dir: "auto" });
    }
    const says = h("p", { class: "says", id: `${id}-says` }, block.hint ? this.words.text(block.hint) : "");
    if (element.type !== "file_input") control.addEventListener("input", () => {
      const typed = this.typed.get(view.id) ?? {};
      typed[`${blockId}|${element.action_id}`] = control.value;
      this.typed.set(view.id, typed);
    });
    this.fields.push({ blockId, action: element.action_id, control, says, hint: says.textContent });
    const optional = block.optional && h("small", {}, " (optional)");
    return h("div", { class: "field" }, h("label", { for: id }, this.words.text(block.label), optional), control, says);
  }

  /** Chooses files: they go to the workspace at once, and the dialog is sent with their ids. */
  chooser(element, marked) {
    const accept = (element.filetypes ?? []).map((ending) => `.${ending}`).join(",");
    const control = h("input", { ...marked, type: "file", multiple: (element.max_files ?? 10) > 1, accept });
    control.chosen = [];
    control.addEventListener("change", async () => {
      const chosen = [];
      for (const file of control.files) {
        const bytes = new Uint8Array(await file.arrayBuffer());
        let text = "";
        for (const byte of bytes) text += String.fromCharCode(byte);
        const { data, error } = await post("/slack/control/share", { user: this.pane.user, name: file.name, body: btoa(text) });
        if (error) this.fault(error);
        else chosen.push(data.seen);
      }
      control.chosen = chosen;
    });
    return control;
  }

  async submit(view, button) {
    if (!button || button.getAttribute("aria-busy")) return;
    const values = {};
    for (const { blockId, action, control } of this.fields) (values[blockId] ??= {})[action] = control.chosen ?? (control.value === "" ? null : control.value);
    button.setAttribute("aria-busy", "true");
    const { data, error } = await post("/slack/control/submit", { user: this.pane.user, view_id: view.id, values });
    button.removeAttribute("aria-busy");
    const seen = data?.seen ?? {};
    this.fault(error ?? seen.error);
    for (const { blockId, control, says, hint } of this.fields) {
      const wrong = seen.errors?.[blockId];
      says.textContent = wrong ?? hint;
      says.classList.toggle("wrong", Boolean(wrong));
      control.setAttribute("aria-invalid", String(Boolean(wrong)));
    }
    this.fields.find(({ blockId }) => seen.errors?.[blockId])?.control.focus();
    if (seen.closed) this.pane.submitted();
    this.pane.refresh();
  }

  fault(sentence) {
    this.wrong.hidden = !sentence;
    this.wrong.textContent = sentence ?? "";
  }

  async close() {
    const { error } = await post("/slack/control/close_view", { user: this.pane.user, view_id: this.view.id });
    if (error) this.fault(error);
    await this.pane.refresh(); // shows none, and the focus goes back; the next dialog may stand there by now
  }

  key(event) {
    const inside = this.layer.querySelector("[role=dialog], [role=alertdialog]");
    if (event.key === "Escape") {
      event.stopPropagation();
      if (this.asking) this.asking(false);
      else this.close();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      inside.querySelector("form")?.requestSubmit();
    } else if (event.key === "Tab") {
      const all = [...inside.querySelectorAll("a[href], button, input, select, textarea")].filter((one) => !one.disabled && one.offsetParent && one.tabIndex >= 0);
      const at = all.indexOf(document.activeElement);
      const to = event.shiftKey ? (at <= 0 ? all.length - 1 : null) : at === all.length - 1 || at < 0 ? 0 : null;
      if (to === null) return;
      event.preventDefault();
      all[to]?.focus();
    }
  }

  /** "Are you sure?" of a button, in Block Kit's words; over a dialog it stands in its place until answered. */
  ask(confirm, opener, act) {
    const id = `ask-${this.pane.number}`;
    const before = [...this.layer.childNodes];
    const done = (yes) => {
      this.asking = null;
      this.layer.replaceChildren(...before);
      this.layer.hidden = before.length === 0;
      (opener.isConnected ? opener : this.pane.home()).focus();
      if (yes) act();
    };
    this.asking = done;
    const yes = h("button", { type: "button", class: confirm.style ?? "primary", onclick: () => done(true) }, this.words.text(confirm.confirm));
    const no = h("button", { type: "button", class: "plain", onclick: () => done(false) }, this.words.text(confirm.deny));
    const title = h("h3", { id }, this.words.text(confirm.title));
    const question = h("div", { class: "dialog small", role: "alertdialog", "aria-modal": "true", "aria-labelledby": id }, h("header", {}, title), h("p", {}, this.words.text(confirm.text)), h("div", { class: "ends" }, no, yes));
    this.layer.hidden = false;
    this.layer.replaceChildren(question);
    no.focus();
  }
}
