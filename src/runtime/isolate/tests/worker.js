class Own {
  constructor() {
    this.a = 1;
  }
}

function deep(levels) {
  return levels === 0 ? 1 : { inner: deep(levels - 1) };
}

function withoutFirst() {
  const object = { gone: 1, kept: 2, last: [3] };
  delete object.gone;
  object.added = null;
  return object;
}

const long = "a long text with some words in it, ".repeat(60);
const shared = { a: [1, 2, 3] };

/** What the host is to read by itself. */
const plain = [
  0,
  -0,
  1.5,
  -2147483648,
  2147483648,
  4294967296.5,
  1e21,
  1e-7,
  NaN,
  -Infinity,
  true,
  null,
  "",
  'quo"ted\\\u2028\u0000\u001f\u007f\n',
  "caf\u00e9 \u00ff\u0080",
  "\u65e5\u672c\ud83d\ude00",
  long.slice(100, 1900),
  long.slice(100, 1900).slice(30),
  (long + "\u65e5\u672c").slice(100),
  {},
  [],
  [undefined, [], {}, [[[]]]],
  { a: undefined, b: 1, c: undefined },
  { a: undefined },
  withoutFirst(),
  [shared, shared, { shared }],
  Object.freeze({ frozen: true }),
  Object.create(null),
  Object.defineProperty({ seen: 1 }, "unseen", { value: 2, enumerable: false }),
  { [Symbol("unseen")]: 1, [Symbol.iterator]: 2 },
  { length: 1, "a b": 2, "\u00e9": 3, "\u65e5": 4, "": 5, null: 6 },
  Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`name${index}`, index])),
  Array.from({ length: 2000 }, (_, index) => index),
  { __proto__: null, a: 1 },
  JSON.parse('{"__proto__": {"a": 1}}'),
  deep(60),
];

/** What JavaScript has to do. */
const others = {
  date: () => new Date(0),
  own: () => new Own(),
  inherits: () => Object.create({ a: 1 }),
  map: () => new Map(),
  boxed: () => [Object("text")],
  accessor: () => ({
    get a() {
      return 1;
    },
  }),
  toJson: () => ({ toJSON: () => "as it likes" }),
  toJsonInside: () => [{ a: { toJSON: () => 1 } }],
  noFunction: () => ({ a: 1, toJSON: 1 }),
  functions: () => ({ a() {} }),
  symbols: () => [Symbol("a")],
  numbers: () => ({ b: 1, 1: 2, a: 3 }),
  largeNumbers: () => ({ a: 1, 4294967290: 2 }),
  frozenArray: () => Object.freeze([1]),
  holes: () => [1, , 3],
  longer: () => Object.assign([1], { length: 4 }),
  proxy: () => new Proxy({ a: 1 }, {}),
  proxyInside: () => [new Proxy([1], {})],
  surrogate: () => ["\ud83d"],
  rope: () => ({ rope: long + long + Math.random() }),
  tooDeep: () => deep(70),
  subclass: () => new (class extends Array {})(),
  typed: () => new Uint8Array(2),
  global: () => ({ globalThis: new WeakRef({}) }),
  manyNames: () => {
    const name = "n".repeat(10_000).split("").join("");
    return Array(1000).fill({ [name]: undefined });
  },
  large: () => "x".repeat(130_000).split("").join(""),
};

/** Messages of which JavaScript has to read more than the body. */
const messages = {
  contentType: () => ({ body: 1, contentType: "json" }),
  delay: () => ({ body: 1, delaySeconds: 0 }),
  options: () => ({ body: 1, options: {} }),
  none: () => ({}),
  nothing: () => ({ body: undefined }),
  accessor: () => ({
    get body() {
      return 1;
    },
  }),
  own: () => Object.assign(new Own(), { body: 1 }),
  many: () => Object.fromEntries([...Array(20).keys()].map((index) => [`name${index}`, index]).concat([["body", 1]])),
  text: () => "text",
};

const paths = {
  plain: (queue) => send(queue, plain),
  plainOne: (queue, index) => send(queue, [plain[index]]),
  names: () => Object.keys(others),
  beside: (queue) => sendAll(queue, [{ body: 1, contentType: undefined, options: undefined }, { id: 7, body: 2 }]),
  messageNames: () => Object.keys(messages),
  message: (queue, name) => sendAll(queue, [{ body: 1 }, messages[name]()]),
  none: (queue) => sendAll(queue, []),
  tooMany: (queue) => send(queue, Array(101).fill(1)),
  one: (queue, name) => send(queue, [others[name]()]),
  json: (queue, _, text) => send(queue, JSON.parse(text)),
  iterator: (queue) => sendAll(queue, Object.assign([{ body: 1 }], { [Symbol.iterator]: Array.prototype.values.bind([{ body: 2 }]) })),
  prototype(queue) {
    Object.prototype.addition = undefined;
    return send(queue, [1]);
  },
};

function send(queue, bodies) {
  return sendAll(queue, bodies.map((body) => ({ body })));
}

function sendAll(queue, messages) {
  queue.sendBatch(messages).catch(() => {});
  return messages.map(({ body }) => String(JSON.stringify(body)));
}

export default {
  async fetch(request, env) {
    const [, path, name] = new URL(request.url).pathname.split("/");
    return Response.json(paths[path](env.QUEUE, name, await request.text()));
  },
};
