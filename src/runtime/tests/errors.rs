//! Errors as the Worker itself reads them, through the real engine.

use super::*;

/// What a handler whose body is `statements` answers.
async fn answer(statements: &str) -> String {
    let source = format!("export default {{ async fetch() {{ {statements} }} }}");
    Harness::new(&source).await.get("/").await.expect("answered").1
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_those_of_v8_where_the_engine_says_as_much() {
    let said = answer(
        "const uses = [() => undefined.a, () => null.a.b, () => { undefined['a b'] = 1; }, () => [...undefined],
            () => missing, () => { const read = () => later; const first = read(); let later = 1; return [first, later]; }, () => `${Symbol('s')}`, () => new Array(-1),
            () => { throw new TypeError('cannot be'); }];
        return Response.json(uses.map((use) => { try { return use(); } catch (error) { return String(error); } }));",
    )
    .await;
    assert_eq!(
        serde_json::from_str::<Vec<String>>(&said).expect("a list"),
        [
            "TypeError: Cannot read properties of undefined (reading 'a')",
            "TypeError: Cannot read properties of null (reading 'a')",
            "TypeError: Cannot set properties of undefined (setting 'a b')",
            "TypeError: undefined is not iterable (cannot read property Symbol(Symbol.iterator))",
            "ReferenceError: missing is not defined",
            "ReferenceError: Cannot access 'later' before initialization",
            "TypeError: Cannot convert a Symbol value to a string",
            "RangeError: Invalid array length",
            "TypeError: cannot be",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stacks_begin_with_the_message_and_name_nothing_of_the_runtime() {
    let said = answer(
        "class Refused extends Error { constructor(...values) { super(...values); this.name = 'Refused'; } }
        function fail() { throw new Refused('not now'); }
        try { [1].map(fail); } catch (error) { return new Response(error.stack); }",
    )
    .await;
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "Error: not now", "{said}");
    assert!(lines.iter().any(|line| line.starts_with("    at fail (worker.js:")), "{said}");
    assert!(lines.contains(&"    at map (native)"), "{said}");
    assert!(lines[1..].iter().all(|line| line.contains("worker.js:") || line.contains("(native)")), "{said}");
    assert!(!said.contains("__qemu_dev") && !said.contains("invocation"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_of_the_worker_gets_its_call_sites() {
    let said = answer(
        "const before = Error.prepareStackTrace;
        Error.prepareStackTrace = (error, sites) => `${error.message}:${sites[0].getFunctionName()}`;
        function place() { return new Error('m').stack; }
        const own = place();
        Error.prepareStackTrace = undefined;
        return Response.json([before === undefined, own, place().startsWith('Error: m\\n    at place (')]);",
    )
    .await;
    assert_eq!(said, r#"[true,"m:place",true]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn logged_errors_have_their_present_name_and_places_in_the_users_files() {
    let harness = Harness::new(
        "export default { async fetch() {
            const error = new Error('late'); error.name = 'Renamed'; console.error(error); console.log(error.stack);
            console.error(new DOMException('gone', 'AbortError'));
            return new Response('ok'); } }",
    )
    .await;
    harness.get("/").await.expect("answered");
    let lines = harness.recorder.lines();
    assert!(lines[0].starts_with("Renamed: late\n    at fetch ("), "{lines:?}");
    assert!(lines[0].contains("index.ts:2:"), "{lines:?}");
    assert!(
        lines[1].starts_with("Error: late\n    at fetch (") && lines[1].contains("index.ts:2:"),
        "{lines:?}"
    );
    assert!(lines[2].starts_with("AbortError: gone\n    at fetch ("), "{lines:?}");
}
