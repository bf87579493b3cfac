// Moves chips to where they newly lie, from where they came. Without motion where the reader wants none.

const MOVES = 600; // real milliseconds

/** Where each chip lies before the page is drawn anew: `lane place name`, as one key each. */
function lying(root) {
  return new Set([...root.querySelectorAll("[data-lies] [data-chip]")].map(lyingKey));
}

function lyingKey(element) {
  const place = element.closest("[data-lies]");
  return `${place.dataset.lies} ${element.dataset.chip}`;
}

/** Let every chip that was not there before fly in: from the arrow that brought it, or from the one it is a copy of. */
function fly(root, before) {
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const element of root.querySelectorAll("[data-lies] [data-chip]")) {
    if (before.has(lyingKey(element)) || !element.animate) continue;
    const lane = element.closest(".sbx-lane");
    const name = element.dataset.chip;
    const sources = [...lane.querySelectorAll(`[data-chip="${CSS.escape(name)}"]`)].filter((each) => each !== element);
    const source = sources.find((each) => each.closest(".sbx-arrow")) || sources[0];
    if (!source) continue;
    const from = source.getBoundingClientRect();
    const to = element.getBoundingClientRect();
    element.animate(
      [{ transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)` }, { transform: "none" }],
      { duration: MOVES, easing: "ease-in-out" },
    );
  }
  for (const element of root.querySelectorAll(".sbx-arrow [data-chip].moves")) {
    if (!element.animate) continue;
    const way = element.parentElement.getBoundingClientRect().width / 2;
    const left = element.closest(".sbx-arrow").classList.contains("leftwards") !== element.classList.contains("back");
    element.animate([{ transform: `translate(${left ? way : -way}px, 0)` }, { transform: "none" }], { duration: MOVES });
  }
}
