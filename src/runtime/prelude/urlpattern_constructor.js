/**
 * Splitting a whole pattern such as `https://*.example.com/:id?x=*` into its components.
 * https://urlpattern.spec.whatwg.org/#constructor-string-parsing
 */
import { tokenize } from "./urlpattern_tokens.js";

const ORDER = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];
const LITERAL_TYPES = ["char", "escaped-char", "invalid-char"];
const BEFORE_MODIFIER = ["name", "regexp", "close", "asterisk"];

/**
 * The components that `input` names. `matchesSpecial(protocol)` tells whether a protocol's pattern
 * matches a special scheme such as https.
 */
export function parseConstructorString(input, matchesSpecial) {
  return new ConstructorParser(input, matchesSpecial).parse();
}

class ConstructorParser {
  #input;
  #tokens;
  #matchesSpecial;
  #isSpecial = false;
  #state = "init";
  #start = 0;
  #index = 0;
  #increment = 1;
  #groupDepth = 0;
  #bracketDepth = 0;
  #result = {};

  constructor(input, matchesSpecial) {
    this.#input = input;
    this.#tokens = tokenize(input, true);
    this.#matchesSpecial = matchesSpecial;
  }

  parse() {
    while (this.#index < this.#tokens.length && this.#state !== "done") {
      this.#increment = 1;
      if (this.#type === "end") this.#atEnd();
      else if (!this.#insideGroup()) this.#states[this.#state]();
      this.#index += this.#increment;
    }
    if (this.#result.hostname !== undefined) this.#result.port ??= "";
    return this.#result;
  }

  get #type() {
    return this.#tokens[this.#index].type;
  }

  #insideGroup() {
    if (this.#type === "open") {
      this.#groupDepth++;
      return true;
    }
    if (this.#groupDepth === 0) return false;
    if (this.#type === "close") this.#groupDepth--;
    return true;
  }

  #atEnd() {
    if (this.#state === "init") {
      this.#rewind();
      if (this.#is("#")) this.#change("hash", 1);
      else if (this.#isSearchStart()) this.#change("search", 1);
      else this.#change("pathname", 0);
    } else if (this.#state === "authority") {
      this.#rewind();
      this.#state = "hostname";
    } else {
      this.#change("done", 0);
    }
  }

  #states = {
    init: () => {
      if (this.#is(":")) this.#rewindTo("protocol");
    },
    protocol: () => {
      if (this.#is(":")) this.#endProtocol();
    },
    authority: () => {
      if (this.#is("@")) this.#rewindTo("username");
      else if (this.#is("/") || this.#isSearchStart() || this.#is("#")) this.#rewindTo("hostname");
    },
    username: () => {
      if (this.#is(":")) this.#change("password", 1);
      else if (this.#is("@")) this.#change("hostname", 1);
    },
    password: () => {
      if (this.#is("@")) this.#change("hostname", 1);
    },
    hostname: () => {
      if (this.#is("[")) this.#bracketDepth++;
      else if (this.#is("]")) this.#bracketDepth--;
      else if (this.#is(":") && this.#bracketDepth === 0) this.#change("port", 1);
      else this.#endAuthority();
    },
    port: () => this.#endAuthority(),
    pathname: () => this.#endPath(),
    search: () => {
      if (this.#is("#")) this.#change("hash", 1);
    },
    hash: () => {},
  };

  #endProtocol() {
    this.#isSpecial = this.#matchesSpecial(this.#componentText());
    const hasSlashes = this.#is("/", this.#index + 1) && this.#is("/", this.#index + 2);
    if (hasSlashes) this.#change("authority", 3);
    else this.#change(this.#isSpecial ? "authority" : "pathname", 1);
  }

  #endAuthority() {
    if (this.#is("/")) this.#change("pathname", 0);
    else this.#endPath();
  }

  #endPath() {
    if (this.#isSearchStart()) this.#change("search", 1);
    else if (this.#is("#")) this.#change("hash", 1);
  }

  #is(character, index = this.#index) {
    const token = this.#tokens[index];
    return token !== undefined && token.value === character && LITERAL_TYPES.includes(token.type);
  }

  /** A question mark starts the search unless it is the modifier of what stands before it. */
  #isSearchStart() {
    if (this.#is("?")) return true;
    if (this.#tokens[this.#index].value !== "?") return false;
    const previous = this.#tokens[this.#index - 1];
    return previous === undefined || !BEFORE_MODIFIER.includes(previous.type);
  }

  #rewind() {
    this.#index = this.#start;
    this.#increment = 0;
  }

  #rewindTo(state) {
    this.#rewind();
    this.#state = state;
  }

  #change(state, skip) {
    const before = this.#state;
    if (ORDER.includes(before)) this.#result[before] = this.#componentText();
    if (before !== "init" && state !== "done") this.#fillSkipped(before, state);
    this.#state = state;
    this.#index += skip;
    this.#start = this.#index;
    this.#increment = 0;
  }

  /** Components that were passed over are empty, not wild cards. */
  #fillSkipped(before, state) {
    const result = this.#result;
    const isBefore = (component) => before === "authority" || ORDER.indexOf(before) < ORDER.indexOf(component);
    const isAfter = (component) => ORDER.indexOf(state) > ORDER.indexOf(component);
    if (isBefore("hostname") && isAfter("hostname")) result.hostname ??= "";
    if (isBefore("pathname") && isAfter("pathname")) result.pathname ??= this.#isSpecial ? "/" : "";
    if (isBefore("search") && isAfter("search")) result.search ??= "";
  }

  #componentText() {
    return this.#input.slice(this.#tokens[this.#start].index, this.#tokens[this.#index].index);
  }
}
