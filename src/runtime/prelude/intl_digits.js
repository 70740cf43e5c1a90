/** How many digits are written: https://tc39.es/ecma402/#sec-setnfdigitoptions */

import { integerOption, stringOptions } from "./intl_options.js";
import { isObject } from "./webidl.js";

const INCREMENTS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000];
const MODES = ["ceil", "floor", "expand", "trunc", "halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven"];

/** Reads the options; `fraction` has the fewest and the most digits after the point when nothing is said. */
export function readDigits(owner, options, fraction, notation) {
  const read = stringOptions(owner, options);
  const minimumIntegerDigits = integerOption(options.minimumIntegerDigits, 1, 21, 1, "minimumIntegerDigits");
  const asked = {
    minimumFractionDigits: options.minimumFractionDigits,
    maximumFractionDigits: options.maximumFractionDigits,
    minimumSignificantDigits: options.minimumSignificantDigits,
    maximumSignificantDigits: options.maximumSignificantDigits,
  };
  const roundingIncrement = integerOption(options.roundingIncrement, 1, 5000, 1, "roundingIncrement");
  if (!INCREMENTS.includes(roundingIncrement)) throw new RangeError("roundingIncrement value is out of range.");
  const roundingMode = read("roundingMode", MODES, "halfExpand");
  const priority = read("roundingPriority", ["auto", "morePrecision", "lessPrecision"], "auto");
  const trailingZeroDisplay = read("trailingZeroDisplay", ["auto", "stripIfInteger"], "auto");
  const fallback = roundingIncrement === 1 ? fraction : [fraction[0], fraction[0]];
  const counted = countDigits(asked, fallback, priority, notation);
  checkIncrement(roundingIncrement, counted);
  return {
    minimumIntegerDigits,
    ...counted,
    roundingIncrement,
    roundingMode,
    trailingZeroDisplay,
  };
}

function countDigits(asked, fraction, priority, notation) {
  const hasSignificant = asked.minimumSignificantDigits !== undefined || asked.maximumSignificantDigits !== undefined;
  const hasFraction = asked.minimumFractionDigits !== undefined || asked.maximumFractionDigits !== undefined;
  const isAuto = priority === "auto";
  const needsSignificant = !isAuto || hasSignificant;
  const needsFraction = !isAuto || !(hasSignificant || (!hasFraction && notation === "compact"));
  const significant = needsSignificant ? significantDigits(asked, hasSignificant) : {};
  const fractional = needsFraction ? fractionDigits(asked, hasFraction, fraction) : {};
  if (needsSignificant || needsFraction) return { ...significant, ...fractional, roundingPriority: priority };
  return {
    minimumFractionDigits: 0,
    maximumFractionDigits: 0,
    minimumSignificantDigits: 1,
    maximumSignificantDigits: 2,
    roundingPriority: "morePrecision",
  };
}

function significantDigits(asked, isAsked) {
  if (!isAsked) return { minimumSignificantDigits: 1, maximumSignificantDigits: 21 };
  const least = integerOption(asked.minimumSignificantDigits, 1, 21, 1, "minimumSignificantDigits");
  const most = integerOption(asked.maximumSignificantDigits, least, 21, 21, "maximumSignificantDigits");
  return { minimumSignificantDigits: least, maximumSignificantDigits: most };
}

function fractionDigits(asked, isAsked, [leastDefault, mostDefault]) {
  if (!isAsked) return { minimumFractionDigits: leastDefault, maximumFractionDigits: mostDefault };
  let least = integerOption(asked.minimumFractionDigits, 0, 100, undefined, "minimumFractionDigits");
  let most = integerOption(asked.maximumFractionDigits, 0, 100, undefined, "maximumFractionDigits");
  least ??= Math.min(leastDefault, most);
  most ??= Math.max(mostDefault, least);
  if (least > most) throw new RangeError("maximumFractionDigits value is out of range.");
  return { minimumFractionDigits: least, maximumFractionDigits: most };
}

function checkIncrement(increment, digits) {
  if (increment === 1) return;
  const { minimumFractionDigits, maximumFractionDigits, minimumSignificantDigits, roundingPriority } = digits;
  if (roundingPriority !== "auto" || minimumSignificantDigits !== undefined) {
    throw new TypeError("roundingIncrement goes with digits after the decimal point only.");
  }
  if (minimumFractionDigits !== maximumFractionDigits) {
    throw new RangeError("roundingIncrement needs as many digits at least as at most after the decimal point.");
  }
}

/** What resolvedOptions tells of the number of digits, in its order. */
export function resolvedDigits(digits) {
  const { minimumIntegerDigits, roundingIncrement, roundingMode, roundingPriority, trailingZeroDisplay } = digits;
  const counts = { minimumIntegerDigits };
  for (const name of [
    "minimumFractionDigits",
    "maximumFractionDigits",
    "minimumSignificantDigits",
    "maximumSignificantDigits",
  ]) {
    if (digits[name] !== undefined) counts[name] = digits[name];
  }
  return { counts, rounding: { roundingIncrement, roundingMode, roundingPriority, trailingZeroDisplay } };
}

const DECIMAL = /^[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)$/;

/** A value as the text of a number, which keeps all digits of BigInts and strings. */
export function numberText(value) {
  const isPlain = typeof value === "number" || typeof value === "bigint" || typeof value === "string";
  const primitive = isPlain ? value : toPrimitive(value);
  if (typeof primitive === "bigint") return `${primitive}`;
  if (typeof primitive === "string") {
    const text = primitive.trim();
    // What is as good as infinite or zero for JavaScript is that here too.
    const isOrdinary = Number.isFinite(Number(text)) && Number(text) !== 0;
    if (isOrdinary && DECIMAL.test(text)) return text;
  }
  const number = Number(primitive);
  return Object.is(number, -0) ? "-0" : `${number}`;
}

/** ToPrimitive with the hint number. */
function toPrimitive(value) {
  if (!isObject(value)) return value;
  const convert = value[Symbol.toPrimitive];
  if (convert !== undefined && convert !== null) return Reflect.apply(convert, value, ["number"]);
  const inner = typeof value.valueOf === "function" ? value.valueOf() : value;
  return isObject(inner) ? value.toString() : inner;
}
