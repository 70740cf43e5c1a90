//! The way back from a position in the script to the user's file.

use std::path::PathBuf;
use std::sync::Arc;

use oxc_sourcemap::SourceMap;

use super::script::HEADER_LINES;
use super::stack;

/// A place in one of the user's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalPosition {
    /// The file, relative to the configuration's folder.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in UTF-16 code units.
    pub column: u32,
}

/// Knows which place of which file each place of a script comes from.
#[derive(Clone, Debug)]
pub struct ScriptMap {
    script: Arc<str>,
    source_map: Option<Arc<SourceMap<'static>>>,
}

impl ScriptMap {
    pub(super) fn new(script: Arc<str>, source_map: Option<SourceMap<'static>>) -> Self {
        Self { script, source_map: source_map.map(Arc::new) }
    }

    /// The map as JSON, as the Source Map standard has it; `None` when there is none.
    pub(super) fn to_json(&self) -> Option<String> {
        self.source_map.as_deref().map(SourceMap::to_json_string)
    }

    /// The place in the user's file of the code at `line` and `column` of the script, counted as QuickJS-ng
    /// does: both from 1, the column in bytes of UTF-8. `None` for code that no file contains, such as the
    /// bundler's helpers.
    pub fn original_position(&self, line: u32, column: u32) -> Option<OriginalPosition> {
        let source_map = self.source_map.as_deref()?;
        let module_line = line.checked_sub(1 + HEADER_LINES)?;
        let module_column = self.utf16_column(line, column)?;
        let place = (module_line, module_column);
        let after = first_index(source_map.get_tokens().len(), |index| {
            let token = source_map.get_token(index);
            token.is_none_or(|token| (token.get_dst_line(), token.get_dst_col()) > place)
        });
        let token = source_map.get_token(after.checked_sub(1)?)?;
        let file = source_map.get_source(token.get_source_id()?)?;
        (token.get_dst_line() == module_line).then(|| OriginalPosition {
            file: PathBuf::from(file),
            line: token.get_src_line() + 1,
            column: token.get_src_col() + 1,
        })
    }

    /// An engine's stack trace as the user would write it: frames in the user's files with their places
    /// there, the runtime's own frames left out, all other text as it is.
    pub fn rewrite_stack(&self, stack: &str) -> String {
        stack::rewrite(stack, |line, column| self.original_position(line, column))
    }

    fn utf16_column(&self, line: u32, column: u32) -> Option<u32> {
        let text = self.script.lines().nth(line.checked_sub(1)? as usize)?;
        let bytes = column.checked_sub(1)? as usize;
        let units = text.char_indices().take_while(|(start, _)| *start < bytes).map(|(_, c)| c.len_utf16());
        u32::try_from(units.sum::<usize>()).ok()
    }
}

/// The first index below `count` for which `holds`, which must go on holding from there; else `count`.
fn first_index(count: usize, holds: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, u32::try_from(count).unwrap_or(u32::MAX));
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(script: &str, mappings: &str) -> ScriptMap {
        let json = format!(r#"{{"version":3,"sources":["src/a.ts"],"names":[],"mappings":"{mappings}"}}"#);
        let source_map = SourceMap::from_json_string(&json).unwrap().into_owned();
        ScriptMap::new(script.into(), Some(source_map))
    }

    #[test]
    fn columns_count_bytes_in_the_engine_and_code_units_in_the_map() {
        // Line 1 of the module: column 0 is 1:1, column 4 is 3:3.
        let map = map("header\nüü f()\n", "AAAA,IAEE");
        let place =
            |line, column| map.original_position(line, column).map(|place| (place.line, place.column));
        assert_eq!(place(2, 1), Some((1, 1)));
        assert_eq!(place(2, 6), Some((1, 1)));
        assert_eq!(place(2, 7), Some((3, 3)));
        assert_eq!(place(2, 4000), Some((3, 3)));
        for nowhere in [(0, 0), (1, 1), (3, 1), (9, 9), (u32::MAX, u32::MAX)] {
            assert_eq!(place(nowhere.0, nowhere.1), None);
        }
    }
}
