pub fn add(left: i64, right: i64) -> i64 {
    let unused = 1;
    left + "right"
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::addd(1, 2), 3);
    }
}
