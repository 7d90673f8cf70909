// Clicks through the page in Chromium, at the width of a desk and of a small telephone, in
// both languages. TestBrowser in browser_test.go serves the page, changes its state at
// /test/NAME, and runs this file with PAGE, SAMPLE (a second page, of sample data),
// CHROMIUM and PLAYWRIGHT (the folder where playwright-core is installed). SAMLENG_SHOTS may name a
// folder for screenshots, SAMLENG_VISITS a regular expression of the visits to make. Exits 1 after telling every check that failed.
import { createRequire } from "node:module";
import path from "node:path";
import { alerts } from "./alerts.mjs";

const { PAGE, SAMPLE, CHROMIUM, PLAYWRIGHT, SAMLENG_SHOTS, SAMLENG_VISITS } = process.env;
const { chromium } = createRequire(path.join(PLAYWRIGHT, "/"))("playwright-core");
const faults = [];
let checks = 0;

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// play changes the state of the page. "cut" closes the connection that it came by, too.
const play = async (name, base = PAGE) => {
  for (let tries = 0; ; tries++) {
    try {
      await fetch(`${base}/test/${name}`, { headers: { connection: "close" } });
      return;
    } catch (e) {
      if (name === "cut") return;
      if (tries === 5) throw e;
    }
  }
};

// visit opens a page in a profile of its own, runs the checks, and fails on anything that
// the console, the network or a dialog reports.
async function visit(name, address, body, { width = 1280, height = 900, dark = false, expectFaults = false, locale = "en-GB" } = {}) {
  if (SAMLENG_VISITS && !new RegExp(SAMLENG_VISITS).test(name)) return;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", locale, timezoneId: "America/New_York", reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(10e3);
  const fail = (what) => { faults.push(`${name}: ${what}`); console.log(`FAIL ${name}: ${what}`); };
  const check = (ok, what) => { checks++; if (!ok) fail(what); };
  page.on("pageerror", (e) => fail(`error in the page: ${e.stack}`));
  page.on("dialog", (d) => { fail(`dialog: ${d.message()}`); d.dismiss(); });
  page.on("console", (m) => {
    if (["error", "warning"].includes(m.type()) && !(expectFaults && /Failed to load resource/.test(m.text()))) fail(`console: ${m.text()}`);
  });
  page.on("request", (r) => { if (!r.url().startsWith(PAGE) && !r.url().startsWith(SAMPLE)) fail(`asks ${r.url()}`); });
  try {
    await page.goto(address, { waitUntil: "load" });
    await page.waitForFunction(() => document.querySelector("#main").getAttribute("aria-busy") === "false");
    await body(page, check);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(over <= 0, `wider than the window by ${over} px`);
    if (SAMLENG_SHOTS) await page.screenshot({ path: path.join(SAMLENG_SHOTS, name.replaceAll(/[^a-z0-9]+/gi, "-") + ".png") });
  } catch (e) {
    fail(e.stack);
    if (SAMLENG_SHOTS) await page.screenshot({ path: path.join(SAMLENG_SHOTS, "FAILED-" + name.replaceAll(/[^a-z0-9]+/gi, "-") + ".png") }).catch(() => {});
  }
  await context.close();
}

const query = (page) => Object.fromEntries(new URL(page.url()).searchParams);
const words = (page, selector) => page.locator(selector).first().innerText();
const settled = (page) => page.waitForFunction(() => document.querySelector("#main").getAttribute("aria-busy") === "false");

const widths = [{ width: 1280, height: 900 }, { width: 360, height: 800 }];

