//! What is noticed, and what is not.

use std::fs;

use crate::support::processes::wait_until;
use crate::support::session::Session;
use crate::{project, queue_settings};

const COUNTER: &str =
    "let count = 0; export default { fetch: () => new Response(`${++count}`), queue() {} };";

#[test]
fn a_setting_of_a_consumer_leaves_the_worker_running() {
    let project = project(&queue_settings("\"max_batch_size\": 5, \"dead_letter_queue\": \"d\""), COUNTER);
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "1");
    project.edit(
        "wrangler.jsonc",
        "\"max_batch_size\": 5, \"dead_letter_queue\": \"d\"",
        "\"max_batch_size\": 7",
    );
    let consumers = "/cdn-cgi/api/client/v4/accounts/any/queues";
    // A request that comes after the edit was noticed waits for it; until then the old setting is shown.
    wait_until("the setting is shown", || session.text(consumers).contains("\"batch_size\":7"));
    assert_eq!(session.text("/"), "2");
    session.stop();
}

#[test]
fn a_checkout_of_a_hundred_files_is_live() {
    let project = project("", "");
    let names: Vec<String> = (0..100).map(|number| format!("part{number}")).collect();
    let write = |value: u32| {
        for name in &names {
            project.write(&format!("src/{name}.ts"), &format!("export const value = {value};"));
        }
    };
    write(1);
    let imports = names.iter().map(|name| format!("import {{ value as {name} }} from './{name}';\n"));
    let worker = format!(
        "{}export default {{ fetch: () => new Response(`${{[{}].reduce((a, b) => a + b)}}`) }};",
        imports.collect::<String>(),
        names.join(", ")
    );
    project.write("src/index.ts", &worker);
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "100");
    write(2);
    wait_until("all files are live", || session.text("/") == "200");
    session.stop();
}

#[cfg(unix)]
#[test]
fn a_source_behind_a_link_is_followed() {
    let project = project("", "export { default } from './linked/worker';");
    project.write("elsewhere/worker.ts", "export default { fetch: () => new Response('one') };");
    std::os::unix::fs::symlink(project.path().join("elsewhere"), project.path().join("src/linked")).unwrap();
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "one");
    project.edit("elsewhere/worker.ts", "one", "two");
    session.output.wait_for("Reloaded worker (1 ms)");
    assert_eq!(session.text("/"), "two");
    session.stop();
}

#[cfg(unix)]
#[test]
fn a_link_that_is_given_another_target_is_followed() {
    use std::os::unix::fs::symlink;
    let source = "import text from './text.txt'; import { code } from 'linked';
        export default { fetch: () => new Response(`${text} ${code}`) };";
    let project = project("", source);
    for number in ["one", "two"] {
        project.write(&format!("src/{number}.txt"), number);
        project.write(&format!("{number}/index.js"), &format!("export const code = '{number}';"));
    }
    fs::create_dir(project.path().join("node_modules")).unwrap();
    let (text, package) = (project.path().join("src/text.txt"), project.path().join("node_modules/linked"));
    symlink("one.txt", &text).unwrap();
    symlink("../one", &package).unwrap();
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "one one");
    fs::remove_file(&package).unwrap();
    symlink("../two", &package).unwrap();
    wait_until("the other package is live", || session.text("/") == "one two");
    // As package managers do it, at once.
    symlink("two.txt", project.path().join("src/next")).unwrap();
    fs::rename(project.path().join("src/next"), &text).unwrap();
    wait_until("the other text is live", || session.text("/") == "two two");
    fs::remove_file(&text).unwrap();
    session.errors().wait_for("…--> src/index.ts:1:…");
    project.write("src/text.txt", "plain");
    wait_until("the file is live", || session.text("/") == "plain two");
    session.stop();
}

#[test]
fn a_folder_that_is_renamed_away_and_back_is_still_followed() {
    let project = project("", "export { default } from './inner/worker';");
    project.write("src/inner/worker.ts", "export default { fetch: () => new Response('one') };");
    let session = Session::start(&project, &[]);
    let [inner, away] = ["src/inner", "src/away"].map(|folder| project.path().join(folder));
    fs::rename(&inner, &away).unwrap();
    session.errors().wait_for("…--> src/index.ts:1:…");
    assert_eq!(session.text("/"), "one");
    fs::rename(&away, &inner).unwrap();
    session.output.wait_for("Reloaded worker (1 ms)");
    project.edit("src/inner/worker.ts", "one", "two");
    wait_until("the edit is live", || session.text("/") == "two");
    session.stop();
}

#[test]
fn a_queue_that_leaves_the_configuration_keeps_its_messages() {
    let worker = "export default { async fetch(request, env) { await env.QUEUE?.send('kept'); return new Response('ok'); },
        queue(batch) { console.log('got', batch.messages[0].body); } };";
    let project = project(&queue_settings("\"max_batch_timeout\": 1"), worker);
    let with_queue = fs::read_to_string(project.path().join("wrangler.jsonc")).unwrap();
    let without = with_queue.replace("\"consumers\": [{", "\"consumers\": [], \"kept\": [{");
    project.write("wrangler.jsonc", &without);
    let session = Session::start(&project, &[]);
    assert_eq!(session.text("/"), "ok");
    project.write(
        "wrangler.jsonc",
        "{ \"name\": \"worker\", \"main\": \"src/index.ts\", \"compatibility_date\": \"2026-06-05\" }",
    );
    session.output.wait_for("Reloaded worker (1 ms)");
    project.write("wrangler.jsonc", &with_queue);
    session.output.wait_for("got kept");
    session.stop();
}
