//! Parts of the platform that are Cloudflare's own, through the real engine.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn requests_say_where_they_come_from() {
    let harness = Harness::new(
        "export default { async fetch(request) {
            const { country, colo, timezone, asn } = request.cf;
            request.cf.country = 'DE';
            const copies = [new Request(request).cf.country, request.clone().cf.country];
            const own = new Request('http://a/', { cf: { cacheTtl: 5 } }).cf;
            return Response.json([typeof country, typeof colo, timezone, typeof asn, copies, own,
                new Request('http://a/').cf === undefined]);
        } }",
    )
    .await;
    let expected = r#"["string","string","Europe/Lisbon","number",["DE","DE"],{"cacheTtl":5},true]"#;
    assert_eq!(harness.get("/").await.expect("answered").1, expected);
    assert!(harness.get("/again").await.expect("answered").1.contains("DE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn caches_keep_responses_as_their_headers_allow() {
    let harness = Harness::new(
        "const text = async (response) => (await response)?.text() ?? null;
        export default { async fetch(request) {
            const cache = caches.default;
            const url = 'http://example.com/a#fragment';
            if (request.url.endsWith('/later')) return Response.json(await text(cache.match(url)));
            const put = (init) => cache.put(url, new Response('kept', init));
            const before = await text(cache.match(url));
            await put({ headers: { 'cache-control': 'no-store' } });
            const refused = await text(cache.match(url));
            await put({ headers: { 'cache-control': 'public, max-age=60', etag: '\"1\"', 'set-cookie': 'a=b' } });
            const cookie = await text(cache.match(url));
            await put({ headers: { 'cache-control': 'public, max-age=60', etag: '\"1\"' } });
            const hit = await cache.match(new Request('http://example.com/a'));
            const unchanged = await cache.match(new Request(url, { headers: { 'if-none-match': '\"1\"' } }));
            const other = await caches.open('other');
            const failures = await Promise.all([
                cache.put(new Request(url, { method: 'POST' }), new Response('')),
                cache.put(url, new Response('', { status: 206 })), cache.put(url, new Response('', { headers: { vary: '*' } })),
            ].map((attempt) => attempt.then(() => 'put', (error) => error.name)));
            await other.put('http://example.com/b', new Response('b'));
            return Response.json([before, refused, cookie, await hit.text(), hit.headers.get('cf-cache-status'), unchanged.status,
                await text(other.match(url)), await text((await caches.open('other')).match('http://example.com/b')), failures,
                await other.delete('http://example.com/b'), await other.delete('http://example.com/b'),
                (await cache.match(new Request(url, { method: 'POST' }))) === undefined]);
        } }",
    )
    .await;
    assert_eq!(
        harness.get("/").await.expect("answered").1,
        r#"[null,null,null,"kept","HIT",304,null,"b",["TypeError","TypeError","TypeError"],true,false,true]"#
    );
    assert_eq!(harness.get("/later").await.expect("answered").1, r#""kept""#);
}

#[tokio::test(flavor = "multi_thread")]
async fn performance_keeps_marks_and_measures() {
    let harness = Harness::new(
        "export default { async fetch() {
            const seen = [];
            const observer = new PerformanceObserver((list) => seen.push(...list.getEntries().map((entry) => entry.name)));
            observer.observe({ entryTypes: ['measure'] });
            const mark = performance.mark('start', { startTime: 5, detail: { a: 1 } });
            performance.mark('end', { startTime: 8 });
            const measure = performance.measure('all', 'start', 'end');
            const other = performance.measure('part', { start: 1, duration: 2, detail: 'd' }).toJSON();
            await Promise.resolve();
            const names = performance.getEntries().map((entry) => entry.name);
            performance.clearMarks('start');
            const marks = performance.getEntriesByType('mark').map((entry) => entry.name);
            performance.clearMarks(); performance.clearMeasures();
            return Response.json([mark.toJSON(), mark instanceof PerformanceMark && mark instanceof PerformanceEntry,
                [measure.startTime, measure.duration], other, names, marks, performance.getEntriesByName('all').length, seen]);
        } }",
    )
    .await;
    assert_eq!(
        harness.get("/").await.expect("answered").1,
        concat!(
            r#"[{"name":"start","entryType":"mark","startTime":5,"duration":0,"detail":{"a":1}},true,[5,3],"#,
            r#"{"name":"part","entryType":"measure","startTime":1,"duration":2,"detail":"d"},"#,
            r#"["part","start","all","end"],["end"],0,["part","all"]]"#
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_are_objects_with_nodejs_compat_from_its_date_on() {
    let source = "export default { async fetch() {
        let runs = 0;
        const kept = setTimeout(() => runs++, 1);
        clearTimeout(+setTimeout(() => runs += 10, 1));
        const interval = setInterval(() => runs += 100, 1);
        clearInterval(interval);
        kept.unref?.();
        await scheduler.wait(5);
        return Response.json([typeof kept, kept.constructor.name, kept.hasRef?.(), runs]);
    } }";
    let answer = async |date: &str, flags: &[&str]| {
        let mut blueprint = blueprint_with(source, flags).await;
        blueprint.setup.compatibility_date = date.to_owned();
        Harness::of(blueprint).await.get("/").await.expect("answered").1
    };
    let object = r#"["object","Timeout",true,1]"#;
    let number = r#"["number","Number",null,1]"#;
    assert_eq!(answer("2026-02-10", &["nodejs_compat"]).await, object);
    assert_eq!(answer("2026-02-09", &["nodejs_compat", "enable_nodejs_global_timers"]).await, object);
    assert_eq!(answer("2026-02-09", &["nodejs_compat"]).await, number);
    assert_eq!(answer("2026-02-10", &["nodejs_compat", "no_nodejs_global_timers"]).await, number);
    assert_eq!(answer("2026-02-10", &[]).await, number);
}

#[tokio::test(flavor = "multi_thread")]
async fn bindings_are_globals_in_service_worker_syntax_only() {
    let module = Harness::new(
        "const early = typeof GREETING;
        export default { async fetch() { return Response.json([early, typeof GREETING]); } }",
    )
    .await;
    assert_eq!(module.get("/").await.expect("answered").1, r#"["undefined","undefined"]"#);
    let listener = Harness::new(
        "const early = GREETING;
        addEventListener('fetch', (event) => event.respondWith(Response.json([early, GREETING])));",
    )
    .await;
    assert_eq!(listener.get("/").await.expect("answered").1, r#"["hello","hello"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_uses_of_the_global_scope_are_survived() {
    let harness = Harness::new(
        "export default { async fetch(request, env, ctx) {
            const attempt = (use) => { try { return use(); } catch (error) { return error.name; } };
            const deleted = attempt(() => delete globalThis.__cqjs);
            const replaced = attempt(() => { globalThis.__cqjs = 1; });
            async function* chunks() { yield new TextEncoder().encode('streamed'); }
            console.log(Promise.resolve(1));
            return Response.json([deleted, replaced, String(globalThis), globalThis instanceof ServiceWorkerGlobalScope,
                String(new Date(0)), navigator.hardwareConcurrency, attempt(() => ctx.waitUntil()), await new Response(chunks()).text()]);
        } }",
    )
    .await;
    let expected = concat!(
        r#"["TypeError","TypeError","[object ServiceWorkerGlobalScope]",true,"#,
        r#""Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)",1,"TypeError","streamed"]"#
    );
    assert_eq!(harness.get("/").await.expect("answered").1, expected);
    assert_eq!(harness.get("/again").await.expect("still there").1, expected);
    assert_eq!(harness.recorder.lines()[0], "Promise { <state unknown> }");
}
