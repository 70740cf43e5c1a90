//! Stack traces of QuickJS-ng, read and written line by line.

use super::script::WRAPPER_NAME;
use super::script_map::OriginalPosition;

/// The file names of the Worker's script: what QuickJS-ng gives to code from `eval`, and what `error_stacks.js` of
/// the prelude calls it.
const EVALUATED_FILES: [&str; 3] = ["<input>", "<evalScript>", "worker.js"];

/// One line of a stack trace.
enum Frame<'a> {
    /// Code from `eval`: the Worker's script.
    Script { function: Option<&'a str>, line: u32, column: u32 },
    /// A function of the engine.
    Native,
    /// The runtime's own JavaScript.
    Runtime,
    /// No frame: a message, or anything else.
    Text,
}

/// Rewrites the frames of `stack`: those of the script move to where `original` says, those that come from
/// nowhere in the user's files go. Native frames stay only where the user's code called them.
pub(super) fn rewrite(stack: &str, original: impl Fn(u32, u32) -> Option<OriginalPosition>) -> String {
    let mut written: Vec<String> = Vec::new();
    let mut native: Vec<&str> = Vec::new();
    for line in stack.lines() {
        match frame(line) {
            Frame::Text => written.push(line.to_owned()),
            Frame::Runtime => native.clear(),
            Frame::Native => native.push(line),
            Frame::Script { function, line, column } => {
                if let Some(position) = original(line, column) {
                    written.extend(native.drain(..).map(str::to_owned));
                    written.push(format_frame(function, &position));
                }
            }
        }
    }
    let mut rewritten = written.join("\n");
    if stack.ends_with('\n') && !rewritten.is_empty() {
        rewritten.push('\n');
    }
    rewritten
}

fn format_frame(function: Option<&str>, position: &OriginalPosition) -> String {
    let OriginalPosition { file, line, column } = position;
    let place = format!("{}:{line}:{column}", file.display());
    match function {
        Some(function) => format!("    at {function} ({place})"),
        None => format!("    at {place}"),
    }
}

fn frame(line: &str) -> Frame<'_> {
    let Some(call) = line.trim_start().strip_prefix("at ").filter(|_| line.starts_with(' ')) else {
        return Frame::Text;
    };
    let (function, place) = match call.strip_suffix(')').and_then(|call| call.rsplit_once(" (")) {
        Some((function, place)) => (Some(function), place),
        None => (None, call),
    };
    if place == "native" {
        return Frame::Native;
    }
    match place_in_script(place) {
        Some((line, column)) => {
            let function = function.filter(|name| !["<anonymous>", "<eval>", WRAPPER_NAME].contains(name));
            Frame::Script { function, line, column }
        }
        None if place_in_file(place) => Frame::Runtime,
        None => Frame::Text,
    }
}

fn place_in_script(place: &str) -> Option<(u32, u32)> {
    let numbers = EVALUATED_FILES.iter().find_map(|file| place.strip_prefix(file)?.strip_prefix(':'))?;
    let (line, column) = numbers.split_once(':').unwrap_or((numbers, "1"));
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// Whether `place` reads `file`, `file:line` or `file:line:column`.
fn place_in_file(place: &str) -> bool {
    let without_numbers = place.trim_end_matches(|c: char| c.is_ascii_digit() || c == ':');
    without_numbers.len() < place.len() && !without_numbers.contains(' ')
        || EVALUATED_FILES.contains(&place)
        || place.ends_with(".js")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn rewritten(stack: &str) -> String {
        rewrite(stack, |line, column| {
            (line > 1 && line < 100).then(|| OriginalPosition {
                file: PathBuf::from("src/index.ts"),
                line: line - 1,
                column,
            })
        })
    }

    #[test]
    fn frames_of_the_script_move_to_the_users_file() {
        let stack = "    at bar (<input>:12:34)\n    at get g (<evalScript>:3:1)\n    at x y (z) (<input>:4:73)\n    at <anonymous> (<input>:5:2)\n    at <input>:6:7\n    at h (worker.js:7:8)\n    at worker.js:8:1\n";
        assert_eq!(
            rewritten(stack),
            "    at bar (src/index.ts:11:34)\n    at get g (src/index.ts:2:1)\n    at x y (z) (src/index.ts:3:73)\n    at src/index.ts:4:2\n    at src/index.ts:5:7\n    at h (src/index.ts:6:8)\n    at src/index.ts:7:1\n"
        );
    }

    #[test]
    fn the_runtimes_own_frames_go() {
        let stack = "    at parse (native)\n    at f (<input>:2:1)\n    at forEach (native)\n    at g (<input>:3:1)\n    at apply (native)\n    at dispatch (queue.js:12:3)\n    at then (native)\n    at <eval> (<input>:400:3)\n    at run (componentize-qjs:1)\n";
        assert_eq!(
            rewritten(stack),
            "    at parse (native)\n    at f (src/index.ts:1:1)\n    at forEach (native)\n    at g (src/index.ts:2:1)\n"
        );
    }

    #[test]
    fn any_text_is_survived() {
        let text = "Error: at sea (queue.js:1:1)\n  at least one\n\nat x (<input>:2:2)\n    at (";
        assert_eq!(rewritten(text), text);
        for text in
            ["", "\n", "    at ", "    at f (<input>:99999999999:1)", "at )", "    at \u{1F600} (<input>::)"]
        {
            rewritten(text);
        }
    }
}
