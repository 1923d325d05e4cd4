//! The filter language against the shared case files.

use sightline_model::Signal;
use sightline_model::language::cases::{Case, Expected, filters, rows};
use sightline_model::language::{FIELDS, SyntaxError, parse_filter, read};

const FILTERS: &str = include_str!("../../../tests/cases/language/filters.txt");
const ROWS: &str = include_str!("../../../tests/cases/language/rows.txt");

fn codes(errors: &[SyntaxError]) -> String {
    errors.iter().map(|e| format!("{}@{}", e.code, e.column)).collect::<Vec<_>>().join(" ")
}

/// Returns what is wrong with a case.
fn verdict(case: &Case) -> Result<(), String> {
    let parsed = parse_filter(&case.input, case.signal);
    let found = match &parsed {
        Ok(filter) => filter.to_string(),
        Err(errors) => codes(errors),
    };
    let is_right = match (&case.expected, &parsed) {
        (Expected::Printed(printed), Ok(_)) => *printed == found,
        (Expected::Error(error), Err(_)) => *error == found,
        (Expected::Told { start, end, message, remedy }, Err(errors)) => {
            let [error] = errors.as_slice() else { return Err(format!("{case:?} gave {found}")) };
            let told = format!("{}: {}", error.code, error.message);
            let place = (error.start as usize, error.end as usize);
            if (*start, *end) != place || *message != told || *remedy != error.remedy {
                return Err(format!("{case:?} gave {error:?}"));
            }
            true
        }
        _ => false,
    };
    if is_right { Ok(()) } else { Err(format!("{case:?} gave {found}")) }
}

#[test]
fn every_shared_case_holds() {
    let cases = filters(FILTERS).unwrap();
    let wrong: Vec<String> = cases.iter().filter_map(|case| verdict(case).err()).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() >= 122, "{}", cases.len());
}

#[test]
fn the_printed_form_reads_as_the_same_filter() {
    for case in filters(FILTERS).unwrap() {
        let Ok(filter) = parse_filter(&case.input, case.signal) else { continue };
        let printed = filter.to_string();
        assert_eq!(parse_filter(&printed, case.signal).as_ref(), Ok(&filter), "{printed}");
    }
}

#[test]
fn every_row_case_is_a_valid_filter_on_named_rows() {
    let table = rows(ROWS).unwrap();
    assert_eq!((table.rows.len(), table.cases.len()), (7, 17));
    for (filter, selected) in table.cases {
        assert!(parse_filter(&filter, Signal::Logs).is_ok(), "{filter}");
        for name in selected {
            assert!(table.rows.iter().any(|(row, _)| *row == name), "{filter} selects {name}");
        }
    }
}

#[test]
fn valid_texts_warn_of_what_they_may_not_mean() {
    let check = |text: &str, expected: &[(&str, u32, u32)]| {
        let warnings = read(text, Signal::Logs).warnings;
        let found: Vec<_> =
            warnings.iter().map(|w| (w.code.as_str(), w.start.unwrap(), w.end.unwrap())).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("status:error", &[("looks_like_condition", 0, 12)]);
    check("a = 1 -error", &[("looks_like_condition", 6, 12)]);
    check("code:number = 5", &[("type_suffix", 0, 11)]);
    check("http://x/y error: 10:30 a:b = 1 \"k:v\"", &[]);
}

#[test]
fn keys_are_told_with_their_places() {
    let found = read("\u{1d400} serviceName = x AND has(`a b`, 1)", Signal::Traces).keys;
    let found: Vec<_> = found.iter().map(|k| (k.key.to_string(), k.start, k.end)).collect();
    assert_eq!(found, [("service".to_owned(), 3, 14), ("`a b`".to_owned(), 27, 32)]);
}

#[test]
fn the_reference_names_every_field() {
    let reference = include_str!("../../../docs/query-language.md");
    for field in FIELDS {
        let context = field.context.map(|c| format!("{}.", c.as_str())).unwrap_or_default();
        let name = format!("`{context}{}`", field.name);
        assert!(reference.contains(&name), "docs/query-language.md lacks {name}");
    }
}
