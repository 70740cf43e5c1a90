import { customAlphabet, nanoid } from "nanoid";
import { decodeTime, isValid, monotonicFactory, ulid } from "ulid";
import { parse, v4, v5, v7, validate, version } from "uuid";
import { worker } from "../worker.js";

const short = customAlphabet("0123456789abcdef", 10);

export default worker({
  produce() {
    const next = monotonicFactory();
    const message = { nanoid: nanoid(), short: short(), ulids: [next(1), next(1), ulid()], v4: v4(), v7: v7() };
    return { answer: v5("https://example.com/", v5.URL), message };
  },

  consume({ nanoid, short, ulids, v4, v7 }) {
    const [first, second] = ulids;
    return [
      /^[\w-]{21}$/.test(nanoid), /^[0-9a-f]{10}$/.test(short), ulids.every(isValid), decodeTime(first), first < second,
      validate(v4), version(v4), version(v7), parse(v7).length,
    ];
  },
});
