"use strict";
// Everything that a label, a text or a server says goes in as text, never as markup.

const MOST_BARS = 5;
const MOST_LINES = 200;
const at = (id) => document.getElementById(id);
const made = (tag, text, name) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
};
let token = sessionStorage.getItem("token") || "";
let adapter = null;

async function ask(path, body) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const options = { headers };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The server does not answer. Is it still running?");
  }
  const content = await response.json().catch(() => null);
  if (response.ok && content !== null) return content;
  if (response.status === 401) at("door").hidden = false;
  throw new Error(content && content.error ? content.error.message : `The server answered ${response.status}.`);
}

function say(text, isBad) {
  at("said").textContent = text;
  at("said").className = isBad ? "bad" : "";
}

async function listAdapters() {
  const { adapters } = await ask("adapters");
  at("door").hidden = true;
  const wanted = new URLSearchParams(location.search).get("adapter");
  at("adapter").replaceChildren(...adapters.map(({ name, task }) => {
    const option = made("option", `${name} (${task})`);
    option.value = name;
    option.selected = name === wanted;
    return option;
  }));
  if (adapters.length) await choose(at("adapter").value);
}

async function choose(name) {
  adapter = await ask(`adapters/${encodeURIComponent(name)}`);
  const score = adapter.score ? ` · ${adapter.score}` : "";
  at("about").textContent = `${adapter.task} on ${adapter.base}${score}`;
  at("how").textContent = adapter.pairs
    ? "A line is a row: two texts, parted by a tab. Ctrl+Enter asks."
    : "A line is a row. Ctrl+Enter asks.";
  at("limits").replaceChildren(...adapter.limits.map((limit) => made("li", limit)));
  at("limits-part").hidden = !adapter.limits.length;
  at("card").href = `adapters/${encodeURIComponent(name)}/card`;
  at("answers").replaceChildren();
  say("");
}

function linesOf(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  if (lines.length > MOST_LINES) throw new Error(`This page asks ${MOST_LINES} lines at a time. Got ${lines.length}.`);
  return lines.map((line) => (adapter.pairs ? line.split("\t") : line));
}

async function predict(event) {
  event.preventDefault();
  if (at("go").getAttribute("aria-disabled") === "true") return;
  at("go").setAttribute("aria-disabled", "true"); // a disabled button would lose the focus
  say("Asking …");
  try {
    const lines = linesOf(at("text").value);
    if (!lines.length) throw new Error("Type a text first.");
    const path = `adapters/${encodeURIComponent(adapter.name)}/predict`;
    const answers = await ask(path, { inputs: lines });
    at("answers").replaceChildren(...answers.map((answer, place) => shown(lines[place], answer)));
    say(answers.length === 1 ? "1 answer." : `${answers.length} answers.`);
  } catch (error) {
    say(error.message, true);
  } finally {
    at("go").setAttribute("aria-disabled", "false");
  }
}

function shown(row, answer) {
  const item = made("li");
  const text = Array.isArray(row) ? row.join(" ⇥ ") : row;
  if (answer && answer.error) item.append(made("p", text, "row"), made("p", answer.error, "bad"));
  else if (Array.isArray(answer) && answer.every((one) => "entity_group" in one)) item.append(...entities(text, answer));
  else if (Array.isArray(answer) && answer.every((one) => typeof one === "object")) item.append(...labels(text, answer));
  else item.append(made("p", text, "row"), made("p", typeof answer === "number" ? answer.toFixed(3) : JSON.stringify(answer)));
  return item;
}

function labels(text, answer) {
  const bars = made("ul", undefined, "bars");
  for (const { label, score } of answer.slice(0, MOST_BARS)) {
    const line = made("li");
    const bar = made("meter");
    bar.value = score;
    bar.setAttribute("aria-label", label);
    line.append(made("span", label), bar, made("span", score.toFixed(2), "number"));
    bars.append(line);
  }
  const more = answer.length > MOST_BARS ? [made("p", `and ${answer.length - MOST_BARS} others`, "trust")] : [];
  const none = answer.length ? [] : [made("p", "No label.")];
  return [made("p", text, "row"), bars, ...none, ...more, ...trusted(answer)];
}

function entities(text, answer) {
  const row = made("p", undefined, "row");
  // Offsets count characters as Python does; a sign outside the basic plane is two units of a JavaScript string.
  const signs = Array.from(text);
  let done = 0;
  for (const { entity_group: type, start, end, score } of answer) {
    row.append(signs.slice(done, start).join(""));
    const mark = made("mark", signs.slice(start, end).join(""));
    mark.append(made("span", `${type} ${score.toFixed(2)}`, "type"));
    row.append(mark);
    done = end;
  }
  row.append(signs.slice(done).join(""));
  return [row, ...(answer.length ? trusted(answer) : [made("p", "Nothing found.", "trust")])];
}

function trusted(answer) {
  if (!answer.length || !adapter.reliability.length) return [];
  const score = Math.min(...answer.slice(0, "entity_group" in answer[0] ? answer.length : 1).map((one) => one.score));
  const bin = adapter.reliability.find((one) => score <= one.to) || adapter.reliability[adapter.reliability.length - 1];
  const share = Math.round(100 * bin.right);
  const what = "entity_group" in answer[0] && answer.length > 1 ? "The least sure one: answers" : "Answers";
  return [made("p", `${what} with about this probability (${bin.from.toFixed(2)} to ${bin.to.toFixed(2)}) were right in ${share} of 100 (n = ${bin.n}, the card's test).`, "trust")];
}

async function readFile() {
  const [file] = at("file").files;
  if (!file) return;
  if (file.size > 1e6) return say("This page takes files up to 1 MB; `tunecard predict` takes any.", true);
  at("text").value = await file.text();
  at("text").focus();
}

function failed(error) {
  say(error.message, true);
}

at("ask").addEventListener("submit", predict);
at("adapter").addEventListener("change", (event) => choose(event.target.value).catch(failed));
at("file").addEventListener("change", () => readFile().catch(failed));
at("clear").addEventListener("click", () => {
  at("text").value = "";
  at("answers").replaceChildren();
  say("");
  at("text").focus();
});
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("ask").requestSubmit();
});
at("card").addEventListener("click", (event) => {
  if (!token) return;
  event.preventDefault(); // a link carries no token
  fetch(at("card").href, { headers: { Authorization: `Bearer ${token}` } })
    .then((response) => response.blob())
    .then((card) => window.open(URL.createObjectURL(card), "_blank", "noopener"))
    .catch(failed);
});
at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token").value;
  sessionStorage.setItem("token", token);
  listAdapters().catch(failed);
});
listAdapters().catch(failed);
