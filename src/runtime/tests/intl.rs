//! `Intl` as Workers see it; what it writes is tested beside the host's half.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn dates_numbers_and_lists_are_written_for_en_us() {
    let harness = Harness::new(
        "export default { fetch() {
            const date = new Date(0);
            const parts = new Intl.DateTimeFormat('en-US', { timeZone: 'Asia/Tokyo', hour: 'numeric', hourCycle: 'h23' });
            return Response.json([
                date.toLocaleString(), date.toLocaleDateString('en-US', { dateStyle: 'medium' }),
                date.toLocaleTimeString('en-US', { timeZone: 'America/New_York', timeStyle: 'short' }),
                new Date(NaN).toLocaleString(), parts.formatToParts(date), new Intl.DateTimeFormat().resolvedOptions().timeZone,
                (1234.5).toLocaleString('en-US', { style: 'currency', currency: 'EUR' }), 12345678901234567890n.toLocaleString(),
                [1234, date, null].toLocaleString('en-US', { timeZone: 'UTC' }),
                new Intl.NumberFormat('en', { notation: 'compact' }).format('1999999'),
                new Intl.PluralRules('en', { type: 'ordinal' }).select(22),
                new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(1, 'days'),
                new Intl.ListFormat('en', { type: 'disjunction' }).format(['a', 'b', 'c']),
                ['b', 'a10', 'ä', 'a9', 'A'].sort(new Intl.Collator('en', { numeric: true }).compare),
                ['z', 'ä', 'a'].sort((a, b) => a.localeCompare(b)),
                [...new Intl.Segmenter('en', { granularity: 'word' }).segment('Hi there')].map((part) => [part.segment, part.isWordLike]),
                new Intl.DisplayNames('en', { type: 'region' }).of('JP'), new Intl.Locale('de-latn-de-u-hc-h12').hourCycle,
            ]);
        } }",
    )
    .await;
    let expected = serde_json::json!([
        "1/1/1970, 12:00:00 AM", "Jan 1, 1970", "7:00 PM", "Invalid Date",
        [{ "type": "hour", "value": "09" }], "UTC",
        "€1,234.50", "12,345,678,901,234,567,890", "1,234,1/1/1970, 12:00:00 AM,", "2M", "two", "tomorrow",
        "a, b, or c", ["A", "ä", "a9", "a10", "b"], ["a", "ä", "z"],
        [["Hi", true], [" ", false], ["there", true]], "Japan", "h12"
    ]);
    let answer: serde_json::Value =
        serde_json::from_str(&harness.get("/").await.expect("answered").1).expect("JSON");
    assert_eq!(answer, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_locales_are_honestly_not_there() {
    let harness = Harness::new(
        "export default { fetch() {
            const format = new Intl.NumberFormat('de-DE');
            new Intl.NumberFormat('de-DE');
            return Response.json([format.resolvedOptions().locale, format.format(1.5),
                Intl.NumberFormat.supportedLocalesOf(['de-DE', 'en-US', 'en', 'en-GB']),
                new Intl.NumberFormat(['de-DE', 'en']).resolvedOptions().locale,
                Intl.DateTimeFormat.supportedLocalesOf('fr'), Intl.getCanonicalLocales(['EN-us', 'en-US'])]);
        } }",
    )
    .await;
    let answer = harness.get("/").await.expect("answered").1;
    assert_eq!(answer, r#"["en-US","1.5",["en-US","en"],"en",[],["en-US"]]"#);
    let said = "Intl: de-DE is not available here, and en-US is used instead; Cloudflare has all locales.";
    assert_eq!(harness.recorder.lines(), [said]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_options_throw_as_the_specification_says() {
    let harness = Harness::new(
        "const failure = (work) => { try { return work(); } catch (error) { return `${error.name}: ${error.message}`; } };
        export default { fetch() {
            return Response.json([
                failure(() => new Intl.DateTimeFormat('en', { timeZone: 'Mars/Olympus' })),
                failure(() => new Intl.DateTimeFormat().format(NaN)),
                failure(() => new Date().toLocaleDateString('en', { timeStyle: 'short' })),
                failure(() => new Intl.NumberFormat('en', { style: 'currency' })),
                failure(() => new Intl.NumberFormat('en', { maximumFractionDigits: 101 })),
                failure(() => new Intl.NumberFormat('no_locale')),
                failure(() => Intl.NumberFormat.prototype.formatToParts.call({})).startsWith('TypeError'),
                Object.keys(Intl), Object.keys(Intl.NumberFormat.prototype), String(Intl), Intl.DateTimeFormat.length,
                Intl.NumberFormat('en').format(1), new (class extends Intl.NumberFormat {})('en') instanceof Intl.NumberFormat,
            ]);
        } }",
    )
    .await;
    let expected = serde_json::json!([
        "RangeError: Invalid time zone specified: Mars/Olympus",
        "RangeError: Invalid time value",
        "TypeError: Invalid option : timeStyle",
        "TypeError: Currency code is required with currency style.",
        "RangeError: maximumFractionDigits value is out of range.",
        "RangeError: Incorrect locale information provided",
        true,
        [],
        [],
        "[object Intl]",
        0,
        "1",
        true
    ]);
    let answer: serde_json::Value =
        serde_json::from_str(&harness.get("/").await.expect("answered").1).expect("JSON");
    assert_eq!(answer, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_are_not_well_formed_hurt_nobody() {
    let harness = Harness::new(
        "const name = (work) => { try { return work(); } catch (error) { return error.name; } };
        export default { fetch() {
            const cut = ['😀a', 'b'].map((text) => text.slice(0, 1));
            console.log(cut[0]);
            return Response.json([
                cut.sort(new Intl.Collator().compare).length, 'a'.localeCompare('\\ud800') === 0,
                [...new Intl.Segmenter().segment('a\\ud800')].length,
                name(() => new Intl.DateTimeFormat('en', { timeZone: '\\ud800' })),
                name(() => new Intl.NumberFormat('\\ud800')), name(() => new Intl.Locale('\\ud800')),
                name(() => Intl.supportedValuesOf('\\ud800')),
                name(() => new Intl.RelativeTimeFormat().format(1, '\\ud800')),
            ]);
        } }",
    )
    .await;
    let answer = harness.get("/").await.expect("answered").1;
    let wrong = r#""RangeError""#;
    assert_eq!(answer, format!("[2,false,2,{}]", [wrong; 5].join(",")));
    assert_eq!(harness.recorder.lines(), ["\u{fffd}"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_another_class_are_refused() {
    let harness = Harness::new(
        "const name = (work) => { try { return work(); } catch (error) { return error.name; } };
        const { Collator, Segmenter, DisplayNames, PluralRules, RelativeTimeFormat, ListFormat } = Intl;
        export default { fetch() {
            const methods = [
                [Segmenter, 'segment'], [PluralRules, 'select'], [RelativeTimeFormat, 'format'],
                [ListFormat, 'format'], [DisplayNames, 'of'],
            ];
            const classes = [Collator, Segmenter, PluralRules, RelativeTimeFormat, ListFormat];
            const objects = [...classes.map((Class) => new Class()), new DisplayNames('en', { type: 'region' })];
            const answers = [];
            for (const [Class, method] of methods) {
                for (const object of objects) {
                    if (object instanceof Class) continue;
                    answers.push(name(() => Class.prototype[method].call(object, 'US', 'day')));
                    answers.push(name(() => Class.prototype.resolvedOptions.call(object)));
                }
            }
            return Response.json([answers.length, [...new Set(answers)]]);
        } }",
    )
    .await;
    assert_eq!(harness.get("/").await.expect("answered").1, r#"[50,["TypeError"]]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_is_found_by_any_position_in_it() {
    let harness = Harness::new(
        "export default { fetch() {
            const text = 'one two '.repeat(2000);
            const segments = new Intl.Segmenter('en', { granularity: 'word' }).segment(text);
            let found = 0;
            for (let index = 0; index < text.length; index++) found += segments.containing(index).index;
            const at = (index) => segments.containing(index)?.segment;
            return Response.json([found, at(0), at(2), at(3), at(4), at(text.length - 1), at(text.length), at(-1)]);
        } }",
    )
    .await;
    let starts: u64 = (0..2000).map(|pair| pair * 8 * 8 + 3 + 4 * 3 + 7).sum();
    let answer = harness.get("/").await.expect("answered").1;
    assert_eq!(answer, format!(r#"[{starts},"one","one"," ","two"," ",null,null]"#));
}
