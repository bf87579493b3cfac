// Draws one mode's lane: who takes part, what goes over the wire, what lies where, and why.

/** The lanes that this level shows, side by side; a line for one in which the story can't be. */
function drawLanes(view) {
  const { picture, level, lane } = view;
  const shown = Object.values(picture.lanes).filter((each) => level > 2 || each.mode === lane);
  const told = shown.filter((each) => each.applies);
  const chooser = level > 2 || isAsked(view) ? null : drawLaneChooser(view); // else it stands beside the question
  return [
    chooser,
    shown.filter((each) => !each.applies).map(drawAbsent),
    h("div", { class: `sbx-lanes count-${told.length}` }, told.map((each) => drawLane(view, each))),
  ];
}

function drawAbsent(lane) {
  return h("div", { class: "sbx-absent", role: "group", "aria-label": `${lane.mode} mode` }, h("h4", {}, lane.mode), h("p", {}, `does not apply: ${lane.told.join(" ")}`));
}

function drawLaneChooser({ picture, lane, set }) {
  const modes = Object.keys(picture.lanes);
  if (modes.length < 2) return null;
  return h(
    "div", { class: "sbx-bar sbx-choose", role: "group", "aria-label": "Which mode" },
    modes.map((mode) => button(`lane ${mode}`, mode, () => set("lane", mode), { "aria-pressed": String(mode === lane) })),
  );
}

/** Every lane has the same rows, so that they line up across all lanes: empty where there is nothing to say. */
function drawLane(view, lane) {
  const { level, picture } = view;
  const third = lane.attacker || lane.arrows.some((each) => each.actor === "mallory" || each.to === "mallory");
  const running = picture.position;
  const [browsers, server, attacker] = running && level > 1 ? drawKeeps(view, lane) : [];
  return h(
    "div",
    { class: "sbx-lane", role: "group", "aria-label": `${lane.mode} mode` },
    h("div", { class: "sbx-lane-head" }, h("h4", {}, lane.mode), drawVerdict(lane), h("p", { class: "sbx-quiet" }, lane.about)),
    h("div", {}, drawTold(view, lane)),
    h("div", {}, running ? drawWire(view, lane, third) : null),
    h("div", {}, browsers),
    h("div", {}, server),
    h("div", {}, attacker),
    h("div", {}, lane.prediction ? h("p", { class: `sbx-said ${lane.surprised ? "surprised" : ""}` }, lane.prediction) : null),
    h("div", {}, lane.because && !sharedReason(view) ? h("p", {}, lane.because) : null),
  );
}

/** The modes in which the story can be. */
function toldLanes(picture) {
  return Object.values(picture.lanes).filter((lane) => lane.applies);
}

/** Why, where it is the same in every lane that is shown: then it is said once. */
function sharedReason({ picture, level }) {
  const reasons = new Set(toldLanes(picture).map((lane) => lane.because));
  return level > 2 && reasons.size === 1 ? [...reasons][0] : "";
}

/** What is told of the outcome; beside it, what was told before the flip. */
function drawTold({ controls }, lane) {
  if (!lane.told.length) return null;
  const were = controls.flip?.told[lane.mode] || [];
  const was = (line) => (line ? h("span", { class: "sbx-changed" }, `was: ${line}`) : null);
  return h("ul", { class: "sbx-told" }, lane.told.map((line, at) => h("li", { class: were[at] ? "changed" : "" }, line, was(were[at]))));
}

function drawVerdict(lane) {
  if (!lane.verdict) return null;
  const was = lane.verdict_changed ? h("span", { class: "sbx-changed" }, lane.verdict_changed) : null;
  return h("p", { class: `sbx-verdict ${lane.verdict_kind}` }, lane.verdict, was);
}

// Over the wire

function drawWire(view, lane, third) {
  const left = lane.people.length ? lane.people.map(capital).join(", ") : "Alice";
  const heads = [h("span", { class: "alice" }, `${left}'s browser`), h("span", { class: "server" }, "server")];
  if (third) heads.push(h("span", { class: "mallory" }, "Mallory"));
  return h(
    "div", { class: `sbx-wire ${third ? "three" : "two"}` },
    h("div", { class: "sbx-heads", "aria-hidden": "true" }, heads),
    lane.arrows.length
      ? h("ol", { "aria-label": "Over the wire" }, lane.arrows.map((arrow, at) => drawArrow(view, lane, arrow, lane.arrows[at - 1])))
      : h("p", { class: "sbx-quiet sbx-nothing" }, "nothing goes over the wire"),
    lane.untold ? h("p", { class: "sbx-quiet" }, lane.untold) : null,
    lane.gone.length
      ? h("div", { class: "sbx-gone" }, h("b", {}, "gone: "), h("ul", {}, lane.gone.map((line) => h("li", {}, h("s", {}, line)))))
      : null,
  );
}

