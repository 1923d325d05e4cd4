//! How the width of a terminal is shared among columns: those further left matter more.

/// Space between two columns.
pub(super) const SPACING: u16 = 2;
/// What a column takes at first; more only of what the others leave.
const FIRST_MAX: usize = 48;

/// What a column would take.
pub(super) struct Wanted {
    /// Its title.
    pub(super) head: usize,
    /// Its longest cell, or its title when that is longer.
    pub(super) longest: usize,
    /// Cut it would say something else, as a number does.
    pub(super) is_whole: bool,
}

/// Returns the width of each column; 0 for one that is left out, because not even its title would fit.
pub(super) fn widths(columns: &[Wanted], room: usize) -> Vec<usize> {
    let spacing = usize::from(SPACING);
    let mut left = room.saturating_add(spacing);
    let mut widths: Vec<usize> = Vec::with_capacity(columns.len());
    for column in columns {
        let wanted = column.longest.min(FIRST_MAX);
        let least = if column.is_whole { wanted } else { wanted.min(column.head) };
        let width = wanted.min(left.saturating_sub(spacing));
        // The first is shown however little of it there is: without it a row says nothing.
        let width = if width < least && !widths.is_empty() { 0 } else { width };
        left -= if width == 0 { 0 } else { width + spacing };
        widths.push(width);
    }
    for (width, column) in widths.iter_mut().zip(columns).filter(|(width, _)| **width > 0) {
        let more = (column.longest - *width).min(left);
        (*width, left) = (*width + more, left - more);
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_further_left_are_whole_first() {
        let text = |head, longest| Wanted { head, longest, is_whole: false };
        let number = |longest| Wanted { head: 4, longest, is_whole: true };
        let check = |columns: &[Wanted], room: usize, expected: &[usize]| {
            assert_eq!(widths(columns, room), expected, "{room}");
        };
        let metrics = || [text(4, 36), text(4, 9), text(4, 4), number(6), text(11, 60)];
        check(&metrics(), 200, &[36, 9, 4, 6, 60]);
        check(&metrics(), 120, &[36, 9, 4, 6, 57]);
        check(&metrics(), 80, &[36, 9, 4, 6, 17]);
        // No room for the word `description`, then none for a whole number.
        check(&metrics(), 70, &[36, 9, 4, 6, 0]);
        check(&metrics(), 60, &[36, 9, 4, 0, 0]);
        check(&metrics(), 10, &[10, 0, 0, 0, 0]);
        check(&metrics(), 0, &[0, 0, 0, 0, 0]);
        // What is left over goes to a longer one.
        check(&[text(4, 60), number(5)], 60, &[53, 5]);
        check(&[], 60, &[]);
    }
}
