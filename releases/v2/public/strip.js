// Asks for /version ten times a second and paints each answer: blue is v1, green is v2, red is no answer at all.
// A deploy is the place where the colour changes. No red: nobody noticed.
const colours = { v1: "#2563eb", v2: "#16a34a", failed: "#dc2626", other: "#a16207" };
const strip = document.querySelector("#strip");
const count = { v1: 0, v2: 0, failed: 0 };

function paint(kind, title) {
  const cell = document.createElement("i");
  cell.style.background = colours[kind] ?? colours.other;
  cell.title = title;
  strip.append(cell);
  while (strip.childElementCount > 600) strip.firstElementChild.remove();
  if (kind in count) document.querySelector(`#count-${kind}`).textContent = ++count[kind];
  document.querySelector("#now").textContent = kind;
}

async function ask() {
  const began = performance.now();
  try {
    const answer = await fetch("/version", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const version = (await answer.text()).trim();
    paint(version, `${version}, ${(performance.now() - began).toFixed(1)} ms`);
  } catch (error) {
    paint("failed", String(error));
  }
}

setInterval(ask, 100);
