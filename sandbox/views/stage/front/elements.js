// Makes elements. Text is always text: nothing that was sent over the wire is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, listeners (`onclick`) and children: elements, texts, or nothing. */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "open") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Whether what is typed goes into this element. */
function isTyping(element) {
  return /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) && element.type !== "radio";
}

/** Jupyter heeds this mark at the element in focus. To it, B is a new cell; but Ctrl+S is its own, unless it edits a text. */
function markKey(event) {
  const chord = event.ctrlKey || event.metaKey || event.altKey;
  const own = !chord || (isTyping(event.target) && /^[acvxyz]$/i.test(event.key));
  event.target.toggleAttribute("data-lm-suppress-shortcuts", own);
}

/** A button. `key` finds it again when all is drawn anew, so that the focus stays. */
function button(key, label, onclick, attributes) {
  return h("button", { type: "button", "data-key": key, onclick, ...attributes }, label);
}

/** Words for who listens, which nobody sees. */
function spoken(text) {
  return text ? h("span", { class: "sbx-spoken" }, text) : null;
}

/** What was refused, at the control that asked for it. */
function drawRefusal({ id, controls }, key) {
  return controls.problem_at === key ? h("p", { id: `${id}-refusal`, class: "sbx-refusal" }, `⚠ ${controls.problem}`) : null;
}

/** The id of the words at this control that say what was refused; null where nothing was. */
function refusal({ id, controls }, key) {
  return controls.problem_at === key ? `${id}-refusal` : null;
}

/** One credential. Its fate is a border, a line through it, and a word: never colour alone. */
function chip(each, owner, extra) {
  return h(
    "span",
    { class: `sbx-chip ${owner} ${each.fate} ${extra || ""}`, title: each.says, "data-chip": each.name },
    each.name,
    spoken(each.fate === "good" ? "" : ` (${FATES[each.fate]})`),
  );
}

const FATES = { expired: "expired", ended: "ended by the server", foreign: "no answer here handed it out" };
