use std::thread;

#[test]
fn whole() {
    assert_eq!(calc::add(2, 2), 5);
}

#[test]
fn fine() { }

#[test]
fn panics_in_thread() {
    thread::spawn(|| calc::pick(&[], 0)).join().unwrap();
}
