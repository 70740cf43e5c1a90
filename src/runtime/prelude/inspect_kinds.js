/** The shape of each kind of object; inspect_shape.js says what a shape is. */

import { bufferShape, viewShape } from "./inspect_buffers.js";
import { className, constructorName, errorText, functionName, tagOf } from "./inspect_names.js";
import { braces, MOST_ITEMS, withRemainder } from "./inspect_shape.js";
import { formatPrimitive } from "./inspect_text.js";
import { platformPrototypeOf } from "./platform.js";
import { getOwnPropertyDescriptor, getPrototypeOf, isArray } from "./primordials.js";

/** Attributes that are not read for the console, as reading them has an effect. */
const UNREAD_ATTRIBUTES = new Set(["body"]);

const getter = (prototype, name) => getOwnPropertyDescriptor(prototype, name).get;
const mapSize = getter(Map.prototype, "size");
const setSize = getter(Set.prototype, "size");
const dateValue = Date.prototype.valueOf;
const dateText = Date.prototype.toISOString;
const regExpText = RegExp.prototype.toString;
const BOXED = [Number, String, Boolean, BigInt, Symbol].map((constructor) => [constructor.name, constructor.prototype.valueOf]);
const BOXED_TAGS = /^\[object (Number|String|Boolean|BigInt|Symbol)\]$/;

/**
 * @param {import("./inspect.js").Inspection} inspection
 * @param {object} value
 */
export function shapeOf(inspection, value) {
  if (isArray(value)) return arrayShape(inspection, value);
  if (typeof value === "function") return { ...braces(), base: functionName(value), keys: inspection.keysOf(value) };
  if (ArrayBuffer.isView(value)) return viewShape(inspection, value);
  return (
    builtInShape(inspection, value) ??
    (platformPrototypeOf(value) === undefined ? ordinaryShape(inspection, value) : platformShape(inspection, value))
  );
}

function arrayShape(inspection, value) {
  const { length } = value;
  const plain = constructorName(value) === "Array" && tagOf(value) === "";
  const head = plain ? "[" : `${className(value, "Array", `(${length})`)} [`;
  const items = (level) => arrayItems(inspection, value, level);
  return {
    base: "",
    open: head,
    close: "]",
    name: plain ? "Array" : className(value, "Array"),
    items: length === 0 ? undefined : items,
    keys: inspection.keysOf(value, true),
    list: value,
    hasRemainder: length > MOST_ITEMS,
  };
}

function arrayItems(inspection, array, level) {
  const texts = [];
  const { length } = array;
  let index = 0;
  while (index < length && texts.length < MOST_ITEMS) {
    const start = index;
    while (index < length && !Object.hasOwn(array, index)) index++;
    const holes = index - start;
    if (holes > 0) texts.push(`<${holes} empty item${holes === 1 ? "" : "s"}>`);
    else texts.push(inspection.property(array, index++, level));
  }
  return withRemainder(texts, length - index);
}

