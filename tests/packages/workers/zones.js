import { DateTime, Duration } from "luxon";
import { worker } from "../worker.js";

export default worker({
  produce() {
    const there = DateTime.fromISO("2026-01-02T00:00:00Z", { zone: "America/New_York" });
    const shown = there.toFormat("yyyy LLL dd HH:mm ZZ");
    const full = DateTime.fromISO("2026-06-01", { zone: "Europe/Paris" }).toLocaleString(DateTime.DATE_FULL);
    return { answer: [shown, full], message: { at: there.toISO(), waits: "PT1M1S" } };
  },

  consume({ at, waits }) {
    const due = DateTime.fromISO(at, { zone: "utc" }).plus(Duration.fromISO(waits));
    return [due.toISO(), Duration.fromISO(waits).toFormat("m:ss"), due.toRelative({ base: due.plus({ days: 3 }) })];
  },
});
