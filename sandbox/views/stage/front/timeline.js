// Draws the one clock under all lanes: lifetimes as bars, the attacker's way in as a hatched band, steps as marks.

const percent = (part) => `${(100 * part).toFixed(2)}%`;

function drawTimeline({ picture }) {
  const timeline = picture.timeline;
  if (!timeline) return null;
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
      timeline.rows.map((row) => drawRow(timeline, row)),
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
  return timeline.marks.map((mark) => h("span", { class: "sbx-mark", style: `left: ${percent(mark.at)}`, title: mark.says }, mark.steps));
}

function drawTicks(timeline) {
  return [
    h("div", {}, timeline.ticks.map(([at, label]) => h("span", { class: "sbx-tick", style: `left: ${percent(at)}` }, label))),
    h("div", {}, timeline.breaks.map(([at, label]) => h("span", { class: "sbx-tick low", style: `left: ${percent(at)}` }, `≈ ${label}`))),
  ];
}

/** Hide what would be written over its neighbour: how much room there is, only the page knows. */
function thin(root) {
  for (const each of root.querySelectorAll(".sbx-tick, .sbx-mark")) each.style.visibility = "";
  for (const kind of [".sbx-tick:not(.low)", ".sbx-tick.low", ".sbx-mark"]) {
    let end = -Infinity;
    for (const each of root.querySelectorAll(kind)) {
      const { left, right } = each.getBoundingClientRect();
      if (left < end + 8) each.style.visibility = "hidden";
      else end = right;
    }
  }
}
