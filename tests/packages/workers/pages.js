import { XMLBuilder, XMLParser } from "fast-xml-parser";
import { parseHTML } from "linkedom";
import { worker } from "../worker.js";

const PAGE = '<html><head><title>Orders</title></head><body><a href="/1">one</a><a href="/2">two</a></body></html>';

export default worker({
  produce() {
    const { document } = parseHTML(PAGE);
    const links = [...document.querySelectorAll("a")].map((link) => [link.getAttribute("href"), link.textContent]);
    document.querySelector("a").setAttribute("rel", "nofollow");
    document.body.append(document.createElement("hr"));
    return { answer: [document.title, links, document.body.innerHTML], message: { order: { "@_id": "7", item: ["a", "b"] } } };
  },

  consume(body) {
    const options = { ignoreAttributes: false };
    const xml = new XMLBuilder(options).build(body);
    return [xml, new XMLParser(options).parse(xml)];
  },
});
