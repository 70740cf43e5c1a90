/** The shapes of buffers and of views on them. */

import { className } from "./inspect_names.js";
import { braces, MOST_ITEMS, withRemainder } from "./inspect_shape.js";
import { formatPrimitive } from "./inspect_text.js";
import { getOwnPropertyDescriptor, getPrototypeOf } from "./primordials.js";

const MOST_BYTES = 50;
const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype);
const viewName = getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag).get;
const viewLength = getOwnPropertyDescriptor(typedArrayPrototype, "length").get;
const bufferLength = getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get;

/** The shape of a typed array or DataView. */
export function viewShape(inspection, value) {
  const name = viewName.call(value);
  if (name === undefined) return bufferLikeShape(inspection, value, "DataView", ["byteLength", "byteOffset", "buffer"]);
  const length = viewLength.call(value);
  const items = () => {
    const texts = Array.from(value.subarray(0, MOST_ITEMS), (item) => formatPrimitive(item, 0));
    return withRemainder(texts, length - texts.length);
  };
  return {
    base: "",
    open: `${className(value, name, `(${length})`)} [`,
    close: "]",
    name: className(value, name),
    items: length === 0 ? undefined : items,
    keys: inspection.keysOf(value, true),
    list: value,
    hasRemainder: length > MOST_ITEMS,
  };
}

/** The shape of an ArrayBuffer. */
export function bufferShape(inspection, value) {
  const length = bufferLength.call(value);
  const bytes = new Uint8Array(value, 0, Math.min(length, MOST_BYTES));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const more = length - bytes.length;
  const rest = more > 0 ? ` ... ${more} more byte${more === 1 ? "" : "s"}` : "";
  return bufferLikeShape(inspection, value, "ArrayBuffer", ["byteLength"], [`[Uint8Contents]: <${hex}${rest}>`]);
}

function bufferLikeShape(inspection, value, fallback, attributes, first = []) {
  const items = (level) => [
    ...first,
    ...attributes.map((name) => `${name}: ${inspection.nested(value[name], level)}`),
  ];
  return { ...braces(className(value, fallback)), items, keys: inspection.keysOf(value) };
}
