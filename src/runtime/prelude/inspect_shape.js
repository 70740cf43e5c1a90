/**
 * The shape of an object: what stands before its members, and which members there are.
 *
 * { base, open, close, name, items?, keys, list?, hasRemainder? }: `items(level)` gives the texts of members
 * that are no properties, `keys` are the properties to show; `base` stands before the braces, and alone when
 * there are no members; `name` is what remains of an object that is nested too deeply; `list` is what
 * the items of a long list are, for their alignment.
 */

/** How many items of a list or collection are shown. */
export const MOST_ITEMS = 100;

/** The part of a shape that an object in braces has. */
export function braces(name = "") {
  return { base: "", open: name === "" ? "{" : `${name} {`, close: "}", name: name === "" ? "Object" : name };
}

/** Adds how many items are not shown, if any. */
export function withRemainder(texts, remaining) {
  if (remaining > 0) texts.push(`... ${remaining} more item${remaining === 1 ? "" : "s"}`);
  return texts;
}
