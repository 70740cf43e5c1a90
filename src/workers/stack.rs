//! Stack traces of QuickJS-ng, read and written line by line.

use super::script::WRAPPER_NAME;
use super::script_map::OriginalPosition;

/// The file names of the Worker's script: what QuickJS-ng gives to code from `eval`, and what `error_stacks.js` of
/// the prelude calls it.
const EVALUATED_FILES: [&str; 3] = ["<input>", "<evalScript>", SCRIPT_FILE];
const SCRIPT_FILE: &str = "worker.js";

/// One line of a stack trace.
enum Frame<'a> {
    /// Code from `eval`: the Worker's script.
    Script(ScriptFrame<'a>),
    /// A function of the engine.
    Native,
    /// The runtime's own JavaScript.
    Runtime,
    /// No frame: a message, or anything else.
    Text,
}

/// A frame in the Worker's script, as a line has it. Behind it may be more: the rest of what the user logged.
struct ScriptFrame<'a> {
    indentation: &'a str,
    function: Option<&'a str>,
    line: u32,
    column: u32,
    rest: &'a str,
}

/// Rewrites the frames of `stack`: those of the script move to where `original` says, those that come from
/// nowhere in the user's files go. Native frames stay only where the user's code called them. A stack within a JSON
/// text, where line breaks are escaped, is rewritten in its line.
pub(super) fn rewrite(stack: &str, original: impl Fn(u32, u32) -> Option<OriginalPosition>) -> String {
    let mut written: Vec<String> = Vec::new();
    let mut native: Vec<&str> = Vec::new();
    for line in stack.lines() {
        match frame(line) {
            Frame::Text => written.push(rewrite_escaped(line, &original)),
            Frame::Runtime => native.clear(),
            Frame::Native => native.push(line),
            Frame::Script(frame) => match original(frame.line, frame.column) {
                Some(position) => {
                    written.extend(native.drain(..).map(str::to_owned));
                    written.push(format_frame(&frame, &position));
                }
                // What was logged behind it stays.
                None if !frame.rest.is_empty() => {
                    written.push(format!("{}{}", frame.indentation, frame.rest.trim_start()));
                }
                None => {}
            },
        }
    }
    let mut rewritten = written.join("\n");
    if stack.ends_with('\n') && !rewritten.is_empty() {
        rewritten.push('\n');
    }
    rewritten
}

fn format_frame(frame: &ScriptFrame<'_>, position: &OriginalPosition) -> String {
    let ScriptFrame { indentation, function, rest, .. } = frame;
    let place = place_text(position);
    match function {
        Some(function) => format!("{indentation}at {function} ({place}){rest}"),
        None => format!("{indentation}at {place}{rest}"),
    }
}

fn place_text(position: &OriginalPosition) -> String {
    let OriginalPosition { file, line, column } = position;
    format!("{}:{line}:{column}", file.display())
}

/// How the frames of a stack are divided where it is written as a JSON string.
const ESCAPED_FRAME: &str = "\\n    at ";

/// Moves the places of a stack in a JSON string; what stands in no place of the user's is left.
fn rewrite_escaped(line: &str, original: &impl Fn(u32, u32) -> Option<OriginalPosition>) -> String {
    let mut frames = line.split(ESCAPED_FRAME);
    let mut written = frames.next().unwrap_or_default().to_owned();
    for frame in frames {
        written.push_str(ESCAPED_FRAME);
        written.push_str(&moved_place(frame, original).unwrap_or_else(|| frame.to_owned()));
    }
    written
}

fn moved_place(frame: &str, original: &impl Fn(u32, u32) -> Option<OriginalPosition>) -> Option<String> {
    let start = match frame.find('(') {
        Some(bracket) if bracket < frame.find(SCRIPT_FILE)? => bracket + 1,
        _ => 0,
    };
    let (line, column, rest) = place_in_script(&frame[start..])?;
    let position = serde_json::Value::from(place_text(&original(line, column)?)).to_string();
    Some(format!("{}{}{rest}", &frame[..start], position.trim_matches('"')))
}

fn frame(line: &str) -> Frame<'_> {
    let trimmed = line.trim_start();
    let indentation = &line[..line.len() - trimmed.len()];
    let Some(call) = trimmed.strip_prefix("at ").filter(|_| line.starts_with(' ')) else {
        return Frame::Text;
    };
    if let Some((function, (line, column, rest))) = script_call(call) {
        return Frame::Script(ScriptFrame { indentation, function, line, column, rest });
    }
    let place =
        call.strip_suffix(')').and_then(|call| call.rsplit_once(" (")).map_or(call, |(_, place)| place);
    match place {
        "native" => Frame::Native,
        _ if place_in_file(place) => Frame::Runtime,
        _ => Frame::Text,
    }
}

type PlaceAndRest<'a> = (u32, u32, &'a str);

/// The function and the place of `call`: the first place in the script that it names, with or without brackets.
fn script_call(call: &str) -> Option<(Option<&str>, PlaceAndRest<'_>)> {
    if let Some(place) = place_in_script(call) {
        return Some((None, place));
    }
    let named = call.match_indices(" (").find_map(|(at, opening)| {
        let (line, column, rest) = place_in_script(&call[at + opening.len()..])?;
        Some((&call[..at], (line, column, rest.strip_prefix(')')?)))
    })?;
    let function = Some(named.0).filter(|name| !["<anonymous>", "<eval>", WRAPPER_NAME].contains(name));
    Some((function, named.1))
}

/// Line, column and what follows them, when `text` begins with a place in the script.
fn place_in_script(text: &str) -> Option<PlaceAndRest<'_>> {
    let numbers = EVALUATED_FILES.iter().find_map(|file| text.strip_prefix(file)?.strip_prefix(':'))?;
    let (line, rest) = number(numbers)?;
    let Some((column, rest)) = rest.strip_prefix(':').and_then(number) else {
        return Some((line, 1, rest));
    };
    Some((line, column, rest))
}

/// The number at the start of `text`, and what follows it.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
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
    fn what_is_logged_with_an_error_stays_around_its_places() {
        for (logged, shown) in [
            ("    at f (worker.js:3:1) tail", "    at f (src/index.ts:2:1) tail"),
            ("    at worker.js:3:1 {\n  code: 5 }", "    at src/index.ts:2:1 {\n  code: 5 }"),
            ("      at f (worker.js:3:1)),", "      at f (src/index.ts:2:1)),"),
            (
                "  [cause]: Error: x\n      at g (worker.js:4:2) {",
                "  [cause]: Error: x\n      at g (src/index.ts:3:2) {",
            ),
            ("    at f (worker.js:500:1) tail", "    tail"),
            (
                r#"{"stack":"Error: a\n    at f (worker.js:3:1)\n    at worker.js:4:2","b":1}"#,
                r#"{"stack":"Error: a\n    at f (src/index.ts:2:1)\n    at src/index.ts:3:2","b":1}"#,
            ),
        ] {
            assert_eq!(rewritten(logged), shown);
        }
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
