"use strict";
// An adapter is picked, texts are typed, and each answer is drawn with what the card knows of it.

const MOST_BARS = 5;
const MOST_LINES = 200;
const FEW = 20;
let adapter = null;

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
  at("how").textContent = `A line is a row${rowInWords()}. Ctrl+Enter asks. Files can be dropped here.`;
  at("limits").replaceChildren(...adapter.limits.map((limit) => made("li", limit)));
  at("limits-part").hidden = !adapter.limits.length;
  at("card-part").hidden = false;
  at("examples").replaceChildren(...adapter.examples.map(exampleOf));
  at("examples-part").hidden = !adapter.examples.length;
  at("card").href = `adapters/${encodeURIComponent(name)}/card`;
  at("answers").replaceChildren();
  say("");
}

function rowInWords() {
  if (adapter.parts.length === 1) return "";
  const names = adapter.parts.map((part) => part.replace("text_pair", "second text"));
  return `: ${names.join(" and ")}, parted by tabs`;
}

function exampleOf({ texts, what }) {
  const item = made("li");
  const button = made("button", cutTo(texts.join(" ⇥ "), 90));
  button.type = "button";
  button.append(made("span", what, "what"));
  button.addEventListener("click", () => {
    at("text").value = texts.map((text) => text.replace(/[\t\r\n]+/g, " ")).join("\t");
    at("ask").requestSubmit();
  });
  item.append(button);
  return item;
}

const cutTo = (text, most) => {
  const signs = Array.from(text);
  return signs.length > most ? `${signs.slice(0, most).join("")} …` : text;
};

function rowOf(line) {
  if (adapter.parts.length === 1) return line;
  const texts = line.split("\t");
  if (adapter.parts[adapter.parts.length - 1] !== "choices") return texts.length > 1 ? texts : line;
  return [texts[0], texts.slice(1)];
}

function linesOf(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  if (lines.length > MOST_LINES) throw new Error(`This page asks ${MOST_LINES} lines at a time. Got ${lines.length}.`);
  return lines.map(rowOf);
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
  const texts = [row].flat(2);
  item.append(...parts(texts, texts.join(" ⇥ "), answer));
  return item;
}

function parts(texts, text, answer) {
  if (answer && answer.error) return [made("p", text, "row"), made("p", answer.error, "bad")];
  if (typeof answer === "number") return [made("p", text, "row"), made("p", answer.toFixed(3), "result")];
  if (!answer) return [made("p", text, "row"), made("p", "No answer.", "trust")];
  if (Array.isArray(answer)) {
    if (answer.length && typeof answer[0] === "number")
      return [made("p", text, "row"), made("p", `A vector of ${answer.length} numbers.`, "result")];
    return answer.every((one) => "entity_group" in one) ? entities(text, answer) : labels(text, answer);
  }
  if (answer.words) return entities(text, answer.words.map(asEntity));
  if ("answer" in answer) return span(texts, answer);
  if (Array.isArray(answer.probabilities)) return labels(texts[0], choices(texts.slice(1), answer.probabilities));
  return [made("p", text, "row"), made("p", JSON.stringify(answer), "result")];
}

const asEntity = ({ label, start, end, probability }) => ({ entity_group: label, start, end, score: probability });

const choices = (texts, probabilities) =>
  texts.map((label, place) => ({ label, score: probabilities[place] })).sort((one, other) => other.score - one.score);

function span([question, context], { answer, start, end, probability }) {
  const found = answer ? [{ entity_group: "answer", start, end, score: probability }] : [];
  return [made("p", question, "row question"), ...entities(context, found, "The context has no answer.")];
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
  return [made("p", text, "row"), bars, ...more, ...trusted(answer)];
}

function entities(text, answer, none = "Nothing found.") {
  const row = made("p", undefined, "row");
  // Offsets count characters as Python does; a sign outside the basic plane is two units of a JavaScript string.
  const signs = Array.from(text);
  let done = 0;
  for (const { entity_group: type, start, end, score } of answer) {
    const begin = Math.max(start, done); // of two that share words the second is marked where the first ends
    row.append(signs.slice(done, begin).join(""));
    const mark = made("mark", signs.slice(begin, end).join(""));
    mark.append(made("span", score === null ? type : `${type} ${score.toFixed(2)}`, "type"));
    row.append(mark);
    done = Math.max(done, end);
  }
  row.append(signs.slice(done).join(""));
  return [row, ...(answer.length ? trusted(answer) : [made("p", none, "trust")])];
}

function trusted(answer) {
  if (!answer.length || !adapter.reliability.length) return [];
  const shown = answer.slice(0, "entity_group" in answer[0] ? answer.length : 1);
  const scores = shown.map((one) => one.score).filter((one) => one !== null); // a word may have none
  if (!scores.length) return [];
  const score = Math.min(...scores);
  const bin = adapter.reliability.find((one) => score <= one.to) || adapter.reliability[adapter.reliability.length - 1];
  const rows = bin.n < FEW ? bin.n : 100; // of a handful no share is told, but how many they were
  const right = `${Math.round(rows * bin.right)} of ${rows}`;
  const of = bin.n < FEW ? "the card's test" : `n = ${bin.n}, the card's test`;
  const what = "entity_group" in answer[0] && answer.length > 1 ? "The least sure one: answers" : "Answers";
  return [made("p", `${what} with about this probability (${bin.from.toFixed(2)} to ${bin.to.toFixed(2)}) were right in ${right} (${of}).`, "trust")];
}

async function readFile([file]) {
  if (!file) return;
  if (file.size > 1e6) return say("This page takes files up to 1 MB; `tunecard predict` takes any.", true);
  at("text").value = await file.text();
  at("text").focus();
}

at("ask").addEventListener("submit", predict);
at("adapter").addEventListener("change", (event) => choose(event.target.value).catch(failed));
at("file").addEventListener("change", (event) => {
  readFile(event.target.files).catch(failed);
  event.target.value = ""; // the same file may be chosen again
});
for (const [name, isOver] of [["dragover", true], ["dragleave", false], ["drop", false]])
  at("text").addEventListener(name, (event) => {
    at("text").classList.toggle("over", isOver);
    if (name === "dragleave" || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    if (name === "drop") readFile(event.dataTransfer.files).catch(failed);
  });
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
opens(listAdapters);
