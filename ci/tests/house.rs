//! The layer and tidy rules as tests, so that plain `cargo test` checks them as well.

use pyrs_ci::house;

fn none(bad: Vec<String>) {
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

#[test]
fn layers() {
    none(house::layers(&house::root()).expect("the checkout is readable"));
}

#[test]
fn tidy() {
    none(house::tidy(&house::root()).expect("the checkout is readable"));
}

#[test]
fn scripts() {
    none(house::scripts(&house::root()).expect("the checkout is readable"));
}
