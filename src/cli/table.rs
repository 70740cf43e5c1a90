//! Tables for people.

/// A table with a line of headings, ruled as wrangler's are.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            widest.max(headings[column].chars().count())
        })
        .collect();
    let rule = |left: &str, middle: &str, right: &str| {
        let parts: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
        format!("{left}{}{right}\n", parts.join(middle))
    };
    let headings: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let mut text = rule("┌", "┬", "┐");
    text += &line(&headings, &widths);
    for row in rows {
        text += &rule("├", "┼", "┤");
        text += &line(row, &widths);
    }
    text + &rule("└", "┴", "┘")
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, &width)| format!(" {cell:width$} "));
    format!("│{}│\n", cells.collect::<Vec<_>>().join("│"))
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "größer".to_owned()], vec!["bb".to_owned(), String::new()]];
        let expected = "\
┌────┬────────┐
│ id │ name   │
├────┼────────┤
│ a  │ größer │
├────┼────────┤
│ bb │        │
└────┴────────┘
";
        assert_eq!(table(&["id", "name"], &rows), expected);
    }
}
