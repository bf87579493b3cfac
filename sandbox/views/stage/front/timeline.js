// Draws the one clock under all lanes: lifetimes as bars, the attacker's way in as a hatched band, steps as marks.

const percent = (part) => `${(100 * part).toFixed(2)}%`;

function drawTimeline({ picture }) {
  const timeline = picture.timeline;
  if (!timeline) return null;
  const rows = timeline.rows.filter((row) => picture.lanes[row.mode].applies);
  return h(
    "div", { class: "sbx-panel sbx-timeline", role: "group", "aria-label": "One clock" },
    h("h4", {}, "One clock"),
    h(
      "p", { class: "sbx-legend sbx-quiet" },
      h("span", { class: "sbx-sample" }), " solid: a credential, until it ends  ",
      h("span", { class: "sbx-sample hatched" }), " hatched: Mallory gets in  ",
      "≈ the scale breaks",
    ),
    h(
      "div", { class: "sbx-tracks", "aria-hidden": "true" },
      h("div", { class: "sbx-track marks" }, h("span", { class: "sbx-track-name" }, "step"), h("div", { class: "sbx-way" }, drawMarks(timeline))),
      rows.map((row) => drawRow(timeline, row)),
      h("div", { class: "sbx-track ticks" }, h("span", { class: "sbx-track-name" }), h("div", { class: "sbx-way" }, drawTicks(timeline))),
    ),
    h(
      "details", { "data-key": "timeline words" },
      h("summary", {}, "The clock in words"),
      h("ul", {}, timeline.says.map((line) => h("li", {}, line)), timeline.marks.map((mark) => h("li", {}, mark.says))),
    ),
  );
}

function drawRow(timeline, row) {
  const kinds = [...new Set(row.bars.map((bar) => bar.name))];
  const bars = row.bars.map((bar) => drawBar(bar, "bar", kinds.indexOf(bar.name)));
  const bands = row.bands.map((band) => drawBar(band, "hatched", kinds.length));
  const lines = Math.max(1, kinds.length + (row.bands.length ? 1 : 0));
  return h(
    "div", { class: "sbx-track" },
    h("span", { class: "sbx-track-name" }, row.mode),
    h(
      "div", { class: "sbx-way", style: `height: ${lines * 16 + 4}px` },
      timeline.breaks.map(([at]) => h("span", { class: "sbx-break", style: `left: ${percent(at)}` }, "≈")),
      bars, bands,
      h("span", { class: "sbx-now", style: `left: ${percent(timeline.now)}` }),
    ),
  );
}

function drawBar(bar, kind, line) {
  const width = Math.max(bar.right - bar.left, 0.006);
  return h(
    "span",
    {
      class: `sbx-span ${kind} ${bar.open ? "open" : ""}`, title: bar.says,
      style: `left: ${percent(bar.left)}; width: ${percent(width)}; top: ${line * 16 + 2}px`,
    },
    width > 0.12 ? h("span", {}, kind === "bar" ? bar.name : "gets in", bar.open ? " → no end" : "") : bar.open ? h("span", {}, "→") : null,
  );
}

function drawMarks(timeline) {
  return timeline.marks.map((mark) => h("span", { class: `sbx-mark ${mark.now ? "now" : ""}`, style: `left: ${percent(mark.at)}`, title: mark.says }, mark.steps));
}

function drawTicks(timeline) {
  return [
    h("div", {}, timeline.ticks.map(([at, label]) => h("span", { class: `sbx-tick ${at === timeline.now ? "now" : ""}`, style: `left: ${percent(at)}` }, label))),
    h("div", {}, timeline.breaks.map(([at, label]) => h("span", { class: "sbx-tick low", style: `left: ${percent(at)}` }, `≈ ${label}`))),
  ];
}

const LINE = 20; // CSS pixels from one line of marks to the next
const GAP = 6; // CSS pixels between two labels

/** No label stands on another: how much room there is, only the page knows. No step is left out; of moments, some are. */
function arrange(root) {
  for (const kind of [".sbx-tick:not(.low)", ".sbx-tick.low"]) {
    const labels = [...root.querySelectorAll(kind)];
    const lines = linesOf(labels);
    labels.forEach((each, at) => (each.style.visibility = lines[at] ? "hidden" : ""));
  }
  const marks = [...root.querySelectorAll(".sbx-mark")];
  const lines = linesOf(marks);
  marks.forEach((each, at) => (each.style.bottom = `${lines[at] * LINE}px`));
  if (marks.length) marks[0].parentElement.style.height = `${(Math.max(...lines) + 1) * LINE}px`;
}

/** For each label, the first line from 0 on which there is room for it. The current moment's comes first, on line 0. */
function linesOf(labels) {
  const boxes = labels.map((each) => each.getBoundingClientRect());
  const taken = [];
  const found = [];
  const inOrder = [...labels.keys()].sort((one, two) => labels[two].matches(".now") - labels[one].matches(".now"));
  for (const at of inOrder) {
    const free = (line) => line.every((other) => boxes[at].left >= other.right + GAP || boxes[at].right + GAP <= other.left);
    const line = taken.findIndex(free);
    found[at] = line < 0 ? taken.length : line;
    (taken[found[at]] ||= []).push(boxes[at]);
  }
  return found;
}
