/** What an object is called: its class, its tag, the head of a function or an error. */

import { framesOf } from "./error_stacks.js";
import { getOwnPropertyDescriptor, getPrototypeOf } from "./primordials.js";

const functionText = Function.prototype.toString;

/** The name of the class of an object, or null when no constructor is known. */
export function constructorName(object) {
  for (let current = object; current !== null; current = getPrototypeOf(current)) {
    const constructor = getOwnPropertyDescriptor(current, "constructor")?.value;
    if (typeof constructor === "function" && constructor.name !== "" && isInstance(object, constructor)) {
      return `${constructor.name}`;
    }
  }
  return null;
}

function isInstance(object, constructor) {
  try {
    return object instanceof constructor;
  } catch {
    return false;
  }
}

/** Symbol.toStringTag of an object, or "" when it says nothing new. */
export function tagOf(object) {
  const tag = object[Symbol.toStringTag];
  if (typeof tag !== "string" || Object.prototype.propertyIsEnumerable.call(object, Symbol.toStringTag)) return "";
  return tag;
}

/** `Foo`, `Map(2)`, `Object [Generator]`, `[Object: null prototype]`. */
export function className(object, fallback, size = "") {
  const name = constructorName(object);
  const tag = tagOf(object);
  if (name === null) {
    const start = `[${fallback}${size}: null prototype]`;
    return tag !== "" && tag !== fallback ? `${start} [${tag}]` : start;
  }
  return tag !== "" && tag !== name ? `${name}${size} [${tag}]` : `${name}${size}`;
}

/** `[Function: name]`, `[AsyncFunction: name]`, `[class A extends B]`. */
export function functionName(value) {
  const text = functionText.call(value);
  if (text.startsWith("class") && text.endsWith("}")) return classText(value);
  const tag = tagOf(value);
  const kind = tag === "" ? "Function" : tag;
  const name = ownName(value);
  return name === "" ? `[${kind} (anonymous)]` : `[${kind}: ${name}]`;
}

function classText(value) {
  const name = ownName(value);
  const parent = getPrototypeOf(value);
  const start = name === "" ? "[class (anonymous)" : `[class ${name}`;
  if (parent === null) return `${start} extends [null prototype]]`;
  const parentName = ownName(parent);
  return parentName === "" ? `${start}]` : `${start} extends ${parentName}]`;
}

function ownName(value) {
  const name = getOwnPropertyDescriptor(value, "name")?.value;
  return typeof name === "string" ? name : "";
}

/**
 * The head of an error and its stack. A stack begins with the head that the error had when it was made; what
 * it is called by now goes first.
 * @returns {string} in brackets when there is no stack
 */
export function errorText(error) {
  const head = errorHead(error);
  const { stack } = error;
  if (typeof stack !== "string" || stack === "") return `[${head}]`;
  const frames = framesOf(stack).trimEnd();
  const first = stack.slice(0, stack.length - framesOf(stack).length).trimEnd();
  const { message } = error;
  const isOwnHead = first === "" || (typeof message === "string" && message !== "" ? first.endsWith(message) : !first.includes(":"));
  const text = isOwnHead ? head : first;
  return frames === "" ? `[${text}]` : `${text}\n${frames}`;
}

function errorHead(error) {
  const { message } = error;
  const given = typeof error.name === "string" ? error.name : "Error";
  const name = given === "Error" ? constructorName(error) ?? given : given;
  return message === "" || message === undefined ? name : `${name}: ${message}`;
}
