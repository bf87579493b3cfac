// Draws what can be pressed: steps, play, levels, the clock, the switches. Each does one thing to the player.

const PACES = [["slowly", 8], ["at leisure", 4], ["fast", 1.5]]; // real seconds between two steps
const ADVANCES = [["+1 min", 60], ["+15 min", 900], ["+1 h", 3600], ["+1 d", 86400], ["+7 d", 604800]]; // simulated seconds

function drawSteps(view) {
  const { controls, picture, playing } = view;
  const stuck = controls.finished || controls.asks;
  return h(
    "div", { class: "sbx-bar", role: "group", "aria-label": "Steps" },
    button("back", "Back", () => view.send({ do: "back" }), { disabled: !picture.position, title: "Show the step before (B)" }),
    button("next", "Next", () => view.send({ do: "step" }), { class: "main", disabled: stuck, title: "Run or show the next step (N)" }),
    button("play", playing ? "Pause" : "Play", () => view.play(!playing), { disabled: controls.finished, title: "Run by itself, and stop at questions (P)" }),
    h(
      "label", {}, spoken("Pace of Play"),
      h(
        "select", { "data-key": "pace", onchange: (event) => view.pace(Number(event.target.value)) },
        PACES.map(([name, seconds]) => h("option", { value: String(seconds), selected: seconds === view.ui.pace }, name)),
      ),
    ),
    button("run", "Run all", () => view.send({ do: "run" }), { disabled: controls.finished, title: "Go to the end, without asking" }),
    button("reset", "Reset", () => view.send({ do: "reset" }), { title: "Begin anew on a fresh server (R)" }),
    h("span", { class: "sbx-gap" }),
    button("less", "Show less", () => view.set("level", view.level - 1), { disabled: view.level <= 1, title: "One level less (F)" }),
    h("span", { class: "sbx-quiet" }, `level ${view.level} of 4`),
    button("more", "Show more", () => view.set("level", view.level + 1), { disabled: view.level >= 4, title: "One level more (M)" }),
    button("keys", "Keys", () => view.help(), { title: "What the keys do (?)" }),
  );
}

/** A field that keeps what is typed in it when all is drawn anew. Enter takes it. */
function drawField(view, key, value, take, attributes) {
  const { drafts } = view.ui;
  const wrong = refusal(view, key);
  const described = [attributes["aria-describedby"], wrong].filter(Boolean).join(" ");
  const entered = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    take();
  };
  return h("input", {
    ...attributes, "data-key": key, value: drafts[key] ?? value, "aria-invalid": wrong && "true", "aria-describedby": described || null,
    oninput: (event) => (drafts[key] = event.target.value), onkeydown: entered,
  });
}

/** The steps that have run: a click turns to that page. */
function drawRail({ picture, controls, send }) {
  if (!picture.steps.length) return null;
  const pages = picture.steps.map((title, at) =>
    h(
      "li", {},
      button(`page ${at + 1}`, [h("b", {}, String(at + 1)), h("span", {}, ` ${title}`)], () => send({ do: "turn_to", position: at + 1 }), {
        "aria-current": at + 1 === picture.position ? "step" : null, "aria-label": `${at + 1} ${title}`, title,
      }),
    ),
  );
  return h("ol", { class: "sbx-rail", "aria-label": "Steps so far" }, pages);
}

function drawClock(view) {
  const { picture, controls, send } = view;
  const move = () => send({ do: "advance", seconds: Number.parseFloat(field.value) * 60 }, { waits: true });
  const field = drawField(view, "minutes", "30", move, { type: "number", min: "0", step: "any", id: `${view.id}-minutes` });
  return h(
    "div", { class: "sbx-bar sbx-clock", role: "group", "aria-label": "Clock" },
    h("span", {}, "Simulated clock: ", h("b", {}, picture.clock), picture.since ? ` (${picture.since})` : ""),
    view.level < 4 ? null : [
      ADVANCES.map(([name, seconds]) => button(`advance ${seconds}`, name, () => send({ do: "advance", seconds }), { "aria-label": `Move the clock: ${name}` })),
      h("span", { class: "sbx-together" }, h("label", { for: `${view.id}-minutes` }, "minutes "), field, button("advance", "Move", move, {})),
      drawRefusal(view, "minutes"),
    ],
  );
}

