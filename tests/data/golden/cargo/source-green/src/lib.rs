#[cfg(test)]
mod tests {
    #[test]
    fn fine() {}

    #[test]
    #[ignore]
    fn later() {}
}
