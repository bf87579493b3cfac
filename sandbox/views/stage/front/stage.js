// The stage: draws the player's picture, and draws it anew whenever it changes. What is shown is what the kernel sent.

function render({ model, el }) {
  const root = h("div", { class: "sbx-stage", role: "region", tabindex: "-1" }); // a click anywhere on it gives it the keys
  const status = h("p", { class: "sbx-status-line", role: "status", tabindex: "-1" });
  const head = h("div", {});
  const main = h("div", { class: "sbx-main", "aria-busy": "false" });
  const dialog = h("dialog", { class: "sbx-dialog", "aria-label": "Inspector" });
  root.append(head, status, main, dialog);
  el.append(root);

  const number = document.querySelectorAll(".sbx-stage").length; // this one among them
  const id = `sbx-${Math.random().toString(36).slice(2, 10)}`; // each stage has its own copy of this module
  const ui = { choices: {}, confidence: "", pace: PACES[1][1], drafts: {}, taken: {}, allSwitches: false };
  let timer = null;
  let asked = "";
  let busy = false;
  let shown = "";
  let opener = null;
  let waiting = null;

  /** What takes a while is done once: until it is, a second click comes too soon; what was typed waits. */
  const send = (wish, { waits = false } = {}) => {
    const quick = model.get("about").quick.includes(wish.do);
    if (busy && waits) waiting = wish;
    if (busy && !quick) return;
    try {
      model.send({ ...wish, view: id, position: wish.position ?? model.get("picture").position });
    } catch {
      say("⚠ The kernel does not answer, or was restarted: run the cell again.");
      return;
    }
    if (!quick) rest(false);
  };
  const rest = (resting) => {
    busy = !resting;
    main.setAttribute("aria-busy", String(busy));
  };
  const set = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  /** In the dialog while it is open: what lies below it is neither seen nor heard. */
  const say = (text) => {
    const line = (dialog.open && dialog.querySelector("[role=status]")) || status;
    if (line.textContent !== text) line.textContent = text;
  };
  const view = {
    id, ui, send, set, say, drawing: false,
    close: () => dialog.close(),
    help: () => open("Keys", drawKeys(view)),
    pace: (seconds) => {
      ui.pace = seconds;
      if (timer) view.play(true);
    },
    play: (on) => {
      if (!on && timer === null) return;
      if (on && view.controls.asks) return ask();
      clearTimeout(timer);
      timer = on ? setTimeout(() => send({ do: "step" }), 0) : null;
      draw();
    },
    showAllSwitches: (on) => {
      if (ui.allSwitches === on) return;
      ui.allSwitches = on;
      draw();
    },
  };

  function draw() {
    const picture = model.get("picture");
    const controls = model.get("controls");
    if (controls.working) return say(where({ picture, controls })); // all else stays as it is, the focus too
    Object.assign(view, { picture, controls, about: model.get("about"), level: model.get("level"), lane: model.get("lane"), playing: timer !== null });
    const question = controls.question ? `${picture.position} ${controls.question.text}` : "";
    if (question !== asked) [asked, ui.choices, ui.confidence] = [question, {}, ""];
    if (!busy) forgetTaken(view);
    const focused = root.contains(document.activeElement) ? found(document.activeElement) : null;
    const opened = new Map([...main.querySelectorAll("details[data-key]")].map((each) => [each.dataset.key, each.open]));
    const before = lying(main);

    view.drawing = true;
    root.setAttribute("aria-label", `Stage ${number}: ${picture.title}`);
    head.replaceChildren(
      h("div", { class: "sbx-title" }, h("h3", {}, picture.title), h("p", {}, controls.story), h("p", { class: "sbx-quiet" }, picture.about)),
      drawSteps(view),
    );
    main.replaceChildren(
      ...[
        drawResult(view), drawQuestion(view), drawRail(view), drawClock(view), drawHeading(view), drawLanes(view), drawReason(view),
        view.level > 3 ? [drawTimeline(view), drawSwitches(view)] : null,
        drawEnd(view),
      ].flat(3).filter(Boolean),
    );
    for (const each of main.querySelectorAll("details[data-key]")) {
      if (opened.has(each.dataset.key)) each.open = opened.get(each.dataset.key);
    }
    view.drawing = false;
    arrange(main);
    refocus(focused);
    const drawn = JSON.stringify(picture);
    if (drawn !== shown) fly(main, before);
    shown = drawn;
    say(controls.problem ? `⚠ ${controls.problem}` : controls.notice || where(view));
  }

  /** How to find again what has the focus: it, or what comes in its place; and where in its text one is. */
  function found(element) {
    const { key, then } = element.dataset;
    return { key, then, caret: element.selectionStart ?? null };
  }

  function refocus(focused) {
    if (!focused?.key || dialog.open) return;
    const keyed = [focused.key, focused.then].filter(Boolean).map((key) => root.querySelector(`[data-key="${CSS.escape(key)}"]`));
    const same = keyed.find((each) => each && !each.disabled);
    if (same) {
      same.focus({ preventScroll: true });
      if (focused.caret !== null && same.setSelectionRange) same.setSelectionRange(focused.caret, focused.caret);
      return;
    }
    const next = root.querySelector('[data-key="next"]:not(:disabled)') || root.querySelector(".sbx-ask input:not(:disabled)");
    (next || root.querySelector(".sbx-step") || status).focus({ preventScroll: true }); // nothing that undoes something
  }

  /** After a step of Play, the next one in a while; it stops at a question, at the end, and where something went wrong. */
  function goOn() {
    if (timer === null || busy) return;
    clearTimeout(timer);
    const stop = view.controls.asks || view.controls.finished || view.controls.problem;
    timer = stop ? null : setTimeout(() => send({ do: "step" }), ui.pace * 1000);
    if (stop) draw();
  }

  function open(name, content) {
    if (!root.isConnected) return;
    view.play(false);
    opener = dialog.open || !root.contains(document.activeElement) ? opener : found(document.activeElement);
    dialog.setAttribute("aria-label", name);
    dialog.replaceChildren(...content.flat(3).filter(Boolean), h("p", { class: "sbx-status-line", role: "status" }));
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("[data-key='inspector title']").focus();
  }

  /** A question holds the next step back: say so, and go to it. */
  function ask() {
    say("Predict first, or skip.");
    root.querySelector(".sbx-ask input:not(:disabled)")?.focus();
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || dialog.open) return;
    const press = (key) => root.querySelector(`[data-key="${key}"]:not(:disabled)`)?.click();
    const to = (selector) => root.querySelector(selector)?.focus();
    const does = {
      n: () => (view.controls.asks ? ask() : press("next")), b: () => press("back"), p: () => press("play"), r: () => press("reset"), l: () => press("lock"),
      m: () => press("more"), f: () => press("less"), c: () => to('[data-key="advance 60"]'), w: () => to(".sbx-arrow button"),
      "?": () => view.help(),
    }[event.key.toLowerCase()];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  }

  const changed = () => {
    draw();
    goOn();
  };
  const heard = () => {
    rest(!model.get("controls").working);
    if (busy || !waiting) return;
    const wish = waiting;
    waiting = null;
    send(wish);
  };
  const marked = (event) => root.contains(event.target) && markKey(event);
  const received = (message) => message.inspection && message.view === id && open("Inspector", drawInspection(view, message));
  const widths = new ResizeObserver(() => arrange(main));
  root.addEventListener("keydown", pressed);
  window.addEventListener("keydown", marked, true); // before Jupyter, which listens at the document
  dialog.addEventListener("close", () => refocus(opener));
  widths.observe(main);
  model.on("change:controls", heard);
  model.on("change", changed);
  model.on("msg:custom", received);
  draw();
  return () => {
    clearTimeout(timer);
    widths.disconnect();
    window.removeEventListener("keydown", marked, true);
    model.off("change:controls", heard);
    model.off("change", changed);
    model.off("msg:custom", received);
  };
}

function drawHeading({ picture }) {
  if (!picture.position) return null;
  return h("h4", { class: "sbx-step", tabindex: "-1", "data-key": "heading" }, `${picture.position}. ${picture.steps[picture.position - 1]}`);
}

function drawReason(view) {
  const reason = sharedReason(view);
  return [reason ? h("p", { class: "sbx-reason" }, reason) : null, view.picture.source ? h("p", { class: "sbx-quiet" }, `Source: ${view.picture.source}`) : null];
}

function where({ picture, controls }) {
  const step = picture.position ? `Step ${picture.position}: ${picture.steps[picture.position - 1]}.` : "Before the first step.";
  const here = controls.flip ? `${step} ${controls.flip.says}` : step;
  if (controls.working) return `${here} Working: ${controls.working} ...`;
  if (controls.finished) {
    const ends = Object.values(picture.lanes).filter((lane) => lane.verdict).map((lane) => `${lane.mode}: ${lane.verdict}`);
    return `${here} The end. ${ends.join(". ")}`;
  }
  return `${here} ${controls.asks ? "First a question" : "Next"}: ${controls.asks ? controls.question.text : `${controls.next}.`}`;
}

export default { render };
