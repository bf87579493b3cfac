// Draws one arrow, opened: both messages, what they say, the command line, the server's work and its source.

function drawInspection(view, { inspection, mode, position, number }) {
  const again = (reveal) => view.send({ do: "inspect", mode, position, number, reveal });
  return [
    h(
      "div", {},
      h("h4", { tabindex: "-1", "data-key": "inspector title" }, `${mode} mode, ${capital(inspection.title)}`),
      h("p", { class: "sbx-quiet" }, inspection.when),
      h(
        "div", { class: "sbx-bar" },
        button("close", "Close", () => view.close(), { class: "main" }),
        button("reveal", inspection.revealed ? "Show short names" : "Show full credentials", () => again(!inspection.revealed)),
      ),
    ),
    h(
      "div", { class: "sbx-columns" },
      h("section", {}, h("h5", {}, "Request"), drawMessage("request", inspection.request)),
      h("section", {}, h("h5", {}, "Response"), drawMessage("response", inspection.response)),
    ),
    inspection.credentials.length
      ? h("section", {}, h("h5", {}, "What travels"), inspection.credentials.map(drawCredential))
      : null,
    inspection.cookies.length ? h("section", {}, h("h5", {}, "Cookies it sets"), inspection.cookies.map(drawCookie)) : null,
    h("section", {}, h("h5", {}, "As a command"), drawCurl(view, inspection)),
    h("section", {}, h("h5", {}, `What the server's database did: ${inspection.store}`), inspection.statements.map(drawStatement)),
    inspection.asked.length ? drawAsked(view, inspection.asked) : null,
  ];
}

function drawMessage(name, lines) {
  return h(
    "div", { class: "sbx-message", tabindex: "0", role: "group", "aria-label": name },
    lines.map((line) =>
      h("div", { class: line.why ? "telling" : "" }, h("code", {}, line.text || " "), line.why ? h("span", { class: "sbx-why" }, ` ← ${line.why}`) : null),
    ),
  );
}

function drawCredential(each) {
  const about = `${each.name}, ${each.kind}`;
  if (!each.claims.length) {
    const says = each.kind === "reference token" || each.kind === "refresh token" ? "random: it says nothing by itself" : "";
    return h("p", {}, h("b", {}, about), says ? `: ${says}` : "");
  }
  return h(
    "details", { open: true, "data-key": `claims ${each.name}` },
    h("summary", {}, h("b", {}, about), ": read without any key, for signed is not secret"),
    drawFacts(each.claims),
  );
}

function drawFacts(facts) {
  return h("table", {}, h("tbody", {}, facts.map((fact) => h("tr", {}, h("th", { scope: "row" }, fact.name), h("td", {}, fact.says)))));
}

function drawCookie(cookie) {
  return h("div", {}, h("b", {}, cookie.name), drawFacts(cookie.attributes));
}

function drawCurl(view, inspection) {
  if (!inspection.curl) return h("p", {}, inspection.why_no_curl);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(inspection.curl);
      view.say("Copied. It works against python3 start.py serve.");
    } catch {
      view.say("The browser does not let the stage copy: select the text and copy it by hand.");
    }
  };
  return [
    button("copy", "Copy as curl", copy),
    h(
      "details", { "data-key": "curl" },
      h("summary", {}, "Show it"),
      h("pre", { tabindex: "0", role: "group", "aria-label": "curl commands" }, inspection.curl),
    ),
  ];
}

function drawStatement(each) {
  const table = each.rows.length
    ? h(
        "table", {},
        h("thead", {}, h("tr", {}, each.columns.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, each.rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell))))),
      )
    : null;
  return h("div", { class: "sbx-statement" }, h("code", {}, each.sql), h("p", { class: "sbx-quiet" }, each.says), table && h("div", { class: "sbx-scroll", tabindex: "0", role: "group", "aria-label": "rows" }, table));
}

function drawAsked(view, asked) {
  const levers = view.controls.levers;
  return h(
    "section", {},
    h("h5", {}, "The server's own lines: switches that it asked for this request"),
    asked.map((each) =>
      h(
        "details", { open: levers.includes(each.name), "data-key": `asked ${each.name}` },
        h("summary", {}, h("b", {}, each.name), ` is ${each.value}. ${each.does} `, h("span", { class: "sbx-quiet" }, each.source)),
        each.places.map(drawSource),
      ),
    ),
  );
}

function drawSource(place) {
  return h(
    "figure", { class: "sbx-source" },
    h("figcaption", {}, place.file),
    h(
      "pre", { tabindex: "0", role: "group", "aria-label": `source of ${place.file}` },
      place.lines.map(([number, text, marked]) =>
        h("div", { class: marked ? "marked" : "" }, h("span", { class: "sbx-number" }, `${marked ? "▶" : " "}${String(number).padStart(4)} `), text, marked ? spoken(" (decided by this switch)") : null),
      ),
    ),
  );
}
