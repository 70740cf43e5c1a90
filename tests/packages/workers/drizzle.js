import { and, eq, gt, sql } from "drizzle-orm";
import { integer, sqliteTable, text, QueryBuilder } from "drizzle-orm/sqlite-core";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import { worker } from "../worker.js";

const orders = sqliteTable("orders", { id: integer("id").primaryKey(), customer: text("customer").notNull(), total: integer("total") });

export default worker({
  produce() {
    const query = new QueryBuilder().select({ id: orders.id }).from(orders).where(and(eq(orders.customer, "a"), gt(orders.total, 5)));
    return { answer: query.toSQL(), message: { customer: "b", total: 7 } };
  },

  async consume(row) {
    const asked = [];
    const database = drizzle(async (query, parameters, method) => {
      asked.push([query, parameters, method]);
      return { rows: [[1, row.customer, row.total]] };
    });
    const [found] = await database.insert(orders).values(row).onConflictDoUpdate({ target: orders.id, set: { total: sql`total + 1` } }).returning();
    return [asked, found];
  },
});
