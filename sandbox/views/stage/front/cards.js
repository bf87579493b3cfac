// Draws the cards: the question before a step, what surprised, what is to be said at the end, and the keys.

/** Whether the question's card is there: it may have been skipped. */
function isAsked({ controls }) {
  return Boolean(controls.question && (controls.asks || controls.question.locked));
}

/** What came of the last question, in few words above the next one. Why, the lanes say. */
function drawResult(view) {
  const { picture } = view;
  const asked = toldLanes(picture).filter((lane) => lane.result);
  if (!isAsked(view) || !asked.length) return null;
  const said = asked.map((lane) => h("li", { class: lane.surprised ? "surprised" : "" }, h("b", {}, `${lane.mode}: `), lane.result));
  const name = `What came of step ${picture.position}`;
  return h("div", { class: "sbx-panel sbx-result", role: "group", "aria-label": name }, h("h4", {}, name), h("ul", {}, said));
}

function drawQuestion(view) {
  const { controls, about, ui, send } = view;
  const asked = controls.question;
  if (!isAsked(view)) return null;
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
    view.level < 3 && asked.modes.length > 1
      ? h("div", { class: "sbx-bar sbx-quiet" }, "Every mode is asked, though one lane is shown: how they differ is the point. Show:", drawLaneChooser(view))
      : null,
    h("div", { class: "sbx-choices" }, groups),
    h(
      "div", { class: "sbx-bar" }, sure,
      button("lock", "Lock prediction", lock, { class: "main", disabled: !controls.asks, title: "Commit to these answers (L)", "aria-describedby": refusal(view, "lock") }),
      button("skip", "Skip the question", () => send({ do: "skip" }), { disabled: !controls.asks }),
    ),
    drawRefusal(view, "lock"),
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
    : controls.predicted ? h("p", {}, `You predicted ${controls.predicted} ${controls.predicted === 1 ? "answer, and it was" : "answers, and all were"} right.`) : null;
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
    h("p", {}, "They work while the focus is on the stage, and not in a text field. What is pressed with Ctrl, Alt or Cmd is Jupyter's. Tab and Shift+Tab go through all controls."),
    h("table", {}, h("tbody", {}, KEYS.map(([key, does]) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, key)), h("td", {}, does))))),
  ];
}
