/**
 * Errors as V8 makes them: a stack that begins with name and message and names neither the runtime's own
 * functions nor how the Worker's script is wrapped, and V8's words where the engine's message says as much.
 *
 * The engine calls a hook whenever it makes an error, before any code can see it. It is the one behind
 * `Error.prepareStackTrace`, which Workers keep for themselves: theirs is called from ours.
 */

import { defineProperty, getOwnPropertyDescriptor, ILLEGAL_INVOCATION } from "./primordials.js";

const { apply, defineProperty: tryToDefine } = Reflect;
const { exec } = RegExp.prototype;
const { startsWith } = String.prototype;

/** What the engine calls the Worker's script, and what stacks call it; src/workers/stack.rs knows both. */
const ENGINE_FILE = "<input>";
const SCRIPT_FILE = "worker.js";
const WRAPPER_NAMES = ["__qemu_dev_worker", "<eval>"];

/** The engine's messages that V8 has other words for, of which all parts are in the message. */
const MESSAGES = [
  [/^cannot read property 'Symbol\.iterator' of (undefined|null)$/, (of) => `${of} is not iterable (cannot read property Symbol(Symbol.iterator))`],
  [/^cannot read property '(.*)' of (undefined|null)$/s, (key, of) => `Cannot read properties of ${of} (reading '${key}')`],
  [/^cannot set property '(.*)' of (undefined|null)$/s, (key, of) => `Cannot set properties of ${of} (setting '${key}')`],
  [/^cannot convert symbol to string$/, () => "Cannot convert a Symbol value to a string"],
  [/^(\S+) is not initialized$/, (name) => `Cannot access '${name}' before initialization`],
  [/^invalid array length$/, () => "Invalid array length"],
  [/^expecting hex digit$/, () => "URI malformed"],
  [/^BigInt are forbidden in JSON\.stringify$/, () => "Do not know how to serialize a BigInt"],
  [/^circular reference$/, () => "Converting circular structure to JSON"],
  [/^empty array$/, () => "Reduce of empty array with no initial value"],
];
/** With what those begin; other messages are left alone without a look at each. */
const FIRST_WORDS = /^(?:cannot |invalid array|expecting hex|BigInt are|circular ref|empty array|private class|\S+ is not initialized$)/;
/** How a method of the platform finds that its `this` is something else: the objects' state is in private fields. */
const NO_SUCH_STATE = /^private class field '(#.*)' does not exist$/s;

let usersHook;

function restate(error, sites) {
  const message = getOwnPropertyDescriptor(error, "message")?.value;
  if (typeof message !== "string" || apply(exec, FIRST_WORDS, [message]) === null) return;
  const field = apply(exec, NO_SUCH_STATE, [message])?.[1];
  if (field !== undefined) {
    const isOwn = sites[0]?.getFileName() === ENGINE_FILE;
    const undeclared = `Cannot read private member ${field} from an object whose class did not declare it`;
    defineProperty(error, "message", { value: isOwn ? undeclared : ILLEGAL_INVOCATION });
    return;
  }
  for (let index = 0; index < MESSAGES.length; index++) {
    const parts = apply(exec, MESSAGES[index][0], [message]);
    if (parts === null) continue;
    defineProperty(error, "message", { value: MESSAGES[index][1](parts[1], parts[2]) });
    return;
  }
}

/** As Error.prototype.toString has it. */
function headline(error) {
  try {
    const name = error.name === undefined ? "Error" : `${error.name}`;
    const message = error.message === undefined ? "" : `${error.message}`;
    if (name === "" || message === "") return name + message;
    return `${name}: ${message}`;
  } catch {
    return "Error";
  }
}

/** The frames of the Worker's own code, with functions of the engine that they called. */
function framesText(sites) {
  let text = "";
  let native = "";
  for (let index = 0; index < sites.length; index++) {
    const site = sites[index];
    const name = site.getFunctionName();
    if (site.isNative()) {
      native += `\n    at ${name ?? "<anonymous>"} (native)`;
    } else if (site.getFileName() === ENGINE_FILE) {
      const place = `${SCRIPT_FILE}:${site.getLineNumber()}:${site.getColumnNumber()}`;
      const isNamed = typeof name === "string" && name !== "" && !WRAPPER_NAMES.includes(name);
      text += `${native}\n    at ${isNamed ? `${name} (${place})` : place}`;
      native = "";
    } else {
      native = "";
    }
  }
  return text;
}

/** The stack becomes a property of the error itself, as in V8: it can be listed, replaced by anything, deleted. */
function prepare(error, sites) {
  restate(error, sites);
  const isHooked = typeof usersHook === "function";
  const stack = isHooked ? apply(usersHook, Error, [error, sites]) : headline(error) + framesText(sites);
  tryToDefine(error, "stack", { value: stack, writable: true, enumerable: false, configurable: true });
  return stack;
}

/** Puts the hook in place. Runs once, before the snapshot. */
export function installErrorStacks() {
  delete Error.prototype.stack;
  Error.prepareStackTrace = prepare;
  defineProperty(Error, "prepareStackTrace", {
    get: () => usersHook,
    set: (hook) => {
      usersHook = hook;
    },
    enumerable: false,
    configurable: true,
  });
}

/**
 * The part of a stack that is frames, without the line break before them; empty when there are none.
 * @param {string} stack
 */
export function framesOf(stack) {
  if (apply(startsWith, stack, ["    at "])) return stack;
  const start = stack.indexOf("\n    at ");
  return start === -1 ? "" : stack.slice(start + 1);
}
