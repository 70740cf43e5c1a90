/**
 * Components of URL patterns: from a pattern string to a regular expression and back to a normal form.
 * https://urlpattern.spec.whatwg.org/#parsing-pattern-strings
 */
import { isNamePart, tokenize } from "./urlpattern_tokens.js";

const MODIFIERS = { "?": "?", "*": "*", "+": "+" };
const ANYTHING = ".*";

/**
 * Compiles one component. `settings` has delimiter and prefix ("" or one character each), ignoreCase,
 * and encode, which normalises literal text.
 */
export function compileComponent(pattern, settings) {
  const segment = `[^${escapeRegExp(settings.delimiter)}]+?`;
  const parts = new PartParser(pattern, settings, segment).parse();
  return new Component(parts, settings, segment);
}

class Component {
  /** The normal form of the pattern. */
  text;
  hasRegExpGroups;
  #expression;
  #names;

  constructor(parts, settings, segment) {
    this.text = patternText(parts, settings, segment);
    this.hasRegExpGroups = parts.some(({ type }) => type === "regexp");
    this.#names = parts.filter(({ type }) => type !== "fixed").map(({ name }) => name);
    this.#expression = compileExpression(parts, segment, settings.ignoreCase);
  }

  test(input) {
    return this.#expression.test(input);
  }

  /** `{ input, groups }`, or null when `input` does not match. */
  match(input) {
    const found = this.#expression.exec(input);
    if (found === null) return null;
    return { input, groups: Object.fromEntries(this.#names.map((name, index) => [name, found[index + 1]])) };
  }
}

class PartParser {
  #tokens;
  #index = 0;
  #settings;
  #segment;
  #parts = [];
  #pendingText = "";
  #nextNumber = 0;

  constructor(pattern, settings, segment) {
    this.#tokens = tokenize(pattern, false);
    this.#settings = settings;
    this.#segment = segment;
  }

  parse() {
    while (this.#index < this.#tokens.length) this.#step();
    return this.#parts;
  }

  #step() {
    const character = this.#take("char");
    const name = this.#take("name");
    const matcher = this.#takeMatcher(name);
    if (name !== null || matcher !== null) {
      this.#addGroup(character?.value ?? "", name, matcher);
      return;
    }
    const literal = character ?? this.#take("escaped-char");
    if (literal !== null) {
      this.#pendingText += literal.value;
    } else if (this.#take("open") !== null) {
      this.#addBraces();
    } else {
      this.#flushText();
      this.#require("end");
    }
  }

  #addGroup(character, name, matcher) {
    const isPrefix = character === this.#settings.prefix;
    if (!isPrefix) this.#pendingText += character;
    this.#flushText();
    this.#addPart(isPrefix ? character : "", name, matcher, "", this.#takeModifier());
  }

  #addBraces() {
    const prefix = this.#takeText();
    const name = this.#take("name");
    const matcher = this.#takeMatcher(name);
    const suffix = this.#takeText();
    this.#require("close");
    this.#addPart(prefix, name, matcher, suffix, this.#takeModifier());
  }

  #take(type) {
    const token = this.#tokens[this.#index];
    if (token === undefined || token.type !== type) return null;
    this.#index++;
    return token;
  }

  #require(type) {
    if (this.#take(type) === null) {
      const { value, index } = this.#tokens[this.#index];
      throw new TypeError(`URLPattern: "${value}" is not expected at position ${index}.`);
    }
  }

  #takeMatcher(name) {
    return this.#take("regexp") ?? (name === null ? this.#take("asterisk") : null);
  }

  #takeModifier() {
    const token = this.#take("other-modifier") ?? this.#take("asterisk");
    return token === null ? "" : MODIFIERS[token.value];
  }

  #takeText() {
    let text = "";
    for (let token; (token = this.#take("char") ?? this.#take("escaped-char")) !== null;) text += token.value;
    return text;
  }

  #flushText() {
    if (this.#pendingText === "") return;
    const value = this.#settings.encode(this.#pendingText);
    this.#pendingText = "";
    this.#parts.push({ type: "fixed", value, modifier: "", prefix: "", suffix: "", name: "" });
  }

  #addPart(prefix, name, matcher, suffix, modifier) {
    const isText = name === null && matcher === null;
    if (isText && modifier === "") {
      this.#pendingText += prefix;
      return;
    }
    this.#flushText();
    const { encode } = this.#settings;
    if (isText) {
      if (prefix !== "")
        this.#parts.push({ type: "fixed", value: encode(prefix), modifier, prefix: "", suffix: "", name: "" });
      return;
    }
    const part = {
      ...this.#matching(matcher),
      modifier,
      prefix: encode(prefix),
      suffix: encode(suffix),
      name: this.#nameOf(name),
    };
    this.#parts.push(part);
  }

  #matching(matcher) {
    const expression = matcher === null ? this.#segment : matcher.type === "asterisk" ? ANYTHING : matcher.value;
    if (expression === this.#segment) return { type: "segment", value: "" };
    return expression === ANYTHING ? { type: "anything", value: "" } : { type: "regexp", value: expression };
  }

  #nameOf(token) {
    const name = token === null ? `${this.#nextNumber++}` : token.value;
    if (this.#parts.some((part) => part.type !== "fixed" && part.name === name)) {
      throw new TypeError(`URLPattern: the group "${name}" appears twice.`);
    }
    return name;
  }
}