function drawArrow(view, lane, arrow, before) {
  const mine = arrow.actor === "mallory" ? "mallory" : "alice";
  const small = view.level > 2 && arrow.alike && !arrow.changed;
  const ways = [mine === "mallory" ? "leftwards" : "rightwards", arrow.to === "mallory" ? "wide" : ""];
  const size = small ? "small" : view.level > 2 && toldLanes(view.picture).length > 1 ? "large" : "";
  const stranger = !["mallory", lane.people[0]].includes(arrow.actor) ? `${arrow.actor}: ` : "";
  const often = arrow.count > 1 ? h("span", { class: "sbx-count" }, ` × ${arrow.count}`) : null;
  const call = h("span", { class: "sbx-call" }, stranger + arrow.call, often);
  const kind = arrow.status < 300 ? "let-in" : arrow.status < 400 ? "" : "refused";
  const status = h("span", { class: `sbx-status ${kind}` }, `${arrow.status} ${arrow.reason}`);
  const sent = arrow.sends.map((each) => chip(each, mine, "moves"));
  const got = arrow.gets.map((each) => chip(each, "server", "moves back"));
  const open = () => view.send({ do: "inspect", mode: lane.mode, position: view.picture.position, number: arrow.first });
  const name = `${sentence(arrow)}. Inspect`;
  return h(
    "li", { class: `sbx-arrow ${mine} ${ways.join(" ")} ${size} ${arrow.changed ? "changed" : ""}` },
    h(
      "button",
      { type: "button", "data-key": `arrow ${lane.mode} ${arrow.first}`, onclick: open, "aria-label": name },
      arrow.later && arrow.later !== before?.later ? h("span", { class: "sbx-later" }, arrow.later) : null,
      call,
      h("span", { class: "sbx-line there", "aria-hidden": "true" }, h("span", { class: "sbx-on-line" }, sent)),
      h("span", { class: "sbx-line back", "aria-hidden": "true" }, h("span", { class: "sbx-on-line" }, status, got)),
      arrow.changed ? h("span", { class: "sbx-changed" }, arrow.changed) : null,
    ),
  );
}

/** The same in words. */
function sentence(arrow) {
  const named = (chips) => chips.map((each) => each.name + (each.fate === "good" ? "" : `, ${FATES[each.fate]}`)).join(" and ");
  return [
    `${capital(arrow.actor)}: ${arrow.call}`,
    arrow.sends.length ? `, sends ${named(arrow.sends)}` : "",
    `, answer ${arrow.status} ${arrow.reason}`,
    arrow.gets.length ? `, gets ${named(arrow.gets)}` : "",
    arrow.count > 1 ? `, ${arrow.count} times` : "",
    arrow.later ? `, ${arrow.later}` : "",
    arrow.changed ? `, ${arrow.changed}` : "",
    arrow.alike ? ", the same call and answer in every mode" : "",
  ].join("");
}

// What lies where

function drawKeeps(view, lane) {
  return [
    lane.browsers.map((each) => drawKeeping(lane, each, "alice")),
    drawKeeping(lane, lane.server, "server"),
    lane.attacker && view.level > 2 ? drawKeeping(lane, lane.attacker, "mallory") : null,
  ];
}

function drawKeeping(lane, keeping, owner) {
  return h(
    "div", { class: `sbx-keeping ${owner}`, "data-lies": `${lane.mode} ${keeping.title}` },
    h("h5", {}, keeping.title),
    keeping.things.length
      ? h("ul", {}, keeping.things.map((each) => drawKept(each, owner)))
      : h("p", { class: "sbx-quiet" }, "nothing"),
  );
}

function drawKept(kept, owner) {
  const fates = kept.gone ? ["deleted in this step"] : [...new Set(kept.chips.map((each) => FATES[each.fate]))];
  return h(
    "li", { class: `${kept.gone ? "gone" : ""} ${kept.new || kept.changed ? "changed" : ""}` },
    kept.new ? h("b", {}, "new: ") : null,
    kept.chips.map((each) => chip(each, owner)),
    h("span", { class: "sbx-place" }, kept.place.replace(".", ".\u200b")),
    fates.filter(Boolean).map((fate) => h("span", { class: "sbx-fate" }, fate)),
    kept.says ? h("span", { class: "sbx-quiet" }, kept.says) : null,
    kept.changed ? h("span", { class: "sbx-changed" }, kept.changed) : null,
  );
}

function capital(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
