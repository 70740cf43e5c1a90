//! Colours, for terminals.

use anstyle::{AnsiColor, Color, Style};

/// All is well.
pub const GREEN: Style = colored(AnsiColor::Green);
/// Worth a look.
pub const YELLOW: Style = colored(AnsiColor::Yellow);
/// Something failed.
pub const RED: Style = colored(AnsiColor::Red);
/// Who speaks: a colour for each worker; with more workers they come again.
pub const PREFIXES: [Style; 6] = [
    colored(AnsiColor::Cyan),
    colored(AnsiColor::Magenta),
    colored(AnsiColor::Blue),
    colored(AnsiColor::BrightGreen),
    colored(AnsiColor::BrightYellow),
    colored(AnsiColor::BrightMagenta),
];
/// Said by a program that is not ours.
pub const BLUE: Style = colored(AnsiColor::Blue);
/// Unimportant.
pub const DIM: Style = Style::new().dimmed();
/// Important.
pub const BOLD: Style = Style::new().bold();

const fn colored(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

/// Paints text, or leaves it plain.
#[derive(Clone, Copy)]
pub struct Palette {
    /// Whether it paints.
    pub color: bool,
}

impl Palette {
    /// The text in this style.
    pub fn paint(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
