/**
 * The tokens of URL pattern strings: https://urlpattern.spec.whatwg.org/#tokens
 */

const NAME_START = /[\p{ID_Start}_$]/u;
const NAME_PART = /[\p{ID_Continue}$\u200c\u200d]/u;
const NON_ASCII = /[^\0-\x7f]/;
const SIMPLE_TYPES = { "*": "asterisk", "+": "other-modifier", "?": "other-modifier", "{": "open", "}": "close" };

/** True when `character` may be part of a group's name. */
export function isNamePart(character) {
  return NAME_PART.test(character);
}

/**
 * Splits a pattern into tokens `{ type, index, value }`, the last of type "end". When `lenient`, what is
 * malformed becomes an "invalid-char"; otherwise it throws a TypeError.
 */
export function tokenize(input, lenient) {
  const tokenizer = new Tokenizer(input, lenient);
  return tokenizer.run();
}

class Tokenizer {
  #input;
  #lenient;
  #tokens = [];
  #next = 0;

  constructor(input, lenient) {
    this.#input = input;
    this.#lenient = lenient;
  }

  run() {
    while (this.#next < this.#input.length) this.#step();
    this.#add("end", this.#input.length, this.#input.length, "");
    return this.#tokens;
  }

  #step() {
    const start = this.#next;
    const character = this.#characterAt(start);
    if (character in SIMPLE_TYPES) this.#add(SIMPLE_TYPES[character], start, start + 1, character);
    else if (character === "\\") this.#escaped(start);
    else if (character === ":") this.#name(start);
    else if (character === "(") this.#regexp(start);
    else this.#add("char", start, start + character.length, character);
  }

  #characterAt(index) {
    return String.fromCodePoint(this.#input.codePointAt(index));
  }

  #add(type, index, next, value) {
    this.#tokens.push({ type, index, value });
    this.#next = next;
  }

  #malformed(start, what) {
    if (!this.#lenient) throw new TypeError(`URLPattern: ${what} at position ${start} of "${this.#input}".`);
    const character = this.#characterAt(start);
    this.#add("invalid-char", start, start + character.length, character);
  }

  #escaped(start) {
    if (start + 1 === this.#input.length) {
      this.#malformed(start, "nothing follows the backslash");
      return;
    }
    const character = this.#characterAt(start + 1);
    this.#add("escaped-char", start, start + 1 + character.length, character);
  }

  #name(start) {
    let end = start + 1;
    while (end < this.#input.length) {
      const character = this.#characterAt(end);
      if (!(end === start + 1 ? NAME_START : NAME_PART).test(character)) break;
      end += character.length;
    }
    if (end === start + 1) this.#malformed(start, "a name is missing");
    else this.#add("name", start, end, this.#input.slice(start + 1, end));
  }

  #regexp(start) {
    const end = this.#regexpEnd(start + 1);
    const value = this.#input.slice(start + 1, end);
    if (end < 0 || value === "" || NON_ASCII.test(value)) this.#malformed(start, "a regular expression is malformed");
    else this.#add("regexp", start, end + 1, value);
  }

  /** The position of the closing parenthesis, or -1. Groups inside must not capture. */
  #regexpEnd(start) {
    const input = this.#input;
    if (input[start] === "?") return -1;
    let depth = 1;
    for (let index = start; index < input.length; index++) {
      if (input[index] === "\\") index++;
      else if (input[index] === "(") {
        if (input[index + 1] !== "?") return -1;
        depth++;
      } else if (input[index] === ")" && --depth === 0) return index;
    }
    return -1;
  }
}