function drawSwitches(view) {
  const { controls, about, ui } = view;
  const others = Object.keys(about.switches).filter((name) => !controls.levers.includes(name));
  const all = h(
    "details",
    { open: ui.allSwitches, "data-key": "all switches", ontoggle: (event) => view.showAllSwitches(event.target.open) },
    h("summary", { "data-key": "all switches title" }, `All switches, and the presets (now ${controls.preset})`),
    ui.allSwitches ? [drawPreset(view), h("div", { class: "sbx-switches" }, others.map((name) => drawSwitch(view, name)))] : null,
  );
  return h(
    "div", { class: "sbx-panel", role: "group", "aria-label": "Switches" },
    h("h4", {}, controls.levers.length ? "Switches that matter here" : "Switches"),
    h("p", { class: "sbx-quiet" }, "Flip one: the story is played anew up to here, and what changed is marked."),
    controls.flip ? h("p", { class: "sbx-flip" }, controls.flip.says) : null,
    h("div", { class: "sbx-switches few" }, controls.levers.map((name) => drawSwitch(view, name))),
    drawBackToPreset(view),
    all,
  );
}

/** A chooser can't choose again what is chosen: this undoes the flips. */
function drawBackToPreset({ controls, send }) {
  const { preset, flipped, levers } = controls;
  if (!flipped.length) return null;
  const back = () => send({ do: "preset", preset });
  return h(
    "div", { class: "sbx-bar" },
    button("to preset", `Back to the preset ${preset}`, back, { "data-then": levers.length ? `switch ${levers[0]}` : "all switches title" }),
    h("span", { class: "sbx-quiet" }, `Flipped now: ${flipped.join(", ")}`),
  );
}

function drawPreset(view) {
  const { about, controls, send } = view;
  const wrong = refusal(view, "preset");
  return h(
    "label", { class: "sbx-preset" }, "Preset ",
    h(
      "select", { "data-key": "preset", "aria-invalid": wrong && "true", "aria-describedby": wrong, onchange: (event) => send({ do: "preset", preset: event.target.value }) },
      about.presets.map((name) => h("option", { value: name, selected: name === controls.preset }, name)),
    ),
    drawRefusal(view, "preset"),
  );
}

function drawSwitch(view, name) {
  const { about, controls } = view;
  const { kind, choices, does, cost, source, hint } = about.switches[name];
  const value = controls.values[name];
  const id = `${view.id}-${name}`;
  const key = `switch ${name}`;
  const wrong = refusal(view, key);
  const flip = (to) => view.send({ do: "switch", name, value: to });
  const shared = { id, "data-key": key, "aria-invalid": wrong && "true", "aria-describedby": [`${id}-says`, wrong].filter(Boolean).join(" ") };
  const made = {
    flag: () => h("button", { ...shared, type: "button", role: "switch", "aria-checked": String(value), "aria-label": name, class: "sbx-flag", onclick: () => flip(!value) }, value ? "on" : "off"),
    choice: () => h("select", { ...shared, onchange: (event) => flip(event.target.value) }, choices.map((each) => h("option", { value: each, selected: each === value }, each))),
  };
  const typed = () => drawTyped(view, name, { id, "aria-describedby": `${id}-says`, type: "text", size: 9, placeholder: hint });
  return h(
    "div", { class: `sbx-switch ${kind}` },
    h("label", { for: id }, name),
    (made[kind] || typed)(),
    drawRefusal(view, key),
    h("p", { id: `${id}-says`, class: "sbx-quiet" }, `${does} Cost: ${cost} `, h("span", { class: "sbx-cite" }, source), hint ? ` (${hint})` : ""),
  );
}

/** A time or a number. Enter takes it, and leaving the field too, unless it has just been refused. */
function drawTyped(view, name, attributes) {
  const { taken } = view.ui;
  const key = `switch ${name}`;
  const value = String(view.controls.values[name]);
  const take = () => {
    taken[key] = field.value;
    view.send({ do: "switch", name, value: field.value.trim() }, { waits: true });
  };
  const field = drawField(view, key, value, take, attributes);
  field.addEventListener("blur", () => {
    const left = !view.drawing && document.activeElement !== field; // not by drawing anew, nor with the whole window
    if (left && field.value.trim() !== value && field.value !== taken[key]) take();
  });
  return field;
}

/** Forget what was typed once it has been taken; what was refused stays to be mended. */
function forgetTaken({ ui, controls }) {
  for (const key of Object.keys(ui.taken)) {
    if (controls.problem_at === key) continue;
    delete ui.taken[key];
    delete ui.drafts[key];
  }
}
