import * as cheerio from "cheerio";
import { parseDocument } from "htmlparser2";
import { marked } from "marked";
import Papa from "papaparse";
import YAML from "yaml";
import { worker } from "../worker.js";

export default worker({
  produce() {
    const html = marked.parse("# Title\n\n- [one](https://example.com/1)\n- *two*\n");
    const $ = cheerio.load(html);
    const rows = Papa.parse("name,count\n\"a, b\",1\nc,2\n", { header: true, dynamicTyping: true, skipEmptyLines: true });
    const settings = YAML.parse("retries: 3\nhosts: [a, b]\nnested:\n  key: &x value\n  same: *x\n");
    return { answer: [$("h1").text(), $("a").attr("href"), rows.data, settings], message: html };
  },

  consume(html) {
    const $ = cheerio.load(html);
    $("li").addClass("item");
    const names = parseDocument(html).children.map(({ name }) => name).filter(Boolean);
    return [$("li.item").length, $("em").text(), names, YAML.stringify({ a: [1, { b: null }] }), Papa.unparse([{ x: "1,2", y: "\"" }])];
  },
});
