import robotsParser from "robots-parser";
import { worker } from "../worker.js";

const TEXT = "User-agent: *\nDisallow: /private/\nCrawl-delay: 5\nSitemap: https://example.com/sitemap.xml";

export default worker({
  produce() {
    const robots = robotsParser("https://example.com/robots.txt", TEXT);
    return { answer: [robots.getSitemaps(), robots.getCrawlDelay("bot")], message: ["/", "/private/a", "/public"] };
  },

  consume(paths) {
    const robots = robotsParser("https://example.com/robots.txt", TEXT);
    return paths.map((path) => robots.isAllowed(`https://example.com${path}`, "bot"));
  },
});
