// Block Kit as elements: blocks of messages, dialogs and Home. What a press does is given by whoever shows them.

import { h, menu } from "/dom.js";

/** `press(element, {value, selected})` is called for buttons and menus; it returns when the app has answered. */
export class Blocks {
  constructor(words, { press, confirm }) {
    this.words = words;
    this.press = press;
    this.confirm = confirm;
  }

  all(blocks) {
    return blocks.map((block, n) => this.block(block, n));
  }

  block(block, n) {
    switch (block.type) {
      case "header":
        return h("h3", { class: "b-header" }, this.words.text(block.text));
      case "divider":
        return h("hr", {});
      case "context":
        return h("div", { class: "b-context" }, block.elements.map((one) => (one.type === "image" ? this.image(one, "small") : h("span", {}, this.words.text(one)))));
      case "image":
        return h("figure", { class: "b-image" }, block.title && h("figcaption", {}, this.words.text(block.title)), this.image(block));
      case "section":
        return this.section(block, n);
      case "actions":
        return h("div", { class: "b-actions" }, block.elements.map((one) => this.element(one, n)));
      case "rich_text":
        return h("div", { class: "b-rich" }, this.words.rich(block.elements));
      case "alert":
        return h("div", { class: "b-alert", role: "note" }, this.words.text(block.text));
      default:
        return h("p", { class: "b-context" }, `(a ${block.type} block)`);
    }
  }

  section(block, n) {
    const fields = block.fields && h("div", { class: "b-fields" }, block.fields.map((one) => h("div", {}, this.words.text(one))));
    return h(
      "div",
      { class: "b-section" },
      h("div", { class: "b-text" }, block.text && h("p", {}, this.words.text(block.text)), fields),
      block.accessory && h("div", { class: "b-accessory" }, this.element(block.accessory, n)),
    );
  }

  image(one, size) {
    const src = one.slack_file ? `/slack/files/${one.slack_file.id}` : one.image_url;
    const picture = h("img", { src, alt: one.alt_text, class: size, loading: "lazy", referrerpolicy: "no-referrer" });
    picture.addEventListener("error", () => picture.replaceWith(h("span", { class: "b-context" }, one.alt_text)));
    return picture;
  }

  element(one, n) {
    const focus = one.action_id ?? `${one.type}:${n}`;
    if (one.type === "image") return this.image(one);
    if (one.type === "button") return this.button(one, focus);
    if (one.type === "overflow") {
      const entries = one.options.map((option) => ({
        label: this.words.text(option.text),
        act: (opener) => {
          if (option.url) open(option.url, "_blank", "noreferrer");
          this.sure(one, opener, () => this.press(one, { selected: option.value }));
        },
      }));
      return menu("More", entries, { focus });
    }
    if (one.options || one.option_groups) {
      const select = choices(one, this.words);
      select.dataset.focus = focus;
      select.addEventListener("change", () => this.press(one, { selected: select.value }));
      return select;
    }
    return h("span", { class: "b-context" }, `(a ${one.type})`);
  }

  button(one, focus) {
    const label = this.words.text(one.text);
    const props = { type: "button", class: one.style ?? "plain", "data-focus": focus, "aria-label": one.accessibility_label };
    if (one.url) {
      const link = this.words.link(one.url, "");
      link.className = "button";
      link.dataset.focus = focus;
      link.replaceChildren(...label);
      link.addEventListener("click", () => this.press(one, { value: one.value, quiet: true }));
      return link;
    }
    const button = h("button", props, label);
    button.addEventListener("click", () =>
      this.sure(one, button, async () => {
        if (button.getAttribute("aria-busy")) return;
        button.setAttribute("aria-busy", "true");
        await this.press(one, { value: one.value });
        button.removeAttribute("aria-busy");
      }),
    );
    return button;
  }

  sure(one, opener, act) {
    if (one.confirm) this.confirm(one.confirm, opener, act);
    else act();
  }
}

/** A select with an element's options, the initial or given one chosen. */
export function choices(one, words, chosen = one.initial_option?.value) {
  const option = (each) => h("option", { value: each.value, selected: each.value === chosen }, words.text(each.text));
  const groups = one.option_groups?.map((group) => h("optgroup", { label: group.label.text }, group.options.map(option)));
  const select = h("select", {}, !chosen && h("option", { value: "", selected: true, disabled: true }, one.placeholder?.text ?? "Choose…"), groups ?? one.options.map(option));
  select.setAttribute("aria-label", one.placeholder?.text ?? "Choose");
  return select;
}
