//! "Did you mean": the nearest of a list of words.

/// Most words that are offered.
const SUGGESTIONS_MAX: usize = 3;

/// Returns the candidates that differ from the word by a typing mistake or two, or that contain it, nearest first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let word = word.to_lowercase();
    let allowed = 1 + word.chars().count() / 4;
    let mut found: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let distance = distance(&word, &lower);
            let contains = word.len() >= 3 && lower.contains(&word);
            (distance <= allowed || contains).then_some((distance, candidate))
        })
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().take(SUGGESTIONS_MAX).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// Counts the insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(ca != cb)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *ca == b[j - 1] && a[i - 1] == *cb {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_find_their_word() {
        let words = ["trace", "debug", "info", "warn", "error", "fatal"];
        assert_eq!(nearest("eror", words), ["error"]);
        assert_eq!(nearest("WRAN", words), ["warn"]);
        assert_eq!(nearest("http", ["http.route", "db.name"]), ["http.route"]);
        assert!(nearest("purple", words).is_empty());
    }
}
