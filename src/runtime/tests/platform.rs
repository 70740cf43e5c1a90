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
