//! Giving back the space of a backlog that was consumed.

use rusqlite::Connection;

/// Free pages that the file keeps for what comes next: 4 MB.
const FREE_PAGES_KEPT: u32 = 512;
/// Pages given back at a time: few, because whoever sends meanwhile waits.
const PAGES_AT_ONCE: u32 = 128;

/// Gives back a little; whether there is more.
pub(super) fn shrink(connection: &Connection) -> rusqlite::Result<bool> {
    let free = free_pages(connection)?;
    if free <= FREE_PAGES_KEPT {
        return Ok(false);
    }
    let count = PAGES_AT_ONCE.min(free - FREE_PAGES_KEPT);
    // Each step of the statement gives back one page.
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({count})"))?;
    let mut pages = statement.query([])?;
    while pages.next()?.is_some() {}
    let left = free_pages(connection)?;
    // A file that cannot shrink is not asked again and again.
    let more = left > FREE_PAGES_KEPT && left < free;
    if !more {
        // What the log says is done to the file now; only then is it shorter.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok(more)
}

fn free_pages(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "freelist_count", |row| row.get(0))
}
