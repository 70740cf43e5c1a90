/** Intl.Segmenter: https://tc39.es/ecma402/#segmenter-objects */

import { ask } from "./intl_host.js";
import { localesMember, resolveLocale } from "./intl_locales.js";
import { defineIntlClass, optionsObject, stateOf, stringOptions } from "./intl_options.js";

const states = new WeakMap();

/** Texts in graphemes, words or sentences. */
export class Segmenter {
  constructor(locales = undefined, given = undefined) {
    const { locale } = resolveLocale(locales);
    const read = stringOptions("Intl.Segmenter", optionsObject(given));
    read("localeMatcher", ["lookup", "best fit"], "best fit");
    states.set(this, { locale, granularity: read("granularity", ["grapheme", "word", "sentence"], "grapheme") });
  }
}

defineIntlClass(
  Segmenter,
  "Intl.Segmenter",
  {
    segment(input) {
      const { granularity } = stateOf(states, this, "Intl.Segmenter.prototype.segment");
      return new Segments(`${input}`, granularity);
    },
    resolvedOptions() {
      const { locale, granularity } = stateOf(states, this, "Intl.Segmenter.prototype.resolvedOptions");
      return { locale, granularity };
    },
  },
  localesMember,
);

/** What Segmenter.prototype.segment returns. */
class Segments {
  #input;
  #granularity;
  #ends;

  constructor(input, granularity) {
    this.#input = input;
    this.#granularity = granularity;
    // The host sees well-formed text, which has the same length.
    this.#ends = JSON.parse(ask("segments", granularity, [input]));
  }

  containing(index = 0) {
    const position = Math.trunc(Number(index)) || 0;
    if (position < 0 || position >= this.#input.length) return undefined;
    return this.#segment(this.#numberAt(position));
  }

  /** The number of the first segment that ends after a position. */
  #numberAt(position) {
    let [low, high] = [0, this.#ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Math.abs(this.#ends[middle]) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  *[Symbol.iterator]() {
    for (let number = 0; number < this.#ends.length; number++) yield this.#segment(number);
  }

  #segment(number) {
    const index = number === 0 ? 0 : Math.abs(this.#ends[number - 1]);
    const end = this.#ends[number];
    const data = { segment: this.#input.slice(index, Math.abs(end)), index, input: this.#input };
    return this.#granularity === "word" ? { ...data, isWordLike: end > 0 } : data;
  }
}
delete Segments.prototype.constructor;
