"use strict";
// What every page does: find and make elements, ask the server with the token, say what came of it.
// Everything that a label, a text or a server says goes in as text, never as markup.

const at = (id) => document.getElementById(id);
const made = (tag, text, name) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
};
let token = sessionStorage.getItem("token") || "";

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

function failed(error) {
  say(error.message, true);
}

// Calls `show` now, and again when a token is given at the door.
function opens(show) {
  at("door").addEventListener("submit", (event) => {
    event.preventDefault();
    token = at("token").value;
    sessionStorage.setItem("token", token);
    show().catch(failed);
  });
  show().catch(failed);
}
