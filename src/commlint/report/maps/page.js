"use strict";

// Everything shown is set as text, never read as markup: names come from sources that nobody vouches for.

const data = JSON.parse(document.getElementById("data").textContent);
const { services, links, edges, chains, rings } = data;
const byId = (id) => document.getElementById(id);
const stage = byId("stage");
const panel = byId("panel");

const outgoing = services.map(() => []); // edges by their service
const incoming = services.map(() => []);
const linksFrom = services.map(() => []);
const linksTo = services.map(() => []);
for (const edge of edges) {
  outgoing[edge.source].push(edge);
  if (edge.target !== null) incoming[edge.target].push(edge);
}
links.forEach((link, at) => {
  link.at = at;
  for (const number of link.edges) edges[number].link = link;
  linksFrom[link.source].push(link);
  linksTo[link.target].push(link);
});
const unresolved = outgoing.map((list) => list.filter((edge) => edge.target === null));

// What the reader has asked for. A choice is {kind: "service" | "link" | "chain" | "ring", at: number}.
const state = { choice: null, over: null, terms: [], shown: new Set(["sync", "event", "outside"]) };

// --- Making elements ---

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { label, ...plain } = properties;
  Object.assign(element, plain);
  if (label !== undefined) element.setAttribute("aria-label", label);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

