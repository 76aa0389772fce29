//! Arithmetic.

/// Adds.
///
/// ```
/// assert_eq!(calc::add(1, 2), 4);
/// ```
pub fn add(left: i64, right: i64) -> i64 {
    left + right
}

/// Picks an element.
///
/// ```
/// assert_eq!(calc::pick(&[1], 0), 1);
/// ```
pub fn pick(values: &[i64], index: usize) -> i64 {
    choose(values, index)
}

fn choose(values: &[i64], index: usize) -> i64 {
    values[index]
}

/// Parses.
pub fn parse(text: &str) -> Result<i64, std::num::ParseIntError> {
    text.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(add(1, 2), 3);
    }

    #[test]
    fn adds_wrong() {
        assert_eq!(add(1, 2), 4, "sums of {} and {}", 1, 2);
    }

    #[test]
    fn picks_out_of_range() {
        pick(&[1, 2], 7);
    }

    #[test]
    fn unwraps() {
        parse("x").unwrap();
    }

    #[test]
    fn returns_error() -> Result<(), String> {
        Err("went < wrong & ]]>".to_string())
    }

    #[test]
    #[ignore = "not today"]
    fn ignored() {}

    #[test]
    #[should_panic(expected = "something")]
    fn should_panic_but_does_not() {}

    #[test]
    #[should_panic(expected = "something")]
    fn panics_otherwise() {
        panic!("another thing");
    }

    #[test]
    fn strange_output() {
        println!("<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀");
        println!("test tests::fake ... FAILED");
        println!("test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        eprintln!("error[E0308]: not a compiler");
        panic!("strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\nsecond line");
    }

    mod nested {
        #[test]
        fn deep() {
            let left: Vec<i64> = vec![];
            assert!(!left.is_empty(), "nothing there");
        }
    }
}
