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

/** The steps that have run: a click turns to that page. */
function drawRail({ picture, controls, send }) {
  if (!picture.steps.length) return null;
  const pages = picture.steps.map((title, at) =>
    h(
      "li", {},
      button(`page ${at + 1}`, [h("b", {}, String(at + 1)), h("span", {}, ` ${title}`)], () => send({ do: "turn_to", position: at + 1 }), {
        "aria-current": at + 1 === picture.position ? "step" : null, title,
      }),
    ),
  );
  return h("ol", { class: "sbx-rail", "aria-label": "Steps so far" }, pages);
}

function drawClock(view) {
  const { picture, controls, send } = view;
  const field = h("input", { type: "number", min: "0", step: "any", "data-key": "minutes", id: `${view.id}-minutes`, value: view.ui.minutes, oninput: (event) => (view.ui.minutes = event.target.value) });
  const move = () => send({ do: "advance", seconds: Number.parseFloat(field.value) * 60 });
  return h(
    "div", { class: "sbx-bar sbx-clock", role: "group", "aria-label": "Clock" },
    h("span", {}, "Simulated clock: ", h("b", {}, picture.clock), picture.since ? ` (${picture.since})` : ""),
    view.level < 4 ? null : [
      ADVANCES.map(([name, seconds]) => button(`advance ${seconds}`, name, () => send({ do: "advance", seconds }), { "aria-label": `Move the clock: ${name}` })),
      h("span", { class: "sbx-together" }, h("label", { for: `${view.id}-minutes` }, "minutes "), field, button("advance", "Move", move, {})),
    ],
  );
}

function drawSwitches(view) {
  const { controls, about, ui } = view;
  const others = Object.keys(about.switches).filter((name) => !controls.levers.includes(name));
  const all = h(
    "details",
    { open: ui.allSwitches, "data-key": "all switches", ontoggle: (event) => view.showAllSwitches(event.target.open) },
    h("summary", {}, `All switches, and the presets (now ${controls.preset})`),
    ui.allSwitches ? [drawPreset(view), h("div", { class: "sbx-switches" }, others.map((name) => drawSwitch(view, name)))] : null,
  );
  return h(
    "div", { class: "sbx-panel", role: "group", "aria-label": "Switches" },
    h("h4", {}, controls.levers.length ? "Switches that matter here" : "Switches"),
    h("p", { class: "sbx-quiet" }, "Flip one: the story is played anew up to here, and what changed is marked."),
    h("div", { class: "sbx-switches few" }, controls.levers.map((name) => drawSwitch(view, name))),
    all,
  );
}

function drawPreset(view) {
  const { about, controls, send } = view;
  return h(
    "label", { class: "sbx-preset" }, "Preset ",
    h(
      "select", { "data-key": "preset", onchange: (event) => send({ do: "preset", preset: event.target.value }) },
      about.presets.map((name) => h("option", { value: name, selected: name === controls.preset }, name)),
    ),
  );
}

function drawSwitch(view, name) {
  const { about, controls } = view;
  const { kind, choices, does, cost, source, hint } = about.switches[name];
  const value = controls.values[name];
  const id = `${view.id}-${name}`;
  const flip = (to) => view.send({ do: "switch", name, value: to });
  const shared = { id, "data-key": `switch ${name}`, "aria-describedby": `${id}-says` };
  const made = {
    flag: () => h("button", { ...shared, type: "button", role: "switch", "aria-checked": String(value), "aria-label": name, class: "sbx-flag", onclick: () => flip(!value) }, value ? "on" : "off"),
    choice: () => h("select", { ...shared, onchange: (event) => flip(event.target.value) }, choices.map((each) => h("option", { value: each, selected: each === value }, each))),
  };
  const typed = () => h("input", { ...shared, type: "text", size: 9, value: String(value), placeholder: hint, onchange: (event) => flip(event.target.value.trim()) });
  return h(
    "div", { class: `sbx-switch ${kind}` },
    h("label", { for: id }, name),
    (made[kind] || typed)(),
    h("p", { id: `${id}-says`, class: "sbx-quiet" }, `${does} Cost: ${cost} `, h("span", { class: "sbx-cite" }, source), hint ? ` (${hint})` : ""),
  );
}
