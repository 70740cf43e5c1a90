import { addBusinessDays, format, formatDistance, intervalToDuration, parseISO } from "date-fns";
import { fr } from "date-fns/locale";
import { worker } from "../worker.js";

export default worker({
  produce: () => ({
    answer: [format(new Date(2026, 0, 2), "EEEE, do MMMM yyyy"), format(new Date(2026, 1, 3), "PPPP", { locale: fr })],
    message: { at: "2026-02-27T10:00:00.000Z" },
  }),

  consume({ at }) {
    const start = parseISO(at);
    const later = addBusinessDays(start, 3);
    return [later.toISOString(), formatDistance(later, start, { addSuffix: true }), intervalToDuration({ start, end: later })];
  },
});