function builtInShape(inspection, value) {
  const tag = Object.prototype.toString.call(value);
  if (value instanceof Error || tag === "[object Error]") return errorShape(inspection, value);
  if (BOXED_TAGS.test(tag)) return boxedShape(inspection, value);
  if (tag === "[object Arguments]") return { ...braces("[Arguments]"), keys: inspection.keysOf(value) };
  for (const [prototype, shape] of BUILT_INS) {
    if (!Object.prototype.isPrototypeOf.call(prototype, value)) continue;
    try {
      return shape(inspection, value);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

const BUILT_INS = [
  [Date.prototype, dateShape],
  [RegExp.prototype, regExpShape],
  [Map.prototype, mapShape],
  [Set.prototype, setShape],
  [ArrayBuffer.prototype, bufferShape],
  [Promise.prototype, opaqueShape("Promise", "<state unknown>")],
  [WeakMap.prototype, opaqueShape("WeakMap", "<items unknown>")],
  [WeakSet.prototype, opaqueShape("WeakSet", "<items unknown>")],
];

function dateShape(inspection, value) {
  const time = dateValue.call(value);
  const base = Number.isNaN(time) ? "Invalid Date" : dateText.call(value);
  return { ...braces(), base, keys: inspection.keysOf(value) };
}

function regExpShape(inspection, value) {
  return { ...braces(), base: regExpText.call(value), keys: inspection.keysOf(value) };
}

function mapShape(inspection, value) {
  const size = mapSize.call(value);
  const items = (level) => entryTexts(inspection, Map.prototype.entries.call(value), size, level);
  return collectionShape(inspection, value, "Map", size, items);
}

function entryTexts(inspection, entries, size, level) {
  const texts = [];
  for (const [key, item] of entries) {
    if (texts.length === MOST_ITEMS) break;
    texts.push(`${inspection.nested(key, level)} => ${inspection.nested(item, level)}`);
  }
  return withRemainder(texts, size - texts.length);
}

function setShape(inspection, value) {
  const size = setSize.call(value);
  const items = (level) => {
    const texts = [];
    for (const item of Set.prototype.values.call(value)) {
      if (texts.length === MOST_ITEMS) break;
      texts.push(inspection.nested(item, level));
    }
    return withRemainder(texts, size - texts.length);
  };
  return collectionShape(inspection, value, "Set", size, items);
}

function collectionShape(inspection, value, fallback, size, items) {
  const open = `${className(value, fallback, `(${size})`)} {`;
  const name = className(value, fallback);
  return { ...braces(name), open, items: size === 0 ? undefined : items, keys: inspection.keysOf(value) };
}

function opaqueShape(fallback, text) {
  return (inspection, value) => ({
    ...braces(className(value, fallback)),
    items: () => [text],
    keys: inspection.keysOf(value),
  });
}

function boxedShape(inspection, value) {
  for (const [kind, valueOf] of BOXED) {
    try {
      const base = `[${kind}: ${formatPrimitive(valueOf.call(value), 0)}]`;
      return { ...braces(), base, keys: inspection.keysOf(value, kind === "String") };
    } catch {
      continue;
    }
  }
  return undefined;
}

function errorShape(inspection, value) {
  const text = errorText(value);
  const keys = inspection.keysOf(value).filter((key) => !isInHead(key, value, text));
  for (const key of ["cause", "errors"]) {
    if (Object.hasOwn(value, key) && !keys.includes(key)) keys.push(key);
  }
  const base = text.replaceAll("\n", `\n${" ".repeat(inspection.indentation)}`);
  return { ...braces(), base, keys, name: constructorName(value) ?? "Error" };
}

function isInHead(key, error, text) {
  return key === "stack" || ((key === "name" || key === "message") && text.includes(error[key]));
}

function platformShape(inspection, value) {
  const name = className(value, "Object");
  const keys = inspection.keysOf(value);
  if (typeof value.entries === "function" && typeof value.forEach === "function") {
    const entries = [...value.entries()];
    const items = (level) => entryTexts(inspection, entries, entries.length, level);
    return collectionShape(inspection, value, name, entries.length, items);
  }
  const attributes = attributesOf(value);
  const items = (level) => attributes.map((key) => `${key}: ${attributeText(inspection, value, key, level)}`);
  return { ...braces(name), items: attributes.length === 0 ? undefined : items, keys };
}

function attributesOf(value) {
  const names = new Set();
  for (let prototype = getPrototypeOf(value); prototype !== Object.prototype && prototype !== null; ) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name !== "constructor" && getOwnPropertyDescriptor(prototype, name).get !== undefined) names.add(name);
    }
    prototype = getPrototypeOf(prototype);
  }
  return [...names];
}

function attributeText(inspection, value, name, level) {
  if (UNREAD_ATTRIBUTES.has(name)) return "[Getter]";
  try {
    return inspection.nested(value[name], level);
  } catch {
    return "[Getter]";
  }
}

function ordinaryShape(inspection, value) {
  const keys = inspection.keysOf(value);
  const plain = constructorName(value) === "Object" && tagOf(value) === "";
  if (tagOf(value) === "Module") return { ...braces("[Module: null prototype]"), keys };
  return { ...braces(plain ? "" : className(value, "Object")), keys };
}
