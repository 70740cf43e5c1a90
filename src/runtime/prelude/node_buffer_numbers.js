/** Buffer's methods that read and write numbers. */

import { createNodeError, invalidArgumentType, outOfRange, validateNumber } from "./node_errors.js";

const TWO_POWER_32 = 2 ** 32;
const float32 = new Float32Array(1);
const float32Bytes = new Uint8Array(float32.buffer);
const float64 = new Float64Array(1);
const float64Bytes = new Uint8Array(float64.buffer);

function offsetError(offset, last, name = "offset") {
  if (Math.floor(offset) !== offset) {
    validateNumber(offset, name);
    return outOfRange(name, "an integer", offset);
  }
  if (last < 0) {
    const message = "Attempt to access memory outside buffer bounds";
    return createNodeError(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", message);
  }
  return outOfRange(name, `>= ${name === "offset" ? 0 : 1} and <= ${last}`, offset);
}

function checkOffset(buffer, offset, byteLength) {
  const last = buffer.length - byteLength;
  if (offset >= 0 && offset <= last && Number.isInteger(offset)) return;
  validateNumber(offset, "offset");
  throw offsetError(offset, last);
}

function checkByteLength(byteLength) {
  if (byteLength === undefined) throw invalidArgumentType("byteLength", "number", byteLength);
  if (!(byteLength >= 1 && byteLength <= 6 && Number.isInteger(byteLength))) {
    throw offsetError(byteLength, 6, "byteLength");
  }
}

function valueError(value, byteLength, minimum, maximum) {
  const suffix = typeof minimum === "bigint" ? "n" : "";
  const two = `2${suffix}`;
  let range = `>= ${minimum}${suffix} and <= ${maximum}${suffix}`;
  if (byteLength > 4) {
    const isUnsigned = !minimum;
    const bits = isUnsigned ? byteLength * 8 : byteLength * 8 - 1;
    const lowest = isUnsigned ? `0${suffix}` : `-(${two} ** ${bits}${suffix})`;
    range = `>= ${lowest} and < ${two} ** ${bits}${suffix}`;
  }
  return outOfRange("value", range, value);
}

function readUnsigned(buffer, offset, byteLength, littleEndian) {
  let value = 0;
  for (let index = 0; index < byteLength; index++) {
    value = value * 256 + buffer[offset + (littleEndian ? byteLength - 1 - index : index)];
  }
  return value;
}

function readSigned(buffer, offset, byteLength, littleEndian) {
  const value = readUnsigned(buffer, offset, byteLength, littleEndian);
  const half = 2 ** (byteLength * 8 - 1);
  return value >= half ? value - half * 2 : value;
}

function writeInteger(buffer, value, offset, byteLength, littleEndian) {
  let low = value | 0;
  let high = Math.floor(value / TWO_POWER_32);
  // `|` takes the value modulo 2^32, but only of numbers it can represent exactly; ours are below 2^48.
  for (let index = 0; index < byteLength; index++) {
    buffer[offset + (littleEndian ? index : byteLength - 1 - index)] = index < 4 ? low : high;
    if (index < 4) low >>>= 8;
    else high >>= 8;
  }
  return offset + byteLength;
}

function writeChecked(buffer, input, offset, byteLength, littleEndian, signed) {
  const value = +input;
  const maximum = signed ? 2 ** (byteLength * 8 - 1) - 1 : 2 ** (byteLength * 8) - 1;
  const minimum = signed ? -maximum - 1 : 0;
  if (value > maximum || value < minimum) throw valueError(input, byteLength, minimum, maximum);
  checkOffset(buffer, offset, byteLength);
  return writeInteger(buffer, value, offset, byteLength, littleEndian);
}

function readBig(buffer, offset, littleEndian, signed) {
  checkOffset(buffer, offset, 8);
  const high = readUnsigned(buffer, littleEndian ? offset + 4 : offset, 4, littleEndian);
  const low = readUnsigned(buffer, littleEndian ? offset : offset + 4, 4, littleEndian);
  const value = (BigInt(high) << 32n) + BigInt(low);
  return signed ? BigInt.asIntN(64, value) : value;
}

function writeBig(buffer, value, offset, littleEndian, signed) {
  const minimum = signed ? -(2n ** 63n) : 0n;
  const maximum = signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  if (typeof value !== "bigint") throw invalidArgumentType("value", "bigint", value);
  if (value > maximum || value < minimum) throw valueError(value, 8, minimum, maximum);
  checkOffset(buffer, offset, 8);
  const bits = BigInt.asUintN(64, value);
  const low = Number(bits & 0xffffffffn);
  const high = Number(bits >> 32n);
  writeInteger(buffer, low, littleEndian ? offset : offset + 4, 4, littleEndian);
  writeInteger(buffer, high, littleEndian ? offset + 4 : offset, 4, littleEndian);
  return offset + 8;
}

function readFloat(buffer, offset, numbers, bytes, littleEndian) {
  checkOffset(buffer, offset, bytes.length);
  const last = bytes.length - 1;
  for (let index = 0; index <= last; index++) bytes[littleEndian ? index : last - index] = buffer[offset + index];
  return numbers[0];
}

function writeFloat(buffer, value, offset, numbers, bytes, littleEndian) {
  checkOffset(buffer, offset, bytes.length);
  numbers[0] = +value;
  const last = bytes.length - 1;
  for (let index = 0; index <= last; index++) buffer[offset + index] = bytes[littleEndian ? index : last - index];
  return offset + bytes.length;
}

/** Node has every method with UInt also as Uint. */
function addUnsigned(methods, name, method) {
  methods[name] = method;
  methods[name.replace("UInt", "Uint")] = method;
}

function addIntegers(methods, bits, ending, littleEndian) {
  const size = bits / 8;
  addUnsigned(methods, `readUInt${bits}${ending}`, function (offset = 0) {
    checkOffset(this, offset, size);
    return readUnsigned(this, offset, size, littleEndian);
  });
  methods[`readInt${bits}${ending}`] = function (offset = 0) {
    checkOffset(this, offset, size);
    return readSigned(this, offset, size, littleEndian);
  };
  addUnsigned(methods, `writeUInt${bits}${ending}`, function (value, offset = 0) {
    return writeChecked(this, value, offset, size, littleEndian, false);
  });
  methods[`writeInt${bits}${ending}`] = function (value, offset = 0) {
    return writeChecked(this, value, offset, size, littleEndian, true);
  };
}

function addVariableIntegers(methods, ending, littleEndian) {
  addUnsigned(methods, `readUInt${ending}`, function (offset, byteLength) {
    if (offset === undefined) throw invalidArgumentType("offset", "number", offset);
    checkByteLength(byteLength);
    checkOffset(this, offset, byteLength);
    return readUnsigned(this, offset, byteLength, littleEndian);
  });
  methods[`readInt${ending}`] = function (offset, byteLength) {
    if (offset === undefined) throw invalidArgumentType("offset", "number", offset);
    checkByteLength(byteLength);
    checkOffset(this, offset, byteLength);
    return readSigned(this, offset, byteLength, littleEndian);
  };
  addUnsigned(methods, `writeUInt${ending}`, function (value, offset, byteLength) {
    checkByteLength(byteLength);
    return writeChecked(this, value, offset, byteLength, littleEndian, false);
  });
  methods[`writeInt${ending}`] = function (value, offset, byteLength) {
    checkByteLength(byteLength);
    return writeChecked(this, value, offset, byteLength, littleEndian, true);
  };
}

function addWideNumbers(methods, ending, littleEndian) {
  addUnsigned(methods, `readBigUInt64${ending}`, function (offset = 0) {
    return readBig(this, offset, littleEndian, false);
  });
  methods[`readBigInt64${ending}`] = function (offset = 0) {
    return readBig(this, offset, littleEndian, true);
  };
  addUnsigned(methods, `writeBigUInt64${ending}`, function (value, offset = 0) {
    return writeBig(this, value, offset, littleEndian, false);
  });
  methods[`writeBigInt64${ending}`] = function (value, offset = 0) {
    return writeBig(this, value, offset, littleEndian, true);
  };
  for (const [name, numbers, bytes] of [["Float", float32, float32Bytes], ["Double", float64, float64Bytes]]) {
    methods[`read${name}${ending}`] = function (offset = 0) {
      return readFloat(this, offset, numbers, bytes, littleEndian);
    };
    methods[`write${name}${ending}`] = function (value, offset = 0) {
      return writeFloat(this, value, offset, numbers, bytes, littleEndian);
    };
  }
}

/** The methods, by their names. */
export function numberMethods() {
  const methods = {};
  addIntegers(methods, 8, "", true);
  for (const [ending, littleEndian] of [["LE", true], ["BE", false]]) {
    addIntegers(methods, 16, ending, littleEndian);
    addIntegers(methods, 32, ending, littleEndian);
    addVariableIntegers(methods, ending, littleEndian);
    addWideNumbers(methods, ending, littleEndian);
  }
  return methods;
}
