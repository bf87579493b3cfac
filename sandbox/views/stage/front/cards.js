// Draws the cards: the question before a step, what surprised, what is to be said at the end, and the keys.

function drawQuestion(view) {
  const { controls, about, ui, send } = view;
  const asked = controls.question;
  if (!asked || !(controls.asks || asked.locked)) return null; // or it was skipped
  const locked = asked.locked;
  const lock = () => send({ do: "predict", choices: ui.choices, confidence: ui.confidence });
  const name = (mode) => `${view.id}-${mode}`;
  const pick = (mode, choice) =>
    h("input", {
      type: "radio", name: name(mode), value: choice, "data-key": `choice ${mode} ${choice}`,
      checked: (locked || ui.choices)[mode] === choice, disabled: !controls.asks, onchange: () => (ui.choices[mode] = choice),
    });
  const groups = asked.modes.map((mode) =>
    h("fieldset", {}, h("legend", {}, mode), asked.choices.map((choice) => h("label", {}, pick(mode, choice), ` ${choice}`))),
  );
  const sure = h(
    "label", {}, "How sure are you? ",
    h(
      "select", { "data-key": "confidence", disabled: !controls.asks, onchange: (event) => (ui.confidence = event.target.value) },
      h("option", { value: "" }, "not said"),
      about.confidences.map((each) => h("option", { value: each, selected: each === ui.confidence }, each)),
    ),
  );
  const said = locked ? `Locked: ${Object.entries(locked).map(([mode, choice]) => `${mode} ${choice}`).join(", ")}. Press Next to run the step and see.` : "";
  return h(
    "div", { class: "sbx-panel sbx-ask", role: "group", "aria-label": "Predict first" },
    h("h4", {}, "Predict first"),
    h("p", { class: "sbx-quiet" }, `Next step: ${controls.next}`),
    h("p", { class: "sbx-question" }, asked.text),
    asked.before ? h("p", { class: "sbx-quiet" }, "You were asked this before, and it surprised you.") : null,
    h("div", { class: "sbx-choices" }, groups),
    h(
      "div", { class: "sbx-bar" }, sure,
      button("lock", "Lock prediction", lock, { class: "main", disabled: !controls.asks, title: "Commit to these answers (L)" }),
      button("skip", "Skip the question", () => send({ do: "skip" }), { disabled: !controls.asks }),
    ),
    said ? h("p", { class: "sbx-locked" }, said) : null,
  );
}

function drawEnd(view) {
  const { picture, controls, send } = view;
  if (!controls.finished) return null;
  const surprises = picture.surprises.map((each) =>
    h(
      "li", {},
      h("b", {}, `Step ${each.step}, ${each.mode}: `), `you said ${each.said}; it turned out: ${each.happened}.`,
      each.hint ? ` Remember: ${each.hint}.` : "",
    ),
  );
  const list = surprises.length
    ? [h("h4", {}, "What surprised you"), h("ul", {}, surprises), button("again", "Ask me again", () => send({ do: "ask_again" }))]
    : null;
  const more = picture.afterwards.map((line) => h("p", {}, line));
  if (!list && !more.length) return null;
  return h("div", { class: "sbx-panel", role: "group", "aria-label": "Afterwards" }, list, more);
}

const KEYS = [
  ["N", "next step"], ["B", "back"], ["P", "play, and pause"], ["R", "reset"], ["L", "lock the prediction"],
  ["M, F", "show more, show less"], ["C", "to the clock's first button (level 4)"], ["W", "to the first arrow on the wire; Tab goes on, Enter opens"],
  ["?", "this list"], ["Escape", "close what is open"],
];

function drawKeys(view) {
  return [
    h("div", {}, h("h4", { tabindex: "-1", "data-key": "inspector title" }, "What the keys do"), h("div", { class: "sbx-bar" }, button("close", "Close", () => view.close(), { class: "main" }))),
    h("p", {}, "They work while the focus is on the stage, and not in a text field. Tab and Shift+Tab go through all controls."),
    h("table", {}, h("tbody", {}, KEYS.map(([key, does]) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, key)), h("td", {}, does))))),
  ];
}