await play("full");
for (const size of widths) {
  for (const lang of ["en", "km"]) {
    const name = `full ${lang} ${size.width}`;
    await visit(name, `${PAGE}/?lang=${lang}`, async (page, check) => {
      check((await page.getAttribute("html", "lang")) === lang, "the document says another language");
      check((await page.locator("#topics tbody tr").count()) > 8, "few topics");
      check((await page.locator("#posts article").count()) === 20, "not 20 posts");
      check((await page.locator("#chart canvas").count()) === 1, "no chart");
      check(/\S/.test(await words(page, "#figures .big")), "no figure");
      const khmer = /[\u1780-\u17ff]/.test(await words(page, "#volume-title"));
      check(khmer === (lang === "km"), "the title of the chart is in another language");
      check((await page.locator("#sources tbody tr").first().getAttribute("class")).includes("failing"), "failing sources are not first");
      const fonts = await page.evaluate(() => [...document.fonts].filter((f) => f.status === "loaded").length);
      check(fonts >= 2, `${fonts} fonts loaded`);
      // Everything that can be worked has a name, and is large enough to be touched.
      const nameless = await page.evaluate(() => [...document.querySelectorAll("a, button, select, input, summary")].filter((e) => e.checkVisibility() && !(e.innerText?.trim() || e.getAttribute("aria-label") || e.labels?.length)).map((e) => e.outerHTML.slice(0, 120)));
      check(nameless.length === 0, `without a name: ${nameless.join(" | ")}`);
      const raw = (await page.locator("body").innerText()).match(/\{\w+\}|undefined|NaN|\[object|\b(?:figure|notice|topics|posts)\.[a-z]+\b/);
      check(!raw, `raw text: ${raw?.[0]}`);
      await page.keyboard.press("Tab");
      check((await page.evaluate(() => document.activeElement.className)) === "skip", "the first stop of the keyboard is not the skip link");
    }, size);
  }
}

for (const size of widths) {
  await play("full");
  await visit(`filters ${size.width}`, `${PAGE}/?lang=en`, async (page, check) => {
    await page.locator("#periods label", { hasText: "7 d" }).click();
    await page.waitForFunction(() => /hour/.test(document.querySelector("#volume-title").textContent));
    check(query(page).period === "7d", "the period is not in the address");
    await page.selectOption("#language", "km");
    await settled(page);
    await page.selectOption("#kind", "news");
    await settled(page);
    check(query(page).language === "km" && query(page).kind === "news", "the filters are not in the address");
    await page.waitForFunction(() => [...document.querySelectorAll("#posts .meta .tag")].every((e) => e.textContent === "News"));
    check((await page.locator("#clear").isVisible()), "no way to clear the filters");
    await page.locator("#clear").click();
    await settled(page);
    check(!query(page).language && !query(page).kind && query(page).period === "7d", "clearing keeps filters, or drops the period");
    for (let i = 0; i < 3; i++) await page.goBack();
    await page.waitForFunction(() => document.querySelector("#periods input:checked").value === "7d" && document.querySelector("#language").value === "");
    check(query(page).period === "7d", "going back three times does not give the period alone");
    await page.goBack();
    await page.waitForFunction(() => document.querySelector("#periods input:checked").value === "24h");

    await page.locator("#topics a[data-topic=disasters]").click();
    await page.waitForFunction(() => /Disasters/.test(document.querySelector("#posts-title").textContent) && document.querySelectorAll("#posts article").length > 0);
    await settled(page);
    check(query(page).topic === "disasters", "the topic is not in the address");
    check((await page.locator("#topics tr.on").count()) === 1, "the chosen topic is not marked");
    check((await page.locator("#topics tbody tr").count()) > 8, "choosing a topic hides the others");
    const foreign = await page.locator("#posts article:not(:has(.chip[data-topic=disasters]))").count();
    check(foreign === 0, `${foreign} posts of other topics`);
    check(await page.locator("#posts-title").isVisible(), "the posts are not there");
    if (size.width < 900) check((await page.locator("#posts-section").boundingBox()).y < 120, "a small window does not go to the posts");
    await page.locator("#topics a[data-topic=disasters]").click();
    await page.waitForFunction(() => !location.search.includes("topic"));

    await page.locator("#periods label", { hasText: "From" }).click();
    await page.fill("#from", "2026-01-05T10:00");
    await page.fill("#to", "2026-01-05T09:00");
    await page.locator("#custom button").click();
    check(/later/.test(await words(page, "#custom-fault")), "an end before the start is taken");
    const day = new Date(Date.now() - 3 * 86400e3).toISOString().slice(0, 10);
    await page.fill("#from", `${day}T00:00`);
    await page.fill("#to", `${day}T12:00`);
    await page.locator("#custom button").click();
    await page.waitForFunction((d) => location.search.includes(d), day);
    await settled(page);
    check(query(page).from === `${day}T00:00` && query(page).to === `${day}T12:00`, "the times are not in the address");
    check(/00:00 to .*12:00/.test(await words(page, "#volume-note")), "the chart is of another time: " + await words(page, "#volume-note"));
  }, size);

  await visit(`shared address ${size.width}`, `${PAGE}/?period=14d&topic=health&language=en&kind=news&lang=km`, async (page, check) => {
    check(await page.inputValue("#topic") === "health" && await page.inputValue("#language") === "en" && await page.inputValue("#kind") === "news", "the filters of the address are not chosen");
    check(await page.locator("#periods input[value='14d']").isChecked(), "the period of the address is not chosen");
    check(/សុខភាព/.test(await words(page, "#posts-title")), "the topic's Khmer name is missing");
  }, size);

  await visit(`language and theme ${size.width}`, `${PAGE}/`, async (page, check) => {
    check((await page.getAttribute("html", "lang")) === "en", "an English browser does not get English");
    await page.locator("#lang-km").click();
    check((await page.getAttribute("html", "lang")) === "km" && query(page).lang === "km", "the switch does not switch, or is not in the address");
    check(/អត្ថបទ/.test(await words(page, "#figures dt")) && /[\u17e0-\u17e9]/.test(await words(page, "#figures .big")), "the figures are not in Khmer");
    check((await page.locator("#topics th[scope=row]").first().innerText()).match(/[\u1780-\u17ff]/), "the topics are not in Khmer");
    await page.goto(PAGE + "/");
    await settled(page);
    check((await page.getAttribute("html", "lang")) === "km", "the language is not remembered");
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.locator("#theme").click();
    await page.locator("#theme").click();
    check((await page.getAttribute("html", "data-theme")) === "dark" && (await paper()) !== light, "no dark theme");
    await page.reload();
    check((await page.getAttribute("html", "data-theme")) === "dark", "the theme is not remembered");
  }, size);

  await visit(`live ${size.width}`, `${PAGE}/?lang=en`, async (page, check) => {
    await page.waitForSelector(".live.on");
    await play("post");
    await page.waitForSelector("#posts article:first-child h3:has-text('Fresh post')");
    const before = await page.locator("#posts article").count();
    await page.locator("#more").scrollIntoViewIfNeeded();
    await page.locator("#more").click();
    await page.waitForFunction((n) => document.querySelectorAll("#posts article").length > n, before);
    const ids = await page.evaluate(() => [...document.querySelectorAll("#posts article")].map((e) => e.dataset.key));
    check(new Set(ids).size === ids.length, "a post is listed twice");
    const place = () => page.evaluate((id) => document.querySelector(`#posts [data-key="${id}"]`).getBoundingClientRect().top, ids[20]);
    const top = await place();
    await play("post");
    await page.waitForSelector("#fresh:not([hidden])");
    check(Math.abs(await place() - top) < 3, "a new post moves what is being read");
    check(/1 new post: show/.test(await words(page, "#fresh")), "the new post is not announced: " + await words(page, "#fresh"));
    await page.locator("#fresh").click();
    check((await page.locator("#posts article:first-child h3").innerText()).startsWith("Fresh post"), "the new post is not shown on request");
  }, size);

  await visit(`post ${size.width}`, `${PAGE}/?lang=en&topic=disasters&period=7d`, async (page, check) => {
    const post = page.locator("#posts article").first();
    const link = post.locator("h3 a");
    check((await link.getAttribute("rel")) === "noopener noreferrer nofollow", "the link to the source tells who asks");
    check((await post.locator("mark.topic").count()) > 0 && (await post.locator("mark.negative").count()) > 0, "no evidence is marked");
    check((await post.locator("h3").getAttribute("lang")) === "km", "a Khmer title does not say so");
    await post.locator(".chip.tone").click();
    check((await post.locator("mark.on").count()) > 0 && (await post.locator("mark.topic.on:not(.negative):not(.positive)").count()) === 0, "a pressed label does not single its evidence out");
    const body = post.locator(".body");
    const folded = (await body.boundingBox()).height;
    await post.locator("button.link").click();
    check((await body.boundingBox()).height > folded, "a folded text does not unfold");
    check((await post.locator("button.link").getAttribute("aria-expanded")) === "true", "unfolding is not said");
    await page.locator("#volume-details summary").click();
    await page.locator("#volume-table tbody tr").nth(3).waitFor({ timeout: 5e3 }).catch(() => {});
    check((await page.locator("#volume-table tbody tr").count()) > 3, "no table beside the chart");
    const box = await page.locator("#chart .u-over").boundingBox();
    await page.mouse.move(box.x + box.width * 0.8, box.y + box.height / 2);
    check(await page.locator("#tip").isVisible(), "no figures where the chart is pointed at");
  }, size);

  for (const lang of ["en", "km"]) {
    await play("full");
    await visit(`corrections ${lang} ${size.width}`, `${PAGE}/?lang=${lang}&kind=news`, async (page, check) => {
      const has = (text, en, km) => text.includes(lang === "en" ? en : km);
      const shot = async (name) => { if (SAMLENG_SHOTS) await page.screenshot({ path: path.join(SAMLENG_SHOTS, `corrections-${name}-${lang}-${size.width}.png`) }); };
      const card = page.locator("#posts article:has(.tone.negative):has(.chip.topic)").first();
      const id = await card.getAttribute("data-key");
      const post = page.locator(`#posts article[data-key="${id}"]`);
      const figure = await words(page, "#figures .big");
      const dialog = page.locator("#wrong");
      const focused = () => page.evaluate(() => document.activeElement.dataset.wrong);
      check(has(await words(page, "#key"), "Wrong label?", "ស្លាកខុស?"), "the pen is not explained");
      const small = await page.evaluate(() => [...document.querySelectorAll(".pen, .missing")].filter((e) => { const b = e.getBoundingClientRect(); return b.width < 24 || b.height < 24; }).length);
      check(small === 0, `${small} pens are too small to be touched`);

      // By keyboard alone: open, leave, open, choose, send.
      const pen = post.locator('.pen[data-wrong$=" sentiment "]');
      await pen.scrollIntoViewIfNeeded();
      check(has(await pen.getAttribute("aria-label"), "Wrong label? Tone: negative", "ស្លាកខុស? អារម្មណ៍៖ អវិជ្ជមាន"), "the pen's name: " + await pen.getAttribute("aria-label"));
      await pen.focus();
      await page.keyboard.press("Enter");
      await dialog.waitFor();
      check((await dialog.evaluate((d) => d.matches(":modal") && d.contains(document.activeElement))), "the dialog is not modal, or has not the focus");
      check(has(await dialog.locator("h2").innerText(), "Wrong label?", "ស្លាកខុស?") && (await dialog.locator("input").count()) === 2, "it does not ask for one of the two other tones");
      check(has(await dialog.innerText(), "Nothing about you", "គ្មានអ្វីអំពីអ្នក"), "it does not say what is stored");
      const box = await dialog.boundingBox();
      check(box.x >= 0 && box.x + box.width <= size.width && box.y >= 0 && box.y + box.height <= size.height, "the dialog is larger than the window");
      await shot("tone");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      check((await focused()) === `${id} sentiment `, "leaving the dialog loses the place: " + await focused());
      await page.keyboard.press("Enter");
      await dialog.locator("button.primary").click();
      check((await dialog.locator(".fault").innerText()).length > 5, "nothing is said when nothing is chosen");
      await dialog.locator("input[value=positive]").focus();
      await page.keyboard.press("Space");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "hidden" });
      await post.locator(".said li.stored").waitFor();
      check(has(await post.locator(".said").innerText(), "You say: the tone is positive", "អ្នកថា អារម្មណ៍គឺ វិជ្ជមាន"), "the card does not say it: " + await post.locator(".said").innerText());
      check(has(await page.locator("#said-status").innerText(), "Thank you", "សូមអរគុណ"), "a screen reader is told nothing");
      check((await focused()) === `${id} sentiment `, "sending loses the place: " + await focused());
      check((await post.locator(".tone.negative").count()) === 1 && (await words(page, "#figures .big")) === figure, "a correction changed the label or the figures");

      // A topic that is wrong, and another instead; one that is missing; the language.
      await post.locator(".pen[data-wrong*=' topic ']").first().click();
      await dialog.locator("select").selectOption("health");
      await shot("topic");
      await dialog.locator("button.primary").click();
      await post.locator(".said li.stored").nth(2).waitFor();
      await post.locator(".missing").click();
      check((await dialog.locator("option[value=migration]").count()) === 1, "a topic is not offered");
      await dialog.locator("select").selectOption("migration");
      await dialog.locator("button.primary").click();
      await post.locator(".said li.stored").nth(3).waitFor();
      await post.locator(".pen[data-wrong$=' language ']").click();
      check((await dialog.locator("option[value=km-Latn]").count()) === 1 && (await dialog.locator("option").count()) > 20, "languages are not offered");
      await dialog.locator("select").selectOption("th");
      await shot("language");
      await dialog.locator("button.primary").click();
      await post.locator(".said li.stored").nth(4).waitFor();
      await post.evaluate((e) => e.scrollIntoView()); // at once: the card may be drawn again while one waits for it to stand still
      await shot("said");

      // Others see it; so does this reader after a reload, without being known.
      await page.reload();
      await settled(page);
      await post.locator(".said li").first().waitFor();
      check((await post.locator(".said li").count()) === 5 && (await post.locator(".said button").count()) === 0, "after a reload it is not what readers say");
      check(has(await post.locator(".said").innerText(), "1 reader says: the tone is positive", "អ្នកអាន ១ នាក់ថា អារម្មណ៍គឺ វិជ្ជមាន"), "not said of others: " + await post.locator(".said").innerText());
      const kept = await page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie);
      check(!kept.includes(id), "the browser keeps what was corrected");

      // And a way back.
      await pen.click();
      await dialog.locator("input[value=neutral]").check();
      await dialog.locator("button.primary").click();
      await post.locator(".said li.stored").waitFor();
      await post.locator(".said button").click();
      await page.waitForFunction((s) => document.querySelector("#said-status").textContent.includes(s), lang === "en" ? "taken back" : "យកមកវិញ");
      await page.waitForFunction((id) => document.querySelectorAll(`#posts article[data-key="${id}"] .said li`).length === 5, id);
      check((await focused()) === `${id} sentiment `, "undoing loses the place: " + await focused());

      // What cannot be stored is said, and can be tried again.
      await page.route("**/api/v1/corrections", (route) => route.fulfill({ status: 429, contentType: "application/json", body: JSON.stringify({ error: { code: "rate", message: "x" } }) }));
      await pen.click();
      await dialog.locator("input[value=neutral]").check();
      await dialog.locator("button.primary").click();
      await post.locator(".said li.failed").waitFor();
      check(has(await post.locator(".said li.failed").innerText(), "too many corrections", "មានការកែច្រើនពេក"), "the fault is not said: " + await post.locator(".said li.failed").innerText());
      await shot("failed");
      await page.unroute("**/api/v1/corrections");
      await post.locator(".said li.failed button").first().click();
      await post.locator(".said li.stored").waitFor();
      await post.locator(".said li.stored button").click();
      await page.waitForFunction((id) => document.querySelectorAll(`#posts article[data-key="${id}"] .said li`).length === 5, id);
    }, { ...size, expectFaults: true });
  }

  for (const lang of ["en", "km"]) {
    await visit(`languages ${lang} ${size.width}`, `${PAGE}/?lang=${lang}&period=30d&language=mixed`, async (page, check) => {
      const post = page.locator("#posts article").first();
      check((await post.locator(".chip.span").count()) === 2, "the languages of a mixed post are not told apart");
      const chip = post.locator("[data-label='span:en']");
      check(/42%|៤២%/.test(await chip.innerText()), "no share: " + await chip.innerText());
      const title = await post.locator(".plain-chip[title]").first().getAttribute("title");
      check(lang === "en" ? /letters: Khmer 58%, Latin 42%/.test(title) : /អក្សរ៖ .* ៥៨%/.test(title), "its scripts are not said: " + title);
      await chip.click();
      const marked = await post.locator("mark.on").allInnerTexts();
      check(marked.join("").startsWith("no electricity"), "the English part is not marked: " + marked.join("|"));
      await chip.click();
      await page.locator("#home").focus();
    }, size);
  }

  await play("story");
  await visit(`story ${size.width}`, `${PAGE}/?lang=en&topic=prices-markets`, async (page, check) => {
    const carried = page.locator("#posts .carriers");
    check((await carried.count()) === 1, `a story of nine outlets is listed ${await carried.count()} times`);
    check((await carried.locator("summary").innerText()) === "carried by 9 outlets", "its outlets are not counted: " + await carried.locator("summary").innerText());
    check(!(await carried.locator("li").first().isVisible()), "the outlets are listed unasked");
    await carried.locator("summary").click();
    check((await carried.locator("li:visible").count()) === 9 && (await carried.locator("li a").count()) === 9, "not all outlets are listed with their posts");
    check(/Daily River/.test(await carried.locator("li").first().innerText()), "who was first is not first");
    const row = page.locator("#topics tr", { has: page.locator("[data-topic='prices-markets']") });
    const count = async () => Number((await row.locator(".volume-cell .value").innerText()).replace(",", ""));
    const posts = await count();
    check((await words(page, "#figures dt")) === "Posts" && /stor(y|ies)/.test(await words(page, "#figures .note")), "the figure of posts does not name the stories");
    await page.locator("#counts label", { hasText: "Stories" }).click();
    await page.waitForFunction(() => document.querySelector("#figures dt").textContent === "Stories");
    check(query(page).count === "stories" && query(page).topic === "prices-markets", "what is counted is not in the address");
    check((await count()) === posts - 8, `${await count()} stories in ${posts} posts`);
    check((await words(page, "#topics thead th:nth-child(2)")) === "Stories", "the ranking does not say what it counts");
    check(/told in \d+ posts/.test(await words(page, "#figures .note")), "the figure of stories does not name the posts");
    await page.reload();
    await settled(page);
    check(await page.locator("#counts input[value=stories]").isChecked() && (await words(page, "#figures dt")) === "Stories", "what is counted is forgotten");
    await page.goBack();
    await page.waitForFunction(() => document.querySelector("#figures dt").textContent === "Posts");
    await page.locator("#lang-km").click();
    check(/ផ្សាយដោយប្រភព ៩/.test(await carried.locator("summary").innerText()), "the outlets are not counted in Khmer");
  }, size);

  await play("full");
  await visit(`bad address ${size.width}`, `${PAGE}/?lang=en&period=9x`, async (page, check) => {
    check(/none of 1h/.test(await words(page, "#notices")), "the fault in the address is not said: " + await words(page, "#notices"));
    await page.locator("[data-reset]").click();
    await page.waitForSelector("#posts article");
  }, { ...size, expectFaults: true });

  await play("hostile");
  await visit(`hostile ${size.width}`, `${PAGE}/?lang=en&topic=land`, async (page, check) => {
    const post = page.locator("#posts article", { hasText: "onerror=alert(1)" });
    check((await post.count()) === 1, "the hostile post is not shown as text");
    check((await page.locator("#posts :is(img, script, iframe, b b), #posts p svg[onload]").count()) === 0, "a text became markup");
    check((await post.locator("h3 a").count()) === 0, "a javascript: address became a link");
    check((await post.locator("mark").count()) >= 3, "its evidence is not marked");
  }, size);

  for (const lang of ["en", "km"]) {
    await play("empty");
    await visit(`empty ${lang} ${size.width}`, `${PAGE}/?lang=${lang}`, async (page, check) => {
      const said = await page.locator("#notices").innerText();
      check(said.includes("samleng import FILE") && said.includes("samleng up --sample"), "the two commands are not named");
      check(lang === "en" ? /in 3 min/.test(said) : /៣ នាទី/.test(said), "the next poll is not named: " + said);
      check(!(await page.locator("#chart").isVisible()), "an empty chart is shown");
      check((await page.locator("#sources tbody tr.waiting").count()) === 3, "the sources are not shown");
      await play("full");
      await page.waitForSelector("#posts article");
      check(await page.locator("#chart").isVisible() && (await page.locator("#chart").boundingBox()).width > 200, "no chart after the first posts");
    }, size);
    await play("unreachable");
    await visit(`unreachable ${lang} ${size.width}`, `${PAGE}/?lang=${lang}`, async (page, check) => {
      await page.waitForSelector(".notice.bad");
      const said = await words(page, ".notice.bad");
      check(said.includes("no such host") && said.includes("samleng up --sample"), "the reason or the command is missing: " + said);
      if (lang === "en") check(said.startsWith("No source could be reached: the machine has no network: no such host. Try samleng up --sample to see every view with sample data."), said);
    }, size);
  }
  await play("old");
  await visit(`old ${size.width}`, `${PAGE}/?lang=en`, async (page, check) => {
    await page.locator("#notices .empty a", { hasText: "Show that time" }).click();
    await page.waitForSelector("#posts article");
    check((await page.locator("#posts article").count()) === 1, "the way to the newest post does not lead there");
  }, size);

  for (const [state, says] of [["away", "does not answer"], ["cut", "cannot reach samleng"]]) {
    await play("full");
    await visit(`${state} ${size.width}`, `${PAGE}/?lang=en`, async (page, check) => {
      const figure = await words(page, "#figures .big");
      await play(state);
      await page.waitForSelector(".notice.bad", { timeout: 20e3 });
      const said = await page.locator("#notices").innerText();
      check(said.includes(says) && /Shown below: the figures as of \d\d:\d\d:\d\d/.test(said), "it does not say what is wrong and what is shown: " + said);
      check((await words(page, "#figures .big")) === figure && (await page.locator("#posts article").count()) > 0, "the last figures are gone");
      check(await page.locator(".live.off").isVisible(), "it still says live");
      await play("full");
      await page.waitForSelector(".notice.bad", { state: "detached", timeout: 45e3 });
      await page.waitForSelector(".live.on", { timeout: 45e3 });
    }, { ...size, expectFaults: true });
  }
  await visit(`sample ${size.width}`, `${SAMPLE}/?lang=km`, async (page, check) => {
    const said = await page.locator("#sample").innerText();
    check(await page.locator("#sample").isVisible() && said.includes("SAMPLE DATA") && said.includes("ទិន្នន័យគំរូ"), "sample data are not marked in both languages");
  }, { ...size, dark: true });
}

await alerts({ visit, play, widths, words, settled, query, PAGE });

await browser.close();
console.log(`${checks} checks, ${faults.length} failed`);
process.exit(faults.length ? 1 : 0);