function escapeRegExp(text) {
  return text.replace(/[.+*?^${}()[\]|/\\]/g, "\\$&");
}

/** Escapes what has a meaning in patterns. */
export function escapePattern(text) {
  return text.replace(/[+*?:{}()\\]/g, "\\$&");
}

function compileExpression(parts, segment, ignoreCase) {
  const source = `^${parts.map((part) => partExpression(part, segment)).join("")}$`;
  try {
    return new RegExp(source, ignoreCase ? "vi" : "v");
  } catch (error) {
    throw new TypeError(`URLPattern: a regular expression is malformed: ${error.message}`);
  }
}

function partExpression({ type, value, modifier, prefix, suffix }, segment) {
  if (type === "fixed") return modifier === "" ? escapeRegExp(value) : `(?:${escapeRegExp(value)})${modifier}`;
  const inner = type === "segment" ? segment : type === "anything" ? ANYTHING : value;
  const repeats = modifier === "*" || modifier === "+";
  if (prefix === "" && suffix === "") return repeats ? `((?:${inner})${modifier})` : `(${inner})${modifier}`;
  const before = escapeRegExp(prefix);
  const after = escapeRegExp(suffix);
  if (!repeats) return `(?:${before}(${inner})${after})${modifier}`;
  return `(?:${before}((?:${inner})(?:${after}${before}(?:${inner}))*)${after})${modifier === "*" ? "?" : ""}`;
}

function patternText(parts, settings, segment) {
  return parts.map((part, index) => partText(part, parts[index - 1], parts[index + 1], settings, segment)).join("");
}

function partText(part, previous, next, settings, segment) {
  const { type, value, modifier, prefix, suffix, name } = part;
  if (type === "fixed") return modifier === "" ? escapePattern(value) : `{${escapePattern(value)}}${modifier}`;
  const isNamed = !/^[0-9]/.test(name);
  const grouped = needsBraces(part, previous, next, settings.prefix, isNamed);
  let text = escapePattern(prefix) + (isNamed ? `:${name}` : "");
  if (type === "regexp") text += `(${value})`;
  else if (type === "segment") text += isNamed ? "" : `(${segment})`;
  else text += !isNamed && isBareAsterisk(previous, grouped, prefix) ? "*" : `(${ANYTHING})`;
  if (type === "segment" && isNamed && suffix !== "" && isNamePart(firstCharacter(suffix))) text += "\\";
  text += escapePattern(suffix);
  return grouped ? `{${text}}${modifier}` : text + modifier;
}

function isBareAsterisk(previous, grouped, prefix) {
  return previous === undefined || previous.type === "fixed" || previous.modifier !== "" || grouped || prefix !== "";
}

function needsBraces({ type, modifier, prefix, suffix }, previous, next, usualPrefix, isNamed) {
  if (suffix !== "" || (prefix !== "" && prefix !== usualPrefix)) return true;
  if (
    isNamed &&
    type === "segment" &&
    modifier === "" &&
    next !== undefined &&
    next.prefix === "" &&
    next.suffix === ""
  ) {
    const runsOn = next.type === "fixed" ? isNamePart(firstCharacter(next.value)) : /^[0-9]/.test(next.name);
    if (runsOn) return true;
  }
  return prefix === "" && previous?.type === "fixed" && usualPrefix !== "" && previous.value.endsWith(usualPrefix);
}

function firstCharacter(text) {
  return String.fromCodePoint(text.codePointAt(0));
}
