//! The filter language against the shared case files.

use sightline_model::Signal;
use sightline_model::language::cases::{Case, Expected, filters, rows};
use sightline_model::language::{SyntaxError, parse_filter};

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
