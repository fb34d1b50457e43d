// Holds pages against Lighthouse: reads [{name, url, cookie}] on standard input, writes [{name, performance, …, failed}] on standard output.
import { readFileSync } from "node:fs";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const CATEGORIES = ["performance", "accessibility", "best-practices"];

const chrome = await launch({
  chromePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
  chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const found = [];
try {
  for (const { name, url, cookie } of JSON.parse(readFileSync(0, "utf8"))) {
    const { lhr } = await lighthouse(url, {
      port: chrome.port,
      logLevel: "error",
      onlyCategories: CATEGORIES,
      extraHeaders: cookie ? { Cookie: cookie } : {},
    });
    const weighs = (id) => CATEGORIES.some((key) => lhr.categories[key].auditRefs.some((ref) => ref.id === id && ref.weight > 0));
    found.push({
      name,
      ...Object.fromEntries(CATEGORIES.map((key) => [key, Math.round((lhr.categories[key].score ?? 0) * 100)])),
      failed: [
        ...(lhr.runtimeError ? [lhr.runtimeError.message] : []), // it could not look at the page, or not at all of it
        ...Object.values(lhr.audits)
          .filter(({ id, score }) => score !== null && score < 0.9 && weighs(id))
          .map(({ title, displayValue }) => (displayValue ? `${title} (${displayValue})` : title)),
      ],
    });
  }
} finally {
  await chrome.kill();
}
process.stdout.write(JSON.stringify(found));