function draw(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function counted(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

// A list that shows its first items and has the others at hand.
function listing(items, show, limit = 40) {
  const list = make("ul", {}, ...items.slice(0, limit).map(show));
  if (items.length > limit) {
    const more = make("button", { type: "button", className: "more" }, `Show ${items.length - limit} more`);
    more.addEventListener("click", () => {
      more.remove();
      list.append(...items.slice(limit).map(show));
    });
    return [list, more];
  }
  return [list];
}

function section(title, number, children, open = true) {
  if (number === 0) return null;
  const heading = make("summary", {}, title, " ", make("span", { className: "tally" }, String(number)));
  return make("details", { open }, heading, ...children);
}

function button(text, act, className = "") {
  const element = make("button", { type: "button", className }, text);
  element.addEventListener("click", act);
  return element;
}

// A line of the panel that leads somewhere, and shows on the map where before it is taken.
function row(choice, ...children) {
  const element = make("button", { type: "button", className: "row" }, ...children);
  element.addEventListener("click", () => choose(choice, true));
  element.addEventListener("pointerenter", () => hover(choice));
  element.addEventListener("pointerleave", () => hover(null));
  return make("li", {}, element);
}

// A long name, which may be broken after a sign between its words.
function broken(text) {
  return text.split(/(?<=[/.:_-])/).flatMap((part, number) => (number ? [document.createElement("wbr"), part] : [part]));
}

function place(text) {
  return make("div", { className: "place" }, ...broken(text));
}

function path(text) {
  return make("code", {}, ...broken(text));
}

// Text with `code` in it.
function worded(text) {
  return text.split(/`([^`]+)`/).map((part, number) => (number % 2 ? make("code", {}, part) : part));
}

function method(name) {
  return make("span", { className: `method ${/^[A-Z]+$/.test(name) ? name : "ANY"}` }, name === "*" ? "ANY" : name);
}

function serviceButton(at) {
  return button(services[at].name, () => choose({ kind: "service", at }, true), "name");
}

// --- The map ---

const nodeOf = services.map((service, at) => {
  const missing = unresolved[at].length;
  const about = service.external
    ? "outside"
    : [counted(service.endpoints.length, "endpoint"), service.depth > 1 ? `${service.depth} deep` : ""]
        .filter(Boolean)
        .join(" · ");
  const worst = service.findings.length ? service.findings[0].severity : "";
  const said = [service.name, about];
  if (missing) said.push(`${counted(missing, "call")} unresolved`);
  if (worst) said.push(counted(service.findings.length, "finding"));
  const node = make(
    "button",
    { type: "button", className: "node", tabIndex: -1, title: service.name, label: said.join(", ") },
    make("span", { className: "title" }, ...broken(service.name)),
    make("span", { className: "about" }, about),
    missing ? make("span", { className: "missing", title: `${counted(missing, "call")} unresolved` }, `? ${missing}`) : null,
    worst
      ? make(
          "span",
          { className: `badge ${worst}`, title: counted(service.findings.length, "finding") },
          String(service.findings.length),
        )
      : null,
  );
  node.classList.toggle("external", service.external);
  node.dataset.depth = Math.min(service.depth, 4);
  [node.style.left, node.style.top] = service.at.map((length) => `${length}px`);
  [node.style.width, node.style.height] = data.box.map((length) => `${length}px`);
  node.addEventListener("click", () => choose({ kind: "service", at }));
  node.addEventListener("pointerenter", () => hover({ kind: "service", at }));
  node.addEventListener("pointerleave", () => hover(null));
  node.addEventListener("focus", () => {
    for (const other of nodeOf) other.tabIndex = other === node ? 0 : -1;
    reveal([at]);
  });
  node.addEventListener("keydown", (event) => step(event, at));
  return node;
});

// Level inside columns, curved between them; a bow beside the column, or above the box, where both ends are there.
function trace(route, loop) {
  const [first, ...rest] = route;
  let line = `M${first[0]} ${first[1]}`;
  let [x, y] = first;
  for (const [nextX, nextY] of rest) {
    const middle = (x + nextX) / 2;
    if (loop) line += `C${x} ${y - 26} ${nextX} ${nextY - 26} ${nextX} ${nextY}`;
    else if (x === nextX) {
      const bow = x + Math.min(24 + Math.abs(nextY - y) / 8, 64);
      line += `C${bow} ${y} ${bow} ${nextY} ${nextX} ${nextY}`;
    } else if (y === nextY) line += `L${nextX} ${nextY}`;
    else line += `C${middle} ${y} ${middle} ${nextY} ${nextX} ${nextY}`;
    [x, y] = [nextX, nextY];
  }
  return line;
}

const lineOf = links.map((link, at) => {
  const look = link.ring ? "ring" : link.kind;
  const d = trace(link.route, link.source === link.target);
  const line = draw("path", { class: "line", d, "marker-end": `url(#tip-${look})` });
  line.style.setProperty("--thick", `${Math.min(1.3 + Math.log2(link.edges.length) * 0.4, 3.5)}px`);
  const hit = draw("path", { class: "hit", d });
  const group = draw("g", { class: `link ${link.kind}${link.ring ? " ring" : ""}` });
  group.append(line, hit);
  group.addEventListener("pointerenter", () => {
    const ends = `${services[link.source].name} → ${services[link.target].name}`;
    byId("tip").textContent = `${ends}: ${counted(link.edges.length, link.kind === "event" ? "event" : "call")}`;
    byId("tip").hidden = false;
    hover({ kind: "link", at });
  });
  group.addEventListener("pointerleave", () => {
    byId("tip").hidden = true;
    hover(null);
  });
  group.addEventListener("click", () => choose({ kind: "link", at }));
  return group;
});

function drawMap() {
  const canvas = byId("links");
  canvas.setAttribute("width", data.width);
  canvas.setAttribute("height", data.height);
  canvas.append(...lineOf);
  // Left to right, top to bottom, as one would read them.
  const order = services.map((_, at) => at).sort((a, b) => services[a].at[0] - services[b].at[0] || services[a].at[1] - services[b].at[1]);
  byId("nodes").append(...order.map((at) => nodeOf[at]));
  if (order.length) nodeOf[order[0]].tabIndex = 0;
  else stage.append(make("p", { className: "nothing" }, "No services were found."));
  stage.classList.toggle("few", links.length <= 40);
  stage.style.setProperty("--calm", Math.min(Math.max(5.5 / Math.sqrt(links.length), 0.28), 0.62)); // many lines, each faint
  links.forEach((link, at) => {
    if (link.edges.length < 2) return;
    const line = lineOf[at].firstChild;
    const middle = line.getPointAtLength(line.getTotalLength() / 2);
    const number = draw("text", { class: "number", x: middle.x, y: middle.y + 4 });
    number.textContent = link.edges.length;
    lineOf[at].append(number);
  });
}

function isShown(link) {
  const outside = services[link.source].external || services[link.target].external;
  return state.shown.has(link.kind) && (state.shown.has("outside") || !outside);
}

// All services from one on along calls, and the links on the way; events reach their consumers and go no further.
function stream(start, follow, end) {
  const reached = new Set();
  const passed = new Set();
  const waiting = [start];
  while (waiting.length) {
    const at = waiting.pop();
    for (const link of follow[at]) {
      if (!isShown(link) || (link.kind === "event" && at !== start)) continue;
      passed.add(link);
      const next = link[end];
      if (link.kind === "event") reached.add(next);
      else if (!reached.has(next) && next !== start) {
        reached.add(next);
        waiting.push(next);
      }
    }
  }
  return [reached, passed];
}

// What a choice lights up: services above and below it, those that are meant, and links.
function light(choice) {
  const lit = { up: new Set(), down: new Set(), meant: new Set(), links: new Set() };
  if (choice === null) {
    if (!state.terms.length) return null;
    const { hosts, endpoints, calls } = search();
    if (!hosts.length && !endpoints.length && !calls.length) return null;
    for (const at of hosts) lit.meant.add(at);
    for (const [at] of endpoints) lit.meant.add(at);
    for (const edge of calls) {
      lit.meant.add(edge.source);
      if (edge.link) {
        lit.meant.add(edge.target);
        lit.links.add(edge.link);
      }
    }
  } else if (choice.kind === "service") {
    lit.meant.add(choice.at);
    let above, below;
    [lit.up, above] = stream(choice.at, linksTo, "source");
    [lit.down, below] = stream(choice.at, linksFrom, "target");
    for (const link of [...above, ...below]) lit.links.add(link);
  } else {
    for (const link of linksOf(choice)) {
      lit.links.add(link);
      lit.meant.add(link.source).add(link.target);
    }
    if (choice.kind === "chain") for (const hop of chains[choice.at]) lit.meant.add(hop.source);
  }
  return lit;
}

function linksOf(choice) {
  if (choice.kind === "link") return [links[choice.at]];
  const pairs =
    choice.kind === "chain"
      ? chains[choice.at].map((hop) => [hop.source, hop.target])
      : rings[choice.at].map((at, number, ring) => [at, ring[(number + 1) % ring.length]]);
  return pairs
    .map(([source, target]) => linksFrom[source].find((link) => link.kind === "sync" && link.target === target))
    .filter(Boolean);
}

function paint() {
  const choice = state.over ?? state.choice;
  const lit = light(choice);
  const near = (link) => choice === null || choice.kind !== "service" || [link.source, link.target].includes(choice.at);
  stage.classList.toggle("focused", lit !== null);
  nodeOf.forEach((node, at) => {
    node.hidden = services[at].external && !state.shown.has("outside");
    node.classList.toggle("up", lit !== null && lit.up.has(at));
    node.classList.toggle("down", lit !== null && lit.down.has(at));
    node.classList.toggle("meant", lit !== null && lit.meant.has(at));
    const chosen = state.choice !== null && state.choice.kind === "service" && state.choice.at === at;
    node.classList.toggle("chosen", chosen);
    node.setAttribute("aria-pressed", chosen);
  });
  lineOf.forEach((group, at) => {
    group.classList.toggle("hidden", !isShown(links[at]));
    group.classList.toggle("lit", lit !== null && lit.links.has(links[at]));
    group.classList.toggle("near", near(links[at]));
  });
}

function hover(choice) {
  state.over = choice;
  paint();
}

// A reader who chooses in the panel is shown the place on the map; one who chooses on the map sees it already.
function choose(choice, show = false) {
  state.choice = choice;
  state.over = null;
  paint();
  fill();
  if (choice !== null && show) {
    const lit = light(choice);
    reveal([...(choice.kind === "service" ? [choice.at] : lit.meant)]);
  }
}

// --- The panel ---

function fill() {
  const { choice } = state;
  const content = choice === null ? (state.terms.length ? results() : overview()) : PAGES[choice.kind](choice);
  const held = panel.contains(document.activeElement);
  panel.replaceChildren(...content.filter(Boolean));
  if (held) panel.focus({ preventScroll: true });
  byId("said").textContent = panel.querySelector("h2, .kind")?.textContent ?? "";
  const marked = panel.querySelector(".marked");
  panel.scrollTop = 0;
  if (marked) marked.scrollIntoView({ block: "center" });
}

function head(kind, ...title) {
  const back = button(state.terms.length ? "← Results" : "← Overview", () => choose(null), "back");
  return [back, make("p", { className: "kind" }, kind), make("h2", {}, ...title)];
}

function callItem(edge, mark) {
  return make(
    "li",
    { className: edge === mark ? "call marked" : "call" },
    make("div", { className: "what" }, method(edge.method), path(edge.path), edge.guarded ? make("span", { className: "guarded" }, "guarded") : null),
    place(edge.place),
    edge.handler ? place(`→\u00a0${edge.handler}`) : null,
    edge.client ? place(`sent at ${edge.client}`) : null,
    edge.why ? make("div", { className: "why" }, ...worded(edge.why)) : null,
  );
}

// Calls by the service at their other end.
function callGroups(list, end) {
  const groups = new Map();
  for (const edge of list) {
    const key = `${edge.kind} ${edge[end]}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(edge);
  }
  return [...groups.values()].map((group) => {
    const { link } = group[0];
    const title = make("div", { className: `group ${link.kind}` }, serviceButton(link[end]));
    const show = counted(group.length, link.kind === "event" ? "event" : "call");
    title.append(button(show, () => choose({ kind: "link", at: link.at }, true), "tally"));
    return make("div", {}, title, ...listing(group, (edge) => callItem(edge)));
  });
}

function endpointItem(at, number, mark) {
  const endpoint = services[at].endpoints[number];
  const callers = incoming[at].filter((edge) => edge.serves === number);
  const what = [method(endpoint.method), path(endpoint.path)];
  const where = place(endpoint.place || "known from a document only");
  const className = number === mark ? "marked" : "";
  if (!callers.length) return make("li", { className }, make("div", { className: "what" }, ...what), where);
  const tally = make("span", { className: "tally", title: counted(callers.length, "call") }, `← ${callers.length}`);
  const items = callers.map((edge) =>
    make("li", {}, serviceButton(edge.source), place(edge.place)),
  );
  const summary = make("summary", { className: "what" }, ...what, tally);
  return make("li", { className }, make("details", { open: number === mark }, summary, make("ul", {}, ...items)), where);
}

function findingItem(finding) {
  return make(
    "li",
    { className: "finding" },
    make("div", { className: "what" }, make("span", { className: `severity ${finding.severity}` }, finding.severity), finding.rule),
    make("div", {}, ...worded(finding.message)),
    place(finding.place),
  );
}

function servicePage({ at, endpoint, edge }) {
  const service = services[at];
  const known = outgoing[at].filter((it) => it.target !== null);
  const [calls, sent] = [known.filter((it) => it.kind === "sync"), known.filter((it) => it.kind === "event")];
  const [callers, heard] = [incoming[at].filter((it) => it.kind === "sync"), incoming[at].filter((it) => it.kind === "event")];
  const heads = chains.flatMap((chain, number) => (chain[0].source === at ? [number] : []));
  return [
    ...head(service.external ? "Service outside" : "Service", service.name),
    service.root ? place(service.root) : null,
    service.hosts.length ? make("p", { className: "hosts" }, "reached as ", ...service.hosts.flatMap((host, number) => [number ? ", " : "", path(host)])) : null,
    section("Findings", service.findings.length, listing(service.findings, findingItem)),
    section("Unresolved calls", unresolved[at].length, listing(unresolved[at], (it) => callItem(it, edge))),
    section("Endpoints", service.endpoints.length, listing(service.endpoints, (_, number) => endpointItem(at, number, endpoint), endpoint === undefined ? 40 : Infinity)),
    service.complete || service.external ? null : make("p", { className: "remark" }, "There may be endpoints that were not found."),
    section("Calls", calls.length, callGroups(calls, "target")),
    section("Sends events", sent.length, callGroups(sent, "target")),
    section("Called by", callers.length, callGroups(callers, "source")),
    section("Receives events", heard.length, callGroups(heard, "source")),
    section("Chains from here", heads.length, listing(heads, chainItem)),
    section("Why it is a service", service.reasons.length, listing(service.reasons, (reason) => make("li", {}, reason)), false),
  ];
}

function linkPage({ at, edge }) {
  const link = links[at];
  const event = link.kind === "event";
  const list = link.edges.map((number) => edges[number]);
  return [
    ...head(event ? "Events" : "Calls", serviceButton(link.source), " → ", serviceButton(link.target)),
    link.ring ? make("p", { className: "remark ring" }, "Part of a ring: these services wait for each other.") : null,
    section(event ? "Events" : "Calls", list.length, listing(list, (it) => callItem(it, edge), edge ? Infinity : 100)),
  ];
}

function chainPage({ at }) {
  const chain = chains[at];
  const hops = chain.map((hop) => {
    const item = callItem(hop);
    item.prepend(make("div", { className: "group sync" }, serviceButton(hop.source), " → ", hop.target === null ? "?" : serviceButton(hop.target)));
    return item;
  });
  return [
    ...head("Chain", `${services[chain[0].source].name} ${chain[0].endpoint}`),
    make("p", {}, `Waits for ${counted(chain.length, "call")}, one inside the other:`),
    make("ol", { className: "hops" }, ...hops),
  ];
}

function ringPage({ at }) {
  const list = linksOf({ kind: "ring", at }).flatMap((link) => link.edges.map((number) => edges[number]));
  return [
    ...head("Ring", ringText(rings[at])),
    make("p", { className: "remark ring" }, "Each of these services waits for the next: one that is slow or down stops them all."),
    ...callGroups(list, "target"),
  ];
}

const PAGES = { service: servicePage, link: linkPage, chain: chainPage, ring: ringPage };

function ringText(ring) {
  return [...ring, ring[0]].map((at) => services[at].name).join(" → ");
}

function chainItem(at) {
  const chain = chains[at];
  const way = [chain[0].source, ...chain.map((hop) => hop.target)].map((other) => (other === null ? "?" : services[other].name));
  const depth = make("span", { className: "depth", title: `${chain.length} deep` }, String(chain.length));
  depth.dataset.depth = Math.min(chain.length, 4);
  const text = make("span", {}, path(chain[0].endpoint), place(way.join(" → ")));
  return row({ kind: "chain", at }, depth, text);
}

function serviceItem(at) {
  const service = services[at];
  const worst = service.findings.length ? service.findings[0].severity : "";
  return row(
    { kind: "service", at },
    make("span", { className: service.external ? "grow faded" : "grow" }, service.name),
    unresolved[at].length ? make("span", { className: "missing" }, `? ${unresolved[at].length}`) : "",
    worst ? make("span", { className: `badge ${worst}` }, String(service.findings.length)) : "",
    make("span", { className: "tally" }, service.external ? "outside" : counted(service.endpoints.length, "endpoint")),
  );
}

function overview() {
  const sync = edges.filter((edge) => edge.kind === "sync");
  const outside = sync.filter((edge) => edge.target !== null && services[edge.target].external).length;
  const missing = edges.filter((edge) => edge.target === null).length;
  const findings = services.reduce((total, service) => total + service.findings.length, 0);
  const figures = [
    [services.filter((service) => !service.external).length, "services"],
    [sync.filter((edge) => edge.target !== null).length - outside, "internal calls"],
    [outside, "external calls"],
    [edges.length - sync.length, "events"],
    [missing, "unresolved"],
    ...(data.judged ? [[findings, "findings"]] : []),
  ];
  return [
    make("dl", { className: "figures" }, ...figures.map(([number, word]) => make("div", {}, make("dt", {}, word), make("dd", {}, String(number))))),
    section("Rings", rings.length, listing(rings, (ring, at) => row({ kind: "ring", at }, make("span", { className: "sample ring" }), ringText(ring)))),
    section("Deepest chains", chains.length, listing(chains, (_, at) => chainItem(at), 8)),
    section("Services", services.length, listing(services, (_, at) => serviceItem(at), 100)),
    legend(),
  ];
}

function legend() {
  const sample = (look, text) => make("li", {}, make("span", { className: `sample ${look}` }), text);
  const list = make(
    "ul",
    { className: "legend" },
    sample("sync", "a call: somebody waits for the answer"),
    sample("event", "an event: nobody waits"),
    rings.length ? sample("ring", "part of a ring of calls") : "",
    sample("external", "a service outside this system"),
    ...(chains.length ? [sample("deep-2", "two calls wait one inside the other"), sample("deep-3", "three"), sample("deep-4", "four or more")] : []),
    sample("missing", "calls whose target is not known"),
    data.judged ? sample("error", "findings, in the colour of the worst") : "",
    sample("up", "waits for the chosen service, or sends it events"),
    sample("down", "the chosen service waits for it, or sends it events"),
    sample("up down", "both of these"),
  );
  const keys = make("p", { className: "remark" }, "Keys: / searches, arrows go from service to service, + − 0 zoom, Esc goes back.");
  return make("details", { open: true }, make("summary", {}, "Legend"), list, keys);
}

// --- Search ---

const has = (text) => state.terms.every((term) => text.includes(term));
const serviceTexts = services.map((it) => [it.name, it.root, ...it.hosts].join(" ").toLowerCase());
const endpointTexts = services.map((it) => it.endpoints.map((end) => `${end.method} ${end.path} ${end.place}`.toLowerCase()));
const edgeTexts = edges.map((it) => `${it.method} ${it.path} ${it.place} ${it.client} ${it.why}`.toLowerCase());

function search() {
  return {
    hosts: services.flatMap((_, at) => (has(serviceTexts[at]) ? [at] : [])),
    endpoints: services.flatMap((_, at) => endpointTexts[at].flatMap((text, number) => (has(text) ? [[at, number]] : []))),
    calls: edges.filter((_, number) => has(edgeTexts[number])),
  };
}

function results() {
  const { hosts, endpoints, calls } = search();
  const total = hosts.length + endpoints.length + calls.length;
  return [
    make("p", { className: "kind" }, total ? `${total} found` : "Nothing found"),
    section("Services", hosts.length, listing(hosts, serviceItem)),
    section(
      "Endpoints",
      endpoints.length,
      listing(endpoints, ([at, number]) => {
        const endpoint = services[at].endpoints[number];
        const text = make("span", {}, path(endpoint.path), place(services[at].name));
        return row({ kind: "service", at, endpoint: number }, method(endpoint.method), text);
      }),
    ),
    section(
      "Calls",
      calls.length,
      listing(calls, (edge) => {
        const choice = edge.link ? { kind: "link", at: edge.link.at, edge } : { kind: "service", at: edge.source, edge };
        const ends = `${services[edge.source].name} → ${edge.target === null ? "?" : services[edge.target].name}`;
        const text = make("span", {}, path(edge.path), place(`${ends}, ${edge.place}`));
        return row(choice, method(edge.method), text);
      }),
    ),
  ];
}

byId("search").addEventListener("input", (event) => {
  state.terms = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  choose(null);
});
byId("search").addEventListener("keydown", (event) => {
  const first = event.key === "Enter" && panel.querySelector(".row");
  if (first) first.click();
});

// --- Looking around ---

const view = { x: 0, y: 0, scale: 1 };

function move() {
  byId("world").style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  // Lines and names can be told from afar, too.
  stage.style.setProperty("--finest", Math.max(0.55 / view.scale, 1));
  stage.style.setProperty("--name", `${Math.min(Math.max(11 / view.scale, 14), 22)}px`);
  stage.classList.toggle("far", view.scale < 0.72);
}

function zoom(factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const scale = Math.min(Math.max(view.scale * factor, 0.08), 3);
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  move();
}

function fit() {
  const [wide, high] = [stage.clientWidth - 72, stage.clientHeight - 72];
  view.scale = Math.max(Math.min(wide / (data.width || 1), high / (data.height || 1), 1.15), 0.08);
  view.x = (stage.clientWidth - data.width * view.scale) / 2;
  view.y = (stage.clientHeight - data.height * view.scale) / 2;
  move();
}

// Moves the map, no more than needed, so that services can be seen.
function reveal(places) {
  if (!places.length) return;
  const lefts = places.map((at) => services[at].at[0]);
  const tops = places.map((at) => services[at].at[1]);
  const box = [Math.min(...lefts), Math.min(...tops), Math.max(...lefts) + data.box[0], Math.max(...tops) + data.box[1]];
  const shift = (low, high, size) => (high - low > size - 80 ? (size - low - high) / 2 : Math.max(40 - low, 0) + Math.min(size - 40 - high, 0));
  view.x += shift(view.x + box[0] * view.scale, view.x + box[2] * view.scale, stage.clientWidth);
  view.y += shift(view.y + box[1] * view.scale, view.y + box[3] * view.scale, stage.clientHeight);
  move();
}

const fingers = new Map(); // pointers that are down, and where
let moved = false;

stage.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || event.target.closest(".zoom")) return;
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  moved = false;
});
stage.addEventListener("pointermove", (event) => {
  const bounds = stage.getBoundingClientRect();
  byId("tip").style.transform = `translate(${event.clientX - bounds.left + 14}px, ${event.clientY - bounds.top + 14}px)`;
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const now = [event.clientX, event.clientY];
  if (!moved && Math.hypot(now[0] - before[0], now[1] - before[1]) < 4) return;
  moved = true;
  stage.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, now);
  const other = [...fingers].find(([id]) => id !== event.pointerId);
  if (other) {
    const [x, y] = other[1];
    const factor = Math.hypot(now[0] - x, now[1] - y) / Math.max(Math.hypot(before[0] - x, before[1] - y), 1);
    zoom(factor, (now[0] + x) / 2 - bounds.left, (now[1] + y) / 2 - bounds.top);
  } else {
    view.x += now[0] - before[0];
    view.y += now[1] - before[1];
    move();
  }
});
for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => fingers.delete(event.pointerId));
// A drag is no click.
stage.addEventListener("click", (event) => { if (moved) event.stopPropagation(); moved = false; }, true);
stage.addEventListener("click", (event) => { if (!event.target.closest(".node, .link, .zoom")) choose(null); });
stage.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    const bounds = stage.getBoundingClientRect();
    const amount = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    zoom(Math.exp(-amount * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - bounds.left, event.clientY - bounds.top);
  },
  { passive: false },
);

// From a service to the nearest one in the direction of an arrow key.
function step(event, at) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way) return;
  event.preventDefault();
  let best = null;
  services.forEach((service, other) => {
    const [x, y] = [service.at[0] - services[at].at[0], service.at[1] - services[at].at[1]];
    const along = x * way[0] + y * way[1];
    const aside = Math.abs(x * way[1]) + Math.abs(y * way[0]);
    if (other === at || along <= 0 || nodeOf[other].hidden || aside > 3 * along) return;
    if (best === null || along + 2 * aside < best.far) best = { far: along + 2 * aside, other };
  });
  if (best !== null) nodeOf[best.other].focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target === byId("search");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (state.choice === null) {
      byId("search").value = "";
      state.terms = [];
    }
    choose(null);
  } else if (typing) return;
  else if (event.key === "/") {
    event.preventDefault();
    byId("search").select();
  } else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "0") fit();
});

byId("nearer").addEventListener("click", () => zoom(1.25));
byId("farther").addEventListener("click", () => zoom(0.8));
byId("fit").addEventListener("click", fit);
byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = getComputedStyle(root).getPropertyValue("color-scheme") === "dark" || (!root.style.colorScheme && matchMedia("(prefers-color-scheme: dark)").matches);
  root.style.colorScheme = dark ? "light" : "dark";
});
for (const box of document.querySelectorAll("fieldset input")) {
  box.addEventListener("change", () => {
    if (box.checked) state.shown.add(box.value);
    else state.shown.delete(box.value);
    paint();
  });
}

const own = services.filter((service) => !service.external).length;
byId("count").textContent = `${counted(own, "service")}, ${counted(edges.length, "call")} and events`;
drawMap();
paint();
fill();
fit();
