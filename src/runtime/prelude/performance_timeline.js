/** The entries of the isolate: https://w3c.github.io/performance-timeline/ */

/** Entries beyond these are not kept, so that a Worker that never clears them does not fill its memory. */
const ENTRIES_MAX = 10_000;

const entries = [];

/** Keeps an entry. */
export function recordEntry(entry) {
  if (entries.length < ENTRIES_MAX) entries.push(entry);
}

/** Forgets the entries of a type, or those of them with this name. */
export function clearEntries(type, name) {
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index];
    if (entry.entryType === type && (name === undefined || entry.name === name)) entries.splice(index, 1);
  }
}

/** Those of `list` with this name and type, in the order in which they began. */
export function selectEntries(list, name = undefined, type = undefined) {
  const selected = list.filter(
    (entry) => (name === undefined || entry.name === name) && (type === undefined || entry.entryType === type),
  );
  return selected.sort((one, other) => one.startTime - other.startTime);
}

/** As `selectEntries`, of all entries that are kept. */
export function keptEntries(name, type) {
  return selectEntries(entries, name, type);
}
