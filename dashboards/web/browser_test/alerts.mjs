// Clicks through the page of alerts; see page.mjs.
import http from "node:http";

// The episodes of testAlerts in alerts_test.go.
const OPEN = "0000000000000000000000000000000a", CLOSED = "0000000000000000000000000000000b", HELD = "0000000000000000000000000000000c", SILENT = "0000000000000000000000000000000d", NEW = "0000000000000000000000000000000f";
// Those of privateAlerts in private_test.go.
const ENDED = "00000000000000000000000000000010", SMALL = "00000000000000000000000000000011";

// strangely asks for a path by a name of its own, which fetch would not do.
const strangely = (page, path, host) => new Promise((done, fail) => {
  const { hostname, port } = new URL(page);
  http.get({ hostname, port, path, headers: { host } }, (answer) => {
    let body = "";
    answer.on("data", (d) => { body += d; }).on("end", () => done({ status: answer.statusCode, body }));
  }).on("error", fail);
});

export async function alerts({ visit, play, widths, words, settled, query, PAGE }) {
  for (const size of widths) {
    for (const lang of ["en", "km"]) {
      const has = (text, en, km) => text.includes(lang === "en" ? en : km);
      await play("full");
      await visit(`alerts ${lang} ${size.width}`, `${PAGE}/alerts?lang=${lang}`, async (page, check) => {
        await page.keyboard.press("Tab");
        check((await page.evaluate(() => document.activeElement.className)) === "skip", "the first stop of the keyboard is not the skip link");
        const row = (id) => page.locator(`#episodes a[data-episode="${id}"]`);
        check((await page.getAttribute("html", "lang")) === lang, "the document says another language");
        check((await page.locator("#episodes li").count()) === 3, `${await page.locator("#episodes li").count()} episodes`);
        check((await page.locator("#episodes a").first().getAttribute("data-episode")) === OPEN, "the open one is not first");
        const first = await row(OPEN).innerText();
        check(has(first, "open now", "កំពុងបន្ត") && has(first, "phones: failed", "phones: ផ្ញើមិនបាន") && has(first, "more posts than usual", "អត្ថបទច្រើនជាងធម្មតា"), "the first row lacks something: " + first);
        check(has(await row(CLOSED).innerText(), "readers: useful, known already", "មានប្រយោជន៍, ដឹងរួចហើយ"), "what readers said is missing: " + await row(CLOSED).innerText());
        check(/12|ភ្នំពេញ|Phnom Penh/.test(await row(CLOSED).innerText()), "its place is missing");

        // The open one is shown: chart, why, posts, deliveries, silences.
        check(await page.locator("#episode-chart canvas").isVisible(), "no chart");
        check(has(await page.locator("#episode-chart").getAttribute("aria-label"), "The highest bar is", "របារខ្ពស់បំផុត"), "the chart has no words");
        check(has(await page.locator("#episode-legend").innerText(), "expected 9 times in 10", "ចន្លោះរំពឹងទុក ៩ លើ ១០ ដង"), "the interval has no key: " + await page.locator("#episode-legend").innerText());
        check(/1[.,]7|១,៧/.test(await page.locator("#episode-chart").getAttribute("aria-label")), "the chart's words lack what was expected: " + await page.locator("#episode-chart").getAttribute("aria-label"));
        // The interval is painted over the bars: where they are, the colour of a bar is not alone.
        const shades = await page.evaluate(() => {
          const c = document.querySelector("#episode-chart canvas"), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data, all = new Map();
          for (let i = 0; i < d.length; i += 4) if (d[i + 3]) all.set(d.slice(i, i + 4).join(), (all.get(d.slice(i, i + 4).join()) || 0) + 1);
          return [...all.values()].filter((n) => n > 150).length;
        });
        check(shades >= 5, `the chart has ${shades} colours`);
        await page.locator("#episode-details summary").click();
        await page.waitForSelector("#episode-table td"); // drawn once it has opened
        const lines = await page.locator("#episode-table").innerText();
        check(/[0០][ \u00a0]–[ \u00a0][0-9០-៩]/.test(lines), "the table lacks the interval: " + lines.slice(0, 400));
        await page.locator("#episode-details summary").click();
        const said = await page.locator("#episode").innerText();
        check(has(said, "62 posts; 9 were expected (9 times in 10, 4 to 15). That is 6.9 times as many.", "មានអត្ថបទ ៦២។ ការរំពឹងទុកគឺ ៩"), "why it fired is not said: " + said.slice(0, 400));
        check(has(said, "80% of 50 posts negative; 20% was expected", "អត្ថបទអវិជ្ជមានមាន ៨០% ក្នុងចំណោម ៥០"), "the second sign is not said");
        check(has(said, "expected about once in 3 years", "ប្រហែលម្ដងក្នុង ៣ ឆ្នាំ"), "how rare it is is not said");
        await page.locator("#episode .terms summary").first().click();
        const terms = await page.locator("#episode .terms").first().innerText();
        for (const [en, km] of [["Window", "រយៈពេលដែលវាស់"], ["Unevenness", "ភាពមិនស្មើគ្នា"], ["1 in 1,995,262,315", "ស្វ័យគុណ ៩,៣"], ["Usual height (q)", "កម្ពស់ធម្មតា (q)"], ["Peaks a week", "ចំនួនកំពូល"], ["Needed", "ពិន្ទុដែលត្រូវការ"], ["budget of 2 alerts a week by chance over 20 series", "២ ដងក្នុងមួយសប្ដាហ៍ដោយចៃដន្យ លើស៊េរី ២០"]]) {
          check(lang === "en" && en.startsWith("1 in") ? terms.includes("1 in 10 to the power of 9.3") : has(terms, en, km), `a term is missing: ${en}`);
        }
        check((await page.locator("#episode .example").count()) === 2 && (await page.locator("#episode .example a").count()) === 1, "its posts, or a javascript: address");
        check((await page.locator("#episode .example b").count()) === 0, "a title became markup");
        check(has(said, "403 Forbidden", "403 Forbidden") && has(said, "phones: waiting", "phones: កំពុងរង់ចាំ"), "how it was told is missing");
        check(has(said, "New words:", "ពាក្យថ្មី៖") && said.includes("ទឹកជំនន់"), "its new words are missing");
        check(said.includes("បុណ្យអុំទូក <b>"), "the silence that touched it is missing");
        check(has(await page.locator("#watching").innerText(), "3 of them are warming up", "ស៊េរី ៣ កំពុងរៀន") && has(await page.locator("#watching").innerText(), "phones: failing", "phones: មានបញ្ហា"), "what is watched is not said: " + await page.locator("#watching").innerText());
        check(has(await page.locator("#watching").innerText(), "Not delivered", "ផ្ញើមិនដល់"), "what was not delivered is not said");
        check(has(await page.locator("#rules").innerText(), "About 2 alerts a week may come from chance alone, over its 20 series", "ការជូនដំណឹងប្រហែល ២ ក្នុងមួយសប្ដាហ៍"), "the rules are not said");
        const nameless = await page.evaluate(() => [...document.querySelectorAll("a, button, select, input, summary, textarea")].filter((e) => e.checkVisibility() && !(e.innerText?.trim() || e.getAttribute("aria-label") || e.labels?.length)).map((e) => e.outerHTML.slice(0, 120)));
        check(nameless.length === 0, `without a name: ${nameless.join(" | ")}`);
        const raw = (await page.locator("body").innerText()).match(/\{\w+\}|undefined|NaN|\[object|\b(?:alerts|why|term|rule|silence|watching|delivery|held|often|state|quality|behind)\.[a-z]+\b/);
        check(!raw || raw[0] === "alerts.yaml", `raw text: ${raw?.[0]}`);

        // By the keyboard alone: the next episode, and back.
        await row(SILENT).focus();
        await page.keyboard.press("Enter");
        await page.waitForFunction((id) => document.querySelector(`#episodes a[data-episode="${id}"]`).getAttribute("aria-current") === "true", SILENT);
        await settled(page);
        check(query(page).episode === SILENT, "the episode is not in the address");
        check(!(await page.locator("#episode-chart").isVisible()), "sources have a chart");
        check(has(await page.locator("#episode").innerText(), "2 sources were not heard", "ប្រភព ២ មិនបានឆ្លើយតប"), "the silence of sources is not explained");
        await page.goBack();
        await page.waitForFunction(() => document.querySelector("#episode-chart canvas"));
        await page.locator(".tick input").check();
        await page.waitForFunction((id) => document.querySelector(`#episodes a[data-episode="${id}"]`), HELD);
        check(has(await row(HELD).innerText(), "too few of the sources were heard", "ប្រភពដែលឆ្លើយតបមានតិចពេក"), "why it was held is not said");
        await settled(page);
        await page.selectOption("#topic", "health");
        await page.waitForFunction(() => document.querySelectorAll("#episodes li").length === 1);
        await settled(page);
        check(query(page).topic === "health" && query(page).held === "1", "what is chosen is not in the address");
        await page.selectOption("#rule", "sources");
        await page.waitForFunction(() => document.querySelectorAll("#episodes li").length === 0);
        check(has(await page.locator("#episodes").innerText(), "No alert of this topic", "គ្មានការជូនដំណឹងអំពីប្រធានបទ"), "an empty choice is not explained");

        // To the posts and back.
        await page.locator("#views a").first().click();
        await page.waitForSelector("#posts article");
        check((await page.locator("#views a[aria-current]").innerText()) === (lang === "en" ? "Posts" : "អត្ថបទ"), "the way does not say where it is");
        await page.locator("#views a").nth(1).click();
        await page.waitForSelector("#episodes li");
      }, size);

      // As the link of a card: the episode, whatever is chosen, and from there to its posts.
      await visit(`a card's link ${lang} ${size.width}`, `${PAGE}/alerts?episode=${CLOSED}&lang=${lang}`, async (page, check) => {
        check(has(await words(page, "#episode-title"), "Health", "សុខភាព"), "another episode is shown: " + await words(page, "#episode-title"));
        check(await page.locator("#episode-chart canvas").isVisible() && (await page.locator("#episode .why").count()) > 0 && await page.locator("#episode-silence").isVisible(), "it lacks the chart, why, or the way to silence");
        const buttons = page.locator("#episode [data-verdict]");
        check((await buttons.count()) === 1 && (await buttons.first().getAttribute("data-verdict")) === "false", `${await buttons.count()} answers are offered where two were given`);
        await buttons.first().focus();
        await page.keyboard.press("Enter");
        await page.waitForFunction(() => !document.querySelector("#episode [data-verdict]"));
        check(has(await page.locator("#episode").innerText(), "readers: useful, false alarm, known already", "មានប្រយោជន៍, ជូនដំណឹងខុស, ដឹងរួចហើយ"), "the answer is not shown");
        check(has(await page.locator("#said-status").innerText(), "it is noted", "បានកត់ត្រាហើយ"), "it is not said to a screen reader");
        await settled(page);
        await page.locator("#episode .ways a").click();
        await page.waitForSelector("#posts");
        check(query(page).topic === "health" && query(page).from && query(page).to, "the posts of the time are not chosen: " + page.url());
        await play("full");
      }, size);

      await visit(`silences ${lang} ${size.width}`, `${PAGE}/alerts?lang=${lang}`, async (page, check) => {
        const lines = page.locator("#silences li");
        check((await lines.count()) === 1, "not one silence");
        const form = page.locator("#silence-form form");
        await form.locator("[type=submit]").click();
        check(has(await form.locator(".fault").innerText(), "Choose a topic", "សូមជ្រើសប្រធានបទ"), "a silence of everything is not refused");
        await form.locator("[name=topic]").selectOption("health");
        await form.locator("[type=submit]").click();
        check(has(await form.locator(".fault").innerText(), "Say why", "សូមសរសេរមូលហេតុ") && (await page.evaluate(() => document.activeElement.name)) === "reason", "one without a reason is not refused");
        await page.keyboard.type("<i>vaccines</i>");
        await page.keyboard.press("Enter");
        await page.waitForFunction(() => document.querySelectorAll("#silences li").length === 2);
        check((await lines.nth(1).innerText()).includes("<i>vaccines</i>"), "its reason is not shown");
        check(has(await page.locator("#said-status").innerText(), "It is silenced", "បានបិទសំឡេងហើយ"), "it is not said to a screen reader");
        await settled(page);
        await lines.nth(1).locator("button").click();
        await page.waitForFunction(() => document.querySelectorAll("#silences li").length === 1);
        await settled(page);
        await page.locator("#episode-silence").click();
        check((await form.locator("[name=topic]").inputValue()) === "land" && (await form.locator("[name=rule]").inputValue()) === "topics", "the form is not filled in for the alert");
      }, size);

      await play("private");
      await visit(`left out ${lang} ${size.width}`, `${PAGE}/alerts?lang=${lang}&held=1&episode=${ENDED}`, async (page, check) => {
        const said = await page.locator("#episode").innerText();
        check(has(said, "not followed any more: its rule, or what that watches, was changed. It is watched anew", "លែងតាមដានការជូនដំណឹងនេះទៀត៖ វិធាន ឬអ្វីដែលវិធាននោះតាមដានត្រូវបានកែប្រែ"), "why it is not followed any more is not said: " + said);
        check(has(said, "Not counted here: Social, Survey. Those posts are of private people", "មិនបានរាប់បញ្ចូល៖ ") && has(said, "words and examples are of the latest", "អត្ថបទគំរូយកពីអត្ថបទចុងក្រោយៗ"), "what was left out is not said: " + said);
        check(has(await page.locator("#episode .history").innerText(), "No longer followed", "លែងតាមដាន"), "its end is told as that of what it is about");
        check(has(await page.locator("#silences li b").innerText(), "“ទឹកជំនន់”, Phnom Penh, News, Khmer, rule Phrases", "«ទឹកជំនន់» · រាជធានីភ្នំពេញ · "), "a silence does not name all it is about: " + await page.locator("#silences li b").innerText());

        // The form takes all of the series over, and sends it.
        const form = page.locator("#silence-form form");
        await page.locator("#episode-silence").click();
        await form.locator("[name=reason]").fill("this one");
        const [request] = await Promise.all([page.waitForRequest((r) => r.method() === "POST"), form.locator("[type=submit]").click()]);
        const { until, ...sent } = request.postDataJSON();
        const want = { topic: "", keyword: "ទឹកជំនន់", place: "12", kind: "news", language: "km", rule: "phrases", reason: "this one" };
        check(until && JSON.stringify(sent) === JSON.stringify(want), "another series is silenced: " + JSON.stringify(sent));
        await page.waitForFunction(() => document.querySelectorAll("#silences li").length === 2);
        await settled(page);

        await page.locator(`#episodes a[data-episode="${SMALL}"]`).click();
        await page.waitForFunction((id) => document.querySelector(`#episodes a[data-episode="${id}"]`).getAttribute("aria-current") === "true", SMALL);
        await settled(page);
        const small = await page.locator("#episode").innerText();
        check(has(small, "its posts are of private people, and too few to be shown", "អត្ថបទទាំងនោះជារបស់បុគ្គលឯកជន ហើយមានតិចពេក"), "why it was held is not said: " + small);
        check(!(await page.locator("#episode-chart").isVisible()) && (await page.locator("#episode .why, #episode .example").count()) === 0 && !/62|៦២|4[.,]2|៤,២/.test(small), "it has a figure: " + small);
        await page.locator("#episode-silence").click();
        const filled = await form.evaluate((f) => ["topic", "keyword", "place", "kind", "language", "rule"].map((name) => f.elements[name].value).join());
        check(filled === "health,,,social,,topics", "the form keeps what it had: " + filled);
      }, size);

      await play("full");
      await visit(`rules ${lang} ${size.width}`, `${PAGE}/alerts?lang=${lang}`, async (page, check) => {
        await page.locator("#rules-edit").click();
        const area = page.locator("#rules-text");
        await area.waitFor();
        check((await area.inputValue()).startsWith("rules:"), "the rules are not in the text");
        // The form changes the text, the text is checked.
        await page.locator("[data-of=topics] summary").click();
        await page.locator("[data-field=topics][value=land]").check();
        await page.waitForFunction(() => document.querySelector("#rules-text").value.includes("# topics land"));
        check(has(await page.locator("#rule-words").innerText(), "Watches Land,", "តាមដាន ដីធ្លី"), "the words do not follow the form");
        await area.focus();
        await page.keyboard.press("End");
        await area.pressSequentially("bad");
        await page.waitForSelector("#rules-faults .bad");
        const fault = await page.locator("#rules-faults").innerText();
        check(has(fault, "line 2:", "បន្ទាត់ ២៖") && fault.includes("rules[0].topics"), "the fault has no place: " + fault);
        check(await page.locator("#trial-run").isDisabled(), "bad rules can be tried");
        await area.fill("rules: []\n");
        await page.waitForSelector("#rules-faults .well");
        // Tried, stopped, tried again.
        await page.locator("#trial-run").click();
        await page.waitForFunction(() => document.querySelector("#trial-progress").value > 0.1);
        await page.locator("#trial-run").click();
        await page.waitForFunction((s) => document.querySelector("#trial-note").textContent.includes(s), lang === "en" ? "Stopped" : "បានបញ្ឈប់");
        await page.waitForTimeout(300);
        await page.locator("#trial-run").click();
        await page.waitForSelector("#trial-result tbody tr");
        const shown = await page.locator("#trial-result").innerText();
        check((await page.locator("#trial-result tbody tr").count()) === 5, `${await page.locator("#trial-result tbody tr").count()} alerts compared`);
        check(has(shown, "3 sent, 0 for the digest, 0 held back. That is 3 a week.", "ផ្ញើ ៣ សម្រាប់សេចក្ដីសង្ខេប ០") && has(shown, "2 sent, 1 for the digest", "ផ្ញើ ២ សម្រាប់សេចក្ដីសង្ខេប ១"), "the counts are not said: " + shown);
        check(has(shown, "no more", "លែងមាន") && has(shown, "as now", "ដូចបច្ចុប្បន្ន"), "it is not compared");
        const [file] = await Promise.all([page.waitForEvent("download"), page.locator("#rules-download").click()]);
        check(file.suggestedFilename() === "alerts.yaml", "the text cannot be downloaded");
        await page.locator(lang === "en" ? "#lang-km" : "#lang-en").click();
        check((await area.inputValue()) === "rules: []\n", "another language loses the text");
        await page.locator("#rules-drop").click();
        check(!(await page.locator("#editor").isVisible()) && await page.locator("#rules-edit").isVisible(), "the copy cannot be discarded");
      }, size);

      await visit(`saving ${lang} ${size.width}`, `${PAGE}/alerts?lang=${lang}`, async (page, check) => {
        const area = page.locator("#rules-text"), button = page.locator("#rules-save"), said = page.locator("#rules-saved");
        const told = (en, km) => page.waitForFunction((s) => document.querySelector("#rules-saved")?.textContent.includes(s), lang === "en" ? en : km);
        await page.locator("#rules-edit").click();
        await area.waitFor();
        check((await button.getAttribute("aria-disabled")) === "true", "what is not changed can be saved");
        await area.focus();
        await page.keyboard.press("Control+End");
        await page.keyboard.type(`# by ${lang} ${size.width}\n`);
        await told("not saved yet", "មិនទាន់រក្សាទុក");
        // By the keyboard: past the lines of faults, to the button.
        await page.keyboard.press("Tab");
        check((await page.evaluate(() => document.activeElement.id)) === "rules-save", "the button does not follow the text: " + await page.evaluate(() => document.activeElement.outerHTML.slice(0, 80)));
        await page.keyboard.press("Enter");
        await told("These rules are in force", "កំពុងមានប្រសិទ្ធភាព");
        check((await page.evaluate(() => document.activeElement.id)) === "rules-save", "the focus is lost");
        const file = await (await fetch(`${PAGE}/api/v1/rules`)).json();
        check(file.text === await area.inputValue() && file.text.includes(`# by ${lang} ${size.width}`), "it is not what was written");
        // Somebody else changes the file: nothing of either is lost.
        await play("rules changed");
        await area.focus();
        await page.keyboard.press("Control+End");
        await page.keyboard.type("# mine\n");
        await button.click();
        await told("the file was changed since you opened it", "ឯកសារត្រូវបានកែ");
        check((await area.inputValue()).endsWith("# mine\n"), "the text is gone");
        check(!(await (await fetch(`${PAGE}/api/v1/rules`)).json()).text.includes("# mine"), "it was written over somebody else's");
        await page.locator("#rules-reload").click();
        await page.waitForFunction(() => document.querySelector("#rules-text").value.endsWith("# by somebody else\n"));
        check((await said.innerText()).trim() === "", "the conflict is still told: " + await said.innerText());
        // A fault is shown at its line.
        await area.focus();
        await page.keyboard.press("Control+Home");
        await page.keyboard.type("# one line more\n# bad ");
        await page.waitForSelector("#rules-faults .bad");
        check((await button.getAttribute("aria-disabled")) === "true", "faults can be saved");
        await page.locator("#rules-faults button").first().click();
        const marked = await page.evaluate(() => { const a = document.querySelector("#rules-text"); return a.value.slice(a.selectionStart, a.selectionEnd); });
        check(marked.startsWith("# bad "), "the line of the fault is not shown: " + marked);
        await page.locator("#rules-drop").click();
        // A file that cannot be written.
        await play("read-only");
        await page.locator("#rules-edit").click();
        await told("It cannot be saved here", "មិនអាចរក្សាទុកនៅទីនេះបានទេ");
        await play("writable");
        await page.locator("#rules-drop").click();
        await page.locator("#rules-edit").click();
        await area.fill("rules: []\n");
        await page.waitForSelector("#rules-faults .well");
        await play("read-only");
        await button.click();
        await told("read-only file system", "read-only file system");
        check((await area.inputValue()) === "rules: []\n", "the text is gone with the fault");
        await play("writable");
      }, { ...size, expectFaults: true });

      await play("no alerts");
      await visit(`no alerts ${lang} ${size.width}`, `${PAGE}/alerts?lang=${lang}`, async (page, check) => {
        const said = await page.locator("#episodes").innerText();
        check(has(said, "2 rules are watching 20 series", "វិធាន ២ កំពុងតាមដានស៊េរីអត្ថបទ ២០") && has(said, "3 of them are warming up, until", "ស៊េរី ៣ កំពុងរៀន យ៉ាងតិចដល់"), "the empty page does not say what is watched: " + said);
        check(!(await page.locator("#episode-section").isVisible()), "an episode is shown");
        await play("alert");
        await page.waitForFunction((id) => document.querySelector(`#episodes a[data-episode="${id}"]`), NEW, { timeout: 20e3 });
        check((await page.title()).startsWith(lang === "en" ? "(1)" : "(១)"), "the title does not count it: " + await page.title());
      }, size);
    }

    // A page by another name, as a stranger's site that was made to lead here would ask.
    await visit(`a strange name ${size.width}`, `${PAGE}/alerts?lang=en`, async (page, check) => {
      const strange = PAGE.replace("127.0.0.1", "rebound.localhost.example");
      check(strange !== PAGE, "the page is not at a number");
      for (const url of ["/", "/api/v1/rules", "/api/v1/posts"]) {
        const { status, body } = await strangely(PAGE, url, new URL(strange).host);
        check(status === 403 && body.includes("page.hosts"), `${url} by another name: ${status} ${body.slice(0, 80)}`);
      }
    }, size);
    await play("full");
    await visit(`an alert that is gone ${size.width}`, `${PAGE}/alerts?lang=en&episode=${"e".repeat(32)}`, async (page, check) => {
      check((await words(page, "#episode-title")) === "This alert is not on record", "it is not said: " + await words(page, "#episode-title"));
      check((await page.locator("#episodes li").count()) === 3, "the others are not listed");
    }, { ...size, expectFaults: true });
    await visit(`alerts away ${size.width}`, `${PAGE}/alerts?lang=en`, async (page, check) => {
      await play("away");
      await page.selectOption("#topic", "land");
      await page.waitForSelector(".notice.bad", { timeout: 20e3 });
      check(/does not answer/.test(await page.locator("#notices").innerText()) && (await page.locator("#episodes li").count()) === 3, "it does not say what is wrong, or loses what it had");
      await play("full");
      await page.waitForSelector(".notice.bad", { state: "detached", timeout: 45e3 });
    }, { ...size, expectFaults: true });
    await visit(`alerts dark ${size.width}`, `${PAGE}/alerts?lang=km`, async (page, check) => {
      const colours = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("#episodes ul")).backgroundColor]);
      check(colours.every((c) => Math.max(...c.match(/\d+/g).map(Number)) < 80), "it is not dark: " + colours);
    }, { ...size, dark: true });
  }
}
