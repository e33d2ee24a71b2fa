// The console's page. Everything that comes from the site is put in as text, never as markup.
const windowSeconds = 120;
const svgSpace = "http://www.w3.org/2000/svg";
const $ = (selector) => document.querySelector(selector);
let samples = [];
let cuts = [];
let serving = null;
let shownAt = 0;
let state = null;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function shape(name, className, attributes) {
  const made = document.createElementNS(svgSpace, name);
  made.setAttribute("class", className);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const colour = (number) => `c${number % 6}`;
const count = (number) => number >= 100 ? Math.round(number).toLocaleString("en") : String(Math.round(number * 10) / 10);
const duration = (seconds) => seconds < 60 ? `${Math.round(seconds)} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min`
  : seconds < 172800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} days`;
const took = (milliseconds) => milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
const time = (microseconds) => microseconds < 1000 ? `${Math.round(microseconds)} µs` : took(microseconds / 1000);

// A sample that comes after a pause says nothing of the pause: where one is, lines end.
function pieces() {
  const all = [];
  for (const sample of samples) {
    const piece = all.at(-1);
    if (piece && sample.time - piece.at(-1).time < 4) piece.push(sample); else all.push([sample]);
  }
  return all.filter((piece) => piece.length > 1);
}

function frame(svg) {
  svg.setAttribute("viewBox", "0 0 1000 100");
  svg.replaceChildren();
  return (moment) => 1000 * (1 - (shownAt - moment) / windowSeconds);
}

function drawTraffic() {
  const svg = $("#traffic");
  const x = frame(svg);
  const numbers = [...new Set(samples.flatMap((sample) => sample.generations.map((one) => one.number)))].sort((a, b) => a - b);
  const of = (sample, number) => sample.generations.find((one) => one.number === number)?.requests ?? 0;
  const sum = (sample) => sample.generations.reduce((total, one) => total + one.requests, 0);
  const top = Math.max(1, ...samples.map(sum)) * 1.08;
  for (const piece of pieces()) {
    const base = piece.map(() => 0);
    for (const number of numbers) {
      const lower = [...base];
      piece.forEach((sample, index) => { base[index] += of(sample, number); });
      const point = (index, value) => `${x(piece[index].time).toFixed(1)},${(100 - 100 * value / top).toFixed(2)}`;
      const upper = base.map((value, index) => point(index, value));
      const back = lower.map((value, index) => point(index, value)).reverse();
      if (base.every((value, index) => value === lower[index])) continue;
      svg.append(shape("polygon", `area ${colour(number)}`, { points: [...upper, ...back].join(" ") }));
    }
  }
  for (const cut of cuts) svg.append(shape("line", "cut", { x1: x(cut), x2: x(cut), y1: 0, y2: 100 }));
  svg.parentElement.querySelector(".top").textContent = count(top);
  const last = samples.at(-1);
  svg.setAttribute("aria-label", last ? `${count(sum(last))} requests a second now` : "no requests were counted yet");
  $("#legend").replaceChildren(...(last?.generations ?? []).map((one) => {
    const item = element("li");
    item.append(element("i", colour(one.number)), `${one.release} (${one.number}): ${count(one.requests)}/s`);
    return item;
  }));
}

function drawLatency() {
  const svg = $("#latency");
  const x = frame(svg);
  const worst = (sample, key) => Math.max(...sample.generations.map((one) => one[key] ?? -1), -1);
  const top = Math.max(100, ...samples.map((sample) => worst(sample, "p99"))) * 1.1;
  for (const piece of pieces()) {
    for (const [key, className] of [["p50", "line"], ["p99", "line upper"]]) {
      const points = piece.filter((sample) => worst(sample, key) >= 0)
        .map((sample) => `${x(sample.time).toFixed(1)},${(100 - 100 * worst(sample, key) / top).toFixed(2)}`);
      svg.append(shape("polyline", className, { points: points.join(" ") }));
    }
  }
  svg.parentElement.querySelector(".top").textContent = time(top);
  const last = samples.at(-1);
  const known = last && worst(last, "p99") >= 0;
  svg.setAttribute("aria-label", known ? `half within ${time(worst(last, "p50"))}, 99 in 100 within ${time(worst(last, "p99"))}` : "nothing was answered");
}

function drawErrors() {
  const svg = $("#errors");
  const x = frame(svg);
  const sum = (sample) => sample.generations.reduce((total, one) => total + one.errors, 0);
  const top = Math.max(1, ...samples.map(sum)) * 1.1;
  for (const sample of samples) {
    const height = 100 * sum(sample) / top;
    if (height <= 0) continue;
    const width = Math.max(2, 1000 * Math.min(sample.seconds, 2) / windowSeconds);
    svg.append(shape("rect", "bar", { x: x(sample.time) - width, y: 100 - height, width, height }));
  }
  svg.parentElement.querySelector(".top").textContent = count(top);
  svg.setAttribute("aria-label", samples.length ? `${count(sum(samples.at(-1)))} answers a second with 5xx now` : "none was counted yet");
}

function showServing(status) {
  const line = $("#serving");
  const now = status?.generations.find((one) => one.number === status.serving);
  line.className = !status ? "bad" : now ? "good" : "bad";
  line.textContent = !status ? state.trouble ?? "The master gives no answer."
    : now ? `${now.release} serves (generation ${now.number}, for ${duration(now.seconds)}) at ${status.listeners.map((one) => one.address).join(", ")}`
    : "Nothing serves.";
  document.title = now ? `${now.release} · deployd` : "deployd";
}

function showProblems(status) {
  const problems = status?.problems ?? [];
  $("#problems").hidden = problems.length === 0;
  $("#problems ul").replaceChildren(...problems.map((problem) => {
    const item = element("li", "", problem.what);
    if (problem.advice) item.append(element("span", "faint", ` → ${problem.advice}`));
    return item;
  }));
}

// Hooks and a canary are shown while they last: a deploy may have none.
const steps = ["before hook", "booting", "probing", "canary", "cut-over", "watching", "committing"];
const always = ["booting", "probing", "cut-over", "watching", "committing"];

function showDeploy(status) {
  const deploy = status?.deployment;
  $("#deploying").hidden = !deploy;
  if (!deploy) return;
  $("#deploying .what").textContent = `${deploy.verb} of ${deploy.release} (generation ${deploy.generation}), for ${duration(deploy.seconds)}`
    + (deploy.canaryPercent ? `; ${deploy.canaryPercent} % of new connections` : "");
  const shown = steps.filter((name) => always.includes(name) || name === deploy.step);
  const known = shown.includes(deploy.step) ? shown : [...shown, deploy.step];
  const at = known.indexOf(deploy.step);
  $("#deploying .steps").replaceChildren(...known.map((name, index) => {
    const item = element("li", index < at ? "done" : "", name);
    if (index === at) item.setAttribute("aria-current", "step");
    return item;
  }));
  $("#deploying .evidence").textContent = deploy.evidence ?? "";
}

function showGenerations(status) {
  $("#generations tbody").replaceChildren(...(status?.generations ?? []).map((one) => {
    const row = element("tr");
    const ready = one.workers.filter((worker) => worker.state === "ready").length;
    const name = element("td");
    name.append(element("i", colour(one.number)), ` ${one.number}`);
    const state = element("td", one.number === status.serving ? "good" : "busy", one.state);
    if (one.reason) state.title = one.reason;
    row.append(name, element("td", "", one.release), state, element("td", "", `${ready} of ${one.workers.length}`),
      element("td", "", one.scoreboard?.connections ?? "?"), element("td", "", one.scoreboard?.requests.toLocaleString("en") ?? "not seen"),
      element("td", "", one.scoreboard?.statusClasses["5xx"] ?? ""));
    return row;
  }));
}

function showHistory(records) {
  $("#history").replaceChildren(...[...records].reverse().map((record) => {
    const item = element("li");
    const good = record.outcome === "committed";
    const total = record.steps.reduce((sum, step) => sum + step.milliseconds, 0);
    item.append(element("span", good ? "good" : "bad", record.outcome), ` ${record.verb} of ${record.to.split("/").at(-1)} `,
      element("span", "faint", `by ${record.who.user}, ${new Date(record.time).toLocaleString()}, ${took(total)}`));
    const why = record.reason || record.judged;
    if (why) item.append(element("div", "faint", why));
    const bar = element("div", "stages");
    record.steps.forEach((step, index) => {
      const part = element("i", colour(index));
      part.style.flexGrow = step.milliseconds / Math.max(1, total);
      part.title = `${step.name}: ${took(step.milliseconds)}`;
      bar.append(part);
    });
    item.append(bar);
    return item;
  }));
}

function showText(selector, lines) {
  const place = $(selector);
  const text = lines.join("\n");
  if (place.textContent === text) return;
  const follows = place.scrollTop + place.clientHeight >= place.scrollHeight - 8;
  place.textContent = text;
  if (follows) place.scrollTop = place.scrollHeight;
}

function showActions(status) {
  $("#actions").hidden = !state.mayAct;
  const list = $("#release");
  const names = [...list.options].map((option) => option.value);
  if (names.join("\n") !== state.releases.join("\n")) {
    const chosen = list.value;
    list.replaceChildren(...state.releases.map((name) => new Option(name, name)));
    list.value = state.releases.includes(chosen) ? chosen : state.releases.at(-1) ?? "";
  }
  const inCanary = status?.deployment?.step === "canary";
  for (const button of document.querySelectorAll("[data-order=promote], [data-order=abort]")) button.hidden = !inCanary;
  $("[data-order=maintenance-on]").hidden = Boolean(status?.maintenance);
  $("[data-order=maintenance-off]").hidden = !status?.maintenance;
  const action = state.action;
  $("#lines").hidden = !action;
  if (!action) return;
  showText("#lines", action.lines);
  if (!action.isOver) $("#answer").textContent = `${action.name} is under way`;
}

function show(next) {
  state = next;
  shownAt = next.time;
  samples = [...samples, ...next.samples].filter((sample) => sample.time > shownAt - windowSeconds - 2);
  const now = next.status?.serving ?? null;
  if (serving !== null && now !== null && now !== serving) cuts.push(shownAt);
  if (now !== null) serving = now;
  cuts = cuts.filter((cut) => cut > shownAt - windowSeconds);
  showServing(next.status);
  showProblems(next.status);
  drawTraffic();
  drawLatency();
  drawErrors();
  showDeploy(next.status);
  showGenerations(next.status);
  showActions(next.status);
  showHistory(next.history);
  showText("#log", next.log);
}

async function look() {
  try {
    const answer = await fetch(`/api/state?since=${samples.at(-1)?.time ?? 0}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(await answer.text());
    show(await answer.json());
  } catch (error) {
    $("#serving").className = "bad";
    $("#serving").textContent = `The console gives no answer (${error.message}); is deployd console still running?`;
  }
  setTimeout(look, document.hidden ? 3000 : 500);
}

async function order(button) {
  const name = button.dataset.order;
  const release = $("#release").value;
  if (name !== "promote" && name !== "abort" && !confirm(`${button.textContent}${name === "deploy" ? ` ${release}` : ""}?`)) return;
  sessionStorage.setItem("token", $("#token").value);
  button.disabled = true;
  $("#answer").className = "";
  $("#answer").textContent = `${button.textContent}: asked`;
  try {
    const answer = await fetch(`/api/do/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Authorization": `Bearer ${$("#token").value.trim()}` },
      body: JSON.stringify(name === "deploy" ? { release } : {}),
    });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const action = await answer.json();
    $("#answer").className = action.isGood ? "good" : "bad";
    $("#answer").textContent = action.lines.at(-1) ?? "done";
  } catch (error) {
    $("#answer").className = "bad";
    $("#answer").textContent = error.message;
  }
  button.disabled = false;
}

$("#token").value = sessionStorage.getItem("token") ?? "";
$("#actions form").addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-order]")) button.addEventListener("click", () => order(button));
look();
