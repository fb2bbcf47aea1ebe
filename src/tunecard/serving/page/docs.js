"use strict";
// The page of openapi.json: every path with its statuses, shapes and a line for a shell.

async function show() {
  const whole = await ask("openapi.json");
  const { adapters } = await ask("adapters");
  const name = adapters.length ? adapters[0].name : "NAME";
  at("door").hidden = true;
  say(whole.info.description);
  const parts = whole.tags.map((tag) => partOf(whole, tag.name, name));
  at("paths").replaceChildren(...parts, shapesOf(whole.components.schemas));
}

function partOf(whole, tag, name) {
  const part = made("section");
  part.append(made("h2", tag[0].toUpperCase() + tag.slice(1)));
  for (const [path, methods] of Object.entries(whole.paths))
    for (const [method, operation] of Object.entries(methods))
      if (method !== "parameters" && operation.tags.includes(tag)) part.append(operationOf(path, method, operation, filled(path, methods.parameters, name), name));
  return part;
}

// With this adapter's name, and the example of whatever else is named in the path.
const filled = (path, parameters, name) =>
  (parameters || []).reduce(
    (done, one) => done.replace(`{${one.name}}`, encodeURIComponent(one.name === "name" ? name : one.example)), path);

function operationOf(path, method, operation, asked, name) {
  const box = made("article", undefined, "operation");
  const title = made("h3");
  title.append(made("span", method.toUpperCase(), "method"), made("code", path));
  box.append(title, made("p", operation.summary), ...linesOf(method, asked, operation, name), statusesOf(operation.responses));
  return box;
}

function linesOf(method, path, operation, name) {
  const address = location.origin + path;
  const body = operation.requestBody && operation.requestBody.content["application/json"].examples;
  const bodies = body ? Object.entries(body) : [["", null]];
  return bodies.flatMap(([kind, example]) => {
    const parts = ["curl"];
    if (operation.security.length) parts.push("-H", "'Authorization: Bearer TOKEN'");
    parts.push(quoted(address));
    if (example) parts.push("-d", quoted(JSON.stringify(withName(example.value, name))));
    const line = made("pre", parts.join(" "));
    line.tabIndex = 0; // a keyboard can scroll it
    line.setAttribute("aria-label", `A line for the shell: ${method.toUpperCase()} ${path} ${kind}`.trim());
    line.setAttribute("role", "region");
    return kind ? [made("p", kind, "kind"), line] : [line];
  });
}

const withName = (value, name) =>
  Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === "adapter" || key === "model" ? name : one]));

// As POSIX shells read it, whatever stands inside.
const quoted = (text) => (/^[\w:/.%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function statusesOf(responses) {
  const table = made("table");
  const body = made("tbody");
  const head = made("tr");
  head.append(...["Status", "When", "Body"].map((title) => Object.assign(made("th", title), { scope: "col" })));
  const top = made("thead");
  top.append(head);
  for (const [status, { description, content }] of Object.entries(responses)) {
    const line = made("tr");
    const shape = made("td");
    for (const [kind, { schema }] of Object.entries(content || {})) shape.append(named(schema) || made("span", kind));
    line.append(made("td", status), made("td", description), shape);
    body.append(line);
  }
  table.append(top, body);
  return table;
}

function named(schema) {
  if (!schema.$ref) return null;
  const name = schema.$ref.split("/").pop();
  const link = made("a", name);
  link.href = `#shape-${name}`;
  return link;
}

function shapesOf(schemas) {
  const part = made("section");
  part.append(made("h2", "Shapes"));
  for (const [name, schema] of Object.entries(schemas)) {
    const title = made("h3", name);
    title.id = `shape-${name}`;
    const body = made("pre", JSON.stringify(schema, null, 1));
    body.tabIndex = 0;
    body.setAttribute("role", "region");
    body.setAttribute("aria-label", `The schema ${name}`);
    part.append(title, body);
  }
  return part;
}

opens(show);
