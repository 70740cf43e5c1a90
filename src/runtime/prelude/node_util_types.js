/** node:util/types: what a value is, whatever its prototype says. */

import { objectState } from "./node_crypto_key_object.js";
import { CryptoKey } from "./crypto.js";

const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
).get;
const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** Tells whether a method or getter that only works on its own kind of object accepts `value`. */
function accepts(method, ...values) {
  return (value) => {
    if (typeof value !== "object" || value === null) return false;
    try {
      Reflect.apply(method, value, values);
      return true;
    } catch {
      return false;
    }
  };
}

function getter(prototype, name) {
  return Object.getOwnPropertyDescriptor(prototype, name).get;
}

const NONE = {};
export const isMap = accepts(getter(Map.prototype, "size"));
export const isSet = accepts(getter(Set.prototype, "size"));
export const isWeakMap = accepts(WeakMap.prototype.has, NONE);
export const isWeakSet = accepts(WeakSet.prototype.has, NONE);
export const isDate = accepts(Date.prototype.getTime);
export const isArrayBuffer = accepts(getter(ArrayBuffer.prototype, "byteLength"));
export const isSharedArrayBuffer = accepts(getter(SharedArrayBuffer.prototype, "byteLength"));
export const isDataView = accepts(getter(DataView.prototype, "buffer"));
export const isNumberObject = accepts(Number.prototype.valueOf);
export const isStringObject = accepts(String.prototype.valueOf);
export const isBooleanObject = accepts(Boolean.prototype.valueOf);
export const isSymbolObject = accepts(Symbol.prototype.valueOf);
export const isBigIntObject = accepts(BigInt.prototype.valueOf);

export function isAnyArrayBuffer(value) {
  return isArrayBuffer(value) || isSharedArrayBuffer(value);
}

export function isBoxedPrimitive(value) {
  return (
    isNumberObject(value) ||
    isStringObject(value) ||
    isBooleanObject(value) ||
    isSymbolObject(value) ||
    isBigIntObject(value)
  );
}

export const { isView: isArrayBufferView } = ArrayBuffer;

export function isTypedArray(value) {
  return ArrayBuffer.isView(value) && typedArrayName.call(value) !== undefined;
}

const isTyped = (name) => (value) => ArrayBuffer.isView(value) && typedArrayName.call(value) === name;
export const isUint8Array = isTyped("Uint8Array");
export const isUint8ClampedArray = isTyped("Uint8ClampedArray");
export const isUint16Array = isTyped("Uint16Array");
export const isUint32Array = isTyped("Uint32Array");
export const isInt8Array = isTyped("Int8Array");
export const isInt16Array = isTyped("Int16Array");
export const isInt32Array = isTyped("Int32Array");
export const isFloat32Array = isTyped("Float32Array");
export const isFloat64Array = isTyped("Float64Array");
export const isBigInt64Array = isTyped("BigInt64Array");
export const isBigUint64Array = isTyped("BigUint64Array");

/** The language tells these apart by nothing but their prototypes and tags. */
const isTagged = (tag) => (value) => typeof value === "object" && value !== null && tagOf(value) === tag;
const isFunctionTagged = (...tags) => (value) => typeof value === "function" && tags.includes(tagOf(value));
export const isMapIterator = isTagged("Map Iterator");
export const isSetIterator = isTagged("Set Iterator");
export const isGeneratorObject = (value) => isTagged("Generator")(value) || isTagged("AsyncGenerator")(value);
export const isArgumentsObject = isTagged("Arguments");
export const isModuleNamespaceObject = isTagged("Module");
export const isAsyncFunction = isFunctionTagged("AsyncFunction", "AsyncGeneratorFunction");
export const isGeneratorFunction = isFunctionTagged("GeneratorFunction", "AsyncGeneratorFunction");

export function isRegExp(value) {
  return typeof value === "object" && value !== null && value instanceof RegExp && value !== RegExp.prototype;
}

export function isPromise(value) {
  return value instanceof Promise;
}

export function isNativeError(value) {
  return value instanceof Error;
}

export function isCryptoKey(value) {
  return value instanceof CryptoKey;
}

/** Nothing tells a proxy from its target here, so no value is called one. */
export function isProxy() {
  return false;
}

/** There are no such objects in a Worker. */
export function isExternal() {
  return false;
}

export function isKeyObject(value) {
  return objectState(value) !== undefined;
}

export default {
  isAnyArrayBuffer,
  isArgumentsObject,
  isArrayBuffer,
  isArrayBufferView,
  isAsyncFunction,
  isBigInt64Array,
  isBigIntObject,
  isBigUint64Array,
  isBooleanObject,
  isBoxedPrimitive,
  isCryptoKey,
  isDataView,
  isDate,
  isExternal,
  isFloat32Array,
  isFloat64Array,
  isGeneratorFunction,
  isGeneratorObject,
  isInt16Array,
  isInt32Array,
  isInt8Array,
  isKeyObject,
  isMap,
  isMapIterator,
  isModuleNamespaceObject,
  isNativeError,
  isNumberObject,
  isPromise,
  isProxy,
  isRegExp,
  isSet,
  isSetIterator,
  isSharedArrayBuffer,
  isStringObject,
  isSymbolObject,
  isTypedArray,
  isUint16Array,
  isUint32Array,
  isUint8Array,
  isUint8ClampedArray,
  isWeakMap,
  isWeakSet,
};
